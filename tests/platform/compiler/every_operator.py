"""Random networks that hold every operator now and then, and random quantisation of them."""
import yaml

from networks import pads_for
from other_operators import Net


def pick(rng, *choices):
    return choices[int(rng.integers(len(choices)))]


def chance(rng, share):
    return bool(rng.random() < share)


def factor_of(rng, number):
    return int(pick(rng, *[n for n in range(1, number + 1) if number % n == 0]))


def convolution(b, rng, most_channels):
    """Plain, grouped, depthwise or dilated; any stride and asymmetric pads."""
    channels, *size = b.shapes[b.last]
    kernel = tuple(min(int(k), n) for k, n in zip(rng.integers(1, 5, 2), size))
    stride = tuple(int(s) for s in rng.integers(1, 3, 2))
    kind = pick(rng, "plain", "plain", "grouped", "depthwise", "dilated", "dilated grouped")
    group = 1
    if "grouped" in kind:
        group = factor_of(rng, channels)
    elif kind == "depthwise":
        group = channels
    out = group * int(rng.integers(1, max(2, most_channels // group)))
    dilation = tuple(int(d) for d in rng.integers(1, 4, 2)) if "dilated" in kind else (1, 1)
    pads = pads_for(rng, kernel)
    for axis in (0, 1):  # the window must fit
        extent = (kernel[axis] - 1) * dilation[axis] + 1
        pads[axis] += max(0, extent - size[axis] - pads[axis] - pads[axis + 2])
    auto = None
    if dilation == (1, 1):
        auto = pick(rng, None, None, None, "SAME_UPPER", "SAME_LOWER")
    b.conv(out, kernel, stride, pads, bool(rng.integers(2)), auto, group, dilation)
    if rng.integers(2):
        b.batch_normalisation()
    if chance(rng, 0.2):
        b.add_constant()


def function(b, rng):
    """An operator of one value."""
    return pick(
        rng, b.relu, b.relu, b.relu, b.sigmoid, b.tanh,
        lambda: b.leaky_relu(float(rng.uniform(0.01, 0.5))),
        lambda: b.clip(0.0, 6.0),
        lambda: b.clip(-float(rng.uniform(0.1, 2)), float(rng.uniform(0.1, 2))))()


def pooling(b, rng):
    size = b.shapes[b.last][1:]
    if min(size) < 3:
        return
    kernel = tuple(int(k) for k in rng.integers(2, 4, 2))
    pads = tuple(int(rng.integers(0, k)) for k in kernel)
    kind = pick(rng, "max", "average", "uncounted", "dilated")
    if kind == "max":
        b.max_pool(kernel, (2, 2), pads_for(rng, kernel), ceil=False)
    elif kind == "average":
        b.average_pool(kernel, (1, 2), pads_for(rng, kernel) if rng.integers(2) else (0,) * 4)
    elif kind == "uncounted":
        halves = tuple(min(p, k // 2) for p, k in zip(pads, kernel))  # as PyTorch has it
        b.average_pool_uncounted(kernel, (int(rng.integers(1, 3)), 2), halves)
    else:
        dilation = tuple(int(rng.integers(1, 1 + (n - 1) // (k - 1))) if n > k else 1
                         for n, k in zip(size, kernel))
        b.dilated_max_pool(kernel, tuple(min(d, 3) for d in dilation))


def padding(b, rng):
    b.pad(*(int(n) for n in rng.integers(0, 3, 4)),
          value=float(pick(rng, 0.0, 0.0, rng.normal(0, 0.5))))


def joined(b, rng, most_channels):
    """Two or three branches of one size, the trunk among them now and then."""
    trunk = b.last
    ends = [trunk] if rng.integers(2) else []
    while len(ends) < 2 or (len(ends) < 3 and rng.integers(2)):
        b.last = trunk
        if chance(rng, 0.2):
            b.average_pool_uncounted((3, 3), (1, 1), (1, 1))
        else:
            side = int(pick(rng, 1, 3))
            b.conv(int(rng.integers(1, max(2, most_channels // 2))), (side, side),
                   pads=(side // 2,) * 4)
        if rng.integers(3):
            function(b, rng)
        ends.append(b.last)
    b.concat(*ends)


def residual(b, rng):
    trunk = b.last
    channels = b.shapes[trunk][0]
    b.conv(channels, (3, 3), pads=(1, 1, 1, 1), group=channels if chance(rng, 0.3) else 1)
    if chance(rng, 0.3):
        function(b, rng)
    b.residual(trunk)
    if rng.integers(2):
        function(b, rng)


def head(b, rng, classes):
    """@return whether the network is a classifier."""
    if chance(rng, 0.1):  # an image comes out
        if rng.integers(2):
            b.softmax()
        return False
    if chance(rng, 0.4):
        b.global_average_pool()
    b.flatten(reshape=bool(rng.integers(2)))
    if rng.integers(2):
        b.gemm(int(rng.integers(3, 30)), matmul=bool(rng.integers(2)))
        function(b, rng)
    b.gemm(classes, matmul=bool(rng.integers(2)))
    end = pick(rng, "", "", "softmax", "log", "argmax", "sigmoid")
    if end in ("softmax", "log"):
        b.softmax(logarithm=end == "log")
    elif end == "argmax":
        b.arg_max()
    elif end == "sigmoid":
        b.sigmoid()
    return True


def every_operator_network(rng, size=28, most_channels=40, channels=1, classes=5):
    """A random CNN of convolutions of all kinds, branches, functions, pools and pads.

    @return its builder, and the number of classes or None
    """
    b = Net(rng, (channels, int(rng.integers(6, size + 1)), int(rng.integers(6, size + 1))))
    if chance(rng, 0.15):
        padding(b, rng)
    for _ in range(int(rng.integers(1, 4))):
        convolution(b, rng, most_channels)
        if chance(rng, 0.8):
            function(b, rng)
        step = pick(rng, "joined", "residual", "pooling", "pooling", "padding", "")
        if step == "joined":
            joined(b, rng, most_channels)
        elif step == "residual":
            residual(b, rng)
        elif step == "pooling":
            pooling(b, rng)
        elif step == "padding":
            padding(b, rng)
    return b, classes if head(b, rng, classes) else None


def random_quantisation(rng, b):
    """Keys of `quantisation:`: formats, scales, bits of the network and of single layers."""
    options = {"weight_bits": int(rng.integers(2, 7)),
               "activation_bits": int(rng.choice([8, 8, 6, 4]))}
    kind = pick(rng, "affine", "affine", "affine", "fixed_point", "dynamic_fixed_point")
    if kind == "affine":
        options.update(granularity=pick(rng, "channel", "channel", "tensor"),
                       scales=pick(rng, "free", "free", "power_of_two"),
                       activations=pick(rng, "asymmetric", "asymmetric", "symmetric"),
                       calibration=pick(rng, "minmax", "percentile", "mse", "kl"),
                       reshape=pick(rng, "output", "output", "layer", "off", "on"),
                       equalise=pick(rng, "off", "off", "on"))
        if options["weight_bits"] <= 4:
            options["weights"] = pick(rng, "symmetric", "symmetric", "asymmetric")
    else:
        options["format"] = kind
    options["bias_correction"] = pick(rng, "off", "off", "on")
    options["units"] = pick(rng, "least", "least", "all")
    nodes = [n.name for n in b.nodes if n.op_type in ("Conv", "Gemm", "MatMul")]
    # A zero point off the middle takes a bit more, and a macro combines six.
    most = 4 if options.get("weights") == "asymmetric" else 6
    layers = {node: {"weight_bits": int(rng.integers(1, most + 1))} for node in nodes
              if chance(rng, 0.3)}
    for keys in layers.values():
        if rng.integers(2):
            keys["activation_bits"] = int(rng.integers(3, 9))
    if layers:
        options["layers"] = layers
    return options


def write(b, rng, folder, classes, **more):
    """network.onnx and network.yaml with random quantisation and a layer on the core at times."""
    file = b.write(folder, **{**random_quantisation(rng, b), **more})
    written = yaml.safe_load(file.read_text(encoding="utf-8"))
    written["classes"] = classes
    nodes = [n.name for n in b.nodes if n.op_type in ("Conv", "Gemm")]
    if nodes and chance(rng, 0.15):
        written["place"] = {str(pick(rng, *nodes)): "core"}
    written = {key: value for key, value in written.items() if value is not None}
    file.write_text(yaml.safe_dump(written), encoding="utf-8")
    return file


def operators(b):
    """What a network holds, for telling that all have come up."""
    found = {n.op_type for n in b.nodes}
    for n in b.nodes:
        keys = {a.name: a for a in n.attribute}
        if n.op_type == "Conv":
            inside = b.shapes[n.input[0]][0]
            group = keys["group"].i if "group" in keys else 1
            if group > 1:
                found.add("depthwise" if group == inside else "grouped")
            if "dilations" in keys:
                found.add("dilated")
            if "pads" in keys and len(set(keys["pads"].ints)) > 1:
                found.add("asymmetric pads")
        elif n.op_type == "AveragePool" and keys["count_include_pad"].i == 0:
            found.add("uncounted padding")
        elif n.op_type == "MaxPool" and "dilations" in keys:
            found.add("dilated MaxPool")
    return found
