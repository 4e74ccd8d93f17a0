"""Points of the study of RRAM mappings: `leyden run` of a format, a representation, cells, ADC bits.

Energy is that of arrays, converters, accumulation, buffers and vector unit. Time is that of the
macro layers. Area is that of the arrays which the network fills. A converter serves eight values.
"""
import json
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import yaml

from leyden_bench.rram_subject import ROOT, TOPS, Failure

LEYDEN = ROOT / "build/release/bin/leyden"
CHIP = ROOT / "configs/chips/rram128.yaml"

CASES = {"case 1": "twos_complement", "case 2": "differential", "case 3": "shifted_unsigned"}
CELLS = (1, 2, 4)
FULL_BITS = {1: 8, 2: 9, 4: 11}  # ceil(log2(128 (2^c - 1) + 1))
ARRAY = 128
MOST_SHIFT = 4
CHOICE_IMAGES = 1000             # training images by which a fixed range is chosen
RANGE_BITS = 8                   # of a converter's range that is found from images
# Columns a converter serves: eight values, of which a pair is one, being subtracted before.
SHARING = {"case 1": 8, "case 2": 16, "case 3": 8}
COMPONENTS = ("drive", "dot_product", "combine", "adc", "abn", "lmem", "vector")
MOST_CYCLES = 2_000_000_000      # of an image: sixteen macros in turn, with 11 b converters


def adc_energy_linear_ff(bits, supply_v):
    """NeuroSim's SAR at 22 nm LSTP without the term of the column, as fF a bit over V^2."""
    return (0.538 * bits + 4.3753) * (bits + 1) / bits / supply_v ** 2


def adc_area_um2(bits, full_area_um2):
    """NeuroSim counts transistors: 269 + 109 (b - 1) N and 209 + 73 (b - 1) P, P of twice the size."""
    def units(b):
        return 269 + 109 * (b - 1) + 2 * (209 + 73 * (b - 1))
    return full_area_um2 * units(bits) / units(8)


