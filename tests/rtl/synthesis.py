"""Yosys on a design of RTL: checks, and gates with an estimate of the area."""

import json
import pathlib
import subprocess

# Gate equivalents (NAND2 = 1) by transistors / 4 of static CMOS cells: an inverter has 2, NAND2 and
# NOR2 4, AND2 and OR2 6, XOR2 10, a multiplexer 12; a flip-flop of transmission gates 20, 4 more
# for an asynchronous reset, 12 more for an enable (the multiplexer in front of it).
EQUIVALENTS = {
    "$_NOT_": 0.5, "$_NAND_": 1, "$_NOR_": 1, "$_AND_": 1.5, "$_OR_": 1.5, "$_ANDNOT_": 1.5,
    "$_ORNOT_": 1.5, "$_XOR_": 2.5, "$_XNOR_": 2.5, "$_MUX_": 3,
    "$_DFF_P_": 5, "$_DFF_PN0_": 6, "$_DFF_PN1_": 6, "$_DFFE_PP_": 8, "$_DFFE_PN0P_": 9,
}


def yosys(script, sources, folder):
    """Runs a script after the sources were read; the log and whether it went well."""
    path = pathlib.Path(folder) / "script.ys"
    path.write_text("read_verilog -sv -DSYNTHESIS " + " ".join(map(str, sources)) + "\n" + script,
                    encoding="utf-8")
    done = subprocess.run(["yosys", path], capture_output=True, text=True, timeout=560, check=False)
    return done.returncode == 0, done.stdout + done.stderr


def checks(top, memories):
    """Commands that fail where the RTL is not what it should be."""
    return f"""
hierarchy -check -top {top}
proc
flatten
opt_clean
check -assert
select -assert-none t:$dlatch t:$adlatch t:$dlatchsr t:$sr t:$_DLATCH_*
opt
memory -nomap
opt
select -assert-count {memories} t:$mem_v2
check -assert
"""


def gates(top, memories, sources, folder, before=""):
    """Cells by type of a whole design, its memories apart, after all checks; what went wrong else.

    before: commands that come first, as chparam."""
    table = pathlib.Path(folder) / "stat.json"
    good, log = yosys(before + checks(top, memories) + f"""
wreduce
alumacc
opt
techmap
opt -fast
dfflegalize -cell $_DFF_P_ x -cell $_DFF_PN0_ x -cell $_DFF_PN1_ x -cell $_DFFE_PP_ x \
  -cell $_DFFE_PN0P_ x
abc -g NAND,NOR,XOR,XNOR,MUX
opt_clean
check -assert
tee -o {table} stat -json
""", sources, folder)
    if not good:
        return None, log[-3000:]
    cells = json.loads(table.read_text(encoding="utf-8"))["modules"]["\\" + top]
    return cells["num_cells_by_type"], ""


def tell(cells, note):
    """Prints a table of cells. @return flip-flops, their area, all of it"""
    flip_flops = {cell: count for cell, count in cells.items() if "DFF" in cell}
    area = sum(count * EQUIVALENTS[cell] for cell, count in cells.items())
    registers = sum(count * EQUIVALENTS[cell] for cell, count in flip_flops.items())
    print()
    for cell, count in sorted(cells.items()):
        print(f"{cell:14} {count:6} {count * EQUIVALENTS[cell]:9.1f}")
    print(f"flip-flops     {sum(flip_flops.values()):6} {registers:9.1f}")
    print(f"total                 {area:9.1f} NAND2{note}")
    return sum(flip_flops.values()), registers, area
