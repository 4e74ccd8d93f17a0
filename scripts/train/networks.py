"""The networks that can be trained: their layers, data and training recipe."""
from dataclasses import dataclass

from torch import nn

import architectures
from quantise import CODE_MAX, SIGNED_ZERO, ChipLayer

LOGIT_STEP = 1 / 8              # real value of one code of the logits: -16 .. 15.875


@dataclass(frozen=True)
class Recipe:
    """What a network is trained on and how its training images are varied."""

    name: str
    data_format: str            # reader of data.py
    data_name: str              # name of the data set in network.yaml
    description: str
    shift: int = 0              # largest translation in pixels
    flip: bool = False          # mirror left and right
    rotate_degrees: float = 0.0
    zoom: float = 0.0           # largest relative change of size
    height: int = 28
    width: int = 28
    channels: int = 1
    classes: int = 10
    nodes: tuple = ()           # of architectures.py; none: LeNet5
    reconstructs: bool = False  # the outputs are the image again, not classes


def cifar(name, description, nodes):
    """Return the recipe of a network of nodes for CIFAR-10."""
    return Recipe(name, "cifar10", "cifar10", description, shift=4, flip=True, height=32, width=32,
                  channels=3, nodes=nodes)


RECIPES = {recipe.name: recipe for recipe in (
    Recipe("lenet5-fashion", "idx", "fashion-mnist",
           "LeNet-5 class network for Fashion-MNIST, trained with the chip's noise",
           flip=True),
    Recipe("lenet5-mnist", "idx", "mnist",
           "LeNet-5 class network for MNIST, trained with the chip's noise",
           shift=2, rotate_degrees=8.0, zoom=0.08),
    cifar("resnet8-cifar10", "ResNet-8 for CIFAR-10, trained with the chip's errors",
          architectures.resnet(8)),
    cifar("resnet20-cifar10", "ResNet-20 for CIFAR-10, trained with the chip's errors",
          architectures.resnet(20)),
    cifar("vgg8-cifar10", "narrow VGG-8 for CIFAR-10, trained with the chip's errors",
          architectures.vgg8()),
    cifar("vgg8wide-cifar10", "VGG-8 of the mapping study for CIFAR-10, trained with the chip's "
          "errors", architectures.vgg8((128, 128, 256, 256, 512, 512), 1024)),
    cifar("vgg8half-cifar10", "VGG-8 of half the mapping study's widths for CIFAR-10, trained with "
          "the chip's errors", architectures.vgg8((64, 64, 128, 128, 256, 256), 512)),
    cifar("mobilenet-cifar10", "depthwise network of MobileNetV1-0.25's kind for CIFAR-10, trained "
          "with the chip's errors", architectures.mobilenet()),
    Recipe("autoencoder-mnist", "idx", "mnist", "fully connected autoencoder of MNIST, 8 values an "
           "image, trained with the chip's errors", nodes=architectures.autoencoder(),
           reconstructs=True),
)}


class LeNet5(nn.Module):
    """Two convolutions and two fully connected layers: 1x28x28 codes in, 10 logits out.

    25, 400, 512 and 96 rows are 1, 12, 15 and 3 units, which share one macro of 64 x 32.
    """

    def __init__(self):
        super().__init__()
        self.conv1 = ChipLayer((16, 1, 5, 5), pool=True)
        self.conv2 = ChipLayer((32, 16, 5, 5), pool=True)
        self.fc1 = ChipLayer((96, 512))
        self.fc2 = ChipLayer((10, 96), span=2 / LOGIT_STEP, lift=0.0, zero=SIGNED_ZERO)

    def layers(self):
        """Return the chip layers in order."""
        return [self.conv1, self.conv2, self.fc1, self.fc2]

    def forward(self, x, noise=None):
        """Map input codes (N, 1, 28, 28) to real-valued logits (N, 10)."""
        x = self.conv2(self.conv1(x, noise), noise).flatten(1)
        return (self.fc2(self.fc1(x, noise), noise) - SIGNED_ZERO) * LOGIT_STEP

    def fold(self):
        """From now on train with the registers instead of batch statistics."""
        for layer in self.layers():
            layer.folded = True

    def constrain(self):
        """Bring every layer's parameters back into their ranges."""
        for layer in self.layers():
            layer.constrain()


def output_steps(network):
    """Return the real value of one output code, per layer: rectified tensors span 0..1."""
    return [1 / CODE_MAX] * (len(network.layers()) - 1) + [LOGIT_STEP]
