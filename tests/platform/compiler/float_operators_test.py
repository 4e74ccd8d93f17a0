"""Every float operator of the importer against PyTorch, over random shapes and attributes.

A case builds a small ONNX model with the operator and says what PyTorch computes. Attributes are
drawn so that all that is supported comes up, in the spellings of opsets 7 to 17.
"""
import tempfile
import unittest
from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper

from tool import run

torch.set_num_threads(1)
RUNS = 12  # of each operator
OPSETS = (7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17)


class Made:
    """A model that grows, and its input."""

    def __init__(self, rng, rank=None):
        self.rng = rng
        self.opset = int(rng.choice(OPSETS))
        rank = rank or int(rng.choice([2, 3, 4, 4, 4]))
        sizes = [int(s) for s in rng.integers(2, 12, rank - 1)]
        self.x = rng.normal(0, 1.5, (1, *sizes)).astype(np.float32)
        self.nodes, self.constants = [], {}
        self.last = "x"

    @property
    def channels(self):
        return self.x.shape[1]

    def draw(self, *shape, scale=1.0):
        return self.rng.normal(0, scale, shape).astype(np.float32)

    def constant(self, array):
        name = f"c{len(self.constants)}"
        self.constants[name] = np.asarray(array)
        return name

    def node(self, operator, *constants, inputs=None, **attributes):
        output = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, [*(inputs or [self.last]), *constants],
                                           [output], **attributes))
        self.last = output
        return output

    def axes(self, operator, axes, since):
        """Axes as attribute, or as an input from opset `since` on."""
        if self.opset < since:
            return self.node(operator, axes=list(axes))
        return self.node(operator, self.constant(np.array(axes, np.int64)))

    def model(self):
        value = helper.make_tensor_value_info
        batch = self.rng.choice([0, 1, 2])
        shape = [(1, "N", -1)[batch], *self.x.shape[1:]]
        tensors = [numpy_helper.from_array(a, n) for n, a in self.constants.items()]
        graph = helper.make_graph(self.nodes, "g", [value("x", TensorProto.FLOAT, shape)],
                                  [value(self.last, TensorProto.FLOAT, None)], tensors)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)])


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


def gemm(m):
    k, n = m.channels, int(m.rng.integers(1, 9))
    trans_b, trans_a = bool(m.rng.integers(2)), bool(m.rng.integers(4) == 0)
    alpha, beta = float(np.float32(m.rng.normal())), float(np.float32(m.rng.normal()))
    weight = m.draw(*((n, k) if trans_b else (k, n)))
    bias = [None, m.draw(n), m.draw(1, n), m.draw(1), m.draw()][int(m.rng.integers(5))]
    if bias is None and m.opset < 11:
        bias = m.draw(n)
    if trans_a:
        m.node("Transpose", perm=[1, 0])
    m.node("Gemm", m.constant(weight), *([] if bias is None else [m.constant(bias)]), alpha=alpha,
           beta=beta, transA=int(trans_a), transB=int(trans_b))
    matrix = torch.tensor(weight.T if trans_b else weight)
    return lambda x: alpha * (x @ matrix) + (0 if bias is None else beta * torch.tensor(bias))


def gemm_constant_first(m):
    k, n = m.channels, int(m.rng.integers(1, 9))
    trans_a, trans_b = bool(m.rng.integers(2)), bool(m.rng.integers(2))
    weight = m.draw(*((k, n) if trans_a else (n, k)))
    bias = m.draw(n, 1)
    source = m.last if trans_b else m.node("Transpose")
    m.node("Gemm", inputs=[m.constant(weight), source, m.constant(bias)], transA=int(trans_a),
           transB=int(trans_b))
    matrix = torch.tensor(weight.T if trans_a else weight)
    return lambda x: matrix @ x.T + torch.tensor(bias)


def matmul(m):
    weight = m.draw(m.channels, int(m.rng.integers(1, 9)))
    if m.rng.integers(2):
        m.node("MatMul", m.constant(weight))
        return lambda x: x @ torch.tensor(weight)
    m.node("Transpose")
    m.node("MatMul", inputs=[m.constant(weight.T), m.last])
    return lambda x: torch.tensor(weight.T) @ x.T


