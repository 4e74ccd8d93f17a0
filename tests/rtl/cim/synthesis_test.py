"""The CIM controller's RTL through Yosys: no latch, no conflict of drivers, nothing undriven, the
memories that are meant and no other; in the long tier cells, flip-flops and an estimate of the
area, with word lines apart."""

import os
import pathlib
import sys
import tempfile
import unittest

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

import synthesis  # noqa: E402  pylint: disable=wrong-import-position

PACKAGE = pathlib.Path(os.environ["LEYDEN_BINARY_DIR"]) / (
    "generated/registers/leyden_cim_pkg.sv")
TYPES = FOLDER / "leyden_cim_types_pkg.sv"
# The block is the one for the virtual chip, with a call into C++.
SOURCES = [TYPES] + sorted(path for path in FOLDER.glob("leyden_cim*.sv")
                           if path not in (TYPES, FOLDER / "leyden_cim_block.sv"))
LONG = "LEYDEN_CIM_AREA" in os.environ
LINES = 16  # few word lines: time of the test, not of the design


def gates(test, top, memories, lines):
    """Flip-flops, their area, all of the area."""
    with tempfile.TemporaryDirectory(prefix="leyden-test-") as folder:
        cells, log = synthesis.gates(top, memories, [PACKAGE, *SOURCES], folder,
                                     f"chparam -set ROWS {lines} {top}\n")
    test.assertIsNotNone(cells, log)
    test.assertEqual(cells.pop("$mem_v2", 0), memories)
    test.assertEqual(set(cells) - set(synthesis.EQUIVALENTS), set(), "cells without an area")
    return synthesis.tell(cells, f": {top}, {lines} word lines, {memories} memories apart")


class Synthesis(unittest.TestCase):
    """Yosys on the whole controller, and on the row registers, which grow with the macro."""

    @unittest.skipIf(LONG, "of the short tier")
    def test_checks(self):
        with tempfile.TemporaryDirectory(prefix="leyden-test-") as folder:
            good, log = synthesis.yosys(f"chparam -set ROWS {LINES} leyden_cim\n" +
                                        synthesis.checks("leyden_cim", 2), [PACKAGE, *SOURCES],
                                        folder)
        self.assertTrue(good, log[-3000:])

    @unittest.skipUnless(LONG, "of the long tier")
    def test_the_controller(self):
        # Registers that the design names: two sets of 12 job words but for the second one's unused
        # bits, 700 bits of what is worked out of a job, the walk's and the writer's counters, two
        # bytes a word line.
        flip_flops, _, area = gates(self, "leyden_cim", 2, LINES)
        self.assertGreater(flip_flops, 1800)
        self.assertLess(flip_flops, 2800)
        self.assertLess(area, 95000)

    @unittest.skipUnless(LONG, "of the long tier")
    def test_the_row_registers(self):
        few, more = (gates(self, "leyden_cim_rows", 0, lines) for lines in (32, 64))
        self.assertEqual(few[0], 16 * 32)
        self.assertEqual(more[0], 16 * 64)
        self.assertLess(more[2], 2.6 * few[2])  # a stage more of the shifter, and lines


if __name__ == "__main__":
    unittest.main()
