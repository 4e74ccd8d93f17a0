"""Random small CNNs as ONNX files, with PyTorch computing the same."""
import numpy as np
import onnx
import torch
import torch.nn.functional as F
import yaml
from onnx import TensorProto, helper, numpy_helper


class Builder:
    """Appends nodes to an ONNX graph and applies the same operations to a PyTorch tensor."""

    def __init__(self, rng, shape, opset=13):
        self.rng, self.opset = rng, opset
        self.nodes, self.weights = [], []
        self.input_shape = shape
        self.shapes = {"input": tuple(shape)}
        self.functions = []  # (output, inputs, function)
        self.last = "input"

    def constant(self, array, hint):
        name = f"{hint}_{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(array, np.float32), name))
        return name

    def add(self, operator, function, constants=(), inputs=None, shape=None, **attributes):
        inputs = inputs or [self.last]
        output = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, [*inputs, *constants], [output],
                                           f"{operator.lower()}{len(self.nodes)}", **attributes))
        self.functions.append((output, inputs, function))
        with torch.no_grad():
            probe = [torch.zeros(1, *self.shapes[i]) for i in inputs]
            self.shapes[output] = tuple(function(*probe).shape[1:])
        self.last = output
        return output

    def conv(self, out, kernel, stride=(1, 1), pads=(0, 0, 0, 0), bias=True, auto_pad=None,
             group=1, dilation=(1, 1)):
        channels = self.shapes[self.last][0] // group
        scale = (2.0 / (channels * kernel[0] * kernel[1])) ** 0.5
        weight = self.rng.normal(0, scale, (out, channels, *kernel)).astype(np.float32)
        values = self.rng.normal(0, 0.1, out).astype(np.float32) if bias else None
        constants = [self.constant(weight, "w")]
        if bias:
            constants.append(self.constant(values, "b"))
        if auto_pad:
            pads = self.same_pads(kernel, stride, auto_pad == "SAME_UPPER")
            attributes = {"auto_pad": auto_pad}
        else:
            attributes = {"pads": list(pads)}
        if group != 1:
            attributes["group"] = group
        if tuple(dilation) != (1, 1):
            attributes["dilations"] = list(dilation)
        top, left, bottom, right = pads

        def function(x):
            x = F.pad(x, (left, right, top, bottom))
            return F.conv2d(x, torch.from_numpy(weight),
                            torch.from_numpy(values) if bias else None, stride,
                            dilation=dilation, groups=group)
        return self.add("Conv", function, constants, kernel_shape=list(kernel),
                        strides=list(stride), **attributes)

    def same_pads(self, kernel, stride, upper):
        less, more = [], []
        for size, k, s in zip(self.shapes[self.last][1:], kernel, stride):
            total = max(0, (-(-size // s) - 1) * s + k - size)
            small, large = total // 2, total - total // 2
            less.append(small if upper else large)
            more.append(large if upper else small)
        return [*less, *more]

    def relu(self):
        return self.add("Relu", torch.relu)

    def batch_normalisation(self):
        c = self.shapes[self.last][0]
        gamma, beta = self.rng.normal(1, 0.5, c), self.rng.normal(0, 0.2, c)
        mean, variance = self.rng.normal(0, 0.2, c), self.rng.uniform(0.5, 2, c)
        arrays = [np.asarray(a, np.float32) for a in (gamma, beta, mean, variance)]
        tensors = [torch.from_numpy(a) for a in arrays]
        names = [self.constant(a, "bn") for a in arrays]
        return self.add("BatchNormalization", lambda x: F.batch_norm(
            x, tensors[2], tensors[3], tensors[0], tensors[1], eps=1e-3), names, epsilon=1e-3)

    def max_pool(self, kernel, stride, pads=(0, 0, 0, 0), ceil=False):
        top, left, bottom, right = pads

        def function(x):
            x = F.pad(x, (left, right, top, bottom), value=float("-inf"))
            return F.max_pool2d(x, kernel, stride, ceil_mode=ceil)
        return self.add("MaxPool", function, kernel_shape=list(kernel), strides=list(stride),
                        pads=list(pads), ceil_mode=int(ceil))

    def average_pool(self, kernel, stride, pads=(0, 0, 0, 0)):
        top, left, bottom, right = pads
        return self.add("AveragePool", lambda x: F.avg_pool2d(
            F.pad(x, (left, right, top, bottom)), kernel, stride), kernel_shape=list(kernel),
            strides=list(stride), pads=list(pads), count_include_pad=1)

    def global_average_pool(self):
        return self.add("GlobalAveragePool", lambda x: x.mean((2, 3), keepdim=True))

    def residual(self, other):
        return self.add("Add", torch.add, inputs=[self.last, other])

    def add_constant(self):
        c = self.shapes[self.last][0]
        value = self.rng.normal(0, 0.3, (1, c, 1, 1)).astype(np.float32)
        return self.add("Add", lambda x: x + torch.from_numpy(value), [self.constant(value, "c")])

    def flatten(self, reshape=False):
        count = int(np.prod(self.shapes[self.last]))
        if not reshape:
            return self.add("Flatten", lambda x: x.flatten(1))
        self.weights.append(numpy_helper.from_array(np.array([1, -1], np.int64), "shape"))
        return self.add("Reshape", lambda x: x.reshape(-1, count), ["shape"])

    def gemm(self, out, matmul=False):
        features = self.shapes[self.last][0]
        weight = self.rng.normal(0, features ** -0.5, (out, features)).astype(np.float32)
        bias = self.rng.normal(0, 0.1, out).astype(np.float32)
        if matmul:
            self.add("MatMul", lambda x: x @ torch.from_numpy(weight).T,
                     [self.constant(weight.T, "w")])
            return self.add("Add", lambda x: x + torch.from_numpy(bias),
                            [self.constant(bias[None], "b")])
        return self.add("Gemm", lambda x: x @ torch.from_numpy(weight).T + torch.from_numpy(bias),
                        [self.constant(weight, "w"), self.constant(bias, "b")], transB=1)

    def model(self, batch=1):
        graph = helper.make_graph(
            self.nodes, "random",
            [helper.make_tensor_value_info("input", TensorProto.FLOAT, [batch, *self.input_shape])],
            [helper.make_tensor_value_info(self.last, TensorProto.FLOAT, None)],
            initializer=self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)])
        model.ir_version = 7
        return model

    def evaluate(self, x):
        """All tensors for a batch x of shape (N, C, H, W)."""
        values = {"input": torch.as_tensor(x, dtype=torch.float32)}
        with torch.no_grad():
            for output, inputs, function in self.functions:
                values[output] = function(*(values[i] for i in inputs))
        return values

    def write(self, folder, input_scale=1 / 255, zero_point=0, top=None, **quantisation):
        """Writes network.onnx and network.yaml; the output must be a vector of classes."""
        onnx.save(self.model(), folder / "network.onnx")
        c, h, w = self.input_shape
        options = {"weight_bits": 4, "activation_bits": 8, "calibration_images": 4,
                   "activation_percentile": 100, **quantisation}
        (folder / "network.yaml").write_text(yaml.safe_dump({
            "name": "random", "onnx": "network.onnx",
            "input": {"height": h, "width": w, "channels": c, "scale": input_scale,
                      "zero_point": zero_point},
            "classes": int(self.shapes[self.last][0]), "quantisation": options, **(top or {})}))
        return folder / "network.yaml"


def pads_for(rng, kernel):
    return [int(rng.integers(0, k)) for k in (*kernel, *kernel)]


def random_network(rng, size=12, classes=5, most_channels=24, opset=13, channels=None):
    """A random CNN that uses every supported operator now and then."""
    channels = channels or int(rng.integers(1, 4))
    b = Builder(rng, (channels, int(rng.integers(6, size + 1)), int(rng.integers(6, size + 1))),
                opset)
    for _ in range(int(rng.integers(1, 4))):
        kernel = tuple(min(int(k), n) for k, n in zip(rng.integers(1, 4, 2), b.shapes[b.last][1:]))
        stride = tuple(int(s) for s in rng.integers(1, 3, 2))
        auto = rng.choice([None, None, "SAME_UPPER", "SAME_LOWER"])
        b.conv(int(rng.integers(1, most_channels)), kernel, stride, pads_for(rng, kernel),
               bias=bool(rng.integers(2)), auto_pad=auto)
        if rng.integers(2):
            b.batch_normalisation()
        if rng.integers(3) == 0:
            b.add_constant()
        if rng.integers(4):
            b.relu()
        if rng.integers(2):  # a residual branch of equal shape
            trunk = b.last
            b.conv(b.shapes[trunk][0], (3, 3), pads=(1, 1, 1, 1))
            b.residual(trunk)
            if rng.integers(2):
                b.relu()
        height, width = b.shapes[b.last][1:]
        if min(height, width) >= 3 and rng.integers(2):
            kernel = tuple(int(k) for k in rng.integers(2, 4, 2))
            if rng.integers(2):
                b.max_pool(kernel, (2, 2), ceil=bool(rng.integers(2)))
                if rng.integers(2):
                    b.relu()
            else:
                b.average_pool(kernel, (1, 2))
    if rng.integers(3) == 0:
        b.global_average_pool()
    b.flatten(reshape=bool(rng.integers(2)))
    if rng.integers(2):
        b.gemm(int(rng.integers(3, 30)), matmul=bool(rng.integers(2)))
        b.relu()
    b.gemm(classes, matmul=bool(rng.integers(2)))
    return b


def mobile_network(rng, shape, channels):
    """MobileNetV1's kind: a convolution, then pairs of depthwise 3x3 and pointwise 1x1."""
    b = Builder(rng, shape)

    def finish():
        b.batch_normalisation()
        b.relu()
    b.conv(channels[0], (3, 3), (2, 2), (1, 1, 1, 1), bias=False)
    finish()
    for i, out in enumerate(channels[1:]):
        inside = b.shapes[b.last][0]
        b.conv(inside, (3, 3), (1 + i % 2,) * 2, (1, 1, 1, 1), bias=False, group=inside)
        finish()
        b.conv(out, (1, 1), bias=False)
        finish()
    b.global_average_pool()
    b.flatten()
    b.gemm(10)
    return b
