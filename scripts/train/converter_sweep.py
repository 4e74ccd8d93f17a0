#!/usr/bin/python3
"""Train one network for converters of fewer and fewer bits and measure each on the chip.

    scripts/train/converter_sweep.py --chip adapt256 --initial OUT/checkpoint.pt --data DIR --out SWEEP

begins with a float network (of train.py or adapt.py) at the most bits; each further network goes on from
the one before.  SWEEP/<b>b holds a network as quantise_network.py writes it, sweep.csv and sweep.md
what was reached, with the network that was not trained beside it.  What is done is not done again:
the same command goes on after an interruption.
"""
import argparse
import csv
import sys
from dataclasses import replace
from pathlib import Path

import torch

import data
from adaptation.array_network import GRANULARITIES, AdaptationError
from adaptation.arrays import ChipArrays
from adaptation.chip_file import ChipFileError
from adaptation.chip_measure import Chip, find_leyden
from adaptation.errors import AdaptationError as ChipError
from adaptation.export_arrays import export_arrays
from adaptation.initial import read_initial, read_teacher
from adaptation.quantised_trainer import QuantisedOptions, TrainingError, train_quantised
from graph_trainer import CheckpointError, read_checkpoint
from networks import RECIPES
from train import write_curve

ERRORS = (data.DataError, AdaptationError, ChipError, ChipFileError, CheckpointError, TrainingError)
FIELDS = ("converter_bits", "granularity", "epochs", "held_out", "images", "untrained", "trained",
          "cycles", "energy_uj")
MOST_BITS = 12


def bit_list(text):
    """Return the numbers of bits of `text`, most first."""
    try:
        bits = sorted({int(item) for item in text.split(",")}, reverse=True)
    except ValueError:
        bits = []
    if not bits or bits[-1] < 1 or bits[0] > MOST_BITS:
        raise argparse.ArgumentTypeError(f"{text}: numbers of 1 to {MOST_BITS} with commas between "
                                         "are needed, as 8,7,6,5,4,3")
    return bits