def pixel_matmul(m):
    """A matrix over the channels of each pixel, channels last."""
    weight = m.draw(m.channels, int(m.rng.integers(1, 9)))
    bias = m.draw(weight.shape[1])
    m.node("Transpose", perm=[0, 2, 3, 1])
    m.node("MatMul", m.constant(weight))
    m.node("Add", m.constant(bias))
    m.node("Transpose", perm=[0, 3, 1, 2])
    return lambda x: (x.permute(0, 2, 3, 1) @ torch.tensor(weight)
                      + torch.tensor(bias)).permute(0, 3, 1, 2)


def batch_normalisation(m):
    c = m.channels
    gamma, beta, mean = m.draw(c), m.draw(c), m.draw(c)
    variance = m.rng.uniform(0.3, 2, c).astype(np.float32)
    epsilon = float(np.float32(m.rng.choice([1e-5, 1e-3])))
    m.node("BatchNormalization", *(m.constant(a) for a in (gamma, beta, mean, variance)),
           epsilon=epsilon)
    t = [torch.tensor(a) for a in (mean, variance, gamma, beta)]
    return lambda x: F.batch_norm(x, *t, eps=epsilon)


def function_of(operator, function, **defaults):
    """An operator of one variable whose attributes are drawn, or left out."""
    def case(m):
        attributes = {name: float(np.float32(m.rng.uniform(0.05, 1.5))) for name in defaults}
        given = attributes if m.rng.integers(2) else {}
        m.node(operator, **given)
        return lambda x: function(x, **(given or defaults))
    return case


def square_root(m):
    m.node("Abs")
    m.node("Sqrt")
    return lambda x: x.abs().sqrt()


def clip(m):
    low, high = sorted(float(np.float32(v)) for v in m.rng.normal(0, 1, 2))
    low, high = [(low, high), (0.0, 6.0), (0.0, None), (low, None), (None, high), (None, None),
                 (0.0, float("inf"))][int(m.rng.integers(7))]
    if low is None and high is None:
        m.node("Relu")  # a network needs a layer
    if m.opset < 11:
        stated = {"min": low, "max": high}
        m.node("Clip", **{k: v for k, v in stated.items() if v is not None})
    else:
        inputs = [m.constant(np.float32(v)) if v is not None else "" for v in (low, high)]
        while inputs and inputs[-1] == "":
            inputs.pop()
        m.node("Clip", *inputs)
    if low is None and high is None:
        return torch.relu
    return lambda x: torch.clamp(x, low, high)


def bound(m):
    most = bool(m.rng.integers(2))
    value = np.float32(m.rng.normal())
    inputs = [m.last, m.constant(value)]
    m.node("Max" if most else "Min", inputs=inputs[::int(m.rng.choice([-1, 1]))])
    return lambda x: torch.clamp(x, min=float(value)) if most else torch.clamp(x, max=float(value))


def prelu(m):
    slope = np.float32(m.rng.uniform(0, 0.5))
    shape = [(), (1,), (m.channels, *[1] * (m.x.ndim - 2))][int(m.rng.integers(3))]
    m.node("PRelu", m.constant(np.full(shape, slope, np.float32)))
    return lambda x: F.prelu(x, torch.tensor([slope]))


def arithmetic(m):
    """Add, Sub, Mul and Div with a constant on either side."""
    operator = str(m.rng.choice(["Add", "Sub", "Mul", "Div"]))
    shapes = [(), (1,), (1, m.channels, *[1] * (m.x.ndim - 2)),
              (m.channels, *[1] * (m.x.ndim - 2))]
    value = m.draw(*shapes[int(m.rng.integers(4))])
    value = (np.sign(value) * (np.abs(value) + 0.3)).astype(np.float32)
    swapped = operator != "Div" and bool(m.rng.integers(2))
    names = [m.last, m.constant(value)]
    m.node(operator, inputs=names[::-1] if swapped else names)
    function = {"Add": torch.add, "Sub": torch.sub, "Mul": torch.mul, "Div": torch.div}[operator]
    t = torch.tensor(value)
    return lambda x: function(t, x) if swapped else function(x, t)


