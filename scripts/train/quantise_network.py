#!/usr/bin/python3
"""Train a float network for the arrays and converters of a chip and export it.

    scripts/train/quantise_network.py --network resnet20-cifar10 --initial FLOAT/checkpoint.pt \\
        --chip adapt256 --data DIR --out OUT

writes network.onnx, network.yaml, card.md, checkpoint.pt, curve.csv and curve.svg into OUT.  --epochs 0
only chooses steps and ranges (quantisation after training); --initial OTHER/checkpoint.pt goes on from a
network of other bits, or from one that adapt.py changed; --speed measures the training and writes
nothing.
"""
import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path

import torch

import data
from adaptation.array_network import GRANULARITIES, AdaptationError
from adaptation.arrays import ChipArrays
from adaptation.chip_file import ChipFileError
from adaptation.export_arrays import export_arrays
from adaptation.initial import read_initial, read_teacher
from adaptation.learned import Learned
from adaptation.quantised_card import write_quantised_card
from adaptation.quantised_trainer import (QuantisedOptions, QuantisedTrainer, TrainingError,
                                          held_out_split, train_quantised)
from graph_trainer import CheckpointError, read_checkpoint
from networks import RECIPES
from pictures import write_curve_picture
from train import write_curve

SPEED_STEPS = 10
ERRORS = (data.DataError, AdaptationError, ChipFileError, CheckpointError, TrainingError)


def parse(arguments):
    """Return the parsed command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    nodes = sorted(name for name, recipe in RECIPES.items()
                   if recipe.nodes and not recipe.reconstructs)
    parser.add_argument("--network", choices=nodes, help="if the checkpoint does not tell")
    parser.add_argument("--initial", type=Path, required=True,
                        help="checkpoint of the float network (train.py --phase float), of adapt.py, "
                        "or of this program, whose steps and ranges are kept where they fit")
    parser.add_argument("--teacher", type=Path, help="checkpoint of the float network, of any "
                        "shape, that teaches, if not --initial")
    parser.add_argument("--chip", default="adapt256", help="a preset's name or a chip file")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE",
                        help="set a parameter of the chip (repeatable)")
    parser.add_argument("--data", type=Path, required=True, help="folder of the data set")
    parser.add_argument("--out", type=Path, help="folder to write")
    parser.add_argument("--weight-bits", type=int, default=4)
    parser.add_argument("--activation-bits", type=int, default=4,
                        help="of codes that dot products read; others have 8")
    parser.add_argument("--converter-bits", type=int, help="if not the chip's")
    parser.add_argument("--first-bits", type=int, default=8,
                        help="bits of all at the start, one less at a time until the target")
    parser.add_argument("--granularity", choices=GRANULARITIES, default="array",
                        help="what a learned range of converters is of")
    parser.add_argument("--noise", type=float, default=0.0,
                        help="share of the chip's errors that the training sees")
    parser.add_argument("--distil", type=float, default=0.5,
                        help="weight of the float network's outputs in the loss")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--rate", type=float, default=0.04, help="highest learning rate")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--stop-after", type=int, default=0, metavar="EPOCH",
                        help="end there, in the schedule of --epochs")
    parser.add_argument("--resume", action="store_true", help="continue from OUT/checkpoint.pt")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--threads", type=int, default=1, help="threads of the CPU")
    parser.add_argument("--speed", action="store_true", help="tell images a second, at the target")
    return parser.parse_args(arguments)


def training_options(options, recipe, arrays):
    """Return the QuantisedOptions of a command line."""
    if options.device == "cuda" and not torch.cuda.is_available():
        raise TrainingError("--device cuda: this installation of PyTorch finds no CUDA device.")
    if options.threads < 1:
        raise TrainingError(f"--threads is {options.threads}; it must be at least 1.")
    if options.out is None and not options.speed:
        raise TrainingError("--out is missing: the folder to write.")
    return QuantisedOptions(
        recipe, options.out or Path("."), options.weight_bits, options.activation_bits,
        options.converter_bits or arrays.converter_bits, options.first_bits, options.granularity,
        options.epochs, rate=options.rate, noise=options.noise, distil=options.distil,
        seed=options.seed, device=options.device, resume=options.resume,
        stop_after=options.stop_after)


def measure_speed(nodes, state, arrays, options, images):
    """Print images a second of forward and backward passes at the target bits."""
    trainer = QuantisedTrainer(nodes, state, arrays,
                               replace(options, first_bits=1, epochs=max(1, options.epochs)),
                               images)
    trainer.start()
    trainer.network.train()
    chosen = torch.arange(options.batch) % len(trainer.train[0])
    trainer.step(chosen, 0)
    started, busy = time.monotonic(), time.process_time()
    for step in range(SPEED_STEPS):
        trainer.step(chosen, step + 1)
    seconds, busy = time.monotonic() - started, time.process_time() - busy
    count = SPEED_STEPS * options.batch
    print(f"{count / seconds:.0f} images/s forward and backward, {count / busy:.0f} a second of a "
          f"CPU, {torch.get_num_threads()} threads, {options.device}, batches of {options.batch}")


def told(_, row):
    """Print a row of the learning curve."""
    print("epoch {epoch}: {weight_bits} b weights, {activation_bits} b codes, {converter_bits} b "
          "converter, loss {loss:.4f}, held-out accuracy {accuracy:.2f} %, with the chip's errors "
          "{accuracy_noisy:.2f} %, {seconds:.0f} s".format(**row), flush=True)


def run(options):
    """Train and export, or measure, as the command line says."""
    arrays = ChipArrays.read(options.chip, options.set)
    recipe, state, images = read_initial(options.initial, options.data, options.network)
    asked = training_options(options, recipe, arrays)
    torch.set_num_threads(options.threads)
    if options.speed:
        measure_speed(recipe.nodes, state, arrays, asked, images)
        return
    teacher = options.teacher and read_teacher(options.teacher, recipe)
    learned = Learned.of(read_checkpoint(options.initial))
    result = train_quantised(recipe.nodes, state, arrays, asked, told, images, teacher, learned)
    if result.curve:
        write_curve(options.out / "curve.csv", result.curve)
        write_curve_picture(options.out / "curve.svg", f"{recipe.name} on {arrays.name}",
                            [("quantised", result.curve)], "held-out")
    export_arrays(recipe, result.network.cpu(), options.out)
    counts = [len(part[0]) for part in held_out_split(*images, options.seed)]
    write_quantised_card(options.out, recipe, options, arrays, result, counts)
    print(f"held-out accuracy {result.accuracy:.2f} %, with the chip's errors "
          f"{result.accuracy_noisy:.2f} %")


def main(arguments=None):
    """Run the program; return its exit status."""
    options = parse(arguments)
    try:
        run(options)
    except ERRORS as error:
        print(f"quantise_network.py: error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"quantise_network.py: error: {error.filename}: the file cannot be written "
              f"({error.strerror}).", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
