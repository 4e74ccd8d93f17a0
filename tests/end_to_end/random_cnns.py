"""CNNs of known shapes with random weights as network files, and images of noise for them."""

import numpy as np
import onnx
import yaml
from onnx import TensorProto, helper, numpy_helper


class Network:
    """Appends nodes to an ONNX graph; weights are drawn so that activations keep their size."""

    def __init__(self, shape, seed=0):
        self.rng = np.random.default_rng(seed)
        self.nodes, self.constants = [], []
        self.shape = tuple(shape)
        self.channels, self.side, _ = shape
        self.last = "input"

    def add(self, operator, constants=(), inputs=None, **attributes):
        names = []
        for array in constants:
            names.append(f"c{len(self.constants)}")
            self.constants.append(numpy_helper.from_array(array.astype(np.float32), names[-1]))
        output = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, [*(inputs or [self.last]), *names], [output],
                                           f"{operator.lower()}{len(self.nodes)}", **attributes))
        self.last = output
        return output

    def conv(self, out, kernel=3, stride=1, relu=True):
        scale = (2 / (self.channels * kernel * kernel)) ** 0.5
        weight = self.rng.normal(0, scale, (out, self.channels, kernel, kernel))
        pad = kernel // 2
        self.add("Conv", [weight, self.rng.normal(0, 0.05, out)], kernel_shape=[kernel] * 2,
                 strides=[stride] * 2, pads=[pad] * 4)
        self.channels, self.side = out, -(-self.side // stride)
        return self.add("Relu") if relu else self.last

    def pool(self):
        self.side //= 2
        return self.add("MaxPool", kernel_shape=[2, 2], strides=[2, 2])

    def matrix(self, out, relu=True):
        features = self.channels * self.side * self.side
        if self.side > 1:
            self.add("Flatten")
        weight = self.rng.normal(0, (2 / features) ** 0.5, (out, features))
        self.add("Gemm", [weight, self.rng.normal(0, 0.05, out)], transB=1)
        self.channels, self.side = out, 1
        return self.add("Relu") if relu else self.last

    def block(self, out, stride=1):
        """A basic block of a residual network, with a 1 x 1 convolution where shapes differ."""
        entry, channels, side = self.last, self.channels, self.side
        self.conv(out, stride=stride)
        left = self.conv(out, relu=False)
        if (channels, stride) != (out, 1):
            self.last, self.channels, self.side = entry, channels, side
            entry = self.conv(out, kernel=1, stride=stride, relu=False)
        self.add("Add", inputs=[left, entry])
        return self.add("Relu")

    def write(self, folder, name, classes=10, weight_bits=4):
        graph = helper.make_graph(
            self.nodes, name,
            [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, *self.shape])],
            [helper.make_tensor_value_info(self.last, TensorProto.FLOAT, None)],
            initializer=self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
        model.ir_version = 7
        folder = folder / name
        folder.mkdir()
        onnx.save(model, folder / "network.onnx")
        channels, height, width = self.shape
        (folder / "network.yaml").write_text(yaml.safe_dump({
            "name": name, "onnx": "network.onnx",
            "input": {"height": height, "width": width, "channels": channels, "scale": 1 / 255,
                      "zero_point": 0},
            "classes": classes, "data": {"format": "cifar10", "default": "none"},
            "quantisation": {"weight_bits": weight_bits, "activation_bits": 8,
                             "calibration_images": 4, "activation_percentile": 100}}))
        return folder


def vgg(folder, name, convolutions, features=(1024,), seed=0):
    """VGG's kind for 32 x 32 x 3; `convolutions` are output channels, 0 is a pool."""
    network = Network((3, 32, 32), seed)
    for out in convolutions:
        if out:
            network.conv(out)
        else:
            network.pool()
    for out in features:
        network.matrix(out)
    network.matrix(10, relu=False)
    return network.write(folder, name)


def resnet20(folder, name="resnet20", seed=0, blocks=3):
    network = Network((3, 32, 32), seed)
    network.conv(16)
    for channels in (16, 32, 64):
        for block in range(blocks):
            network.block(channels, 2 if channels > 16 and block == 0 else 1)
    network.add("GlobalAveragePool")
    network.side = 1
    network.add("Flatten")
    network.matrix(10, relu=False)
    return network.write(folder, name)


def noise_images(folder, images=4, seed=0):
    """CIFAR-10 files with a few images of noise."""
    rng = np.random.default_rng(seed)
    folder = folder / "noise"
    folder.mkdir()
    for part in ("data_batch_1.bin", "test_batch.bin"):
        records = rng.integers(0, 256, (images, 3073), np.uint8)
        records[:, 0] %= 10
        # The reader expects whole files of 10,000 records and reads the first ones.
        (folder / part).write_bytes(records.tobytes())
    return folder
