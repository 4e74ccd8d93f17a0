"""Measures against faults: error codes of memories, guarded firmware, and the same without them."""

import re
import subprocess
import unittest

import fault_runs
import support

CODES = ("--set", "sram.ecc=secded", "--set", "lmem.ecc=secded")


@unittest.skipUnless(support.pathlib.Path(support.FASHION).is_dir(),
                     f"{support.FASHION} is not there")
class Guarded(fault_runs.Case):
    def all_are(self, outcome, report):
        found = self.outcomes(report)
        self.assertEqual(found[outcome], sum(found.values()), report["faults"])
        self.assertGreater(found[outcome], 0)

    def told(self, report):
        return [one["told"] for one in report["faults"]["faulted_images"]]

    def address(self, firmware, symbol):
        """Of a function in a firmware."""
        names = subprocess.run(["riscv64-unknown-elf-nm", f"{support.FIRMWARE}/{firmware}.elf"],
                               check=True, capture_output=True, text=True).stdout
        for line in names.splitlines():
            if line.split()[-1] == symbol:
                return int(line.split()[0], 16)
        self.fail(f"{firmware} has no {symbol}")

    def test_the_watchdog_ends_what_hangs(self):
        faults = ["target: interrupt, line: cim0, drop: yes, image_cycle: 0"]
        self.all_are("hang", self.report(faults=faults, images=2))
        # A bite comes later than what is called a hang by default.
        report = self.report("--guarded", "--set", "faults.hang_factor=50", faults=faults, images=2)
        self.all_are("detected", report)
        for told in self.told(report):
            self.assertIn("watchdog", told)

    def test_single_flips_are_put_right(self):
        for key, number in (("sram", 40), ("lmem", 400)):
            flips = ("--set", f"faults.{key}.flips={number}")
            bare = self.outcomes(self.report(*flips, images=8))
            self.assertLess(bare["masked"], 8, key)
            coded = self.report(*flips, *CODES, "--guarded", images=8)
            # Two of the flips fall into one word now and then, which is told.
            found = self.outcomes(coded)
            self.assertEqual(found["silent"] + found["hang"], 0, coded["faults"])
            for told in self.told(coded):
                self.assertRegex(told, "code (50|52|257|261)")
            self.assertGreater(found["masked"], bare["masked"])

    def test_two_flips_of_a_word_are_told(self):
        code = self.address("infer", "walk_steps") & ~3
        pair = [f"target: sram, address: {code + byte:#x}, bit: 3, image_cycle: 0"
                for byte in (0, 2)]
        report = self.report(*CODES, faults=pair, images=2)
        self.all_are("detected", report)
        for told in self.told(report):
            self.assertIn("code 257", told)  # 0x101, an instruction access fault

    def test_a_unit_that_read_a_bad_word_gives_no_result(self):
        # Two flips of each fourth word of LMEM: somebody reads one.
        base, words = 0x20000000, range(0, 400, 4)
        faults = [f"target: lmem, address: {base + 4 * word + byte:#x}, bit: 6, layer: conv2, "
                  "layer_cycle: 0" for word in words for byte in (0, 1)]
        bare = self.report(*CODES, faults=faults, images=2)
        self.all_are("silent", bare)
        guarded = self.report(*CODES, "--guarded", faults=faults, images=2)
        self.all_are("detected", guarded)
        for told in self.told(guarded):
            self.assertIn("code 52", told)  # 0x34

    def test_measures_change_no_value(self):
        plain = self.report("--check-reference", "--fidelity", "quantised")
        guarded = self.report("--check-reference", "--fidelity", "quantised", *CODES, "--guarded")
        self.assertEqual(guarded["accuracy"], plain["accuracy"])
        self.assertGreater(guarded["total"]["cycles"]["total"], plain["total"]["cycles"]["total"])

    def test_what_error_codes_cost(self):
        settings = [("--set", f"{memory}.ecc={code}", "--set", f"{memory}.ecc_cycles=3", "--set",
                     f"{memory}.ecc_energy_pj=1")
                    for memory in ("sram", "lmem") for code in ("none", "secded")]
        none = self.report(*settings[0], *settings[2])
        self.assertEqual(none, self.report())
        for one in (settings[1], settings[3]):
            coded = self.report(*one)
            self.assertGreater(coded["total"]["cycles"]["total"], none["total"]["cycles"]["total"])
            self.assertGreater(coded["total"]["energy_pj"]["total"],
                               none["total"]["energy_pj"]["total"])

    def test_firmware_is_chosen_once(self):
        result = self.run_with("--guarded", "--firmware", "infer")
        self.assert_refused(result, 2, "--guarded", "--firmware")

    # Bad: two columns, two converters, cells of two columns; of the spares the second.
    BAD = ["target: column, column: 3", "target: column, column: 100", "target: adc, column: 50",
           "target: adc, column: 51, code: highest", "target: cell, row: 5, column: 60, level: 1",
           "target: cell, row: 6, column: 60, level: 0", "target: cell, row: 6, column: 8, level: 0",
           "target: column, column: 257"]
    SPARES = ("--set", "cim.spare_columns=8")

    def calibrate(self, spares, bad):
        """Counts that the firmware tells: spares, replaced, left."""
        path = self.folder / "bad.yaml"
        path.write_text("faults:\n" + "".join(f"  - {{{entry}}}\n" for entry in bad))
        told = support.leyden("exec", "--chip", "imagine", "calibrate", "--set",
                              f"cim.spare_columns={spares}", *(("--faults", path) if bad else ()))
        self.assertEqual(told.returncode, 0, told.stderr)
        found = re.search(r"spare columns (\d+), columns replaced (\d+), bad ones left (\d+)\n",
                          told.stdout)
        return tuple(int(number) for number in found.groups()) if found else None

    def test_calibration_finds_what_is_bad_and_nothing_else(self):
        self.assertEqual(self.calibrate(8, self.BAD), (8, 6, 0))
        # The worst ones first; the second spare is bad itself.
        self.assertEqual(self.calibrate(3, self.BAD), (3, 2, 4))
        self.assertEqual(self.calibrate(1, self.BAD[4:7]), (1, 1, 1))
        self.assertEqual(self.calibrate(8, []), (8, 0, 0))
        self.assertIsNone(self.calibrate(0, self.BAD[:7]))
        # Better is not good: a spare with a stuck cell in the place of a dead column.
        flawed = ["target: column, column: 3", "target: cell, row: 9, column: 256, level: 1"]
        self.assertEqual(self.calibrate(8, flawed), (8, 1, 1))

    def test_a_spare_is_as_good_as_what_it_replaces(self):
        # Without analog errors: the codes are those of a macro that nothing is broken in.
        run = ("--calibrate", "--fidelity", "quantised")
        self.all_are("silent", self.report(*run, faults=self.BAD[:7], images=2))
        self.all_are("masked", self.report(*run, *self.SPARES, faults=self.BAD, images=2))

    def test_accuracy_comes_back(self):
        many = ("--set", "faults.macro.dead_columns=16", "--set", "faults.macro.dead_adcs=8",
                "--calibrate")
        bad = self.report(*many, images=20)["faults"]["accuracy_percent"]
        good = self.report(*many, "--set", "cim.spare_columns=32", images=20)
        print(f"16 dead columns, 8 dead converters: {bad} %, with 32 spares "
              f"{good['faults']['accuracy_percent']} %, without faults "
              f"{good['accuracy']['accuracy_percent']} %")
        self.assertLess(bad, 80)
        self.assertAlmostEqual(good["faults"]["accuracy_percent"],
                               good["accuracy"]["accuracy_percent"], delta=5)

    def test_the_report_tells_what_was_replaced(self):
        self.assertNotIn("replaced_columns", self.report("--calibrate", images=1)["calibration"])
        self.assertEqual(
            self.report("--calibrate", *self.SPARES, images=1)["calibration"]["replaced_columns"], [])
        # Offsets so large that some converters stand at an end: those with the largest ones.
        wide = ("--calibrate", *self.SPARES, "--set", "cim.converter.offset_mv=60")
        one, two = (self.report(*wide, images=2, jobs=jobs)["calibration"]["replaced_columns"]
                    for jobs in (1, 2))
        self.assertEqual(one, two)
        self.assertEqual([entry["spare"] for entry in one], list(range(len(one))))
        self.assertGreater(len(one), 0)
        self.assertEqual(len({entry["column"] for entry in one}), len(one))
        self.assertTrue(all(entry["macro"] == 0 and entry["column"] < 256 for entry in one))

    def test_spares_alone_change_area_and_nothing_else(self):
        plain = self.report(images=2)
        spare = self.report(*self.SPARES, images=2)
        self.assertGreater(spare["area_mm2"]["total"], plain["area_mm2"]["total"])
        for key in ("total", "layers", "accuracy", "boot"):
            for one in (plain[key], spare[key]):
                self.drop_area(one)
            self.assertEqual(plain[key], spare[key])

    def drop_area(self, node):
        """What is per area, anywhere below."""
        for child in node.values() if isinstance(node, dict) else node:
            if isinstance(child, (dict, list)):
                self.drop_area(child)
        if isinstance(node, dict):
            for key in [key for key in node if "mm2" in key]:
                del node[key]

    def test_recordings_do_not_know_spares(self):
        result = support.leyden("vectors", "--chip", "imagine", "--network", "lenet5-fashion",
                                "--data", support.FASHION, "--calibrate", *self.SPARES)
        self.assert_refused(result, 2, "cim.spare_columns", "--calibrate")


if __name__ == "__main__":
    unittest.main()