def tensors(m):
    """Add, Sub, Sum and Mean of computed tensors; Neg; HardSwish spelled out."""
    other = m.node("Tanh", inputs=["x"])
    kind = int(m.rng.integers(6))
    if kind == 5:
        gate = m.node("HardSigmoid", inputs=["x"], alpha=1 / 6, beta=0.5)
        m.node("Mul", inputs=["x", gate])
        return F.hardswish
    if kind == 4:
        m.node("Neg", inputs=["x"])
        return torch.neg
    operator = ("Add", "Sub", "Sum", "Mean")[kind]
    m.node(operator, inputs=["x", other] + (["x"] if kind > 1 else []))
    return (lambda x: x + torch.tanh(x), lambda x: x - torch.tanh(x),
            lambda x: 2 * x + torch.tanh(x), lambda x: (2 * x + torch.tanh(x)) / 3)[kind]


def concat(m):
    a, b = m.node("Relu", inputs=["x"]), m.node("Tanh", inputs=["x"])
    channels_last = m.x.ndim == 4 and bool(m.rng.integers(2))
    if not channels_last:
        m.node("Concat", inputs=[a, "x", b], axis=int(m.rng.choice([1, 1 - m.x.ndim])))
    else:
        views = [m.node("Transpose", inputs=[t], perm=[0, 2, 3, 1]) for t in (a, "x", b)]
        m.node("Concat", inputs=views, axis=int(m.rng.choice([3, -1])))
        m.node("Transpose", perm=[0, 3, 1, 2])
    return lambda x: torch.cat([torch.relu(x), x, torch.tanh(x)], 1)


def softmax(m):
    """Along the channels; before opset 13 all dimensions behind the axis count as one."""
    logarithm = bool(m.rng.integers(2))
    operator = "LogSoftmax" if logarithm else "Softmax"
    function = F.log_softmax if logarithm else F.softmax
    if m.opset < 13:
        axis = int(m.rng.choice([1, 1 - m.x.ndim]))
        m.node(operator, **({} if m.rng.integers(2) else {"axis": axis}))
        return lambda x: function(x.flatten(1), 1)
    m.node(operator, axis=int(m.rng.choice([1, 1 - m.x.ndim])))
    return lambda x: function(x, 1)


def arg_max(m):
    least = bool(m.rng.integers(2))
    last = bool(m.rng.integers(2))
    m.opset = max(m.opset, 12)  # select_last_index
    m.x = np.round(m.x)  # equal values occur
    m.node("ArgMin" if least else "ArgMax", axis=int(m.rng.choice([1, 1 - m.x.ndim])),
           keepdims=int(m.rng.integers(2)), select_last_index=int(last))

    def expected(x):
        values = (-x if least else x).numpy()
        best = values.max(1, keepdims=True) == values
        where = best.shape[1] - 1 - best[:, ::-1].argmax(1) if last else best.argmax(1)
        return torch.tensor(where.astype(np.float32))
    return expected


def moved_features(m):
    """Transpose and Reshape before a matrix: its columns are permuted."""
    order = [0, *(int(v) for v in m.rng.permutation(np.arange(1, m.x.ndim)))]
    count = m.x[0].size
    weight = m.draw(count, 5, scale=count ** -0.5)
    m.node("Tanh")
    m.node("Transpose", perm=order)
    kind = int(m.rng.integers(4))
    if kind == 0:
        m.node("Flatten", axis=int(m.rng.choice([1, 1 - m.x.ndim])))
    elif kind == 1:
        m.node("Reshape", m.constant(np.array([[1, -1], [-1, count], [0, -1]][m.rng.integers(3)],
                                              np.int64)))
    elif kind == 2:  # as PyTorch exports x.view(x.size(0), -1)
        source = m.last
        m.node("Shape")
        m.node("Gather", m.constant(np.array(0, np.int64)), axis=0)
        first = m.axes("Unsqueeze", [0], 13)
        m.node("Concat", inputs=[first, m.constant(np.array([-1], np.int64))], axis=0)
        m.node("Reshape", inputs=[source, m.last])
    else:  # in two steps, with a dimension of 1 that comes and goes
        rows = m.x.shape[order[1]]
        m.axes("Unsqueeze", [2], 13)
        m.axes("Squeeze", [-m.x.ndim + 1], 13)
        m.node("Reshape", m.constant(np.array([1, rows, -1], np.int64)))
        m.node("Flatten")
    m.node("MatMul", m.constant(weight))
    return lambda x: torch.tanh(x).permute(order).flatten(1) @ torch.tensor(weight)


