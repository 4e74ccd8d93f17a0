"""bench rram-study: the six statements of a study of quantisation and mapping on RRAM, on rram128.

The study (Huang, Jiang, Yu, ACM TODAES 28(3) 2023) runs VGG-8 on CIFAR-10 in DNN+NeuroSim V1.3. Here
a LeNet-5 class network for Fashion-MNIST runs through firmware on `rram128`, re-quantised to 8 b
weights. Eight arrays lie side by side under one set of drivers (cim.columns), so that all weights
stay resident; ADC energy and area follow NeuroSim's equations at every number of bits.

Energy is that of arrays, converters, accumulation, buffers and vector unit. Time is that of the
macro layers. Area is that of the arrays which the network fills. A converter serves eight values.
"""
import argparse
import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
LEYDEN = ROOT / "build/release/bin/leyden"
CHIP = ROOT / "configs/chips/rram128.yaml"
NETWORK = ROOT / "configs/networks/lenet5-fashion"

CASES = {"case 1": "twos_complement", "case 2": "differential", "case 3": "shifted_unsigned"}
CELLS = (1, 2, 4)
FULL_BITS = {1: 8, 2: 9, 4: 11}  # ceil(log2(128 (2^c - 1) + 1))
COLUMNS = 1024                   # of a macro: eight arrays of 128
ARRAY = 128
MOST_SHIFT = 4
# Columns a converter serves: eight values, of which a pair is one, being subtracted before.
SHARING = {"case 1": 8, "case 2": 16, "case 3": 8}
COMPONENTS = ("drive", "dot_product", "combine", "adc", "abn", "lmem", "vector")
TOLERANCE = 1.0                  # points that fewer ADC bits may cost
# Activation formats, by tensor: one range for all layers, to which the network was trained; or the
# power of two that holds what the float network computes on 512 training images.
FIXED = {"conv1_relu": 1, "conv2_relu": 1, "fc1_relu": 1, "logits": 16}
DYNAMIC = {"conv1_relu": 8, "conv2_relu": 8, "fc1_relu": 16, "logits": 128}


class Failure(Exception):
    """A sentence for the person."""


def adc_energy_linear_ff(bits, supply_v):
    """NeuroSim's SAR at 22 nm LSTP without the term of the column, as fF a bit over V^2."""
    return (0.538 * bits + 4.3753) * (bits + 1) / bits / supply_v ** 2


def adc_area_um2(bits, full_area_um2):
    """NeuroSim counts transistors: 269 + 109 (b - 1) N and 209 + 73 (b - 1) P, P of twice the size."""
    def units(b):
        return 269 + 109 * (b - 1) + 2 * (209 + 73 * (b - 1))
    return full_area_um2 * units(bits) / units(8)