class Study:
    """Runs points and keeps what they tell.

    ranges: `shift` (the best power of two, by images apart) or `minmax`, `percentile`, `mse`
    (converter_calibration of the compiler, by calibration images).
    """

    def __init__(self, options, subject, folder):
        self.options, self.subject, self.folder = options, subject, folder
        self.formats = subject.formats
        self.ranges = options.ranges or subject.ranges
        self.chip = yaml.safe_load(CHIP.read_text(encoding="utf-8"))
        self.reports = {}
        self.narrow = None       # format of a fixed range of 0 to 1, where the range is chosen
        self.full, self.curves, self.least = {}, {}, {}
        self.claim_folder()
        self.training = subject.training_as_test(options.data, folder / "training")
        subject.write(folder / "dynamic.yaml", "dynamic")
        if subject.trained:
            subject.write(folder / "fixed.yaml", "fixed")

    def claim_folder(self):
        """Begin in an empty folder, or go on with the points that a study like this one left there."""
        mine = {"granularity": self.options.granularity, "images": self.options.images,
                "network": self.subject.name}
        stamp = self.folder / "study.json"
        if stamp.exists() and json.loads(stamp.read_text(encoding="utf-8")) != mine:
            raise Failure(f"{self.folder}: the points kept there are of another network, granularity "
                          "or number of images.")
        (self.folder / "training").mkdir(parents=True, exist_ok=True)
        stamp.write_text(json.dumps(mine), encoding="utf-8")

    def value(self, *keys):
        """Return a value of the chip's file."""
        found = self.chip
        for key in keys:
            found = found[key]
        return found["value"]

    def settings(self, case, cell, bits, ranges):
        """Return the chip settings of a point. ranges: a shift, or the name of a calibration."""
        found = dict(self.subject.macro(cell))
        found.update({
            "cim.cell.bits": cell, "cim.cell.representation": CASES[case],
            "cim.converter.bits": bits, "cim.converter.sharing": SHARING[case],
            "cim.converter.energy_linear_ff":
                f"{adc_energy_linear_ff(bits, self.value('cim', 'supply_v')):.4f}"})
        if isinstance(ranges, int):
            found["cim.converter.range_shift"] = ranges
        else:
            found["cim.converter.range_bits"] = RANGE_BITS
        return found

    def images(self, choose):
        """Return (folder, first, number) of the images of a point."""
        images = self.options.images
        if not choose:
            return self.options.data, 0, images
        if self.subject.trained:
            return self.options.data, 10000 - images, images // 2
        return self.training, 0, CHOICE_IMAGES

    def run(self, case, cell, bits, ranges, formats=None, fidelity="quantised", choose=False,
            more=()):
        """report.json of a point. choose: on other images, for choosing; more: chip settings."""
        formats = formats or self.formats
        key = (case, cell, bits, ranges, formats, fidelity, choose, tuple(more))
        if key in self.reports:
            return self.reports[key]
        out = self.folder / re.sub(r"\W+", "-", str(key)).strip("-")
        if not (out / "report.json").exists():
            self.execute(out, self.command(*key[:6], choose, dict(more)))
        report = json.loads((out / "report.json").read_text(encoding="utf-8"))
        if fidelity == "quantised" and any("loaded for every image" in w
                                           for w in report["warnings"]):
            raise Failure("the network does not fit: weights are loaded for every image")
        self.reports[key] = report
        return report

    def command(self, case, cell, bits, ranges, formats, fidelity, choose, more):
        """Return the words of a point's command, but for the folder of its report."""
        data, first, count = self.images(choose)
        command = [str(LEYDEN), "run", "--chip", str(CHIP), "--network",
                   str(self.folder / f"{formats}.yaml"), "--data", str(data),
                   "--fidelity", fidelity, "--first-image", str(first), "--images", str(count),
                   "--max-cycles-per-image", str(MOST_CYCLES), "--objective",
                   self.subject.objective, "--quiet"]
        settings = {**self.settings(case, cell, bits, ranges), **more}
        command += [word for item in settings.items() for word in ("--set", "=".join(map(str, item)))]
        if not isinstance(ranges, int):
            command += ["--quantise", f"converter_calibration={ranges}",
                        "--quantise", f"converter_granularity={self.options.granularity}"]
        return command

    def execute(self, out, command):
        """Run a command; its report is in `out` when all of it is there."""
        part = out.with_name(out.name + ".part")
        shutil.rmtree(part, ignore_errors=True)
        command += ["--report", str(part)]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              check=False)
        if done.returncode:
            raise Failure(f"this command ended with {done.returncode}: {' '.join(command)}\n"
                          f"{done.stderr.strip()}")
        part.rename(out)

    def run_all(self, points):
        """Runs points side by side, for their reports to be at hand."""
        with ThreadPoolExecutor(self.options.jobs) as pool:
            list(pool.map(lambda point: self.run(*point[0], **point[1]), points))

    def accuracy(self, *point, **more):
        """Return the accuracy of a point in percent."""
        return self.run(*point, **more)["accuracy"]["accuracy_percent"]

    def choose_fixed_range(self):
        """Find the one range of a network in floats: the best on training images, the least of equals.

        Return {end: accuracy in percent}, in fidelity ideal.
        """
        if self.subject.trained:
            return {}
        found = {}
        for top in TOPS:
            self.subject.write(self.folder / f"fixed{top}.yaml", "fixed", top)
            found[top] = self.accuracy("case 3", 4, FULL_BITS[4], 0, formats=f"fixed{top}",
                                       fidelity="ideal", choose=True)
        self.subject.fixed_top = max(TOPS, key=lambda top: (found[top], -top))
        self.subject.write(self.folder / "fixed.yaml", "fixed", self.subject.fixed_top)
        self.narrow = "fixed1"
        return found

    def best_range(self, case, cell, bits):
        """The range that serves best on images kept apart; the widest of equal ones."""
        if self.ranges != "shift":
            return self.ranges
        shifts = range(MOST_SHIFT + 1)
        self.run_all([((case, cell, bits, s), {"choose": True}) for s in shifts])
        return max(shifts, key=lambda s: (self.accuracy(case, cell, bits, s, choose=True), -s))

    def curve(self, case, cell, bits_range):
        """{ADC bits: (accuracy, range)}."""
        found = {bits: self.best_range(case, cell, bits) for bits in bits_range}
        self.run_all([((case, cell, bits, ranges), {}) for bits, ranges in found.items()])
        return {bits: (self.accuracy(case, cell, bits, ranges), ranges)
                for bits, ranges in found.items()}

    def full_point(self, case, cell):
        """Return (case, cell, bits, range) of full precision."""
        return case, cell, FULL_BITS[cell], self.full[case, cell][1]

    def least_point(self, case, cell):
        """Return (case, cell, bits, range) of the fewest ADC bits that keep the accuracy."""
        bits = self.least[case, cell]
        return case, cell, bits, self.curves[case, cell][bits][1]

    def macro_layers(self, *point):
        """Return the layers of a point that have weights."""
        return [layer for layer in self.run(*point)["layers"] if layer["kind"] == "macro"]

    def cost(self, case, cell, bits, ranges, formats):
        """(energy of an image in pJ, time in us, area in mm2) of the macro layers."""
        layers = self.macro_layers(case, cell, bits, ranges, formats)
        energy = sum(layer["energy_pj"][name] for layer in layers for name in COMPONENTS)
        time = sum(layer["latency_ns"] for layer in layers) / 1000
        macros = self.run(case, cell, bits, ranges, formats)["chip"]["macros"]
        chip = self.subject.macro(cell)
        arrays = (sum(layer["array_share"] for layer in layers) * macros
                  * chip.get("cim.rows", ARRAY) / ARRAY * chip["cim.columns"] / ARRAY)
        dummy = 1 if case == "case 3" else 0
        converter = (adc_area_um2(bits, self.value("cim", "converter", "area_um2"))
                     + self.value("cim", "post", "area_um2"))
        one = (ARRAY * (ARRAY + dummy) * self.value("cim", "cell", "area_um2")
               + ARRAY / SHARING[case] * converter
               + ARRAY * self.value("cim", "drive", "area_um2"))
        return energy, time, arrays * one * 1e-6

    def operations(self):
        """Return the operations of an image, two a multiply-accumulate."""
        return 2 * sum(layer["macs"] for layer in self.macro_layers(*self.full_point("case 3", 1)))
