"""Measures against faults: error codes of memories, guarded firmware, and the same without them."""

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


if __name__ == "__main__":
    unittest.main()
