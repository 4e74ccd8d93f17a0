"""Networks as lists of nodes: what the trainer builds, the exporter writes and the chip runs."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Node:
    """One layer.  Tensors have the name of the node that computes them; the input is `input`.

    op: `conv` (square kernel, batch normalisation), `linear` (over channels and pixels, with a
    batch normalisation unless it is the last), `add`, `mean` (over all pixels) or `max_pool` of
    2 x 2 pixels.
    relu: the output is rectified; otherwise it is signed.
    """

    op: str
    name: str
    inputs: tuple
    channels_in: int = 0
    channels: int = 0
    kernel: int = 1
    stride: int = 1
    pad: int = 0
    groups: int = 1
    relu: bool = False

    @property
    def weighted(self):
        """Whether the node has weights."""
        return self.op in ("conv", "linear")

    @property
    def weight_shape(self):
        """Return the shape of the weights, (out, in of a group, kernel, kernel)."""
        return (self.channels, self.channels_in // self.groups, self.kernel, self.kernel)

    @property
    def rows(self):
        """Return how many products make an output."""
        return self.channels_in // self.groups * self.kernel ** 2


def conv(name, source, channels_in, channels, *, kernel=3, stride=1, groups=1, relu=True):
    """Return a convolution that keeps the size, apart from its stride."""
    return Node("conv", name, (source,), channels_in, channels, kernel, stride, kernel // 2, groups,
                relu)


def linear(name, source, channels_in, channels, *, pixels=1, relu=False):
    """Return a matrix over an input of `channels_in` x `pixels` x `pixels`."""
    return Node("linear", name, (source,), channels_in, channels, pixels, relu=relu)


def resnet(depth, classes=10):
    """Return a residual network for 32 x 32 images: depth = 6 n + 2, 16-32-64 channels."""
    nodes = [conv("conv0", "input", 3, 16)]
    source, width = "conv0", 16
    for stage, channels in enumerate((16, 32, 64)):
        for block in range((depth - 2) // 6):
            name = f"s{stage + 1}b{block + 1}"
            stride = 2 if stage and not block else 1
            nodes.append(conv(f"{name}_conv1", source, width, channels, stride=stride))
            nodes.append(conv(f"{name}_conv2", f"{name}_conv1", channels, channels, relu=False))
            shortcut = source
            if width != channels:
                shortcut = f"{name}_short"
                nodes.append(conv(shortcut, source, width, channels, kernel=1, stride=stride,
                                  relu=False))
            nodes.append(Node("add", f"{name}_add", (f"{name}_conv2", shortcut), relu=True))
            source, width = f"{name}_add", channels
    return (*nodes, Node("mean", "mean", (source,), relu=True),
            linear("logits", "mean", width, classes))


def vgg8(widths=(32, 32, 64, 64, 128, 128), hidden=256, classes=10):
    """Return six convolutions in three stages with pooling, and two matrices."""
    nodes, source, width, pixels = [], "input", 3, 32
    for index, channels in enumerate(widths):
        name = f"conv{index + 1}"
        nodes.append(conv(name, source, width, channels))
        source, width = name, channels
        if index % 2:
            source = f"pool{index // 2 + 1}"
            nodes.append(Node("max_pool", source, (name,), relu=True))
            pixels //= 2
    return (*nodes, linear("fc1", source, width, hidden, pixels=pixels, relu=True),
            linear("logits", "fc1", hidden, classes))


def mobilenet(classes=10):
    """Return separable convolutions of MobileNetV1's kind at a quarter of its width."""
    nodes, source, width = [conv("conv0", "input", 3, 8)], "conv0", 8
    for index, (channels, stride) in enumerate(
            ((16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2), (128, 1))):
        nodes.append(conv(f"dw{index + 1}", source, width, width, stride=stride, groups=width))
        nodes.append(conv(f"pw{index + 1}", f"dw{index + 1}", width, channels, kernel=1))
        source, width = f"pw{index + 1}", channels
    return (*nodes, Node("mean", "mean", (source,), relu=True),
            linear("logits", "mean", width, classes))


def autoencoder(pixels=28, hidden=128, code=8):
    """Return a fully connected autoencoder of an image of one channel."""
    return (linear("encode1", "input", 1, hidden, pixels=pixels, relu=True),
            linear("code", "encode1", hidden, code, relu=True),
            linear("decode1", "code", code, hidden, relu=True),
            linear("image", "decode1", hidden, pixels * pixels, relu=True))
