"""Random quantised ONNX graphs in the forms that exporters write: QDQ, QLinear and Integer."""
from dataclasses import dataclass

import numpy as np
import onnx
import yaml
from onnx import TensorProto, helper, numpy_helper

LOWEST = {"uint8": 0, "int8": -128}


@dataclass
class Codes:
    """A tensor of codes: its name, the name of its real values (QDQ), and what the codes mean."""
    name: str
    real: str
    scale: float
    zero_point: int
    type: str
    shape: tuple

    @property
    def low(self):
        return self.scale * (LOWEST[self.type] - self.zero_point)

    @property
    def high(self):
        return self.scale * (LOWEST[self.type] + 255 - self.zero_point)

    @property
    def power(self):
        """Mean square of values that are uniform over the range."""
        return (self.high - self.low) ** 2 / 12 + ((self.high + self.low) / 2) ** 2


class QuantisedBuilder:
    """Appends operators in one form: 'qdq', 'qlinear' or 'integer'."""

    def __init__(self, rng, shape, form="qdq", types=("uint8", "int8"), opset=13,
                 input_codes=False):
        self.rng, self.form, self.types, self.opset = rng, form, types, opset
        self.nodes, self.constants, self.values = [], [], {}
        scale, zero, kind = self.parameters(-1.0, 1.5)
        self.input = Codes("input_q", "input_real", scale, zero, kind, tuple(shape))
        self.input_codes = input_codes
        if input_codes:
            self.input.name = "input"
        else:
            self.node("QuantizeLinear", ["input", *self.scalars("input", self.input)], "input_q")
        if form == "qdq":
            self.dequantise(self.input)
        self.last = self.input

    # Constants

    def constant(self, name, array):
        if name not in self.values:
            self.values[name] = array
            self.constants.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def scalars(self, name, codes):
        return [self.constant(name + "_scale", np.float32(codes.scale)),
                self.constant(name + "_zero", np.asarray(codes.zero_point, codes.type))]

    def parameters(self, low, high):
        kind = str(self.rng.choice(self.types))
        low, high = min(low, 0.0), max(high, 0.0)
        scale = float(np.float32((high - low) / 255))
        zero = int(np.clip(round(-low / scale), 0, 255)) + LOWEST[kind]
        return scale, zero, kind

    # Nodes

    def node(self, operator, inputs, output, domain="", **attributes):
        self.nodes.append(helper.make_node(operator, inputs, [output], f"node_{output}",
                                           domain=domain, **attributes))
        return output

    def dequantise(self, codes):
        self.node("DequantizeLinear", [codes.name, *self.scalars(codes.name, codes)], codes.real)

    def result(self, low, high, shape, clamp=None):
        """A new tensor of codes for values of a range; clamp 'relu' starts it at 0."""
        if clamp == "relu":
            low = 0.0
        name = f"t{len(self.nodes)}"
        scale, zero, kind = self.parameters(low, high)
        return Codes(name, name + "_real", scale, zero, kind, tuple(shape))

    def close(self, value, codes):
        """Quantises the real tensor `value` into `codes`."""
        self.node("QuantizeLinear", [value, *self.scalars(codes.name, codes)], codes.name)
        if self.form == "qdq":
            self.dequantise(codes)
        self.last = codes
        return codes

    def clamp(self, value, kind, codes):
        if kind == "relu":
            return self.node("Relu", [value], codes.name + "_clamped")
        if kind == "clip":  # wider than the codes: it does nothing that they do not
            bounds = [self.constant(codes.name + "_min", np.float32(codes.low - 0.1)),
                      self.constant(codes.name + "_max", np.float32(codes.high + 0.1))]
            return self.node("Clip", [value, *bounds], codes.name + "_clamped")
        return value

    def weights(self, name, shape, fan_in, axis, per_channel, kind):
        """Stored integers, scales, zero points, and their constants' names."""
        outputs = shape[axis]
        count = outputs if per_channel else 1
        scale = (self.rng.uniform(0.5, 2, count) / fan_in ** 0.5 / 127).astype(np.float32)
        # Codes of uint8 lie around their zero point, so that q - z fits 8 b.
        zero = np.full(count, 0 if kind == "int8" else 128, kind)
        low, high = (-127, 127) if kind == "int8" else (1, 255)
        stored = self.rng.integers(low, high, shape, endpoint=True).astype(kind)
        dims = count if per_channel else None
        names = [self.constant(name, stored),
                 self.constant(name + "_scale", scale if dims else scale[0]),
                 self.constant(name + "_zero",
                               zero if dims and self.form != "integer" else zero[0])]
        return names, scale

    def bias(self, name, outputs, x, scale, spread):
        step = np.float64(np.float32(x.scale)) * scale.astype(np.float64)
        stored = np.round(self.rng.normal(0, spread, outputs) / step).astype(np.int32)
        return self.constant(name, stored), (step * np.ones(outputs)).astype(np.float32)

    # Operators

    def conv(self, out, kernel, strides=(1, 1), pads=(0, 0, 0, 0), per_channel=True,
             weight_type="int8", bias=True, clamp=None):
        x = self.last
        channels, height, width = x.shape
        fan_in = channels * kernel[0] * kernel[1]
        name = f"w{len(self.nodes)}"
        weights, scale = self.weights(name, (out, channels, *kernel), fan_in, 0, per_channel,
                                      weight_type)
        sigma = (x.power * np.mean(scale ** 2) * 127 ** 2 / 3 * fan_in) ** 0.5
        size = ((height + pads[0] + pads[2] - kernel[0]) // strides[0] + 1,
                (width + pads[1] + pads[3] - kernel[1]) // strides[1] + 1)
        codes = self.result(-3 * sigma, 3 * sigma, (out, *size), clamp)
        options = {"kernel_shape": list(kernel), "strides": list(strides), "pads": list(pads)}
        return self.linear("Conv", x, weights, scale, out if bias else 0, sigma, codes, clamp,
                           0, **options)

    def gemm(self, out, per_channel=True, weight_type="int8", bias=True, transposed=True,
             clamp=None):
        x = self.flattened()
        features = x.shape[0]
        name = f"w{len(self.nodes)}"
        matrix = self.form != "qdq" and not (self.form == "qlinear" and transposed)
        shape, axis = ((out, features), 0) if transposed and not matrix else ((features, out), 1)
        weights, scale = self.weights(name, shape, features, axis, per_channel, weight_type)
        sigma = (x.power * np.mean(scale ** 2) * 127 ** 2 / 3 * features) ** 0.5
        codes = self.result(-3 * sigma, 3 * sigma, (out, 1, 1), clamp)
        kind = "MatMul" if matrix or not (bias or transposed) else "Gemm"
        options = {"transB": int(transposed)} if kind == "Gemm" else {}
        return self.linear(kind, x, weights, scale, out if bias and kind == "Gemm" else 0, sigma,
                           codes, clamp, axis, **options)

    def linear(self, kind, x, weights, scale, biases, sigma, codes, clamp, axis, **options):
        name = codes.name
        bias = self.bias(name + "_bias", biases, x, scale, 0.3 * sigma) if biases else None
        if self.form == "qdq":
            w = self.node("DequantizeLinear", weights, name + "_weight", axis=axis)
            inputs = [x.real, w]
            if bias:
                step = self.constant(name + "_bias_scale", bias[1])
                inputs.append(self.node("DequantizeLinear", [bias[0], step], name + "_bias_real",
                                        axis=0))
            value = self.node(kind, inputs, name + "_value", **options)
            return self.close(self.clamp(value, clamp, codes), codes)
        if self.form == "qlinear":
            tail = self.scalars(name, codes)
            inputs = [x.name, *self.scalars(x.name, x), *weights]
            operator = {"Conv": "QLinearConv", "MatMul": "QLinearMatMul", "Gemm": "QGemm"}[kind]
            if kind == "Gemm":
                inputs += [bias[0] if bias else "", *tail]
            else:
                inputs += tail + ([bias[0]] if bias else [])
            self.node(operator, inputs, name, "com.microsoft" if kind == "Gemm" else "", **options)
            self.last = codes
            return codes
        operator = {"Conv": "ConvInteger", "MatMul": "MatMulInteger"}[kind]
        self.node(operator, [x.name, weights[0], self.scalars(x.name, x)[1], weights[2]],
                  name + "_sum", **options)
        factor = np.float32(x.scale) * scale
        dims = (1, -1, 1, 1) if kind == "Conv" else (1, -1)
        value = self.node("Cast", [name + "_sum"], name + "_float", to=TensorProto.FLOAT)
        value = self.node("Mul", [value, self.constant(name + "_factor", factor.reshape(dims))],
                          name + "_scaled")
        if bias:
            real = self.values[bias[0]].astype(np.float64) * bias[1]
            value = self.node("Add", [value, self.constant(
                name + "_bias_real", real.astype(np.float32).reshape(dims))], name + "_value")
        return self.close(self.clamp(value, clamp, codes), codes)

    def flattened(self):
        x = self.last
        if len(x.shape) == 1 or getattr(x, "flat", False):
            return x
        name = f"t{len(self.nodes)}"
        count = int(np.prod(x.shape))
        if self.form == "qdq":
            self.node("Flatten", [x.real], name + "_value")
            flat = Codes(name, name + "_real", x.scale, x.zero_point, x.type, (count, 1, 1))
            self.close(name + "_value", flat)
        else:
            self.node("Flatten", [x.name], name)
            flat = Codes(name, name, x.scale, x.zero_point, x.type, (count, 1, 1))
        flat.flat = True
        return flat

    def unary(self, operator, low, high, shape, domain="com.microsoft", **attributes):
        x = self.last
        codes = self.result(low, high, shape)
        if self.form == "qlinear":
            self.node("QLinear" + operator, [x.name, *self.scalars(x.name, x),
                                             *self.scalars(codes.name, codes)], codes.name, domain,
                      **attributes)
            self.last = codes
            return codes
        real = x.real if self.form == "qdq" else self.node(
            "DequantizeLinear", [x.name, *self.scalars(x.name, x)], f"{x.name}_r{len(self.nodes)}")
        value = self.node(operator, [real], codes.name + "_value", **attributes)
        return self.close(value, codes)

    def global_average_pool(self):
        x = self.last
        return self.unary("GlobalAveragePool", 0.8 * x.low, 0.8 * x.high, (x.shape[0], 1, 1))

    def average_pool(self, kernel, strides):
        x = self.last
        size = [(n - k) // s + 1 for n, k, s in zip(x.shape[1:], kernel, strides)]
        return self.unary("AveragePool", 0.9 * x.low, 0.9 * x.high, (x.shape[0], *size),
                          kernel_shape=list(kernel), strides=list(strides))

    def max_pool(self, kernel, strides, requantised=False):
        """QDQ around it with the same encoding, or another one; the codes as they are else."""
        x = self.last
        size = [(n - k) // s + 1 for n, k, s in zip(x.shape[1:], kernel, strides)]
        options = {"kernel_shape": list(kernel), "strides": list(strides)}
        name = f"t{len(self.nodes)}"
        if self.form != "qdq":
            self.node("MaxPool", [x.name], name, **options)
            self.last = Codes(name, name, x.scale, x.zero_point, x.type, (x.shape[0], *size))
            return self.last
        codes = Codes(name, name + "_real", x.scale, x.zero_point, x.type, (x.shape[0], *size))
        if requantised:
            codes = self.result(0.57 * x.low, 0.9 * x.high, (x.shape[0], *size))
        self.node("MaxPool", [x.real], codes.name + "_value", **options)
        return self.close(codes.name + "_value", codes)

    def add(self, other, clamp=None):
        x = self.last
        spread = (x.power + other.power) ** 0.5
        codes = self.result(-2 * spread, 2 * spread, x.shape, clamp)
        if self.form == "qlinear":
            self.node("QLinearAdd", [x.name, *self.scalars(x.name, x), other.name,
                                     *self.scalars(other.name, other),
                                     *self.scalars(codes.name, codes)], codes.name, "com.microsoft")
            self.last = codes
            return codes
        value = self.node("Add", [x.real, other.real], codes.name + "_value")
        return self.close(self.clamp(value, clamp, codes), codes)

    def concat(self, other):
        x = self.last
        shape = (x.shape[0] + other.shape[0], *x.shape[1:])
        codes = self.result(min(x.low, other.low), max(x.high, other.high), shape)
        if self.form == "qlinear":
            self.node("QLinearConcat", [*self.scalars(codes.name, codes), x.name,
                                        *self.scalars(x.name, x), other.name,
                                        *self.scalars(other.name, other)], codes.name,
                      "com.microsoft", axis=1)
            self.last = codes
            return codes
        value = self.node("Concat", [x.real, other.real], codes.name + "_value", axis=1)
        return self.close(value, codes)

    # Files

    def model(self, more_outputs=()):
        """The network; its output is the last tensor of codes. `more_outputs` for the oracle."""
        kinds = {"uint8": TensorProto.UINT8, "int8": TensorProto.INT8}
        value = helper.make_tensor_value_info
        kind = kinds[self.input.type] if self.input_codes else TensorProto.FLOAT
        outputs = [value(codes.name, kinds[codes.type], None)
                   for codes in (self.last, *more_outputs)]
        graph = helper.make_graph(self.nodes, "quantised",
                                  [value("input", kind, [1, *self.input.shape])], outputs,
                                  initializer=self.constants)
        model = helper.make_model(graph, opset_imports=[
            helper.make_opsetid("", self.opset), helper.make_opsetid("com.microsoft", 1)])
        model.ir_version = 7
        return model

    def write(self, folder, **quantisation):
        onnx.save(self.model(), folder / "network.onnx")
        channels, height, width = self.input.shape
        (folder / "network.yaml").write_text(yaml.safe_dump({
            "name": "random", "onnx": "network.onnx",
            "input": {"height": height, "width": width, "channels": channels,
                      "scale": self.input.scale,
                      "zero_point": self.input.zero_point - LOWEST[self.input.type]},
            "classes": int(self.last.shape[0]), "quantisation": quantisation}))
        return folder / "network.yaml"

    def oracle_input(self, image):
        """What onnxruntime takes for u8 codes of the data, (C, H, W)."""
        stored = image.astype(np.int16) + LOWEST[self.input.type]
        if self.input_codes:
            return stored.astype(self.input.type)[None]
        real = (stored - self.input.zero_point).astype(np.float32) * np.float32(self.input.scale)
        return real[None]
