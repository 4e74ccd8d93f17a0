"""Training of a ChipNetwork in floats, step by step: data, rates, held-out accuracy."""
import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F

from augment import augment

BATCH = 128
SMOOTHING = 0.05                # of the labels
TEMPERATURE = 4.0               # of the outputs of a network that teaches and one that is taught
WARM_UP_SHARE = 0.1             # of a phase, in which the rate rises
WEIGHT_DECAY = 5e-4
MOMENTUM = 0.9
HELD_OUT = 2000                 # training images kept apart; a tenth of them if that is less
CHUNK = 500                     # images of an evaluation at a time
CURVE_FIELDS = ("round", "phase", "epoch", "loss", "accuracy", "shrink_loss", "seconds")


@dataclass
class Images:
    """Training and held-out images on the device that trains."""

    train: torch.Tensor
    labels: torch.Tensor
    held: torch.Tensor
    held_labels: torch.Tensor
    recipe: object              # how training images are varied

    @staticmethod
    def split(images, labels, recipe, seed, device, most=None):
        """Return the Images of arrays; `most` training images at most."""
        order = torch.randperm(len(images), generator=torch.Generator().manual_seed(seed))
        images, labels = torch.tensor(images)[order], torch.tensor(labels).long()[order]
        held = min(HELD_OUT, len(images) // 10)
        last = len(images) if most is None else min(len(images), held + most)
        return Images(images[held:last].to(device), labels[held:last].to(device),
                      images[:held].to(device), labels[:held].to(device), recipe)

    @property
    def steps(self):
        """Return the batches of an epoch."""
        return max(1, len(self.train) // BATCH)


def bfloat16(device):
    """Return the context in which products are computed in bfloat16."""
    return torch.autocast(torch.device(device).type, dtype=torch.bfloat16)


def batch_loss(network, images, chosen, varied=True, teacher=None, share=0.0):
    """Return the loss of the training images numbered `chosen`.

    It is the cross entropy, of which `share` is exchanged for what the outputs of a `teacher`, a
    network for the same images, tell: the divergence of both at TEMPERATURE.
    """
    codes = images.train[chosen]
    codes = augment(codes, images.recipe) if varied else codes.float()
    with bfloat16(codes.device):
        outputs = network(codes).float()
    loss = F.cross_entropy(outputs, images.labels[chosen], label_smoothing=SMOOTHING)
    if teacher is None or not share:
        return loss
    with torch.no_grad(), bfloat16(codes.device):
        taught = teacher(codes).float()
    told = F.kl_div(F.log_softmax(outputs / TEMPERATURE, 1), F.softmax(taught / TEMPERATURE, 1),
                    reduction="batchmean")
    return (1 - share) * loss + share * TEMPERATURE ** 2 * told


def optimiser_of(network):
    """Return the SGD optimiser of a network in floats."""
    others = [*network.norms.parameters(), *network.biases.parameters()]
    return torch.optim.SGD(
        [{"params": list(network.weights.parameters()), "weight_decay": WEIGHT_DECAY},
         {"params": others, "weight_decay": 0.0}], lr=0.1, momentum=MOMENTUM, nesterov=True)


def warm_cosine(progress):
    """Return the share of the peak rate: a short rise, then half a cosine to zero."""
    return min(1.0, progress / WARM_UP_SHARE) * 0.5 * (1 + math.cos(math.pi * progress))


@torch.no_grad()
def accuracy(network, codes, labels):
    """Return in percent how many images are classified rightly, in floats."""
    network.eval()
    right = 0
    for first in range(0, len(codes), CHUNK):
        outputs = network(codes[first:first + CHUNK].float())
        right += (outputs.argmax(1) == labels[first:first + CHUNK]).sum().item()
    return 100.0 * right / max(1, len(codes))
