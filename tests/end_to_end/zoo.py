"""The networks people run on such chips, with random weights: values mean nothing, shapes are real.

Weights are drawn so that activations keep their size from layer to layer; images are smooth noise.
"""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "platform" / "compiler"))

import shapes  # noqa: E402  pylint: disable=wrong-import-position,import-error
from networks import Builder  # noqa: E402  pylint: disable=wrong-import-position,import-error

CIFAR_RECORDS = 10000  # of a file of the format
IMAGES = 4


def conv(b, out, kernel=3, stride=1, group=1, relu=True):
    """A convolution that keeps the size (stride 1), batch normalisation, Relu."""
    pad = kernel // 2
    b.conv(out, (kernel, kernel), (stride, stride), (pad,) * 4, bias=False, group=group)
    b.batch_normalisation()
    return b.relu() if relu else b.last


def resnet(rng, blocks):
    """ResNet-8 (1 block a stage), ResNet-20 (3): 16, 32 and 64 channels."""
    b = Builder(rng, (3, 32, 32))
    conv(b, 16)
    for stage, channels in enumerate((16, 32, 64)):
        for block in range(blocks):
            stride = 2 if stage and not block else 1
            trunk = b.last
            conv(b, channels, stride=stride)
            branch = conv(b, channels, relu=False)
            if stride == 2:
                b.last = trunk
                trunk = conv(b, channels, kernel=1, stride=2, relu=False)
            b.last = branch
            b.residual(trunk)
            b.relu()
    b.global_average_pool()
    b.flatten()
    b.gemm(10)
    return b


def vgg8(rng, width=128):
    """Six convolutions in three stages of width, 2 width and 4 width channels, two matrices."""
    b = Builder(rng, (3, 32, 32))
    for channels in (width, 2 * width, 4 * width):
        for _ in range(2):
            conv(b, channels)
        b.max_pool((2, 2), (2, 2))
    b.flatten()
    b.gemm(8 * width)
    b.relu()
    b.gemm(10)
    return b


def mobilenet(rng, side=32):
    """Depthwise separable layers of MobileNetV1-0.25's kind."""
    b = Builder(rng, (3, side, side))
    conv(b, 8, stride=2)
    for channels, stride in ((16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2)):
        conv(b, b.shapes[b.last][0], stride=stride, group=b.shapes[b.last][0])
        conv(b, channels, kernel=1)
    b.global_average_pool()
    b.flatten()
    b.gemm(10)
    return b


def autoencoder(rng):
    b = Builder(rng, (1, 28, 28))
    b.flatten()
    for features in (128, 64, 8, 64, 128):
        b.gemm(features)
        b.relu()
    b.gemm(784)
    return b


NETWORKS = {
    "lenet5": lambda rng: shapes.lenet5(seed=rng),
    "resnet8": lambda rng: resnet(rng, 1),
    "resnet20": lambda rng: resnet(rng, 3),
    "vgg8": vgg8,
    "mobilenet": mobilenet,
    "autoencoder": autoencoder,
}


def macs(b):
    """Multiply-accumulates of a graph by its shapes: positions x kernel x channels of a group x
    outputs, padded taps included."""
    weights = {tensor.name: tensor.dims for tensor in b.weights}
    total = 0
    for node in b.nodes:
        if node.op_type == "Conv":
            total += int(np.prod(weights[node.input[1]])) * int(np.prod(b.shapes[node.output[0]][1:]))
        elif node.op_type in ("Gemm", "MatMul"):
            total += int(np.prod(weights[node.input[1]]))
    return total


def images(rng, count, shape):
    """Smooth noise, u8 codes of shape (count, C, H, W)."""
    channels, height, width = shape
    coarse = rng.uniform(0, 255, (count, channels, -(-height // 4), -(-width // 4)))
    fine = np.kron(coarse, np.ones((1, 1, 4, 4)))[:, :, :height, :width]
    return np.clip(fine + rng.normal(0, 25, fine.shape), 0, 255).astype(np.uint8)


def write_data(rng, folder, shape, count=IMAGES):
    """A data set that begins with `count` images: in CIFAR-10's format for 3 x 32 x 32, else IDX.

    @return its format as network.yaml names it
    """
    codes = images(rng, count, shape)
    labels = (np.arange(count) % 10).astype(np.uint8)
    folder.mkdir(parents=True, exist_ok=True)
    if shape == (3, 32, 32):
        records = np.zeros((CIFAR_RECORDS, 1 + 3 * 32 * 32), np.uint8)
        records[:count] = np.concatenate([labels[:, None], codes.reshape(count, -1)], axis=1)
        for name in ("data_batch_1.bin", "test_batch.bin"):
            (folder / name).write_bytes(records.tobytes())
        return "cifar10"
    for split in ("train", "t10k"):
        header = np.array([0x803, count, *shape[1:]], ">u4").tobytes()
        (folder / f"{split}-images-idx3-ubyte").write_bytes(header + codes.tobytes())
        header = np.array([0x801, count], ">u4").tobytes()
        (folder / f"{split}-labels-idx1-ubyte").write_bytes(header + labels.tobytes())
    return "idx"
