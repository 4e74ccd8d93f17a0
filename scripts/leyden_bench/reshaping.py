"""bench reshaping NETWORK --data DIR: what reshaping dot products to the converter's range gains.

The same network is compiled with a fixed swing (gain 1, on the whole line or on the units in use,
undone digitally), with one gain a layer, a gain an output, and with ranges and channel scales chosen
from the data. Told are accuracies, how many of the codes converters use (log2 of them; entropy), and
effective bits, (SQNR - 1.76 dB) / 6.02 dB of the conversions, on the average of the macro layers.
--svg draws the histogram of converter codes of each macro layer, fixed and reshaped.
"""
import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LEYDEN = ROOT / "build/release/bin/leyden"

CASES = (("gain 1, whole line", ("reshape=off", "units=all")),
         ("gain 1, units in use", ("reshape=off",)),
         ("one gain a layer", ("reshape=layer",)),
         ("a gain an output", ("reshape=output",)),
         ("and ranges, scales", ("reshape=on",)))


class Failure(Exception):
    """A sentence for the person."""


def call(arguments):
    """Standard output of `leyden`, as JSON."""
    done = subprocess.run([str(LEYDEN), *arguments, "--json"], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failure(f"this command ended with {done.returncode}: leyden {' '.join(arguments)}\n"
                      f"{done.stderr.strip()}")
    return json.loads(done.stdout)


def settings(options, keys):
    """The arguments of one case."""
    words = ["--chip", options.chip, "--network", options.network]
    for key in (*options.quantise, *keys):
        words += ["--quantise", key]
    return words


def accuracy(options, keys, fidelity, die=1):
    """Percent of the test images."""
    report = call(["run", *settings(options, keys), "--data", options.data, "--images",
                   str(options.images), "--fidelity", fidelity, "--die", str(die), "--jobs", "2"])
    return report["accuracy"]["accuracy_percent"]


def converters(options, keys):
    """What the converters of each macro layer do."""
    with tempfile.TemporaryDirectory() as folder:
        summary = call(["compile", *settings(options, keys), "--calibrate", options.data, "-o",
                        str(Path(folder) / "image"), "--errors"])
    return [(layer["name"], layer["own_sqnr_db"], layer["converter"])
            for layer in summary["errors"] if "converter" in layer]


def mean(values):
    """Of those that there are: no error has no ratio."""
    values = [value for value in values if value is not None]
    return sum(values) / len(values) if values else float("nan")


def draw(path, before, after, names):
    """Histograms of converter codes, a row a layer: `before` at the left, `after` at the right."""
    import matplotlib  # pylint: disable=import-outside-toplevel
    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "leyden"
    from matplotlib import pyplot  # pylint: disable=import-outside-toplevel
    figure, axes = pyplot.subplots(len(before), 2, figsize=(9, 1.5 * len(before) + 0.8),
                                   squeeze=False, sharex="row")
    for row, pair in enumerate(zip(before, after)):
        for column, (layer, _, use) in enumerate(pair):
            axis = axes[row][column]
            total = sum(use["codes"])
            share = [100 * count / total for count in use["codes"]]
            axis.fill_between(range(len(share)), share, step="mid", color=("#b5651d", "#1f6f8b")[column])
            axis.set_yscale("log")
            axis.set_ylim(1e-4, 100)
            axis.set_yticks([1e-3, 1e-1, 10])
            axis.set_xlim(-0.5, len(share) - 0.5)
            axis.set_title(f"{layer}: {use['codes_used']} codes, "
                           f"{use['effective_bits'] or 0:.1f} effective bits", fontsize=8)
            axis.tick_params(labelsize=7)
            if row == len(before) - 1:
                axis.set_xlabel(f"converter code, {names[column]}", fontsize=8)
            if column == 0:
                axis.set_ylabel("share, %", fontsize=8)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def main(arguments):
    """The table and the picture."""
    parser = argparse.ArgumentParser(prog="bench reshaping", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", help="a preset's name or a path")
    parser.add_argument("--chip", default="imagine")
    parser.add_argument("--data", required=True, help="folder of the data set")
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--dies", type=int, default=1, help="dies of the analog accuracy, the mean")
    parser.add_argument("--quantise", action="append", default=[], metavar="KEY=VALUE",
                        help="for all cases (repeatable)")
    parser.add_argument("--svg", help="write the histograms to a file")
    options = parser.parse_args(arguments)
    if options.images < 1 or options.dies < 1:
        parser.error("--images and --dies must be at least 1")
    if not LEYDEN.exists():
        print(f"bench: {LEYDEN.relative_to(ROOT)} is not built; ./scripts/demo builds it.",
              file=sys.stderr)
        return 2
    print(f"{options.network} on {options.chip}, {options.images} images, "
          f"{options.dies} dies for analog")
    print(f"{'dot products reach codes by':28} {'quantised':>9} {'analog':>8} {'code bits':>9} "
          f"{'entropy':>8} {'effective bits':>14}")
    found = []
    try:
        for name, keys in CASES:
            layers = converters(options, keys)
            found.append(layers)
            analog = [accuracy(options, keys, "analog", die) for die in range(1, options.dies + 1)]
            print(f"{name:28} {accuracy(options, keys, 'quantised'):7.2f} % {mean(analog):6.2f} % "
                  f"{mean([use['code_bits'] for _, _, use in layers]):9.2f} "
                  f"{mean([use['entropy_bits'] for _, _, use in layers]):8.2f} "
                  f"{mean([use['effective_bits'] for _, _, use in layers]):14.2f}", flush=True)
    except Failure as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 1
    if options.svg:
        draw(options.svg, found[0], found[-1], (CASES[0][0], "reshaped"))
        print(f"histograms: {options.svg}")
    return 0
