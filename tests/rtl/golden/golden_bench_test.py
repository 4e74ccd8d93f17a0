"""The example test bench: it passes on the requantiser and finds each error that is planted in it."""

import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from verilated import build  # noqa: E402

ROOT = HERE.parents[2]
SOURCES = [
    ROOT / "platform" / "golden" / "leyden_golden_pkg.sv",
    HERE / "requantiser.sv",
    HERE / "requantiser_bench.sv",
]
DIFFERENCE = re.compile(
    r"^requantiser: item (\d+): expected (\d+) \(0x[0-9a-f]+\), found (\d+) \(0x[0-9a-f]+\); "
    r"the first of (\d+) differences in (\d+) items\.$",
    re.MULTILINE,
)
PLANTED = ("PLANT_ROUNDING", "PLANT_SHIFT", "PLANT_CLAMP")


def run(program, items, seed):
    return subprocess.run([program, f"+items={items}", f"+seed={seed}"], capture_output=True,
                          text=True, check=False, timeout=60)


class Bench(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        base = pathlib.Path(cls.folder.name)
        kinds = (None, *PLANTED)
        with ThreadPoolExecutor(2) as pool:
            made = pool.map(
                lambda kind: build(base / str(kind), "requantiser_bench", SOURCES, kind), kinds)
        cls.programs = dict(zip(kinds, made))

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_device_is_clean_in_lint(self):
        done = subprocess.run(["verilator", "--lint-only", "-Wall", HERE / "requantiser.sv"],
                              capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_device_can_be_synthesised(self):
        script = (f"read_verilog -sv {HERE / 'requantiser.sv'}; synth -top requantiser; "
                  "check -assert; stat")
        done = subprocess.run(["yosys", "-p", script], capture_output=True, text=True, check=True)
        self.assertNotIn("Warning", done.stdout)
        self.assertNotIn("$_DLATCH_", done.stdout)
        cells = done.stdout[done.stdout.rindex("Number of cells:"):]
        # By hand: a bit of valid a stage; product, addend, shift and both ends; sum and ends; code.
        flops = sum(map(int, re.findall(r"\$_DFF\w+\s+(\d+)", cells)))
        self.assertEqual(flops, 3 + (64 + 33 + 5 + 16) + (65 + 16) + 8)

    def test_passes(self):
        for seed in (1, 2, 3):
            done = run(self.programs[None], 30000, seed)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn("requantiser: 30000 items, all as expected.\n", done.stdout)

    def test_finds_what_is_planted(self):
        for kind in PLANTED:
            for seed in (1, 2, 3):
                done = run(self.programs[kind], 5000, seed)
                with self.subTest(kind=kind, seed=seed):
                    self.assertNotEqual(done.returncode, 0)
                    found = DIFFERENCE.search(done.stdout)
                    self.assertTrue(found, done.stdout)
                    item, expected, wrong, differences, items = map(int, found.groups())
                    self.assertLess(item, items)
                    self.assertGreaterEqual(differences, 1)
                    self.assertNotEqual(expected, wrong)
                    if kind == "PLANT_ROUNDING":  # half an LSB less: floor of a tie is one lower
                        self.assertEqual(wrong, expected - 1)

    def test_same_seed_same_items(self):
        program = self.programs["PLANT_ROUNDING"]
        first, again, other = (run(program, 3000, seed).stdout for seed in (7, 7, 8))
        self.assertEqual(DIFFERENCE.search(first).groups(), DIFFERENCE.search(again).groups())
        self.assertNotEqual(DIFFERENCE.search(first).groups(), DIFFERENCE.search(other).groups())


if __name__ == "__main__":
    unittest.main()
