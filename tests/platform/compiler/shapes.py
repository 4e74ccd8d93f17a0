"""Networks of the usual shapes with random weights: what matters to a mapping is the shape."""
import numpy as np

from networks import Builder


def _block(builder, channels, stride):
    """A residual block of two 3 x 3 convolutions, with a projection where the shape changes."""
    trunk = builder.last
    builder.conv(channels, (3, 3), (stride, stride), (1, 1, 1, 1))
    builder.relu()
    main = builder.conv(channels, (3, 3), pads=(1, 1, 1, 1))
    if builder.shapes[trunk] != builder.shapes[main]:
        builder.last = trunk
        trunk = builder.conv(channels, (1, 1), (stride, stride))
    builder.last = main
    builder.residual(trunk)
    builder.relu()


def resnet(blocks, size=32, width=16, seed=1):
    """ResNet of CIFAR-10: 3 stages; blocks 3 is ResNet-20, blocks 1 with size 32 ResNet-8."""
    b = Builder(np.random.default_rng(seed), (3, size, size))
    b.conv(width, (3, 3), pads=(1, 1, 1, 1))
    b.relu()
    for stage in range(3):
        for block in range(blocks):
            _block(b, width << stage, 2 if stage > 0 and block == 0 else 1)
    b.global_average_pool()
    b.flatten()
    b.gemm(10)
    return b


def vgg(widths=(32, 32, 64, 64, 128, 128), size=32, seed=1):
    """VGG of CIFAR-10: pairs of 3 x 3 convolutions, each with a pooling; two dense layers."""
    b = Builder(np.random.default_rng(seed), (3, size, size))
    for n, width in enumerate(widths):
        b.conv(width, (3, 3), pads=(1, 1, 1, 1))
        b.relu()
        if n % 2:
            b.max_pool((2, 2), (2, 2))
    b.flatten()
    b.gemm(256)
    b.relu()
    b.gemm(10)
    return b


def autoencoder(features=640, hidden=128, code=8, seed=1):
    """Fully connected autoencoder of anomaly detection, shortened: dense layers alone."""
    b = Builder(np.random.default_rng(seed), (1, 20, features // 20))
    b.flatten()
    for width in (hidden, hidden, code, hidden, hidden):
        b.gemm(width)
        b.relu()
    b.gemm(features)
    return b


def lenet5(size=28, seed=1):
    b = Builder(np.random.default_rng(seed), (1, size, size))
    b.conv(6, (5, 5), pads=(2, 2, 2, 2))
    b.relu()
    b.max_pool((2, 2), (2, 2))
    b.conv(16, (5, 5))
    b.relu()
    b.max_pool((2, 2), (2, 2))
    b.flatten()
    for width in (120, 84):
        b.gemm(width)
        b.relu()
    b.gemm(10)
    return b


NETWORKS = {"lenet5": lenet5, "resnet8": lambda: resnet(1), "resnet20": lambda: resnet(3),
            "vgg8": vgg, "autoencoder": autoencoder}


def tiny(seed=1):
    """Two layers with weights: small enough to try every mapping."""
    b = Builder(np.random.default_rng(seed), (3, 32, 32))
    b.conv(8, (2, 2), (4, 4))
    b.relu()
    b.max_pool((8, 8), (8, 8))
    b.flatten()
    b.gemm(10)
    return b
