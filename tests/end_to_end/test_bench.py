"""scripts/bench core and macro: what they print, in runs too short to mean anything."""

import os
import re
import shutil
import subprocess
import sys
import unittest

import support

BENCH = [sys.executable, "-B", support.SOURCE / "scripts" / "bench"]


def bench(*arguments, what="core"):
    return subprocess.run([*BENCH, what, "--build", os.environ["LEYDEN_BINARY_DIR"], *arguments],
                          capture_output=True, text=True, timeout=250, check=False)


class Bench(support.Case):
    def test_programs_end_well_in_more_than_one_round(self):
        for name in ("mix", "memory", "interpreter"):
            result = self.execute(f"bench_{name}")
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertRegex(result.stdout, f"^{name} ok 0x[0-9a-f]{{8}}\n$")

    @unittest.skipUnless(shutil.which("qemu-system-riscv32"), "QEMU is not installed")
    def test_prints_speed_and_ratio(self):
        result = bench("mix", "--seconds", "0.1", "--pairs", "1")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("are equal with quanta of 100, 10000, 1000000 ns", result.stdout)
        row = re.search(r"^mix +([\d,]+) +([\d.]+) +(\d+) +(\d+) +([\d.]+) +(\d+)$", result.stdout,
                        re.MULTILINE)
        self.assertIsNotNone(row, result.stdout)
        self.assertAlmostEqual(int(row[1].replace(",", "")), 1e8, delta=3e6)
        leyden, qemu, ratio = int(row[3]), int(row[4]), float(row[5])
        rounding = 0.005 + leyden / qemu * (0.5 / (leyden - 0.5) + 0.5 / (qemu - 0.5))
        self.assertAlmostEqual(leyden / qemu, ratio, delta=rounding)

    def test_refuses_what_it_does_not_have(self):
        self.assertIn("there is no program mixx", bench("mixx").stderr)
        result = bench("--build", str(self.folder))
        self.assertEqual(result.returncode, 1)
        self.assertIn("is not built", result.stderr)

    def test_macro_is_told_beside_the_faster_yardstick(self):
        result = bench("--repeats", "2", "--milliseconds", "1", what="macro")
        self.assertEqual(result.returncode, 0, result.stderr)
        for m, k, n in ((1024, 576, 64), (1024, 1152, 256)):
            row = f"^ *{m}x{k}x{n}  {{}} +([\\d.]+) +[\\d.]+% +([\\d.]+)(?: +([\\d.]+))?"
            kernel, gemm, matmul = (
                re.search(row.format(name), result.stdout, re.MULTILINE)
                for name in ("analog combining", "oneDNN gemm", "oneDNN matmul"))
            self.assertAlmostEqual(float(kernel[1]) * float(kernel[2]), m * k * n / 1e3,
                                   delta=0.2 * m * k * n / 1e3)
            faster = max(float(gemm[1]), float(matmul[1]))
            self.assertAlmostEqual(float(kernel[1]) / faster, float(kernel[3]),
                                   delta=0.5 * float(kernel[3]))

    def test_macro_refuses_what_it_does_not_have(self):
        self.assertIn("must be at least 1", bench("--repeats", "0", what="macro").stderr)
        result = bench("--build", str(self.folder), what="macro")
        self.assertEqual(result.returncode, 1)
        self.assertIn("is not built", result.stderr)


if __name__ == "__main__":
    unittest.main()
