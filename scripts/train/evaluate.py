#!/usr/bin/python3
"""Measure an exported network on the chip's exact integers, without and with analog noise.

    scripts/train/evaluate.py configs/networks/lenet5-fashion

It knows nothing of the training: everything comes from network.onnx and network.yaml, as it does
for the compiler.
"""
import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn.functional as F
import yaml
from onnx import numpy_helper

import data
from quantise import (BETA_LIMIT, BETA_STEP, CODE_MAX, GAMMA_LIMIT, GAMMA_STEP, WEIGHT_MAX,
                      ChipNoise, converter_lsb)

CHUNK = 1000                    # images evaluated at a time
GAMMA_ONE = round(1 / GAMMA_STEP)
BETA_ONE = round(1 / BETA_STEP)


class EvaluationError(Exception):
    """A network cannot be evaluated; the message is one sentence for the user."""


@dataclass
class Layer:
    """One layer as the chip holds it."""

    weight: torch.Tensor        # float32 holding integers -7..7, (out, in[, kh, kw])
    gamma: torch.Tensor         # int64 (out,), gain register in steps of 1/256
    beta: torch.Tensor          # int64 (out,), offset register in steps of 1/16, zero point added
    lsb: int                    # converter LSB in units of D
    pool: bool                  # 2x2 max pooling follows


def read_network(directory):
    """Return (graph, description) of a network folder: the ONNX graph and network.yaml."""
    try:
        text = (directory / "network.yaml").read_text(encoding="utf-8")
        description = yaml.safe_load(text)
        graph = onnx.load(str(directory / description["onnx"])).graph
    except OSError as error:
        raise EvaluationError(f"{error.filename}: the file cannot be read "
                              f"({error.strerror}).") from None
    except Exception:
        raise EvaluationError(f"{directory}: network.yaml or its ONNX file is damaged.") from None
    return graph, description


def quantise_weight(weight):
    """Return (integers, scale): a float weight (out, ...) on a symmetric max-abs 4-bit grid."""
    peak = np.abs(weight.astype(np.float64)).reshape(len(weight), -1).max(1)
    scale = np.where(peak > 0, peak, 1.0) / WEIGHT_MAX
    per_channel = scale.reshape(-1, *[1] * (weight.ndim - 1))
    return np.floor(weight / per_channel + 0.5).astype(np.int64), scale


def chip_layers(graph, description):
    """Return the graph's layers in the chip's integers."""
    values = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    ranges = description["activation_ranges"]
    layers = []
    step = description["input"]["scale"]
    nodes = list(graph.node)
    for index, node in enumerate(nodes):
        if node.op_type not in ("Conv", "Gemm"):
            continue
        followers = [other.op_type for other in nodes[index + 1:index + 3]]
        rectified = followers[:1] == ["Relu"]
        span = ranges[nodes[index + 1].output[0] if rectified else node.output[0]]
        output_step = (span["max"] - span["min"]) / CODE_MAX
        zero = round(-span["min"] / output_step)
        integers, scale = quantise_weight(values[node.input[1]])
        lsb = converter_lsb(integers[0].size)
        gamma = np.floor(scale * step * lsb / output_step / GAMMA_STEP + 0.5)
        beta = np.floor(values[node.input[2]] / output_step / BETA_STEP + 0.5)
        if gamma.max() > GAMMA_LIMIT / GAMMA_STEP or np.abs(beta).max() > BETA_LIMIT / BETA_STEP:
            raise EvaluationError(f"node {node.name}: its gain or offset is beyond the registers' "
                                  f"{GAMMA_LIMIT} and +-{BETA_LIMIT}.")
        layers.append(Layer(torch.tensor(integers).float(),
                            torch.tensor(gamma.astype(np.int64)),
                            torch.tensor(beta.astype(np.int64)) + zero * BETA_ONE, int(lsb),
                            followers[1:2] == ["MaxPool"]))
        step = output_step
    return layers


def dot_product(codes, weight):
    """Return D (N, out[, H, W]); float32 is exact for integers as |D| stays below 2^24."""
    if weight.dim() == 4:
        return F.conv2d(codes, weight)
    return F.linear(codes.flatten(1), weight)


def channel_shape(values, like):
    """Reshape `values` (out,) so that they broadcast over axis 1 of `like`."""
    return values.reshape(1, -1, *[1] * (like.dim() - 2))


