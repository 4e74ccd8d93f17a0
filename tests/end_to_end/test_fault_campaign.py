"""Faults while a network runs: what becomes of each image, whoever computes it."""

import unittest

import fault_runs
import support


@unittest.skipUnless(support.pathlib.Path(support.FASHION).is_dir(),
                     f"{support.FASHION} is not there")
class Campaign(fault_runs.Case):
    def test_without_faults_nothing_is_told(self):
        plain = self.report()
        self.assertNotIn("faults", plain)
        # Neither a seed nor a share of no faults is one.
        self.assertEqual(self.report("--set", "faults.seed=5", "--set",
                                     "faults.interrupts.delay_percent=50"), plain)

    def test_each_class(self):
        # Late interrupts change when, not what; dropped ones leave the core asleep; a refused
        # transfer is told by firmware; a converter stuck in the last layer shows.
        for faults, outcome, told in (
                ("target: interrupt, line: cim0, delay_cycles: 100, count: 3, image_cycle: 0",
                 "masked", None),
                ("target: interrupt, line: cim0, drop: yes, image_cycle: 0", "hang", ""),
                ("target: bus, master: dma0, access: read, refuse: yes, image_cycle: 0",
                 "detected", "code"),
                ("target: adc, column: 0, code: highest", "silent", "differs first in ")):
            report = self.report(faults=[faults], images=2)
            expected = dict.fromkeys(("masked", "detected", "silent", "hang"), 0)
            expected[outcome] = 2
            self.assertEqual(self.outcomes(report), expected, report["faults"])
            if told is not None:
                for one in report["faults"]["faulted_images"]:
                    self.assertIn(told, one["told"])
                    self.assertEqual(one["outcome"], outcome)

    def test_late_interrupts_make_an_image_later(self):
        plain = self.report(images=2)
        late = self.report(images=2, faults=[
            "target: interrupt, line: cim0, delay_cycles: 1000, image_cycle: 0"])
        period_ns = 1000 / plain["chip"]["clock_mhz"]
        self.assertAlmostEqual(
            late["faults"]["image_latency_ns"] - plain["chip"]["image_latency_ns"],
            1000 * period_ns, delta=30 * period_ns)
        # What is reported of the run itself is without faults.
        del late["faults"]
        self.assertEqual(late, plain)

    def test_a_fault_of_one_image_is_its_own(self):
        report = self.report(images=3, faults=[
            "target: interrupt, line: cim0, drop: yes, image_cycle: 0, image: 1"])
        self.assertEqual(self.outcomes(report), {"masked": 2, "detected": 0, "silent": 0, "hang": 1})
        self.assertEqual([one["image"] for one in report["faults"]["faulted_images"]], [1])
        self.assertEqual(report["faults"]["images_without_fault"], 2)

    def test_layers_by_name(self):
        report = self.report(images=1, faults=[
            "target: weights, row: 3, column: 3, layer: conv2, layer_cycle: 5"])
        self.assertEqual(report["faults"]["injected"], {"weights": 1})
        result = self.run_with(faults=["target: abn, entry: 1, bit: 1, layer: conv9"])
        self.assert_refused(result, 2, "no layer conv9", "conv1")

    def test_results_do_not_depend_on_who_computes(self):
        settings = ["--set", "faults.sram.flips=20", "--set", "faults.lmem.flips_per_mbit_ms=200",
                    "--set", "faults.weights.flips=10", "--set", "faults.registers.flips=1",
                    "--set", "faults.interrupts.delay_cycles=50", "--set",
                    "faults.interrupts.delay_percent=30", "--set", "faults.bus.delay_cycles=9",
                    "--set", "faults.bus.delay_percent=10", "--set",
                    "faults.macro.stuck_cells_ppm=200"]
        first = self.report(*settings, images=6)
        for jobs, other in ((1, ("--quantum-ns", 50)), (6, ("--interpreter",)),
                            (1, ("--quantum-ns", 1e6))):
            self.assertEqual(self.report(*settings, *other, images=6, jobs=jobs), first)
        moved = self.report(*settings, "--set", "faults.seed=2", images=6)
        self.assertNotEqual(moved["faults"]["faults"], first["faults"]["faults"])
        # Images are drawn apart: the same ones in another run have the same faults.
        later = self.report(*settings, "--first-image", 4, images=2)
        wanted = [one for one in first["faults"]["faulted_images"] if one["image"] >= 4]
        self.assertEqual(later["faults"]["faulted_images"], wanted)

    def test_numbers_of_flips(self):
        for key, target in (("sram", "sram"), ("lmem", "lmem"), ("weights", "weights"),
                            ("registers", "register")):
            report = self.report("--set", f"faults.{key}.flips=3", images=4)
            # A run that ends early misses what would have come later.
            ended = sum(count for name, count in self.outcomes(report).items() if name != "masked")
            self.assertLessEqual(report["faults"]["injected"][target], 12)
            if ended == 0:
                self.assertEqual(report["faults"]["injected"][target], 12)
            for fault in report["faults"]["faults"]:
                self.assertEqual(fault["target"], target)

    def test_rates_within_poisson_bounds(self):
        # LMEM of imagine; flips in unused LMEM leave the time of an image as it is.
        rate, images = 3000, 20
        report = self.report("--set", f"faults.lmem.flips_per_mbit_ms={rate}", images=images)
        mbit = 2 * self.parameter("lmem.bank_bytes") * 8 / 2**20
        times_ms = images * report["chip"]["image_latency_ns"] * 1e-6
        expected = rate * mbit * times_ms
        found = report["faults"]["injected"]["lmem"]
        # From the post until the run ends, which is a little after the result; 99 %.
        self.assertGreater(found, expected - 2.58 * expected**0.5)
        self.assertLess(found, 1.02 * expected + 2.58 * expected**0.5)

    def parameter(self, key):
        """A value of the chip file imagine."""
        import yaml  # pylint: disable=import-outside-toplevel
        node = yaml.safe_load(support.CHIP.read_text())
        for part in key.split("."):
            node = node[part]
        return node["value"]

    def test_what_cannot_be_with_faults(self):
        for extra in (("--dies", 2), ("--snapshot", self.folder / "x", "--snapshot-at", "0:0")):
            result = self.run_with("--set", "faults.sram.flips=1", *extra, jobs=1)
            self.assert_refused(result, 2, extra[0], "cannot be with faults")


if __name__ == "__main__":
    unittest.main()
