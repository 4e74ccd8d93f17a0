"""Random matrices, functions, arithmetic and relabellings, and what PyTorch makes of them."""
import numpy as np
import torch
import torch.nn.functional as F
from onnx import TensorProto, numpy_helper


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
