#!/usr/bin/python3
"""Export a network trained in floats: the compiler finds its ranges and quantises it.

    scripts/train/export_float.py FLOAT/checkpoint.pt --data DIR --out DIR

writes network.onnx (normalisations folded), network.yaml, card.md, curve.csv and curve.svg, and tells
the accuracy of network.onnx in floats on all test images.
"""
import argparse
import sys
from dataclasses import replace
from pathlib import Path

import torch

import data
from adaptation.errors import AdaptationError
from adaptation.float_export import export_float
from adaptation.float_trainer import accuracy
from adaptation.onnx_nodes import load_network
from adaptation.surgery import network_of
from cards import float_card
from graph_trainer import CheckpointError, read_checkpoint
from networks import RECIPES
from pictures import write_curve_picture
from train import UsageError, write_curve


def float_recipe(state, path):
    """Return the recipe of a checkpoint of --phase float, or tell that it is none."""
    recipe = RECIPES.get(state.get("recipe"))
    if recipe is None or not recipe.nodes or state.get("phase") != "float":
        raise UsageError(f"{path}: this is no checkpoint of train.py --phase float.")
    if recipe.reconstructs:
        raise UsageError(f"{path}: {recipe.name} tells no classes; accuracies are of classes alone.")
    what = recipe.description.split(", trained")[0]
    return replace(recipe, description=f"{what}, trained in floats")


def exported_accuracy(directory, recipe, images, labels):
    """Return the percentage of `images`, codes (N, C, H, W), that network.onnx classifies rightly."""
    imported = load_network(str(directory / "network.onnx"),
                            (recipe.channels, recipe.height, recipe.width))
    return accuracy(network_of(imported.nodes, imported.state), torch.tensor(images),
                    torch.tensor(labels))


def parse(arguments):
    """Return the parsed command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", type=Path, help="checkpoint.pt of train.py --phase float")
    parser.add_argument("--data", type=Path, required=True, help="folder of the data set")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument("--weight-bits", type=int, default=8, choices=range(2, 9), metavar="2..8")
    parser.add_argument("--activation-bits", type=int, default=8, choices=range(2, 9),
                        metavar="2..8")
    parser.add_argument("--threads", type=int, default=1, help="threads of the CPU")
    return parser.parse_args(arguments)


def run(options):
    """Export and measure as the command line says."""
    torch.set_num_threads(options.threads)
    state = read_checkpoint(options.checkpoint)
    recipe = float_recipe(state, options.checkpoint)
    train = data.load(recipe.data_format, options.data, "train")
    images, labels = data.load(recipe.data_format, options.data, "test")
    bits = options.weight_bits, options.activation_bits
    export_float(recipe, recipe.nodes, state["network"], options.out, *bits)
    share = exported_accuracy(options.out, recipe, images, labels)
    write_curve(options.out / "curve.csv", state["curve"])
    write_curve_picture(options.out / "curve.svg", recipe.name, [("float", state["curve"])])
    card = float_card(recipe, state, bits, (len(train[0]), len(images)), share)
    (options.out / "card.md").write_text(card, encoding="utf-8")
    print(f"{recipe.name}: {share:.2f} % in floats (n = {len(images):,})")


def main(arguments=None):
    """Run the program; return its exit status."""
    try:
        run(parse(arguments))
    except (data.DataError, UsageError, CheckpointError, AdaptationError) as error:
        print(f"export_float.py: error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"export_float.py: error: {error.filename}: the file cannot be written "
              f"({error.strerror}).", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
