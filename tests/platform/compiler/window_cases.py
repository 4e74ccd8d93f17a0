"""Random convolutions, poolings, reductions and paddings, and what PyTorch makes of them."""
import numpy as np
import torch
import torch.nn.functional as F


def integers(rng, low, high, count):
    return [int(v) for v in rng.integers(low, high, count)]


def same_pads(sizes, extents, strides, upper):
    less, more = [], []
    for size, extent, stride in zip(sizes, extents, strides, strict=True):
        total = max(0, (-(-size // stride) - 1) * stride + extent - size)
        less.append(total // 2 if upper else total - total // 2)
        more.append(total - less[-1])
    return [*less, *more]


def torch_pad(x, pads, value=0.0):
    """ONNX pads of the last dimensions (all befores, then all afters)."""
    count = len(pads) // 2
    flat = []
    for i in reversed(range(count)):
        flat += [pads[i], pads[count + i]]
    return F.pad(x, flat, value=value)


def window(m, spatial, pads_below=None):
    """Kernel, strides, dilations, pads and the attributes that say so."""
    sizes = m.x.shape[2:]
    dilations = integers(m.rng, 1, 4, spatial)
    kernel = [min(int(k), (n - 1) // d + 1)
              for k, n, d in zip(m.rng.integers(1, 5, spatial), sizes, dilations, strict=True)]
    strides = integers(m.rng, 1, 4, spatial)
    extents = [(k - 1) * d + 1 for k, d in zip(kernel, dilations, strict=True)]
    attributes = {"kernel_shape": kernel, "strides": strides, "dilations": dilations}
    auto = m.rng.choice(["", "", "VALID", "SAME_UPPER", "SAME_LOWER"])
    if auto == "":
        limits = [(pads_below or 4)] * spatial if pads_below else kernel
        pads = [int(m.rng.integers(0, limit)) for limit in [*limits, *limits]]
        attributes["pads"] = pads
    else:
        attributes["auto_pad"] = auto
        pads = [0] * (2 * spatial)
        if auto != "VALID":
            pads = same_pads(sizes, extents, strides, auto == "SAME_UPPER")
    return kernel, strides, dilations, pads, attributes


def conv(m):
    spatial = m.x.ndim - 2
    groups = int(m.rng.choice([g for g in range(1, m.channels + 1) if m.channels % g == 0]))
    out = groups * int(m.rng.integers(1, 4))
    kernel, strides, dilations, pads, attributes = window(m, spatial, 4)
    weight = m.draw(out, m.channels // groups, *kernel, scale=0.5)
    bias = m.draw(out) if m.rng.integers(2) else None
    constants = [m.constant(weight)] + ([m.constant(bias)] if bias is not None else [])
    m.node("Conv", *constants, group=groups, **attributes)
    function = F.conv2d if spatial == 2 else F.conv1d
    return lambda x: function(torch_pad(x, pads), torch.tensor(weight),
                              None if bias is None else torch.tensor(bias), strides, 0, dilations,
                              groups)


def pool_window(m):
    """A window of which every tap's row and column may be padding, but never all taps."""
    while True:
        kernel, strides, dilations, pads, attributes = window(m, m.x.ndim - 2)
        count = len(kernel)
        inside = all(
            any(0 <= o * strides[i] + k * dilations[i] - pads[i] < m.x.shape[2 + i]
                for k in range(kernel[i]))
            for i in range(count)
            for o in range((m.x.shape[2 + i] + pads[i] + pads[count + i]
                            - (kernel[i] - 1) * dilations[i] - 1) // strides[i] + 1))
        if inside:
            return kernel, strides, dilations, pads, attributes


def max_pool(m):
    m.opset = max(m.opset, 10)  # dilations and ceil_mode
    kernel, strides, dilations, pads, attributes = pool_window(m)
    m.node("MaxPool", **attributes)
    function = F.max_pool2d if m.x.ndim == 4 else F.max_pool1d
    return lambda x: function(torch_pad(x, pads, float("-inf")), kernel, strides,
                              dilation=dilations)


def symmetric(m):
    """Kernel, strides and padding as PyTorch takes them itself (also with ceil_mode)."""
    count = m.x.ndim - 2
    kernel = [min(int(k), n) for k, n in zip(m.rng.integers(1, 5, count), m.x.shape[2:],
                                             strict=True)]
    strides = integers(m.rng, 1, 4, count)
    pads = [int(m.rng.integers(0, k // 2 + 1)) for k in kernel]
    return kernel, strides, pads


def max_pool_ceil(m):
    m.opset = max(m.opset, 10)
    kernel, strides, pads = symmetric(m)
    m.node("MaxPool", kernel_shape=kernel, strides=strides, pads=[*pads, *pads], ceil_mode=1)
    function = F.max_pool2d if m.x.ndim == 4 else F.max_pool1d
    return lambda x: function(x, kernel, strides, pads, ceil_mode=True)


def average_pool(m):
    m.opset = max(m.opset, 10)
    kernel, strides, pads = symmetric(m)
    ceil, include = bool(m.rng.integers(2)), bool(m.rng.integers(2))
    m.node("AveragePool", kernel_shape=kernel, strides=strides, pads=[*pads, *pads],
           ceil_mode=int(ceil), count_include_pad=int(include))
    function = F.avg_pool2d if m.x.ndim == 4 else F.avg_pool1d
    return lambda x: function(x, kernel, strides, pads, ceil, include)


def average_pool_asymmetric(m):
    kernel, strides, _, pads, attributes = pool_window(m)
    attributes.pop("dilations")
    if "auto_pad" in attributes and attributes["auto_pad"] != "VALID":
        pads = same_pads(m.x.shape[2:], kernel, strides, attributes["auto_pad"] == "SAME_UPPER")
    include = bool(m.rng.integers(2))
    m.node("AveragePool", count_include_pad=int(include), **attributes)
    function = F.avg_pool2d if m.x.ndim == 4 else F.avg_pool1d

    def expected(x):
        mean = function(torch_pad(x, pads), kernel, strides)
        share = function(torch_pad(torch.ones_like(x), pads), kernel, strides)
        return mean if include else mean / share
    return expected


def global_pool(m):
    most = bool(m.rng.integers(2))
    m.node("GlobalMaxPool" if most else "GlobalAveragePool")
    axes = tuple(range(2, m.x.ndim))
    return lambda x: x.amax(axes, keepdim=True) if most else x.mean(axes, keepdim=True)


def reduce_pixels(m):
    operator = str(m.rng.choice(["ReduceMean", "ReduceMax", "ReduceSum"]))
    spatial = list(range(2, m.x.ndim))
    if m.rng.integers(3) == 0:
        spatial = [int(m.rng.choice(spatial))]
    axes = [a - m.x.ndim if m.rng.integers(2) else a for a in spatial]
    keep = bool(m.rng.integers(2))
    if operator == "ReduceSum" and m.opset >= 13:
        m.node(operator, m.constant(np.array(axes, np.int64)), keepdims=int(keep))
    else:
        m.node(operator, axes=axes, keepdims=int(keep))
    functions = {"ReduceMean": torch.mean, "ReduceMax": torch.amax, "ReduceSum": torch.sum}
    return lambda x: functions[operator](x, tuple(spatial), keep)


def pad(m):
    spatial = m.x.ndim - 2
    pads = integers(m.rng, 0, 4, 2 * spatial)
    pads[-1] = max(pads[-1], 1)  # a Pad of nothing is no layer
    value = float(np.float32(m.rng.normal())) if m.rng.integers(2) else 0.0
    stated = [0, 0, *pads[:spatial], 0, 0, *pads[spatial:]]
    if m.opset < 11:
        m.node("Pad", pads=stated, value=value)
    else:
        extra = [m.constant(np.float32(value))] if value or m.rng.integers(2) else []
        m.node("Pad", m.constant(np.array(stated, np.int64)), *extra)
    return lambda x: torch_pad(x, pads, value)


def pad_before(m):
    """A Pad that the node behind it may take up."""
    padded = pad(m)
    kind = int(m.rng.integers(3))
    if kind == 0:
        weight = m.draw(3, m.channels, 2, 2)
        m.node("Conv", m.constant(weight), pads=[0, 1, 1, 0])
        return lambda x: F.conv2d(torch_pad(padded(x), [0, 1, 1, 0]), torch.tensor(weight))
    if kind == 1:
        m.node("AveragePool", kernel_shape=[2, 2], strides=[2, 1])
        return lambda x: F.avg_pool2d(padded(x), 2, (2, 1))
    m.node("MaxPool", kernel_shape=[2, 2])
    return lambda x: F.max_pool2d(padded(x), 2, 1)


def relu_pad_max(m):
    """Zeros before a maximum change nothing behind a Relu."""
    m.node("Relu")
    padded = pad(m)
    m.node("MaxPool", kernel_shape=[3, 3])
    return lambda x: F.max_pool2d(padded(torch.relu(x)), 3, 1)
