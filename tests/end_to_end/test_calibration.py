"""Firmware calibrates the macros: what it leaves, that it costs images nothing, and what it is for.

LEYDEN_CALIBRATION_IMAGES sets how many images the claim is tested on (the long test: all).
"""

import json
import math
import os
import re
import unittest

import support

IMAGES = int(os.environ.get("LEYDEN_CALIBRATION_IMAGES", "1000"))
GOOD = ("--set", "cim.converter.offset_mv=0", "--set", "cim.converter.gain_percent=0")
BAD = ("--set", "cim.converter.offset_mv=2.5", "--set", "cim.converter.gain_percent=5")
WORSE = ("--set", "cim.converter.offset_mv=4", "--set", "cim.converter.gain_percent=5")
NUMBER = r"([0-9]+\.[0-9]+)"
SUMMARY = re.compile(
    rf"calibrate: macros (\d+), columns (\d+), out of reach (\d+), offset rms {NUMBER} to {NUMBER} "
    rf"LSB, gain rms {NUMBER} to {NUMBER} %")


class Calibrated(support.Case):
    def run_network(self, *arguments, images=20, jobs=2):
        folder = self.folder / str(len(list(self.folder.iterdir())))
        result = support.leyden(
            "run", "--chip", "imagine", "--network", "lenet5-fashion", "--data", support.FASHION,
            "--images", images, "--jobs", jobs, "--report", folder, "-q", *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.text = (folder / "report.json").read_text(encoding="utf-8")
        return json.loads(self.text)


class Claim(Calibrated):
    def accuracies(self, *arguments):
        dies = self.run_network(*arguments, "--dies", 3, images=IMAGES)["dies"]["each"]
        return [die["accuracy_percent"] for die in dies]

    def test_a_bad_die_comes_back(self):
        """At least 5 points lost without, within 0.5 point of a die without spread with it."""
        good = self.accuracies(*GOOD)
        for spread in (BAD, WORSE):
            bad = self.accuracies(*spread)
            calibrated = self.accuracies(*spread, "--calibrate")
            print(f"{IMAGES} images, {spread[1]}, {spread[3]}: dies without spread "
                  f"{good} %, with {bad} %, calibrated {calibrated} %")
            lost = 0
            for none, without, trimmed in zip(good, bad, calibrated):
                self.assertGreaterEqual(trimmed, none - 0.5)
                lost += without <= none - 5
            self.assertGreaterEqual(lost, 2, bad)


class Firmware(Calibrated):
    def test_a_macro_that_cannot_be_calibrated_is_refused_before_it_runs(self):
        result = support.leyden("run", "--chip", "rram128", "--network", "lenet5-fashion", "--data",
                                support.FASHION, "--images", 1, "--calibrate")
        self.assert_refused(result, 2, "--calibrate needs", "cim.post.kind digital_scale")

    def summary(self, *arguments):
        result = self.execute("calibrate", *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertNotIn("warning", result.stderr)
        match = SUMMARY.match(result.stdout)
        self.assertTrue(match, result.stdout)
        return [int(n) for n in match.groups()[:3]] + [float(n) for n in match.groups()[3:]]

    def test_what_is_left_is_what_averaging_leaves(self):
        """Residual errors against the closed form of docs/calibration.md, at 99 % confidence."""
        # One conversion's noise in LSB: kT/C of the line and its accumulation, and the converter's.
        volts, rows, farads, ratio = 0.6, 1152, 1.91e-15, 0.08
        gain = (1 - math.exp(-16.8)) * math.exp(-8 * 16.8e-9 / (2 * 1e-3)) / (1 + ratio)
        lsb = volts * gain / 2 ** 9
        line = 1.380649e-23 * 300 / (rows * farads * (1 + ratio))
        sharing = (1 - 4.0 ** -8) * (1 / 3 + 2 / 3) * (1 - 4.0 ** -8) / 3
        variance = (line * sharing + 0.46e-3 ** 2) / lsb ** 2
        # The last trim and the check after it each average 128 conversions of two levels, which
        # lie 96 LSB apart; a step of the offset is LSB / 16, one of the gain 2^-15.
        offset = math.sqrt(2 * variance / 128 + 1 / 16 ** 2 / 12)
        slope = 100 * math.sqrt(4 * variance / 128 / 96 ** 2 + 2.0 ** -30 / 12)
        for die in (1, 2, 3):
            macros, columns, lost, before, after, gain_before, gain_after = self.summary(
                "--die", die, "--set", "cim.converter.offset_mv=6", "--set",
                "cim.converter.gain_percent=4", "--set", "cim.dot_product.charge_injection_mv=0")
            self.assertEqual((macros, columns, lost), (1, 256, 0))
            self.assert_rms(before, math.hypot(6e-3 / lsb, 0.1), columns)
            self.assert_rms(gain_before, math.hypot(4, 0.1), columns)
            self.assert_rms(after, offset, columns)
            self.assert_rms(gain_after, slope, columns)

    def test_what_the_trims_leave(self):
        """The same for the errors themselves, as the host's ramp finds them on the trimmed die."""
        dies = self.run_network(
            "--dies", 3, "--calibrate", "--set", "cim.converter.offset_mv=6", "--set",
            "cim.converter.gain_percent=4", "--set", "cim.converter.inl_lsb=0", "--set",
            "cim.dot_product.charge_injection_mv=0", "--set",
            "cim.cell.mismatch_percent_sqrt_ff=0", images=1)["dies"]["each"]
        lsb = 0.6 / 1.08 / 2 ** 9
        variance = (0.46e-3 / lsb) ** 2  # kT/C is a hundredth of it
        offset = math.sqrt(variance / 128 + 1 / 16 ** 2 / 12)
        slope = 100 * math.sqrt(2 * variance / 128 / 96 ** 2)
        for die in dies:
            columns = die["linearity"]["columns"]
            self.assertEqual(columns, 249)
            self.assert_rms(die["linearity"]["offset_rms_lsb"], offset, columns)
            self.assert_rms(die["linearity"]["gain_rms_percent"], slope, columns)

    def assert_rms(self, found, expected, count):
        """A root mean square of normal numbers: chi square, after Wilson and Hilferty."""
        spread = 2.576 * math.sqrt(2 / (9 * count))
        least, most = ((1 - 2 / (9 * count) + side * spread) ** 1.5 for side in (-1, 1))
        self.assertGreaterEqual(found, expected * least - 0.0005)
        self.assertLessEqual(found, expected * most + 0.0005)

    def test_an_ideal_chip_is_left_alone(self):
        for fidelity in ("ideal", "quantised"):
            self.assertEqual(self.summary("--fidelity", fidelity)[2:], [0, 0, 0, 0, 0])
            # The host reference knows no trims.
            self.run_network("--calibrate", "--fidelity", fidelity, "--check-reference")

    def test_other_geometries(self):
        small = []
        for key in ("rows=144", "columns=48", "rows_per_unit=24", "abn_entries=7", "weight_bits=5",
                    "input_bits=3", "converter.bits=6", "converter.range_shift=2"):
            small += ["--set", f"cim.{key}"]
        spread = ["--set", "cim.converter.offset_mv=20", "--set", "cim.converter.gain_percent=4"]
        for more in ([], ["--set", "system.macros=3"], ["--set", "cim.post.kind=none"],
                     ["--set", "cim.converter.range_shift=6"], ["--set", "cim.input_bits=1"],
                     ["--set", "cim.weight_bits=1"], ["--set", "cim.converter.reference=supply"],
                     ["--set", "cim.converter.sharing=4"]):
            macros, columns, lost, before, after, gain_before, gain_after = self.summary(
                *small, *more, *spread, "--set", "cim.converter.noise_mv=2")
            self.assertEqual((columns, lost), (48 * macros, 0), more)
            self.assertLess(after, before / 4, more)
            self.assertLess(gain_after, gain_before / 2, more)
            # Not one column is forgotten; the program's code is the number of those.
            trims = self.execute("trims", *small, *more, *spread)
            self.assertEqual(trims.returncode, 0, trims.stderr)

    def test_few_columns(self):
        # An output takes most of them, so that few passes have room for one.
        for bits in (8, 5, 4):
            few = ["--set", "cim.columns=8", "--set", f"cim.weight_bits={bits}",
                   "--set", "cim.converter.offset_mv=20", "--set", "cim.converter.gain_percent=4"]
            _, columns, lost, before, after, _, _ = self.summary(*few)
            self.assertEqual((columns, lost), (8, 0), bits)
            self.assertLess(after, before / 4, bits)
            trims = self.execute("trims", *few)
            self.assertEqual(trims.returncode, 0, trims.stderr)

    def test_a_macro_of_another_kind_is_refused(self):
        result = self.execute("calibrate", "--set", "cim.converter.bits=2")
        self.assert_refused(result, 1, "code 51")
        self.assertIn("cannot be calibrated", result.stdout)

    def test_it_is_told_apart_and_costs_images_nothing(self):
        # Equal values, so that the core finds the class in equal time.
        without = self.run_network("--fidelity", "quantised")
        self.assertNotIn("calibration", without)
        exact = self.run_network("--fidelity", "quantised", "--calibrate")
        for row, same in zip(exact["layers"], without["layers"]):
            self.assertEqual(row["cycles_sum"]["mvm"], same["cycles_sum"]["mvm"])
            self.assertEqual(row["event_counts_sum"].keys(), same["event_counts_sum"].keys())
        self.assertAlmostEqual(exact["total"]["cycles_sum"]["total"],
                               without["total"]["cycles_sum"]["total"],
                               delta=without["total"]["cycles_sum"]["total"] * 0.001)
        report = self.run_network("--calibrate", jobs=1)
        texts = {self.text}
        for jobs in (2, 3):
            self.run_network("--calibrate", jobs=jobs)
            texts.add(self.text)
        self.assertEqual(len(texts), 1, "the report depends on the workers")
        check = support.SOURCE / "tests/platform/report/check_schema.py"
        schema = support.SOURCE / "platform/report/report.schema.json"
        report_file = self.folder / "calibrated.json"
        report_file.write_text(self.text, encoding="utf-8")
        result = support.subprocess.run(["/usr/bin/python3", check, schema, report_file],
                                        capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 0, result.stdout)
        cost = report["calibration"]
        self.assertGreater(cost["cycles"]["mvm"], 0)
        self.assertGreater(cost["energy_pj"]["adc"], 0)
        self.assertGreater(cost["energy_pj"]["weight_write"], 0)
        self.assertEqual(cost["windows"], 1)
        self.assertLess(report["boot"]["cycles"]["total"],
                        without["boot"]["cycles"]["total"] * 1.1)

    def test_a_snapshot_keeps_the_trims(self):
        spread = ("--set", "cim.converter.offset_mv=4", "--die", 3, "--calibrate")
        snapshot = self.folder / "state"
        self.run_network(*spread, "--snapshot", snapshot, "--snapshot-at", "5:fc1", jobs=1)
        whole = self.text
        result = support.leyden("run", "--restore", snapshot, "--data", support.FASHION, "--report",
                                self.folder / "restored", "-q")
        self.assertEqual(result.returncode, 0, result.stderr)
        restored = (self.folder / "restored/report.json").read_text(encoding="utf-8")
        self.assertEqual(restored, whole)

    def test_bad_input(self):
        result = support.leyden(
            "run", "--chip", "imagine", "--network", "lenet5-fashion", "--data", support.FASHION,
            "--calibrate", "--firmware", "infer")
        self.assert_refused(result, 2, "--calibrate", "--firmware")


if __name__ == "__main__":
    unittest.main()