class Study:
    """Runs `leyden run` for points of the study and keeps what it tells."""

    def __init__(self, options, folder):
        self.options = options
        self.folder = folder
        self.chip = yaml.safe_load(CHIP.read_text(encoding="utf-8"))
        self.reports = {}
        for name, ranges in (("fixed", FIXED), ("dynamic", DYNAMIC)):
            self.write_network(name, ranges)

    def write_network(self, name, ranges):
        file = yaml.safe_load((NETWORK / "network.yaml").read_text(encoding="utf-8"))
        file["name"] = f"lenet5-{name}"
        file["onnx"] = str(NETWORK / "network.onnx")
        file["quantisation"]["weight_bits"] = 8
        file["activation_ranges"] = {
            tensor: {"min": 0 if tensor != "logits" else -top,
                     "max": top if tensor != "logits" else top * 127 / 128}
            for tensor, top in ranges.items()}
        (self.folder / f"{name}.yaml").write_text(yaml.safe_dump(file), encoding="utf-8")

    def value(self, *keys):
        found = self.chip
        for key in keys:
            found = found[key]
        return found["value"]

    def run(self, case, cell, bits, shift, formats="fixed", fidelity="quantised", choose=False):
        """report.json of a point. `choose`: on other images, for choosing a range."""
        key = (case, cell, bits, shift, formats, fidelity, choose)
        if key in self.reports:
            return self.reports[key]
        images = self.options.images
        first, count = (10000 - images, images // 2) if choose else (0, images)
        settings = {
            "cim.columns": COLUMNS, "cim.abn_entries": 4096, "cim.cell.bits": cell,
            "cim.cell.representation": CASES[case], "cim.converter.bits": bits,
            "cim.converter.sharing": SHARING[case],
            "cim.converter.range_shift": shift,
            "cim.converter.energy_linear_ff":
                f"{adc_energy_linear_ff(bits, self.value('cim', 'supply_v')):.4f}"}
        out = self.folder / "-".join(str(part).replace(" ", "") for part in key)
        command = [str(LEYDEN), "run", "--chip", str(CHIP), "--network",
                   str(self.folder / f"{formats}.yaml"), "--data", self.options.data,
                   "--fidelity", fidelity, "--first-image", str(first), "--images", str(count),
                   "--quiet", "--report", str(out)]
        command += [word for item in settings.items() for word in ("--set", "=".join(map(str, item)))]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              check=False)
        if done.returncode:
            raise Failure(f"this command ended with {done.returncode}: {' '.join(command)}\n"
                          f"{done.stderr.strip()}")
        report = json.loads((out / "report.json").read_text(encoding="utf-8"))
        if fidelity == "quantised" and any("loaded for every image" in w
                                           for w in report["warnings"]):
            raise Failure("the network does not fit: weights are loaded for every image")
        self.reports[key] = report
        return report

    def run_all(self, points):
        """Runs points side by side, for their reports to be at hand."""
        with ThreadPoolExecutor(self.options.jobs) as pool:
            list(pool.map(lambda point: self.run(*point[0], **point[1]), points))

    def accuracy(self, *point, **more):
        return self.run(*point, **more)["accuracy"]["accuracy_percent"]

    def best_shift(self, case, cell, bits):
        """The range that serves best on images kept apart; the widest of equal ones."""
        shifts = range(MOST_SHIFT + 1)
        self.run_all([((case, cell, bits, s), {"choose": True}) for s in shifts])
        return max(shifts, key=lambda s: (self.accuracy(case, cell, bits, s, choose=True), -s))

    def curve(self, case, cell, bits_range):
        """{ADC bits: (accuracy, range shift)}."""
        shifts = {bits: self.best_shift(case, cell, bits) for bits in bits_range}
        self.run_all([((case, cell, bits, shift), {}) for bits, shift in shifts.items()])
        return {bits: (self.accuracy(case, cell, bits, shift), shift)
                for bits, shift in shifts.items()}

    def cost(self, case, cell, bits, shift, formats):
        """(energy of an image in pJ, time in us, area in mm2) of the macro layers."""
        report = self.run(case, cell, bits, shift, formats)
        layers = [layer for layer in report["layers"] if layer["kind"] == "macro"]
        energy = sum(layer["energy_pj"][name] for layer in layers for name in COMPONENTS)
        time = sum(layer["latency_ns"] for layer in layers) / 1000
        arrays = (sum(layer["array_share"] for layer in layers) * report["chip"]["macros"]
                  * COLUMNS / ARRAY)
        dummy = 1 if case == "case 3" else 0
        converter = (adc_area_um2(bits, self.value("cim", "converter", "area_um2"))
                     + self.value("cim", "post", "area_um2"))
        one = (ARRAY * (ARRAY + dummy) * self.value("cim", "cell", "area_um2")
               + ARRAY / SHARING[case] * converter
               + ARRAY * self.value("cim", "drive", "area_um2"))
        return energy, time, arrays * one * 1e-6


def gains(naive, better):
    """(% more efficiency, % more speed, % less area)."""
    return (100 * (naive[0] / better[0] - 1), 100 * (naive[1] / better[1] - 1),
            100 * (1 - better[2] / naive[2]))


def span(values, unit="%", digits=0):
    low, high = min(values), max(values)
    return (f"{low:.{digits}f} to {high:.{digits}f} {unit}" if f"{low:.{digits}f}" !=
            f"{high:.{digits}f}" else f"{low:.{digits}f} {unit}")


def overlaps(values, low, high):
    return max(values) >= low and min(values) <= high


def verdict(reproduced, direction=False):
    return "reproduced" if reproduced else "direction only" if direction else "not reproduced"


def formats_statement(study):
    energies, zeros, times, areas = [], [], [], []
    for cell in CELLS:
        fixed = study.cost("case 3", cell, FULL_BITS[cell], 0, "fixed")
        dynamic = study.cost("case 3", cell, FULL_BITS[cell], 0, "dynamic")
        gain = gains(fixed, dynamic)
        energies.append(gain[0])
        times.append(gain[1])
        areas.append(gain[2])
        driven = [sum(count for name, count in
                      study.run("case 3", cell, FULL_BITS[cell], 0, formats)["total"]
                      ["event_counts_sum"].items() if name.endswith("drive.driven_cell"))
                  for formats in ("fixed", "dynamic")]
        zeros.append(100 * (1 - driven[1] / driven[0]))
    good = min(energies) > 0 and max(map(abs, times)) < 1 and max(map(abs, areas)) < 1
    return ("a", "dynamic fixed point: better TOPS/W (more zero input bits), same area, throughput",
            "better; same",
            f"TOPS/W +{span(energies, '%', 1)}, {span(zeros)} fewer set input bits, time and area "
            f"within {max(map(abs, times + areas)):.1f} % (the fixed range clips)", verdict(good, min(energies) > 0))