def channels_last_input(m):
    """An input of 1 x height x width x channels, as converters from TensorFlow write it."""
    c, h, w = m.x.shape[1:]
    weight, scale = m.draw(3, c, 2, 2), m.draw(c)
    if m.rng.integers(2):
        m.node("Mul", m.constant(scale))
    else:
        scale = np.ones(c, np.float32)
    m.node("Transpose", perm=[0, 3, 1, 2])
    m.node("Conv", m.constant(weight))
    m.node("Relu")
    m.node("Transpose", perm=[0, 2, 3, 1])
    matrix = m.draw(3 * (h - 1) * (w - 1), 4, scale=0.2)
    m.node("Reshape", m.constant(np.array([-1, matrix.shape[0]], np.int64)))
    m.node("MatMul", m.constant(matrix))
    m.declared = (1, h, w, c)
    return lambda x: torch.relu(F.conv2d(
        x * torch.tensor(scale).reshape(1, c, 1, 1), torch.tensor(weight))).permute(
            0, 2, 3, 1).flatten(1) @ torch.tensor(matrix)


def flat_input(m):
    """A vector that is reshaped to an image before it is used."""
    shape = m.x.shape
    weight = m.draw(3, shape[1], 2, 2)
    m.node("Reshape", m.constant(np.array(shape, np.int64)))
    m.node("Conv", m.constant(weight))
    m.declared = (1, m.x.size)
    return lambda x: F.conv2d(x, torch.tensor(weight))


def prepared_weights(m):
    """Weights that the graph computes from constants."""
    weight = m.draw(m.channels, 6)
    small = (weight * 2).astype(np.float16)
    m.opset = max(m.opset, 9)
    shape = m.node("ConstantOfShape", inputs=[m.constant(np.array([6], np.int64))],
                   value=numpy_helper.from_array(np.array([0.5], np.float32)))
    real = m.node("Cast", inputs=[m.constant(small)], to=TensorProto.FLOAT)
    half = m.node("Mul", inputs=[real, m.constant(np.float32(0.5))])
    turned = m.node("Transpose", inputs=[half], perm=[1, 0])
    m.node("Gemm", inputs=["x", turned, shape], transB=1)
    matrix = torch.tensor(small.astype(np.float32) * np.float32(0.5))
    return lambda x: x @ matrix + 0.5


