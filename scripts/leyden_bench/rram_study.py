"""bench rram-study: statements of a study of quantisation and mapping on RRAM, on rram128.

The study (Huang, Jiang, Yu, ACM TODAES 28(3) 2023) runs VGG-8 on CIFAR-10 in DNN+NeuroSim V1.3. Here
a narrow VGG-8 in floats, quantised after training to 8 b, or a LeNet-5 class network for
Fashion-MNIST runs through firmware on `rram128`. Many arrays make a macro (cim.rows, cim.columns), so
that all weights stay resident; ADC energy and area follow NeuroSim's equations at
every number of bits.

Energy is that of arrays, converters, accumulation, buffers and vector unit. Time is that of the
macro layers. Area is that of the arrays which the network fills. A converter serves eight values.
"""
import argparse
import math
import sys
import tempfile
from pathlib import Path

from leyden_bench.rram_runs import CASES, CELLS, FULL_BITS, LEYDEN, Study
from leyden_bench.rram_statements import (TOLERANCE, all_statements, gains, layer_efficiencies,
                                          lowest_bits, naive_cost)
from leyden_bench.rram_subject import LENET, ROOT, Failure, Subject

CALIBRATIONS = ("minmax", "percentile", "mse")


def print_table(rows):
    """Print the statements."""
    print("\n| | statement | published | Leyden | |\n|---|---|---|---|---|")
    for row in rows:
        print("| " + " | ".join(row) + " |")


def print_curves(study):
    """Print accuracies against ADC bits."""
    shifts = study.ranges == "shift"
    print(f"\nAccuracy in % against ADC bits, quantised, format {study.formats}, " + (
        "range chosen on other images (2^-shift):" if shifts else
        f"ranges by {study.ranges} of each {study.options.granularity} on calibration images:"))
    bits_all = sorted({bits for curve in study.curves.values() for bits in curve})
    print("| case, cells | " + " | ".join(f"{bits} b" for bits in bits_all) + " |")
    print("|---|" + "---|" * len(bits_all))
    for (case, cell), curve in study.curves.items():
        cells = ["" if bits not in curve else f"{curve[bits][0]:.1f}" + (
            f" ({curve[bits][1]})" if shifts else "") for bits in bits_all]
        print(f"| {case}, {cell} b | " + " | ".join(cells) + " |")


def cost_words(study, cost):
    """Return energy, time, area, TOPS/W and TOPS of a cost as cells of a table."""
    energy, time, area = cost
    operations = study.operations()
    return (f"{energy / 1000:.2f} | {time:.1f} | {area:.4f} | {operations / energy:.2f} | "
            f"{operations / time / 1e6:.4f}")


def print_costs(study):
    """Print what an image costs with full-precision ADCs."""
    print("\nCost of an image in the macro layers, full-precision ADC:")
    print("| case, cells | format | energy nJ | of it arrays % | ADCs % | time us | area mm2 | TOPS/W "
          "| TOPS |")
    print("|---|---|---|---|---|---|---|---|---|")
    for case, cell in study.curves:
        for formats in ("fixed", "dynamic"):
            cost = study.cost(*study.full_point(case, cell), formats)
            words = cost_words(study, cost).split(" | ")
            layers = study.macro_layers(*study.full_point(case, cell), formats)
            words[1:1] = [f"{100 * sum(layer['energy_pj'][part] for layer in layers) / cost[0]:.0f}"
                          for part in ("dot_product", "adc")]
            print(f"| {case}, {cell} b | {formats} | {' | '.join(words)} |")