def exact_codes(layer, codes):
    """Return the noiseless output codes of `layer`, in integers from end to end."""
    product = dot_product(codes, layer.weight).long()
    gamma, beta = (channel_shape(register, product) for register in (layer.gamma, layer.beta))
    # floor(gamma/256 * D/lsb + beta/16 + 1/2) over the common denominator 256 * lsb
    numerator = gamma * product + (beta * (GAMMA_ONE // BETA_ONE) + GAMMA_ONE // 2) * layer.lsb
    result = torch.div(numerator, GAMMA_ONE * layer.lsb, rounding_mode="floor")
    return result.clamp(0, CODE_MAX).float()


class Die:
    """One sample of the static errors, and a source of temporal noise."""

    def __init__(self, layers, noise, seed):
        """noise: ChipNoise; seed: number of the die."""
        self.random = torch.Generator().manual_seed(seed)
        self.noise = noise
        self.weights = [layer.weight * (1 + noise.mismatch * self.normal(layer.weight.shape))
                        for layer in layers]
        self.gains = [1 + noise.gain * self.normal(len(layer.weight)) for layer in layers]
        self.offsets = [noise.offset_lsb * self.normal(len(layer.weight)) for layer in layers]

    def normal(self, shape):
        """Return standard normal values of `shape`."""
        return torch.randn(shape, generator=self.random)

    def codes(self, index, layer, codes):
        """Return the output codes of layer number `index` on this die."""
        z = dot_product(codes, self.weights[index]) / layer.lsb
        z = z * channel_shape(self.gains[index], z) + channel_shape(self.offsets[index], z)
        z = z + self.noise.temporal_lsb * self.normal(z.shape)
        gamma = channel_shape(layer.gamma * GAMMA_STEP, z)
        beta = channel_shape(layer.beta * BETA_STEP, z)
        return torch.floor(gamma * z + beta + 0.5).clamp(0, CODE_MAX)


def classify(layers, images, die=None):
    """Return the output codes of the last layer, (N, classes), for uint8 images (N, C, H, W)."""
    codes = images.float()
    for index, layer in enumerate(layers):
        codes = die.codes(index, layer, codes) if die else exact_codes(layer, codes)
        if layer.pool:
            codes = F.max_pool2d(codes, 2)
    return codes


def float_forward(graph, tensor, ranges=None):
    """Run the float graph on `tensor` (N, C, H, W) and return its output.

    With `ranges`, the activation_ranges of network.yaml, tensors are limited to their range.
    """
    values = {item.name: torch.tensor(numpy_helper.to_array(item)) for item in graph.initializer}
    values[graph.input[0].name] = tensor
    operators = {
        "Conv": lambda x, weight, bias: F.conv2d(x, weight, bias),
        "Gemm": lambda x, weight, bias: F.linear(x, weight, bias),
        "Relu": torch.relu,
        "MaxPool": lambda x: F.max_pool2d(x, 2),
        "Flatten": lambda x: x.flatten(1),
    }
    for node in graph.node:
        inputs = [values[name] for name in node.input]
        output = operators[node.op_type](*inputs)
        if ranges and node.output[0] in ranges:
            output = output.clamp(*(ranges[node.output[0]][end] for end in ("min", "max")))
        values[node.output[0]] = output
    return values[graph.output[0].name]


@torch.no_grad()
def accuracy(run, images, labels):
    """Return the percentage of `images` for which `run` ranks the label first."""
    right = 0
    for first in range(0, len(images), CHUNK):
        scores = run(images[first:first + CHUNK])
        right += (scores.argmax(1) == labels[first:first + CHUNK]).sum().item()
    return 100.0 * right / len(images)


def measure(directory, images, labels, dies=10, progress=lambda line: None):
    """Return accuracies in percent: float, limited, quantised, noisy (one per die); and images."""
    graph, description = read_network(Path(directory))
    layers = chip_layers(graph, description)
    images, labels = torch.tensor(images), torch.tensor(labels).long()
    step = description["input"]["scale"]
    result = {
        "images": len(images),
        "float": accuracy(lambda x: float_forward(graph, x.float() * step), images, labels),
        "limited": accuracy(
            lambda x: float_forward(graph, x.float() * step, description["activation_ranges"]),
            images, labels),
        "quantised": accuracy(lambda x: classify(layers, x), images, labels),
        "noisy": [],
    }
    progress(f"float graph {result['float']:.2f} %")
    progress(f"float graph limited to the ranges {result['limited']:.2f} %")
    progress(f"quantised, noise off {result['quantised']:.2f} %")
    for seed in range(dies):
        die = Die(layers, ChipNoise(), seed)
        result["noisy"].append(accuracy(lambda x: classify(layers, x, die), images, labels))
        progress(f"die {seed} with noise {result['noisy'][-1]:.2f} %")
    if dies:
        progress(f"mean of {dies} dies {np.mean(result['noisy']):.2f} %")
    return result


def main(arguments=None):
    """Run the program; return its exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network", type=Path, help="folder with network.yaml")
    parser.add_argument("--data", type=Path, default=data.FASHION_MNIST_DIRECTORY,
                        help="folder of the data set")
    parser.add_argument("--dies", type=int, default=10)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    try:
        _, description = read_network(options.network)
        images, labels = data.load(description["data"]["format"], options.data, "test")
        measure(options.network, images, labels, options.dies, print)
    except (data.DataError, EvaluationError) as error:
        print(f"evaluate.py: error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