def parse(arguments):
    """Return the parsed command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--initial", type=Path, required=True,
        help="checkpoint of a float network (train.py, adapt.py) or of a trained one")
    add("--teacher", type=Path,
        help="checkpoint of the float network, of any shape, that teaches, if not --initial")
    add("--network", choices=sorted(name for name, recipe in RECIPES.items() if recipe.nodes),
        help="recipe of the network, if the checkpoint does not tell")
    add("--chip", default="adapt256", help="a preset's name or a chip file")
    add("--set", action="append", default=[], metavar="KEY=VALUE",
        help="set a parameter of the chip (repeatable)")
    add("--data", type=Path, required=True, help="folder of the data set")
    add("--out", type=Path, required=True, help="folder to write")
    add("--bits", type=bit_list, default=bit_list("8,7,6,5,4,3"), help="of the converters "
        "(default 8,7,6,5,4,3)")
    add("--weight-bits", type=int, default=4)
    add("--activation-bits", type=int, default=4)
    add("--granularity", choices=GRANULARITIES, default="column", help="of the converters' ranges")
    add("--first-epochs", type=int, default=2, help="at the most bits")
    add("--epochs", type=int, default=1, help="at each of the others")
    add("--rate", type=float, default=0.04, help="highest learning rate at the most bits")
    add("--next-rate", type=float, default=0.01, help="at each of the others, which begin trained")
    add("--noise", type=float, default=0.0, help="share of the chip's errors in the training")
    add("--fidelity", choices=("ideal", "quantised", "analog"), default="quantised",
        help="of the runs on the chip")
    add("--chip-images", type=int, default=1000, help="test images run on the chip")
    add("--leyden", help="the program leyden, if it is not found by itself")
    add("--seed", type=int, default=1)
    add("--threads", type=int, default=1, help="threads of the CPU")
    return parser.parse_args(arguments)


def say(text):
    """Tell the user."""
    print(text, flush=True)


class Sweep:
    """The chain of trainings of one command line."""

    def __init__(self, options):
        self.options = options
        if options.chip_images < 1 or options.threads < 1 or min(options.epochs,
                                                                 options.first_epochs) < 1:
            raise TrainingError("--chip-images, --threads, --epochs and --first-epochs must be at "
                                "least 1.")
        leyden = find_leyden(options.leyden)
        if leyden is None:
            raise TrainingError("the program leyden was not found, and nothing can be measured; "
                                "give it with --leyden.")
        self.leyden = leyden
        self.recipe, self.state, self.images = read_initial(options.initial, options.data,
                                                            options.network)
        self.teacher = (read_teacher(options.teacher, self.recipe) if options.teacher else
                        (self.recipe.nodes, self.state))
        self.table = options.out / "sweep.csv"

    def rows(self):
        """Return the rows that earlier calls finished."""
        if not self.table.is_file():
            return []
        with open(self.table, newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def write(self, rows):
        """Write sweep.csv and sweep.md."""
        with open(self.table, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, FIELDS)
            writer.writeheader()
            writer.writerows(rows)
        lines = ["| converter | ranges | epochs | held out % | test images | untrained % | trained % "
                 "| cycles | uJ |", "|---|---|---|---|---|---|---|---|---|"]
        lines += ["| {converter_bits} b | a {granularity} | {epochs} | {held_out} | {images} "
                  "| {untrained} | {trained} | {cycles} | {energy_uj} |".format(**row)
                  for row in rows]
        (self.options.out / "sweep.md").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def run(self):
        """Train and measure every number of bits that is not done yet."""
        options = self.options
        options.out.mkdir(parents=True, exist_ok=True)
        rows, state = self.rows(), self.state
        done = {int(row["converter_bits"]) for row in rows}
        for index, bits in enumerate(options.bits):
            folder = options.out / f"{bits}b"
            if bits in done:
                state = read_checkpoint(folder / "checkpoint.pt")["network"]
                continue
            epochs, rate = (options.epochs, options.next_rate) if index else (
                options.first_epochs, options.rate)
            chip, result, untrained = self.trained(bits, epochs, rate, state, folder)
            measured = chip.run(folder, options.chip_images, options.fidelity)
            rows.append({
                "converter_bits": bits, "granularity": options.granularity, "epochs": epochs,
                "held_out": f"{result.accuracy:.2f}", "images": measured.images,
                "untrained": f"{untrained:.2f}", "trained": f"{measured.accuracy:.2f}",
                "cycles": f"{measured.cycles:.0f}", "energy_uj": f"{measured.energy_uj:.3f}"})
            self.write(rows)
            say("{converter_bits} b converters: {untrained} % untrained, {trained} % trained, of "
                "{images} test images on the chip ({cycles} cycles, {energy_uj} uJ an image)".format(
                    **rows[-1]))
            state = {key: value.detach().clone() for key, value in
                     result.network.state_dict().items()}

    def trained(self, bits, epochs, rate, state, folder):
        """Return (Chip, QuantisedResult, accuracy on the chip without training) of `bits`."""
        options = self.options
        changes = [*options.set, f"cim.converter.bits={bits}"]
        arrays = ChipArrays.read(options.chip, changes)
        chip = Chip(self.leyden, options.chip, changes, options.data)
        asked = QuantisedOptions(
            self.recipe, folder, options.weight_bits, options.activation_bits, bits, 1,
            options.granularity, epochs, rate=rate, noise=options.noise, seed=options.seed,
            resume=(folder / "checkpoint.pt").is_file())
        raw = train_quantised(self.recipe.nodes, self.state, arrays, replace(
            asked, epochs=0, out=folder / "untrained", resume=False), None, self.images)
        export_arrays(self.recipe, raw.network.cpu(), folder / "untrained")
        untrained = chip.run(folder / "untrained", options.chip_images, options.fidelity).accuracy
        result = train_quantised(
            self.recipe.nodes, state, arrays, asked, lambda _, row: say(
                "{converter_bits} b, epoch {epoch}: loss {loss:.4f}, held-out accuracy "
                "{accuracy:.2f} %, with errors {accuracy_noisy:.2f} %, {seconds:.0f} s".format(
                    **row)), self.images, self.teacher)
        write_curve(folder / "curve.csv", result.curve)
        export_arrays(self.recipe, result.network.cpu(), folder)
        return chip, result, untrained


def main(arguments=None):
    """Run the program; return its exit status."""
    options = parse(arguments)
    try:
        torch.set_num_threads(options.threads)
        Sweep(options).run()
    except ERRORS as error:
        print(f"converter_sweep.py: error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("converter_sweep.py: stopped; the same command goes on.", file=sys.stderr)
        return 130
    except OSError as error:
        print(f"converter_sweep.py: error: {error.filename}: the file cannot be written "
              f"({error.strerror}).", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
