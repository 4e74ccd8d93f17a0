"""What the CIM controller's RTL does depends on nothing that registers and memories hold at power-up."""

import os
import pathlib
import subprocess
import unittest

TOOLS = pathlib.Path(os.environ["LEYDEN_BINARY_DIR"]) / "tests/rtl/cim"
SEEDS = range(1, 11)


def run(tool, *arguments):
    done = subprocess.run([TOOLS / tool, *arguments], capture_output=True, text=True, timeout=60,
                          check=False)
    return done.returncode, done.stdout


def runs(tool):
    """Text of a run for each seed."""
    return [run(tool, f"+verilator+seed+{seed}", "+verilator+rand+reset+2") for seed in SEEDS]


class PowerUp(unittest.TestCase):
    """Random values at power-up, over seeds."""

    def test_seeds_make_no_difference(self):
        found = runs("cim_power_up_tool")
        status, text = found[0]
        self.assertEqual(status, 0)
        self.assertGreater(text.count("job"), 30)
        self.assertTrue("STATUS 0x2" in text and "STATUS 0x4" in text)
        for seed, other in zip(SEEDS, found):
            self.assertTrue(other == (status, text), f"seed {seed}")

    def test_a_register_without_reset_is_found(self):
        self.assertGreater(len(set(runs("cim_power_up_planted_tool"))), 1)


if __name__ == "__main__":
    unittest.main()
