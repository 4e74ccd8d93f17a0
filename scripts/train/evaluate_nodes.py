#!/usr/bin/python3
"""Measure an exported network of nodes on the exact integers of the chip `imagine`.

    scripts/train/evaluate_nodes.py configs/networks/autoencoder-mnist --data DIR [--images N]

Classifiers: the share of images classified rightly.  Autoencoders: the root mean square of the
error over that of the pixels, and the error in codes.  The numbers are those of fidelity
`quantised`.
"""
import argparse
import sys
from pathlib import Path

import torch
import yaml

import data
from export_nodes import read_parameters
from integers import GEOMETRIES, IntegerNetwork
from networks import RECIPES
from quantise import CODE_MAX

CHUNK = 100                     # images at a time


def outputs(network, images):
    """Return the real outputs (N, values) for uint8 images."""
    last = network.nodes[-1].name
    codes = network.run(images)[last].flatten(1)
    return (codes - network.zeros[last]) * network.steps[last]


def measure(directory, data_directory, count):
    """Return one sentence with what was measured."""
    description = yaml.safe_load((directory / "network.yaml").read_text(encoding="utf-8"))
    recipe = RECIPES.get(description["name"])
    if recipe is None or not recipe.nodes:
        raise data.DataError(f"{directory}: network '{description['name']}' is not made of nodes; "
                             "LeNet-5 is measured by evaluate.py.")
    images, labels = data.load(recipe.data_format, data_directory, "test")
    images, labels = torch.tensor(images[:count]), torch.tensor(labels[:count]).long()
    network = IntegerNetwork(recipe.nodes, read_parameters(directory, recipe.nodes),
                             GEOMETRIES["imagine"], description["input"]["scale"])
    right, error, power = 0, 0.0, 0.0
    for first in range(0, len(images), CHUNK):
        part = images[first:first + CHUNK]
        made = outputs(network, part)
        right += (made.argmax(1) == labels[first:first + CHUNK]).sum().item()
        if recipe.reconstructs:
            wanted = part.flatten(1) / CODE_MAX
            error += (made - wanted).pow(2).sum().item()
            power += wanted.pow(2).sum().item()
    if recipe.reconstructs:
        pixels = len(images) * images[0].numel()
        return (f"{recipe.name}: error {100 * (error / power) ** 0.5:.2f} % of the pixels' rms, "
                f"{CODE_MAX * (error / pixels) ** 0.5:.2f} codes of 255, n = {len(images)}")
    return f"{recipe.name}: {100 * right / len(images):.2f} % of n = {len(images)}"


def main(arguments=None):
    """Run the program; return its exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network", type=Path, help="folder with network.yaml")
    parser.add_argument("--data", type=Path, required=True, help="folder of the data set")
    parser.add_argument("--images", type=int, default=10000)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    try:
        print(measure(options.network, options.data, options.images))
    except data.DataError as error:
        print(f"evaluate_nodes.py: error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"evaluate_nodes.py: error: {error.filename}: the file cannot be read "
              f"({error.strerror}).", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
