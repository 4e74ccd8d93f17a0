"""Tests of scripts/train/converter_sweep.py: the chain, its measurements, interruption, wrong input."""
import contextlib
import csv
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import torch
import torch.nn.functional as F

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "train"))

import adapt_support  # noqa: E402
import converter_sweep  # noqa: E402
import quantise_network  # noqa: E402
from architectures import Node, conv, linear  # noqa: E402
from chip_network import ChipNetwork  # noqa: E402

LEYDEN = Path(os.environ["LEYDEN_BINARY_DIR"]) / "bin/leyden"
NODES = (conv("a", "input", 3, 8, stride=2), conv("b", "a", 8, 12, stride=2),
         Node("mean", "mean", ("b",), relu=True), linear("logits", "mean", 12, 10))
TEST_IMAGES = 100

torch.set_num_threads(1)


def float_network(images, labels):
    """Return the state of NODES after 120 steps on the images."""
    torch.manual_seed(3)
    network = ChipNetwork(NODES)
    optimiser = torch.optim.Adam(network.parameters(), lr=5e-3)
    images, labels = torch.tensor(images), torch.tensor(labels).long()
    for _ in range(120):
        chosen = torch.randint(len(images), (64,))
        optimiser.zero_grad()
        F.cross_entropy(network.forward_float(images[chosen].float()), labels[chosen]).backward()
        optimiser.step()
    return network.state_dict()


def call(program, *words):
    """Return (exit status, standard output, standard error) of a program's main."""
    out, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
        status = program.main([str(word) for word in words])
    return status, out.getvalue(), errors.getvalue()


class SweepTest(unittest.TestCase):
    """A small network with 6 and 3 bits, once; the files are looked at by the tests."""

    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="leyden-converters-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.data = adapt_support.write_cifar(cls.folder / "data", 1500, TEST_IMAGES)
        cls.initial = cls.folder / "adapted.pt"
        torch.save({"program": "adapt", "identity": {}, "nodes": NODES,
                    "network": float_network(*adapt_support.patterns(1500, 1))}, cls.initial)
        cls.words = ["--initial", cls.initial, "--data", cls.data, "--out", cls.folder / "sweep",
                     "--bits", "3,6", "--first-epochs", 2, "--epochs", 3, "--chip-images",
                     TEST_IMAGES, "--leyden", LEYDEN]
        cls.result = call(converter_sweep, *cls.words)

    def rows(self):
        """Return the rows of sweep.csv."""
        with open(self.folder / "sweep/sweep.csv", newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def run_chip(self, folder, bits, *more):
        """Return the report of a run on the chip with converters of `bits`."""
        report = self.folder / f"report-{bits}"
        subprocess.run([LEYDEN, "run", "--chip", "adapt256", "--set", f"cim.converter.bits={bits}",
                        "--network", folder / "network.yaml", "--data", self.data, "--images",
                        str(TEST_IMAGES), "--fidelity", "quantised", "--report", report, "--quiet",
                        *more], check=True, capture_output=True)
        return json.loads((report / "report.json").read_text())

    def test_the_table_says_what_the_chip_does(self):
        self.assertEqual(self.result[0], 0, self.result[2])
        rows = self.rows()
        self.assertEqual([row["converter_bits"] for row in rows], ["6", "3"])
        for row in rows:
            folder = self.folder / "sweep" / f"{row['converter_bits']}b"
            report = self.run_chip(folder, row["converter_bits"], "--check-reference")
            self.assertEqual(float(row["trained"]), report["accuracy"]["accuracy_percent"])
            self.assertEqual(int(row["cycles"]), round(report["total"]["cycles"]["total"]))
            report = self.run_chip(folder / "untrained", row["converter_bits"])
            self.assertEqual(float(row["untrained"]), report["accuracy"]["accuracy_percent"])
        table = (self.folder / "sweep/sweep.md").read_text()
        for row in rows:
            self.assertIn(f"| {row['converter_bits']} b | a column |", table)

    def test_training_gives_back_what_few_bits_lose(self):
        more, few = self.rows()
        self.assertLess(float(few["untrained"]), float(more["untrained"]) - 5)
        self.assertGreater(float(few["trained"]), float(few["untrained"]) + 5)

    def test_an_interrupted_sweep_goes_on_with_the_same_numbers(self):
        table, folder = self.folder / "sweep/sweep.csv", self.folder / "sweep/3b"
        before = table.read_text(), (folder / "network.onnx").read_bytes()
        table.write_text("".join(before[0].splitlines(keepends=True)[:2]))
        shutil.rmtree(folder)
        self.assertEqual(call(converter_sweep, *self.words)[0], 0)
        self.assertEqual((table.read_text(), (folder / "network.onnx").read_bytes()), before)

    def test_one_network_goes_on_from_an_adapted_one(self):
        out = self.folder / "one"
        status, _, errors = call(quantise_network, "--initial", self.initial, "--data", self.data,
                                 "--epochs", 0, "--out", out)
        self.assertEqual((status, errors), (0, ""))
        again = call(quantise_network, "--initial", self.folder / "sweep/6b/checkpoint.pt",
                     "--teacher", self.initial, "--data", self.data, "--epochs", 0, "--out",
                     self.folder / "two")
        self.assertEqual(again[0], 0, again[2])
        self.assertIn("trained for 5 b converters", (out / "card.md").read_text())

    def test_wrong_input(self):
        other = self.folder / "other.pt"
        torch.save({"network": {}}, other)
        base = ["--data", self.data, "--out", self.folder / "wrong", "--leyden", LEYDEN]
        for words, sentence in (
                (["--initial", other], f"{other}: the checkpoint does not tell its network; give "
                 "--network."),
                (["--initial", self.folder / "none.pt"],
                 f"{self.folder / 'none.pt'}: there is no checkpoint to read."),
                (["--initial", self.initial, "--chip-images", 0], "--chip-images, --threads, "
                 "--epochs and --first-epochs must be at least 1."),
                (["--initial", self.initial, "--leyden", other.with_name("leyden")],
                 f"--leyden {other.with_name('leyden')}: there is no such program.")):
            status, _, errors = call(converter_sweep, *base, *words)
            self.assertEqual((status, errors), (2, f"converter_sweep.py: error: {sentence}\n"))
        for text in ("13", "0", "", "a,b"):
            with self.assertRaises(SystemExit) as caught, contextlib.redirect_stderr(io.StringIO()):
                converter_sweep.main([*map(str, base), "--initial", "x.pt", "--bits", text])
            self.assertEqual(caught.exception.code, 2)


if __name__ == "__main__":
    unittest.main()
