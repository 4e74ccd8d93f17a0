#!/usr/bin/python3
"""Tell and draw accuracy against the cells that resident networks take of a chip's macros.

    scripts/train/resident_curve.py OUT1 OUT2 ... --data DIR --images 10000 --out CURVE

OUT1, OUT2, ...: folders that adapt.py wrote, all for one chip.  Each network is compiled and run on the chip in
every fidelity asked for; CURVE/curve.csv, curve.md and curve.svg show what was found.  A network whose
weights do not all stay in the macros is told so and left out of the picture.
"""
import argparse
import csv
import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402  the backend is chosen before

from adaptation.adapter import streamed_layers  # noqa: E402
from adaptation.arrays import ChipArrays  # noqa: E402
from adaptation.chip_file import ChipFileError  # noqa: E402
from adaptation.chip_measure import Chip, find_leyden  # noqa: E402
from adaptation.errors import AdaptationError  # noqa: E402

FIDELITIES = ("ideal", "quantised", "analog")


def parse(arguments):
    """Return the parsed command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="OUT", help="folders of adapt.py")
    parser.add_argument("--data", type=Path, required=True, help="folder of the data set")
    parser.add_argument("--images", type=int, default=1000, help="test images of every run")
    parser.add_argument("--fidelity", nargs="+", choices=FIDELITIES,
                        default=["quantised", "analog"], help="of the runs")
    parser.add_argument("--leyden", help="the program leyden, if it is not found by itself")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    return parser.parse_args(arguments)


def told(folder):
    """Return what adapt.py told of a network: content of its layers.json."""
    path = folder / "layers.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        content["layers"][-1]["cells_after"] = held_cells(content)
        return content
    except FileNotFoundError:
        raise AdaptationError(f"{path}: there is no such file; a folder that adapt.py wrote is "
                              "needed.") from None
    except (json.JSONDecodeError, KeyError, IndexError, TypeError, UnicodeDecodeError):
        raise AdaptationError(f"{path}: this is not what adapt.py writes.") from None


def held_cells(content):
    """Return the cells of the tiles: rows of all units in use x columns in use."""
    bits, arrays = content["weight_bits"], ChipArrays.read(content["chip"], content["changes"])
    used = sum(row["weights_after"] * arrays.columns_per_weight(bits) / row["utilisation_after"]
               for row in content["layers"][:-1])
    return round(used)


class Point:
    """A network on its chip."""

    def __init__(self, folder, options, leyden):
        content = told(folder)
        self.name, self.chip = folder.name, (content["chip"], tuple(content["changes"]))
        arrays = ChipArrays.read(content["chip"], content["changes"])
        chip = Chip(leyden, content["chip"], content["changes"], options.data)
        total = content["layers"][-1]
        self.row = {
            "network": self.name, "weight_bits": content["weight_bits"],
            "weights": total["weights_after"], "cells": total["cells_after"],
            "share_percent": f"{100 * total['cells_after'] / arrays.cells:.1f}",
            "streamed_layers": streamed_layers(chip.compile(folder)), "images": options.images,
            "float": f"{content['float']['test_after']:.2f}"}
        for fidelity in options.fidelity:
            measured = chip.run(folder, options.images, fidelity)
            self.row[fidelity] = f"{measured.accuracy:.2f}"
            self.row["cycles"] = f"{measured.cycles:.0f}"
            self.row["energy_uj"] = f"{measured.energy_uj:.3f}"


def write_picture(path, points, options):
    """Draw the accuracies over the cells of resident networks, a curve for each weight bits."""
    pyplot.rcParams["svg.hashsalt"] = "resident"        # the same bytes for the same curve
    figure, axes = pyplot.subplots(figsize=(7, 3.8))
    rows = sorted((point.row for point in points if not point.row["streamed_layers"]),
                  key=lambda row: row["cells"])
    for number, bits in enumerate(sorted({row["weight_bits"] for row in rows})):
        mine = [row for row in rows if row["weight_bits"] == bits]
        for key, mark in (("float", ":"), *zip(options.fidelity, ("o-", "s--", "^-."))):
            axes.plot([row["cells"] for row in mine], [float(row[key]) for row in mine], mark,
                      color=f"C{number}", label=f"{bits} b weights, {key}")
    axes.set_xlabel("cells of the macro that the whole network takes")
    axes.set_ylabel(f"accuracy on {options.images:,} test images in %")
    axes.set_title(f"resident in {points[0].chip[0]}")
    axes.set_xlim(left=0)
    axes.legend(loc="lower right")
    axes.grid(alpha=0.3)
    figure.subplots_adjust(left=0.11, right=0.97, bottom=0.14, top=0.91)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


def write_tables(folder, rows, options):
    """Write curve.csv and curve.md."""
    with open(folder / "curve.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    keys = ("weights", "weight_bits", "cells", "share_percent", "float", *options.fidelity, "cycles",
            "energy_uj")
    heads = ("weights", "bits", "cells", "of the macros %", "float %",
             *(f"{name} %" for name in options.fidelity), "cycles", "uJ")
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(f"{row[key]:,}" if isinstance(row[key], int) else row[key]
                                for key in keys) + " |" for row in rows]
    (folder / "curve.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def run(options):
    """Measure all folders and write what was found."""
    if options.images < 1:
        raise AdaptationError(f"--images is {options.images}; at least 1 is needed.")
    leyden = find_leyden(options.leyden)
    if leyden is None:
        raise AdaptationError("the program leyden was not found, and nothing can be measured; give "
                              "it with --leyden.")
    points = []
    for folder in options.folders:
        points.append(Point(folder, options, leyden))
        if points[-1].chip != points[0].chip:
            raise AdaptationError(f"{folder}: this network is for another chip than "
                                  f"{options.folders[0]}; one curve is of one chip.")
        row = points[-1].row
        print(f"{row['network']}: {row['weights']:,} weights, {row['share_percent']} % of the macros' "
              "cells, " + ", ".join(f"{name} {row[name]} %" for name in options.fidelity)
              + (f"; {row['streamed_layers']} layers are loaded for every image"
                 if row["streamed_layers"] else ""), flush=True)
    options.out.mkdir(parents=True, exist_ok=True)
    write_tables(options.out, [point.row for point in points], options)
    write_picture(options.out / "curve.svg", points, options)
    print(f"written: {options.out}")


def main(arguments=None):
    """Run the program; return its exit status."""
    options = parse(arguments)
    try:
        run(options)
    except (AdaptationError, ChipFileError) as error:
        print(f"resident_curve.py: error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"resident_curve.py: error: {error.filename}: the file cannot be written "
              f"({error.strerror}).", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
