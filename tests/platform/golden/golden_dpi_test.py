"""The SystemVerilog package in Verilator: every import gives what the equations say."""

import pathlib
import subprocess
import sys
import tempfile
import unittest
from math import floor

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "rtl" / "golden")]
import golden_library as golden  # noqa: E402
from verilated import build  # noqa: E402


class Package(unittest.TestCase):
    def test_every_import(self):
        chip = golden.CHIPS / "imagine.yaml"
        package = golden.ROOT / "platform" / "golden" / "leyden_golden_pkg.sv"
        with tempfile.TemporaryDirectory() as folder:
            program = build(pathlib.Path(folder), "golden_dpi", [package, HERE / "golden_dpi.sv"])
            done = subprocess.run([program, f"+chip={chip}"], capture_output=True, text=True,
                                  check=False, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        lines = [line for line in done.stdout.splitlines() if not line.startswith("- ")]
        with golden.Chip() as opened:
            shift = int(opened.parameter("cim.converter.range_shift"))

        def code(dot, gamma, rows, range_shift):
            level = gamma * dot * 2.0 ** (8 + range_shift) / (rows * 2**12) + 128 + 0.5
            return min(max(floor(level), 0), 255)

        pixels = [40 * i + 5 for i in range(6)]
        weights = ((3, 7, 3), (-8, -1, -8))
        codes = [code(sum(x * w for x, w in zip(pixels[3 * m : 3 * m + 3], weights[j])), j + 1, 4,
                      shift) for m in range(2) for j in range(2)]
        self.assertGreater(len(set(codes)), 2)
        (cycles,) = {line for line in lines if line.startswith("cycles ")}
        self.assertGreater(int(cycles.split()[1]), 0)
        self.assertEqual(lines, [
            "version 65536", "rows 36", "before the table 7", f"entry {512 | 128 << 20}",
            "error 0", cycles, *(f"code {value}" for value in codes), cycles,
            f"element {pixels[5]}", "beats 1", f"output code {code(-300, 2, 4, shift)}",
            "converter 99", f"abn {code(-4096, 1, 36, 0)}", "requantised 0",
            f"requantised {(3007 + 8) >> 4}",
            *(f"sum {min(pixels[i] + 2 * pixels[i + 3] + 1, 255)}" for i in range(3)),
            "LEYDEN_REFUSED: The CIM unit refuses the job with ERROR_CODE 7: weights or ABN entries "
            "that were never written.",
            f"status {golden.BAD_CHIP}",
            "LEYDEN_BAD_HANDLE: chip is no open chip: it was closed, or did not come from "
            "leyden_open().", "end"])


if __name__ == "__main__":
    unittest.main()