SELU = {"alpha": 1.67326319217681884765625, "gamma": 1.05070102214813232421875}
# Operator: (ranks of the input, case).
CASES = {
    "Conv": ((3, 4), conv),
    "MaxPool": ((3, 4), max_pool),
    "MaxPool with ceil_mode": ((3, 4), max_pool_ceil),
    "AveragePool": ((3, 4), average_pool),
    "AveragePool with asymmetric padding": ((3, 4), average_pool_asymmetric),
    "GlobalAveragePool, GlobalMaxPool": ((3, 4), global_pool),
    "ReduceMean, ReduceMax, ReduceSum": ((3, 4), reduce_pixels),
    "Pad": ((3, 4), pad),
    "Pad before a window": ((4,), pad_before),
    "Pad between Relu and MaxPool": ((4,), relu_pad_max),
    "Gemm": ((2,), gemm),
    "Gemm with the constant first": ((2,), gemm_constant_first),
    "MatMul": ((2,), matmul),
    "MatMul over channels": ((4,), pixel_matmul),
    "BatchNormalization": ((2, 3, 4), batch_normalisation),
    "Relu": (None, function_of("Relu", torch.relu)),
    "LeakyRelu": (None, function_of("LeakyRelu", lambda x, alpha: F.leaky_relu(x, alpha),
                                    alpha=0.01)),
    "Sigmoid": (None, function_of("Sigmoid", torch.sigmoid)),
    "Tanh": (None, function_of("Tanh", torch.tanh)),
    "Elu": (None, function_of("Elu", lambda x, alpha: F.elu(x, alpha), alpha=1.0)),
    "HardSigmoid": (None, function_of(
        "HardSigmoid", lambda x, alpha, beta: torch.clamp(alpha * x + beta, 0, 1), alpha=0.2,
        beta=0.5)),
    "Abs": (None, function_of("Abs", torch.abs)),
    "Exp": (None, function_of("Exp", torch.exp)),
    "Selu": (None, function_of("Selu", lambda x, alpha, gamma: gamma * torch.where(
        x > 0, x, alpha * torch.expm1(x)), **SELU)),
    "Celu": (None, function_of("Celu", lambda x, alpha: F.celu(x, alpha), alpha=1.0)),
    "Softplus": (None, function_of("Softplus", F.softplus)),
    "Softsign": (None, function_of("Softsign", F.softsign)),
    "ThresholdedRelu": (None, function_of("ThresholdedRelu", lambda x, alpha: F.threshold(
        x, alpha, 0.0), alpha=1.0)),
    "Sqrt": (None, square_root),
    "Clip": (None, clip),
    "Max, Min": (None, bound),
    "PRelu": (None, prelu),
    "Add, Sub, Mul, Div by a constant": (None, arithmetic),
    "Add, Sub, Sum, Mean, Neg": (None, tensors),
    "Concat": (None, concat),
    "Softmax, LogSoftmax": (None, softmax),
    "ArgMax, ArgMin": (None, arg_max),
    "Transpose, Reshape, Flatten, Squeeze, Unsqueeze": ((3, 4), moved_features),
    "input with channels last": ((4,), channels_last_input),
    "input that is reshaped": ((4,), flat_input),
    "weights computed from constants": ((2,), prepared_weights),
}


class FloatOperatorsTest(unittest.TestCase):
    def test_every_operator_agrees_with_pytorch(self):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            pending, lines = [], []
            for number, (operator, (ranks, case)) in enumerate(CASES.items()):
                for seed in range(RUNS):
                    rng = np.random.default_rng([number, seed])
                    made = Made(rng, int(rng.choice(ranks)) if ranks else None)
                    function = case(made)
                    x = torch.tensor(made.x)
                    with torch.no_grad():
                        expected = function(x).numpy().ravel()
                    model = self.declared(made)
                    stem = folder / str(len(pending))
                    stem.with_suffix(".onnx").write_bytes(model.SerializeToString())
                    made.x.tofile(stem.with_suffix(".in"))
                    lines.append(" ".join(str(stem.with_suffix(s)) for s in (".onnx", ".in", ".out")))
                    pending.append((operator, seed, stem, expected))
            (folder / "list").write_text("\n".join(lines))
            said = run("floats", folder / "list").split("\n")
            for (operator, seed, stem, expected), sentence in zip(pending, said):
                with self.subTest(operator=operator, seed=seed):
                    self.assertEqual(sentence, "")
                    y = np.fromfile(stem.with_suffix(".out"), np.float32)
                    np.testing.assert_allclose(y, expected, rtol=1e-4,
                                               atol=1e-5 * max(1, abs(expected).max()))

    @staticmethod
    def declared(made):
        """The model, with the input as the case declares it; values lie channels first."""
        model = made.model()
        if hasattr(made, "declared"):
            dims = model.graph.input[0].type.tensor_type.shape.dim
            del dims[:]
            for size in made.declared:
                dims.add(dim_value=size)
        return model


if __name__ == "__main__":
    unittest.main()