def offset_statement(study, ideal):
    fall = {}
    for case in CASES:
        for cell in CELLS:
            shift = study.full[case, cell][1]
            fall[case, cell] = ideal - study.accuracy(case, cell, FULL_BITS[cell], shift,
                                                      fidelity="analog")
    good = (fall["case 1", 4] > 20 and max(fall["case 2", 4], fall["case 3", 4]) < 2
            and fall["case 1", 4] > fall["case 1", 1] + 10)
    ours = ", ".join(f"{case} {fall[case, 4]:+.1f}" for case in CASES)
    return ("b", "case 1 with 4 b cells fails without offset cancelling", "fails",
            f"points lost at 4 b cells, on/off 150: {ours}; case 1 at 1 b cells "
            f"{fall['case 1', 1]:+.1f}", verdict(good, fall["case 1", 4] > fall["case 2", 4] + 2))


def lowest_bits(curve, full):
    """Fewest ADC bits down to which no step costs more than TOLERANCE against full precision."""
    least = max(curve)
    for bits in sorted(curve, reverse=True):
        if curve[bits][0] < full - TOLERANCE:
            break
        least = bits
    return least


def reduction_statement(study):
    least = {key: lowest_bits(study.curves[key], study.full[key][0]) for key in study.curves}
    saved = {key: FULL_BITS[key[1]] - bits for key, bits in least.items()}
    total = {case: sum(saved[case, cell] for cell in CELLS) for case in CASES}
    good = total["case 2"] > max(total["case 1"], total["case 3"])
    study.least = least
    ours = "; ".join(f"{case} " + "/".join(str(least[case, cell]) for cell in CELLS)
                     for case in CASES)
    return ("c", "differential pairs tolerate the most aggressive ADC reduction", "case 2",
            f"fewest ADC bits at 1/2/4 b cells: {ours}",
            verdict(good, total["case 2"] == max(total.values())))


def full_precision_statement(study):
    found = []
    for cell in CELLS:
        naive = study.cost("case 2", cell, FULL_BITS[cell], study.full["case 2", cell][1], "fixed")
        best = "case 1" if cell == 1 else "case 3"
        found.append(gains(naive, study.cost(best, cell, FULL_BITS[cell],
                                             study.full[best, cell][1], "dynamic")))
    energy, time, area = zip(*found)
    good = overlaps(energy, 29, 45) and overlaps(area, 4, 40) and overlaps(time, 4, 25)
    return ("d", "full-precision ADC, DF + case 1 (1 b cells) or case 3 (2, 4 b) against naive",
            "29-45 % TOPS/W, 4-40 % area, 4-25 % speed",
            f"TOPS/W {span(energy)}, area {span(area)} less, speed {span(time)}",
            "reproduced" if good else "energy and area only"
            if min(energy) > 0 and min(area) > 0 else "not reproduced")


def overall_statement(study):
    energy, time, area, picks = [], [], [], []
    for cell in CELLS:
        naive = study.cost("case 2", cell, FULL_BITS[cell], study.full["case 2", cell][1], "fixed")
        options = {}
        for case in CASES:
            if case == "case 1" and cell > 1:
                continue  # statement b
            bits = study.least[case, cell]
            options[case] = study.cost(case, cell, bits, study.curves[case, cell][bits][1],
                                       "dynamic")
        pick = min(options, key=lambda case: options[case][0])
        gain = gains(naive, options[pick])
        picks.append(f"{pick} {study.least[pick, cell]} b")
        energy.append(1 + gain[0] / 100)
        time.append(1 + gain[1] / 100)
        area.append(gain[2])
    good = overlaps(energy, 1.8, 2.2) and overlaps(time, 1.2, 1.6) and overlaps(area, 5, 25)
    return ("e", "best of formats, mapping and ADC bits against fixed + differential + full ADC",
            "2x TOPS/W, 1.2-1.6x speed, 5-25 % area",
            f"{span(energy, 'x', 1)} TOPS/W, {span(time, 'x', 1)} speed, {span(area)} less area "
            f"({', '.join(picks)} at 1, 2, 4 b cells)",
            verdict(good, min(energy) > 1 and min(time) > 1 and min(area) > 0))


