"""What the training hands over: float weights and ranges, as network.onnx and .yaml hold them."""
from dataclasses import dataclass

import numpy as np
import torch

from chip_network import CLIP, integer_weight
from quantise import CODE_MAX, SIGNED_ZERO, WEIGHT_MAX


@dataclass
class Parameters:
    """weights: node name to float32 (out, in, k, k); biases: to float32 (out,); ranges: tensor name
    to (least, most)."""

    weights: dict
    biases: dict
    ranges: dict


@torch.no_grad()
def trained_parameters(network):
    """Return the Parameters of a ChipNetwork in its chip phase.

    Every channel's weight is an integer -7..7, one of them 7 or -7, times a scale: a symmetric
    max-abs quantiser of 4 bits finds the integers again.
    """
    found = Parameters({}, {}, {})
    for node in network.nodes:
        if node.op == "max_pool":
            continue
        step = float(network.log_steps[node.name].double().exp())
        zero = network.zero(node.name)
        found.ranges[node.name] = (-zero * step, (CODE_MAX - zero) * step)
        if node.weighted:
            weight, bias = real_weights(network, node)
            found.weights[node.name] = weight.numpy().astype(np.float32)
            found.biases[node.name] = bias.numpy().astype(np.float32)
    return found


def real_weights(network, node):
    """Return (weights, bias) of a node, in real values and float64."""
    weight = network.weights[node.name]
    integers = integer_weight(weight).double()
    if node.name in network.norms:
        norm = network.norms[node.name]
        per_unit = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
        bias = norm.bias.double() - norm.running_mean.double() * per_unit
        scale = per_unit / network.log_step(node.inputs[0]).double().exp()
    else:
        scale = CLIP * weight.double().flatten(1).pow(2).mean(1).sqrt() / WEIGHT_MAX
        bias = network.biases[node.name].double()
    return integers * scale.reshape(-1, 1, 1, 1), bias


def signed_zero_of(least):
    """Return the zero point of a range that begins at `least`."""
    return SIGNED_ZERO if least < 0 else 0
