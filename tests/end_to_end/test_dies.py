"""leyden run --dies: every die as if it were run alone, whatever the workers; yield; bad input."""

import json
import unittest

import support


class Dies(support.Case):
    def run_dies(self, *arguments, images=7, name=None):
        folder = self.folder / (name or str(len(list(self.folder.iterdir()))))
        result = support.leyden(
            "run", "--chip", "imagine", "--network", "lenet5-fashion", "--data", support.FASHION,
            "--images", images, "--report", folder, *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.stdout = result.stdout
        return (folder / "report.json").read_text(encoding="utf-8")

    def test_the_report_does_not_depend_on_the_workers(self):
        for more in ((), ("--calibrate",)):
            texts = {self.run_dies("--dies", 3, "--die", 4, "--jobs", jobs, *more)
                     for jobs in (1, 2, 3, 8)}
            self.assertEqual(len(texts), 1)

    def test_each_die_is_as_it_is_alone(self):
        arguments = ("--set", "cim.converter.offset_mv=2", "--jobs", 2)
        whole = json.loads(self.run_dies("--dies", 4, "--die", 9, *arguments, images=200))
        dies = whole.pop("dies")
        self.assertEqual([die["die_seed"] for die in dies["each"]], [9, 10, 11, 12])
        for die in dies["each"]:
            alone = json.loads(self.run_dies("--die", die["die_seed"], *arguments, images=200))
            self.assertEqual(alone["accuracy"]["accuracy_percent"], die["accuracy_percent"])
            self.assertEqual(alone["accuracy"]["correct_images"], die["correct_images"])
            if die["die_seed"] == 9:
                self.assertEqual(alone, whole)
        values = sorted(die["accuracy_percent"] for die in dies["each"])
        self.assertGreater(values[3], values[0])
        found = dies["distributions"]["accuracy_percent"]
        mean = sum(values) / 4
        deviation = (sum((v - mean) ** 2 for v in values) / 3) ** 0.5
        for key, expected in (("mean", mean), ("standard_deviation", deviation),
                              ("min", values[0]), ("median", (values[1] + values[2]) / 2),
                              ("max", values[3])):
            self.assertAlmostEqual(found[key], expected, places=9)
        # 2 mV are 2 / (0.6 V / 2^9 / 1.08) LSB of a converter that follows a replica of its line.
        for die in dies["each"]:
            self.assertAlmostEqual(die["linearity"]["offset_rms_lsb"], 1.84, delta=0.25)

    def test_yield_and_table(self):
        text = self.run_dies("--dies", 5, "--accuracy-limit", 50, "--jobs", 2, name="yield")
        good = json.loads(text)["dies"]["yield"]
        self.assertEqual((good["good_dies"], good["yield_percent"]), (5, 100))
        # All of n: the lower bound p has p^n = 0.005.
        self.assertAlmostEqual(good["lower_percent"], 100 * 0.005 ** (1 / 5), places=6)
        self.assertEqual(good["upper_percent"], 100)
        self.assertIn("5 of 5 dies reach 50 %", self.stdout)
        self.assertIn("35 images", self.stdout)
        check = support.SOURCE / "tests/platform/report/check_schema.py"
        schema = support.SOURCE / "platform/report/report.schema.json"
        support.subprocess.run(["/usr/bin/python3", check, schema,
                                self.folder / "yield/report.json"], check=True)

    def test_calibration_shows_in_the_linearity(self):
        spread = ("--set", "cim.converter.offset_mv=4", "--set", "cim.converter.gain_percent=4")
        before = json.loads(self.run_dies("--dies", 1, *spread))["dies"]
        after = json.loads(self.run_dies("--dies", 1, *spread, "--calibrate"))["dies"]
        self.assertFalse(before["calibrated"])
        self.assertTrue(after["calibrated"])
        old, new = before["each"][0]["linearity"], after["each"][0]["linearity"]
        self.assertGreater(old["offset_rms_lsb"], 3)
        self.assertLess(new["offset_rms_lsb"], 0.2)  # mostly the INL, which a line cannot take
        self.assertGreater(old["gain_rms_percent"], 3)
        self.assertLess(new["gain_rms_percent"], 0.3)
        self.assertAlmostEqual(old["inl_max_lsb"], new["inl_max_lsb"], delta=0.1)

    def test_bad_input(self):
        for words, *parts in (
                (("--dies", 0), "--dies", "'0'"),
                (("--dies", "x"), "--dies", "'x'"),
                (("--dies", 100001), "--dies", "100000"),
                (("--dies", 2, "--fidelity", "quantised"), "--dies", "analog", "quantised"),
                (("--accuracy-limit", 90), "--accuracy-limit", "--dies"),
                (("--dies", 2, "--accuracy-limit", 101), "--accuracy-limit", "0 to 100"),
                (("--dies", 2, "--accuracy-limit", "nan"), "--accuracy-limit"),
                (("--dies", 2, "--die", 4294967295), "--dies", "4294967295"),
                (("--dies", 2, "--gdb", 0), "--dies", "--gdb"),
                (("--dies", 2, "--snapshot", "s", "--snapshot-at", "0:1"), "--dies", "--snapshot")):
            result = support.leyden(
                "run", "--chip", "imagine", "--network", "lenet5-fashion", "--data",
                support.FASHION, "--images", 1, *words)
            self.assert_refused(result, 2, *parts)

    def test_a_failing_die_is_named(self):
        result = support.leyden(
            "run", "--chip", "imagine", "--network", "lenet5-fashion", "--data", support.FASHION,
            "--images", 4, "--dies", 5, "--jobs", 2, "--max-cycles-per-image", 1000)
        self.assert_refused(result, 3, "limit of 1000 cycles", "of die 1")


if __name__ == "__main__":
    unittest.main()
