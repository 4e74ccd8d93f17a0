"""The DMA's RTL through Yosys: no latch, no conflict of drivers, nothing undriven, the memory that
is meant and no other; cells, flip-flops and an estimate of the area."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

FOLDER = pathlib.Path(__file__).resolve().parent
PACKAGE = pathlib.Path(os.environ["LEYDEN_BINARY_DIR"]) / (
    "generated/registers/leyden_dma_pkg.sv")
SOURCES = sorted(path for path in FOLDER.glob("leyden_dma*.sv")
                 if path.name != "leyden_dma_checks.sv")
BURST_BYTES = 64  # a small buffer: time of the test, not of the design

# Gate equivalents (NAND2 = 1) by transistors / 4 of static CMOS cells: an inverter has 2, NAND2 and
# NOR2 4, AND2 and OR2 6, XOR2 10, a multiplexer 12; a flip-flop of transmission gates 20, 4 more
# for an asynchronous reset, 12 more for an enable (the multiplexer in front of it).
EQUIVALENTS = {
    "$_NOT_": 0.5, "$_NAND_": 1, "$_NOR_": 1, "$_AND_": 1.5, "$_OR_": 1.5, "$_ANDNOT_": 1.5,
    "$_ORNOT_": 1.5, "$_XOR_": 2.5, "$_XNOR_": 2.5, "$_MUX_": 3,
    "$_DFF_P_": 5, "$_DFF_PN0_": 6, "$_DFFE_PP_": 8, "$_DFFE_PN0P_": 9,
}


def yosys(script, sources, folder):
    """Runs a script after the sources were read; the log and whether it went well."""
    path = pathlib.Path(folder) / "script.ys"
    path.write_text("read_verilog -sv -DSYNTHESIS " + " ".join(map(str, sources)) + "\n" + script,
                    encoding="utf-8")
    done = subprocess.run(["yosys", path], capture_output=True, text=True, timeout=110, check=False)
    return done.returncode == 0, done.stdout + done.stderr


def checks(top, memories):
    """Commands that fail where the RTL is not what it should be. Each module is looked at once,
    however many there are of it."""
    return f"""
hierarchy -check -top {top}
proc
opt_clean
check -assert
select -assert-none t:$dlatch t:$adlatch t:$dlatchsr t:$sr t:$_DLATCH_*
opt
memory -nomap
opt
select -assert-count {memories} t:$mem_v2
check -assert
"""


class Synthesis(unittest.TestCase):
    """Yosys on the design, and on designs with what it must find."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="leyden-test-")
        self.addCleanup(self.folder.cleanup)

    def test_the_dma(self):
        """Gates of the whole DMA, its two buffers apart."""
        table = pathlib.Path(self.folder.name) / "stat.txt"
        good, log = yosys(
            f"chparam -set BURST_BYTES {BURST_BYTES} leyden_dma\n" + checks("leyden_dma", 1) + f"""
wreduce
alumacc
opt
techmap
opt -fast
dfflegalize -cell $_DFF_P_ x -cell $_DFF_PN0_ x -cell $_DFFE_PP_ x -cell $_DFFE_PN0P_ x
abc -g NAND,NOR,XOR,XNOR,MUX
opt_clean
check -assert
tee -o {table} stat -top leyden_dma
""", [PACKAGE, *SOURCES], self.folder.name)
        self.assertTrue(good, log[-3000:])
        design = table.read_text(encoding="utf-8").split("=== design hierarchy ===")[1]
        cells = {cell: int(count) for cell, count in
                 re.findall(r"^ +(\$_\w+|\$mem_v2) +(\d+)$", design, re.MULTILINE)}
        self.assertEqual(cells.pop("$mem_v2"), 2)
        self.assertEqual(set(cells) - set(EQUIVALENTS), set(), "cells without an area")
        flip_flops = sum(count for cell, count in cells.items() if "DFF" in cell)
        area = sum(count * EQUIVALENTS[cell] for cell, count in cells.items())
        registers = sum(count * EQUIVALENTS[cell] for cell, count in cells.items() if "DFF" in cell)
        bits = 2 * 8 * BURST_BYTES
        print()
        for cell, count in sorted(cells.items()):
            print(f"{cell:14} {count:6} {count * EQUIVALENTS[cell]:9.1f}")
        print(f"flip-flops     {flip_flops:6} {registers:9.1f}")
        print(f"total                 {area:9.1f} NAND2, and 2 memories of {bits // 2} bits")
        # Registers that the design names: 36 words of 32 bits a channel and some 400 bits of state.
        self.assertGreater(flip_flops, 1500)
        self.assertLess(flip_flops, 2400)
        self.assertLess(area, 45000)

    def assert_found(self, text, top, words):
        source = pathlib.Path(self.folder.name) / "bad.sv"
        source.write_text(text, encoding="utf-8")
        good, log = yosys(checks(top, 0), [source], self.folder.name)
        self.assertFalse(good)
        self.assertRegex(log, words)

    def test_a_latch_is_found(self):
        self.assert_found(
            "module bad(input logic e, d, output logic q);\n"
            "always_latch if (e) q = d;\nendmodule\n", "bad", "(?i)latch")

    def test_two_drivers_are_found(self):
        self.assert_found(
            "module bad(input logic a, b, output logic q);\n"
            "assign q = a;\nassign q = b;\nendmodule\n", "bad", "multiple conflicting drivers")

    def test_an_undriven_net_is_found(self):
        self.assert_found(
            "module bad(input logic a, output logic q);\n"
            "logic n;\nassign q = a & n;\nendmodule\n", "bad", "no driver")

    def test_an_unexpected_memory_is_found(self):
        self.assert_found(
            "module bad(input logic c, w, input logic [7:0] a, input logic [31:0] d,\n"
            "  output logic [31:0] q);\nlogic [31:0] m[256];\n"
            "always_ff @(posedge c) begin\nif (w) m[a] <= d;\nq <= m[a];\nend\nendmodule\n",
            "bad", re.escape("selection") + "|mem_v2")


if __name__ == "__main__":
    unittest.main()