def print_least(study):
    """Print the fewest ADC bits of every case and cell beside the naive strategy."""
    print(f"\nFewest ADC bits within {TOLERANCE:g} point of full precision, dynamic format, against "
          "naive (fixed, case 2, full ADC) of the same cells:")
    print("| case, cells | ADC b | accuracy % | energy nJ | time us | area mm2 | TOPS/W | TOPS "
          "| TOPS/W, naive = 1 | speed | less area % |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for case, cell in study.curves:
        bits = study.least[case, cell]
        cost = study.cost(*study.least_point(case, cell), "dynamic")
        gain = gains(naive_cost(study, cell), cost)
        print(f"| {case}, {cell} b | {bits} | {study.curves[case, cell][bits][0]:.1f} | "
              f"{cost_words(study, cost)} | {1 + gain[0] / 100:.2f} | {1 + gain[1] / 100:.2f} | "
              f"{gain[2]:.0f} |")


def print_formats(study, tried):
    """Print what the formats cost in accuracy."""
    if tried:
        print("Fixed point, one range for all rectified tensors, accuracy on training images: "
              + ", ".join(f"0 to {top:g}: {share:.1f} %" for top, share in tried.items())
              + f"; chosen: {study.subject.fixed_top:g}")
    for formats in ("fixed", "dynamic"):
        share = study.accuracy("case 3", 1, FULL_BITS[1], 0, formats, "ideal")
        print(f"ideal, {formats}: {share:.1f} %", flush=True)


def run_curves(study):
    """Run accuracies against ADC bits."""
    for cell in CELLS:
        for case in CASES:
            curve = study.curve(case, cell, range(3, FULL_BITS[cell] + 1))
            study.full[case, cell] = curve[FULL_BITS[cell]]
            study.curves[case, cell] = curve
            study.least[case, cell] = lowest_bits(curve, study.full[case, cell][0])
            print(f"{case}, {cell} b cells: " + ", ".join(
                f"{accuracy:.1f} % at {bits} b" for bits, (accuracy, _) in curve.items()),
                flush=True)


def study_all(study):
    """Run and print everything."""
    print(f"{study.subject.name}, {study.options.images} images a point: a share of 90 % is known to "
          f"{100 * math.sqrt(0.09 / study.options.images):.1f} points (1 sigma), differences on the "
          "same images to less", flush=True)
    print_formats(study, study.choose_fixed_range())
    run_curves(study)
    rows = all_statements(study)
    print_curves(study)
    print_costs(study)
    print_least(study)
    print("\nTOPS/W by layer, case 3, dynamic, full ADC, at 1, 2, 4 b cells:")
    by_cell = [layer_efficiencies(study, cell) for cell in CELLS]
    for name in by_cell[0]:
        print(f"  {name:8}" + "".join(f" {found[name]:8.2f}" for found in by_cell))
    print_table(rows)


def main(arguments):
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(prog="bench rram-study", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", default=LENET,
                        help="lenet5-fashion, vgg8-cifar10, or the folder of a network in floats")
    parser.add_argument("--data", required=True, help="folder of the network's data set")
    parser.add_argument("--images", type=int, default=400, help="test images a point, 2 to 5000")
    parser.add_argument("--ranges", choices=("shift", *CALIBRATIONS),
                        help="of converters: a power of two, or as the compiler finds them "
                        "(default: shift for lenet5-fashion, else minmax)")
    parser.add_argument("--granularity", choices=("layer", "part", "output"), default="layer",
                        help="what has a range of its own, unless --ranges shift")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the reports of all points, and "
                        "take from there what an interrupted study of the same network left")
    parser.add_argument("--jobs", type=int, default=2, help="points side by side")
    options = parser.parse_args(arguments)
    if not 2 <= options.images <= 5000 or options.jobs < 1:
        parser.error("--images must be 2 to 5000 and --jobs at least 1")
    try:
        subject = Subject(options.network)
    except Failure as failure:
        parser.error(str(failure))
    if not Path(options.data).is_dir():
        parser.error(f"--data: {options.data} is no folder")
    if not LEYDEN.exists():
        print(f"bench: {LEYDEN.relative_to(ROOT)} is not built; ./scripts/demo builds it.",
              file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        try:
            print(__doc__.split("\n\n", 1)[1])
            study_all(Study(options, subject, options.keep or Path(folder)))
        except Failure as failure:
            print(f"bench: {failure}", file=sys.stderr)
            return 1
    return 0
