"""Tests of scripts/train/adapt.py as a user calls it."""
import contextlib
import csv
import html.parser
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import torch
from torch import nn

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "train"))

import adapt  # noqa: E402
import adapt_support  # noqa: E402
import resident_curve  # noqa: E402

PROGRAM = ROOT / "scripts" / "train" / "adapt.py"
LEYDEN = Path(os.environ["LEYDEN_BINARY_DIR"]) / "bin/leyden"

torch.set_num_threads(1)


class Reader(html.parser.HTMLParser):
    """Collects the tags that are open at the end, addresses and text."""

    VOID = ("meta", "br")

    def __init__(self):
        super().__init__()
        self.addresses, self.text, self.tags = [], "", set()

    def handle_starttag(self, tag, attrs):
        """Collect a tag."""
        self.tags.add(tag)
        self.addresses += [value for key, value in attrs if key in ("src", "href")]

    def handle_data(self, data):
        """Collect text."""
        self.text += data


class ProgramTest(unittest.TestCase):
    """One small network, adapted once; the files are looked at by the tests."""

    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="leyden-adapt-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.data = adapt_support.write_cifar(cls.folder / "data", 1500, 60)
        torch.manual_seed(2)
        network = nn.Sequential(
            nn.Conv2d(3, 12, 3, stride=2), nn.BatchNorm2d(12), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(12, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
            nn.Linear(144, 40), nn.ReLU(), nn.Linear(40, 10))
        images, labels = adapt_support.patterns(1500, 1)
        x, y = torch.tensor(images).float() / 255, torch.tensor(labels).long()
        optimiser = torch.optim.SGD(network.parameters(), lr=0.05, momentum=0.9)
        for chosen in torch.arange(1500).split(100) * 2:
            optimiser.zero_grad()
            nn.functional.cross_entropy(network(x[chosen]), y[chosen]).backward()
            optimiser.step()
        cls.network = cls.folder / "mine.onnx"
        torch.onnx.export(network.eval(), x[:1], cls.network, opset_version=13)

    def words(self, out, *more):
        """Return the command line of a short adaptation."""
        return [str(word) for word in (
            "--chip", "adapt256", "--network", self.network, "--data", self.data, "--out", out,
            "--rounds", 2, "--epochs", 1, "--last-epochs", 1, "--shift", 1, "--chip-images", 3,
            "--leyden", LEYDEN, *more)]

    def call(self, *arguments):
        """Return (exit status, standard output, standard error) of the program."""
        out, error = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
            status = adapt.main(list(map(str, arguments)))
        return status, out.getvalue(), error.getvalue()

    def test_whole_path_and_stopped_with_control_c(self):
        whole = self.folder / "whole/net"
        status, printed, error = self.call(*self.words(whole, "--compression", 0.6))
        self.assertEqual((status, error), (0, ""), printed)
        self.check_files(whole, printed)
        self.check_resident_curve(whole)
        part = self.folder / "part/net"
        process = subprocess.Popen([sys.executable, "-W", "ignore", PROGRAM,
                                    *self.words(part, "--compression", 0.6)],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for line in process.stdout:
            if line.startswith("round 1, tune"):
                process.send_signal(signal.SIGINT)
                break
        _, error = process.communicate(timeout=100)
        self.assertEqual(process.returncode, 130, error)
        self.assertIn("adapt.py: stopping after this step; --resume goes on.", error)
        self.assertFalse((part / "network.onnx").exists())
        status, printed, error = self.call(*self.words(part, "--compression", 0.6, "--resume"))
        self.assertEqual((status, error), (0, ""))
        self.assertNotIn("round 1", printed)
        self.assertEqual((part / "network.onnx").read_bytes(),
                         (whole / "network.onnx").read_bytes())
        status, _, error = self.call(*self.words(part, "--compression", 0.5, "--resume"))
        self.assertEqual((status, error), (
            2, f"adapt.py: error: {part}/checkpoint.pt: the checkpoint was made with --compression "
            "0.6 and not 0.5.\n"))

    def check_resident_curve(self, out):
        """Compare the curve of one network with the compiler's cells and the report of a run."""
        curve = self.folder / "curve"
        output, error = io.StringIO(), io.StringIO()
        words = [out, "--data", self.data, "--images", 40, "--leyden", LEYDEN, "--out", curve]
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(error):
            self.assertEqual(resident_curve.main(list(map(str, words))), 0, error.getvalue())
            self.assertEqual(resident_curve.main([str(self.folder / "none"), *map(str, words)]), 2)
        self.assertEqual(error.getvalue(), f"resident_curve.py: error: {self.folder}/none/layers.json"
                         ": there is no such file; a folder that adapt.py wrote is needed.\n")
        with open(curve / "curve.csv", encoding="utf-8") as file:
            row, = csv.DictReader(file)
        common = ["--chip", "adapt256", "--network", out / "network.yaml"]
        compiled = json.loads(subprocess.run(
            [LEYDEN, "compile", *common, "--calibrate", self.data, "-o", self.folder / "image",
             "--objective", "none", "--json"], capture_output=True, text=True, check=True).stdout)
        cells = 256 * 256 * sum(layer.get("array_share", 0) for layer in compiled["layers"])
        self.assertEqual(int(row["cells"]), round(cells))
        for fidelity in ("quantised", "analog"):
            subprocess.run([LEYDEN, "run", *common, "--data", self.data, "--images", "40",
                            "--fidelity", fidelity, "--report", self.folder / fidelity, "--quiet"],
                           capture_output=True, check=True)
            report = json.loads((self.folder / fidelity / "report.json").read_text())
            self.assertEqual(float(row[fidelity]), report["accuracy"]["accuracy_percent"])
        self.assertIn("<svg", (curve / "curve.svg").read_text())

    def check_files(self, out, printed):
        """Compare what was written with what the compiler says, and with each other."""
        result = json.loads((out / "layers.json").read_text(encoding="utf-8"))
        rows = {row["layer"]: row for row in result["layers"]}
        with open(out / "layers.csv", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                told = rows[row["layer"]]
                self.assertEqual({key: str(value) for key, value in told.items()}, row)
        total = rows.pop("total")
        self.assertLessEqual(total["weights_after"], 0.4 * total["weights_before"])
        self.assertEqual(total["weights_before"], 324 + 1728 + 5760 + 400)
        for when, folder in (("before", out / "before"), ("after", out)):
            done = subprocess.run([LEYDEN, "compile", "--chip", "adapt256", "--network",
                                   folder / "network.yaml", "--calibrate", self.data, "-o",
                                   self.folder / "image", "--objective", "none", "--json"],
                                  capture_output=True, text=True, check=True)
            layers = {layer["name"]: layer for layer in json.loads(done.stdout)["layers"]}
            for name, row in rows.items():
                self.assertEqual(row[f"tiles_{when}"], layers[name]["tiles"], name)
                self.assertAlmostEqual(row[f"utilisation_{when}"],
                                       layers[name]["array_utilisation"], places=5)
            run = result["chip_runs"][when]
            self.assertEqual((run["images"], run["fidelity"]), (3, "quantised"))
            self.assertGreater(run["cycles"], 1000)
        subprocess.run([LEYDEN, "run", "--chip", "adapt256", "--network", out / "network.yaml",
                        "--data", self.data, "--images", "3", "--fidelity", "quantised", "--quiet",
                        "--report", self.folder / "run"], check=True, capture_output=True)
        report = json.loads((self.folder / "run/report.json").read_text(encoding="utf-8"))
        self.assertEqual(run["cycles"], report["total"]["cycles"]["total"])
        self.assertEqual(run["accuracy"], report["accuracy"]["accuracy_percent"])
        self.assertAlmostEqual(run["energy_uj"] * 1e6, report["total"]["energy_pj"]["total"],
                               delta=1)
        self.assertIn(f"{total['weights_before']:,} -> {total['weights_after']:,}", printed)
        for note in result["notes"]:
            self.assertIn(f"not done: {note}", printed)
        with open(out / "curve.csv", encoding="utf-8") as file:
            curve = list(csv.DictReader(file))
        self.assertEqual([row["phase"] for row in curve], ["shrink", "tune"] * 2)
        card = (out / "card.md").read_text(encoding="utf-8")
        for text in (card, self.page(out)):
            for number in (f"{total['weights_after']:,}",
                           f"{result['float']['test_after']:.2f} %",
                           f"{result['chip_runs']['after']['cycles']:,.0f}"):
                self.assertIn(number, text)

    def page(self, out):
        """Return the text of page.html, which must stand by itself."""
        reader = Reader()
        reader.feed((out / "page.html").read_text(encoding="utf-8"))
        self.assertEqual(reader.addresses, [])
        self.assertFalse(reader.tags & {"script", "link", "img", "iframe"})
        if shutil.which("chromium"):
            dom = subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu",
                                  f"--user-data-dir={self.folder / 'browser'}", "--dump-dom",
                                  f"file://{out / 'page.html'}"], capture_output=True, text=True,
                                 timeout=100, check=False).stdout
            # The browser closes what is left open: as many bars as layers, twice, in two pictures.
            self.assertEqual(len(re.findall("<rect[^>]*><title>", dom)), 4 * 2 * 2)
            self.assertEqual(len(re.findall("<circle", dom)), 4)
        return reader.text

    def test_both_stages(self):
        out = self.folder / "both"
        status, printed, error = self.call(*self.words(
            out, "--resident", "--stage", "all", "--quantise-epochs", 3, "--chip-images", 60))
        self.assertEqual((status, error), (0, ""), printed)
        result = json.loads((out / "layers.json").read_text(encoding="utf-8"))
        self.assertEqual((result["weight_bits"], result["activation_bits"]), (4, 4))
        self.assertEqual(result["quantised"]["epochs"], 3)
        self.assertEqual(result["chip_runs"]["compiled_after"]["streamed_layers"], 0)
        self.assertGreater(result["chip_runs"]["after"]["accuracy"], 80)
        self.assertIn("in the chip's arithmetic", self.page(out))
        before = (out / "network.onnx").read_bytes()
        status, printed, error = self.call(*self.words(
            out, "--resident", "--stage", "all", "--quantise-epochs", 3, "--chip-images", 60,
            "--resume"))
        self.assertEqual((status, error), (0, ""), printed)
        self.assertNotIn(", epoch", printed)
        total = result["layers"][-1]
        self.assertLessEqual(total["weights_after"], 1.1 * total["weights_before"])
        self.assertEqual((out / "network.onnx").read_bytes(), before)

    def refuses(self, sentence, *arguments):
        """The program ends with status 2 and this one sentence."""
        status, _, error = self.call(*arguments)
        self.assertEqual((status, error), (2, f"adapt.py: error: {sentence}\n"))

    def test_wrong_usage(self):
        out = self.folder / "wrong"
        for more, sentence in (
                (("--compression", 1.5),
                 "--compression is 1.5; a share above 0 and below 1 is needed."),
                (("--rounds", 0), "--rounds is 0; 1 to 100 is needed."),
                (("--weight-bits", 9), "--weight-bits is 9; 2 to 8 is needed."),
                (("--chip", "adapt"), "adapt: this is neither a chip file nor one of the presets "
                 "adapt256, capram, imagine, rram128."),
                (("--set", "cim.row=3"), "cim.row: the chip adapt256 has no such parameter."),
                (("--network", "gone.onnx"), "gone.onnx: there is no such file; give an ONNX file "
                 "or my_module.py:function."),
                (("--data", "/gone"), "/gone: there is no such folder; give the folder of the data "
                 "set with --data."),
                (("--leyden", "/gone"), "--leyden /gone: there is no such program."),
                (("--tiles", 1), "at most 1 tiles are wanted, and 4 are left with 2 channels a "
                 "layer; give a goal that is less strict."),
                (("--channels", "Conv_0"), "--channels Conv_0: LAYER=N is needed, a layer's name "
                 "and 1 to 65536 channels."),
                (("--chip", "capram", "--channels", "stem=4"), "--channels stem=4: the network "
                 "has no layer stem whose channels can change; those that can are conv0, conv4, "
                 "fc8."),
                (("--channels", "a=3", "--channels", "a=4"), "--channels a=4: 3 are asked for a "
                 "too; one number would be right."),
                (("--set", "cim.weight_bits=3", "--weight-bits", 4), "--weight-bits is 4; chip "
                 "adapt256 has cim.weight_bits 3 at most."),
                (("--channels", "conv=0"), "--channels conv=0: LAYER=N is needed, a layer's name "
                 "and 1 to 65536 channels."),
                (("--resume",), f"{out}/checkpoint.pt: there is no checkpoint to read.")):
            with self.subTest(more=more):
                self.refuses(sentence, *self.words(out, "--images", 128, "--shrink-epochs", 0,
                                                   *more))

    def test_network_and_images_that_do_not_fit(self):
        other = self.folder / "other.onnx"
        torch.onnx.export(nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(),
                                        nn.Linear(4 * 26 * 26, 10)), torch.zeros(1, 1, 28, 28),
                          other)
        self.refuses(f"{other}: the network takes images of 1 x 28 x 28, and those in {self.data} "
                     "have 3 x 32 x 32.", *self.words(self.folder / "x", "--network", other))
        torch.onnx.export(nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 7)),
                          torch.zeros(1, 3, 32, 32), other)
        self.refuses(f"{other}: the network has 7 outputs, and the images have 10 classes.",
                     *self.words(self.folder / "x", "--network", other))


if __name__ == "__main__":
    unittest.main()