def cliff_statement(study):
    """Few points lost at 4 b, many at 3 b; NeuroSim runs case 3."""
    def has_cliff(case, cell):
        curve, full = study.curves[case, cell], study.full[case, cell][0]
        return full - curve[4][0] < 6 and curve[4][0] - curve[3][0] > 6
    found = {case: [has_cliff(case, cell) for cell in CELLS] for case in CASES}
    ours = "; ".join(f"{case} " + ", ".join(
        "/".join(f"{study.curves[case, cell][bits][0]:.0f}" for cell in CELLS)
        for bits in (3, 4, 5)) for case in CASES)
    return ("f", "accuracy falls off a cliff between 4 b and 3 b ADC",
            "56/75/35, 88-90, 90 % at 3, 4, 5 b (1/2/4 b cells)", f"at 3, 4, 5 b: {ours} %",
            verdict(all(found["case 3"]), any(map(any, found.values()))))


def layer_lines(study):
    report = study.run("case 3", 1, FULL_BITS[1], study.full["case 3", 1][1], "dynamic")
    for layer in report["layers"]:
        if layer["kind"] == "macro":
            energy = sum(layer["energy_pj"][name] for name in COMPONENTS)
            yield f"  {layer['name']:8} {2 * layer['macs'] / energy:8.2f} TOPS/W"


def print_table(rows):
    print("\n| | statement | published | Leyden | |\n|---|---|---|---|---|")
    for row in rows:
        print("| " + " | ".join(row) + " |")


def print_curves(study):
    print("\nAccuracy in % against ADC bits, quantised, range chosen on other images (2^-shift):")
    bits_all = sorted({bits for curve in study.curves.values() for bits in curve})
    print("| case, cells | " + " | ".join(f"{bits} b" for bits in bits_all) + " |")
    print("|---|" + "---|" * len(bits_all))
    for (case, cell), curve in study.curves.items():
        cells = [f"{curve[bits][0]:.1f} ({curve[bits][1]})" if bits in curve else ""
                 for bits in bits_all]
        print(f"| {case}, {cell} b | " + " | ".join(cells) + " |")


def print_costs(study):
    print("\nCost of an image in the macro layers, full-precision ADC:")
    print("| case, cells | format | energy nJ | time us | area mm2 |\n|---|---|---|---|---|")
    for case, cell in study.curves:
        for formats in ("fixed", "dynamic"):
            energy, time, area = study.cost(case, cell, FULL_BITS[cell],
                                            study.full[case, cell][1], formats)
            print(f"| {case}, {cell} b | {formats} | {energy / 1000:.2f} | {time:.1f} | "
                  f"{area:.4f} |")


def study_all(study):
    points = [(case, cell) for cell in CELLS for case in CASES]
    study.full = {}
    study.curves = {}
    for case, cell in points:
        curve = study.curve(case, cell, [*range(3, 8), FULL_BITS[cell]])
        study.full[case, cell] = curve[FULL_BITS[cell]]
        study.curves[case, cell] = curve
        print(f"{case}, {cell} b cells: " + ", ".join(
            f"{accuracy:.1f} % at {bits} b" for bits, (accuracy, _) in curve.items()), flush=True)
    ideal = study.accuracy("case 3", 1, FULL_BITS[1], 0, fidelity="ideal")
    print(f"ideal: {ideal:.1f} %, with dynamic formats "
          f"{study.accuracy('case 3', 1, FULL_BITS[1], 0, 'dynamic', 'ideal'):.1f} % (the network "
          "was trained for the fixed ones)")
    rows = [formats_statement(study), offset_statement(study, ideal), reduction_statement(study),
            full_precision_statement(study), overall_statement(study), cliff_statement(study)]
    print_curves(study)
    print_costs(study)
    print("\nEfficiency by layer, case 3, 1 b cells, full ADC:")
    print("\n".join(layer_lines(study)))
    print_table(rows)


def main(arguments):
    parser = argparse.ArgumentParser(prog="bench rram-study", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="folder of Fashion-MNIST (IDX files)")
    parser.add_argument("--images", type=int, default=400, help="test images a point, 2 to 5000")
    parser.add_argument("--jobs", type=int, default=2, help="points side by side")
    options = parser.parse_args(arguments)
    if not 2 <= options.images <= 5000 or options.jobs < 1:
        parser.error("--images must be 2 to 5000 and --jobs at least 1")
    if not LEYDEN.exists():
        print(f"bench: {LEYDEN.relative_to(ROOT)} is not built; ./scripts/demo builds it.",
              file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        try:
            print(__doc__.split("\n\n", 1)[1])
            study_all(Study(options, Path(folder)))
        except Failure as failure:
            print(f"bench: {failure}", file=sys.stderr)
            return 1
    return 0
