#!/usr/bin/python3
"""Adapt a network to the arrays of a chip: shrink, expand, fine-tune, export, measure.

    scripts/train/adapt.py --chip adapt256 --network my.onnx --data DIR --compression 0.75 --out OUT

writes the adapted network.onnx and network.yaml, layers.csv and .json, curve.csv and .svg, card.md
and page.html into OUT.  Ctrl-C keeps what was done: --resume goes on with the same numbers.
"""
import argparse
import math
import signal
import sys
from pathlib import Path

import torch

import data
from adaptation.adapter import Adapter
from adaptation.array_network import AdaptationError as ArrayError
from adaptation.chip_file import ChipFileError
from adaptation.errors import AdaptationError
from adaptation.importance import KINDS
from adaptation.quantised_trainer import TrainingError
from graph_trainer import CheckpointError

STAGES = ("morph", "quantise", "all")


def parse(arguments):
    """Return the parsed command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--chip", required=True, help="a preset's name or a chip file")
    add("--set", action="append", default=[], metavar="KEY=VALUE",
        help="change a parameter of the chip (repeatable)")
    add("--network", required=True, metavar="FILE",
        help="a float ONNX file, my_module.py:function that returns a torch.nn.Module, or a "
        "checkpoint of train.py --phase float")
    add("--data", type=Path, required=True, help="folder of IDX or CIFAR-10 files")
    add("--out", type=Path, required=True, help="folder to write")
    add("--stage", choices=STAGES, default="morph", help="what is done (default morph)")
    goals = parser.add_argument_group("goals, kept together; without one the weights are halved")
    goals.add_argument("--compression", type=float, metavar="SHARE",
                       help="share of the weights that goes: 0.93 leaves 7 %%")
    goals.add_argument("--tiles", type=float, metavar="N",
                       help="at most N tiles; below 1: that share of those now")
    goals.add_argument("--load-cycles", type=float, metavar="N",
                       help="at most N cycles to write every tile once; below 1: a share")
    goals.add_argument("--mvms", type=float, metavar="N", help="at most N dot products of whole "
                       "tiles for an image, most of its time; below 1: a share")
    goals.add_argument("--resident", action="store_true",
                       help="all weights stay in the chip's macros")
    goals.add_argument("--channels", action="append", default=[], metavar="LAYER=N",
                       help="layer LAYER has N channels, whatever it matters (repeatable)")
    schedule = parser.add_argument_group("schedule")
    schedule.add_argument("--rounds", type=int, default=2, help="of shrinking and expanding")
    schedule.add_argument("--shrink-epochs", type=int, default=1, help="of every round")
    schedule.add_argument("--epochs", type=int, default=2, help="of training after each round")
    schedule.add_argument("--last-epochs", type=int, default=4, help="after the last round")
    schedule.add_argument("--rate", type=float, default=0.05, help="highest rate of the training")
    schedule.add_argument("--shrink-rate", type=float, default=0.02)
    schedule.add_argument("--lambda", dest="shrink_lambda", type=float, default=0.005,
                          help="weight of the shrinking loss")
    schedule.add_argument("--importance", choices=KINDS, default="gradient",
                          help="what tells which channels go")
    schedule.add_argument("--distil", type=float, default=0.0, help="share of the loss that the "
                          "outputs of the network given tell, 0..1")
    schedule.add_argument("--images", type=int, metavar="N", help="train on N images alone")
    schedule.add_argument("--shift", type=int, help="translate training images by up to so many "
                          "pixels (default 4 for CIFAR-10, else 0)")
    schedule.add_argument("--flip", choices=("on", "off"), help="mirror training images (default "
                          "on for CIFAR-10, else off)")
    add("--weight-bits", type=int, help="of the exported network (default 8 or the chip's most, "
        "with training for the converters 4)")
    add("--activation-bits", type=int, help="likewise")
    converters = parser.add_argument_group("training for the converters (--stage quantise, all)")
    converters.add_argument("--quantise-epochs", type=int, default=10)
    converters.add_argument("--first-bits", type=int, default=8, help="bits of all at the start, one "
                            "less at a time until the target; codes above the DAC's bits take twice "
                            "the time")
    converters.add_argument("--granularity", choices=("tensor", "array", "column"),
                            default="array", help="of the converters' ranges")
    converters.add_argument("--noise", type=float, default=0.0,
                            help="share of the chip's errors in the training")
    add("--chip-images", type=int, default=20, metavar="N",
        help="test images run on the chip before and after; 0: none")
    add("--fidelity", choices=("ideal", "quantised", "analog"), default="quantised",
        help="of those runs (docs/cli.md)")
    add("--leyden", help="the program leyden, if it is not found by itself")
    add("--seed", type=int, default=1)
    add("--resume", action="store_true", help="continue from OUT/checkpoint.pt")
    add("--device", choices=("cpu", "cuda"), default="cpu")
    add("--threads", type=int, default=1, help="threads of the CPU")
    return parser.parse_args(arguments)


def check(options):
    """Refuse values that no network can be adapted with."""
    rules = (
        ("--compression", options.compression, lambda value: 0 < value < 1,
         "a share above 0 and below 1"),
        ("--tiles", options.tiles, lambda value: 0 < value < math.inf,
         "a share below 1 or a number"),
        ("--load-cycles", options.load_cycles, lambda value: 0 < value < math.inf,
         "a share below 1 or a number"),
        ("--mvms", options.mvms, lambda value: 0 < value < math.inf, "a share below 1 or a number"),
        ("--rounds", options.rounds, lambda value: 1 <= value <= 100, "1 to 100"),
        ("--shrink-epochs", options.shrink_epochs, lambda value: value >= 0, "at least 0"),
        ("--epochs", options.epochs, lambda value: value >= 0, "at least 0"),
        ("--last-epochs", options.last_epochs, lambda value: value >= 0, "at least 0"),
        ("--rate", options.rate, lambda value: 0 < value < math.inf, "above 0"),
        ("--shrink-rate", options.shrink_rate, lambda value: 0 < value < math.inf, "above 0"),
        ("--lambda", options.shrink_lambda, lambda value: 0 <= value < math.inf, "at least 0"),
        ("--distil", options.distil, lambda value: 0 <= value <= 1, "0 to 1"),
        ("--images", options.images, lambda value: value >= 128, "at least 128"),
        ("--shift", options.shift, lambda value: 0 <= value <= 16, "0 to 16"),
        ("--weight-bits", options.weight_bits, lambda value: 2 <= value <= 8, "2 to 8"),
        ("--activation-bits", options.activation_bits, lambda value: 2 <= value <= 8, "2 to 8"),
        ("--quantise-epochs", options.quantise_epochs, lambda value: value >= 1, "at least 1"),
        ("--first-bits", options.first_bits, lambda value: 1 <= value <= 12, "1 to 12"),
        ("--noise", options.noise, lambda value: 0 <= value <= 10, "0 to 10"),
        ("--chip-images", options.chip_images, lambda value: value >= 0, "at least 0"),
        ("--threads", options.threads, lambda value: value >= 1, "at least 1"))
    for name, value, right, needed in rules:
        if value is not None and not right(value):
            raise AdaptationError(f"{name} is {value}; {needed} is needed.")
    if options.device == "cuda" and not torch.cuda.is_available():
        raise AdaptationError("--device cuda: this installation of PyTorch finds no CUDA device.")


def run(options):
    """Adapt as the command line says; return the exit status."""
    check(options)
    torch.set_num_threads(options.threads)
    adapter = Adapter(options, lambda text: print(text, flush=True))

    def stop(*_):
        adapter.stop()
        print("adapt.py: stopping after this step; --resume goes on.", file=sys.stderr, flush=True)

    before = signal.signal(signal.SIGINT, stop)
    try:
        return 0 if adapter.run() else 130
    finally:
        signal.signal(signal.SIGINT, before)


def main(arguments=None):
    """Run the program; return its exit status."""
    options = parse(arguments)
    try:
        return run(options)
    except (AdaptationError, ArrayError, TrainingError, data.DataError, ChipFileError,
            CheckpointError) as error:
        print(f"adapt.py: error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("adapt.py: stopped; the last whole epoch is kept, --resume goes on from it.",
              file=sys.stderr)
        return 130
    except OSError as error:
        print(f"adapt.py: error: {error.filename}: the file cannot be written ({error.strerror}).",
              file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
