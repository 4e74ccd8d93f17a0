"""Tests of scripts/train/quantise_network.py: trainings, resumption, what is written, wrong input."""
import contextlib
import csv
import io
import sys
import tempfile
import unittest
from dataclasses import asdict, replace
from pathlib import Path

import torch
import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "train"))

import architectures  # noqa: E402
import node_support  # noqa: E402
import quantise_network  # noqa: E402
import train  # noqa: E402
from adaptation.array_network import ArrayNetwork, Bits  # noqa: E402
from adaptation.arrays import ChipArrays  # noqa: E402
from adaptation.initial import read_initial, read_teacher  # noqa: E402
from adaptation.learned import Learned  # noqa: E402
from adaptation.quantised_trainer import (  # noqa: E402
    TEMPERATURE, QuantisedOptions, QuantisedTrainer, held_out_split)
from networks import RECIPES  # noqa: E402

torch.set_num_threads(1)


class TrainingTest(unittest.TestCase):
    """Trainings of a small network from the command line."""

    @classmethod
    def setUpClass(cls):
        holder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(holder.cleanup)
        cls.folder = Path(holder.name)
        node_support.stripes(1280, 1).tofile(cls.folder / "data_batch_1.bin")
        node_support.stripes(200, 2).tofile(cls.folder / "test_batch.bin")
        conv = architectures.conv
        nodes = (conv("a", "input", 3, 8, stride=2), conv("b", "a", 8, 40, stride=2),
                 conv("c", "b", 40, 40, relu=False),
                 architectures.Node("add", "d", ("b", "c"), relu=True),
                 architectures.linear("logits", "d", 40, 10, pixels=8))
        RECIPES["toy"] = replace(RECIPES["resnet8-cifar10"], name="toy", nodes=nodes, shift=0,
                                 flip=False)
        cls.addClassCleanup(RECIPES.pop, "toy")
        cls.train_float("toy", "float", 10)

    @classmethod
    def train_float(cls, name, out, epochs):
        """Train a recipe in floats, into a folder."""
        with contextlib.redirect_stdout(io.StringIO()):
            status = train.main(["--network", name, "--data", str(cls.folder), "--phase", "float",
                                 "--epochs", str(epochs), "--rate", "0.05", "--out",
                                 str(cls.folder / out)])
        assert status == 0

    def run_main(self, *arguments):
        """Return (status, standard output, standard error) of the program."""
        output, errors = io.StringIO(), io.StringIO()
        with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(output):
            status = quantise_network.main(
                ["--network", "toy", "--data", str(self.folder), "--initial",
                 str(self.folder / "float" / "checkpoint.pt"), *map(str, arguments)])
        return status, output.getvalue(), errors.getvalue()

    def quantise(self, out, *more):
        """Train into a folder; return its learning curve."""
        status, _, errors = self.run_main("--out", self.folder / out, "--set",
                                          "cim.converter.range_bits=8", *more)
        self.assertEqual((status, errors), (0, ""))
        with open(self.folder / out / "curve.csv", encoding="utf-8") as file:
            return [{key: float(value) for key, value in row.items()}
                    for row in csv.DictReader(file)]

    def test_training_recovers_what_few_bits_take(self):
        hard = ("--weight-bits", 2, "--activation-bits", 2, "--converter-bits", 3)
        status, output, _ = self.run_main("--out", self.folder / "ranges", "--epochs", 0, "--set",
                                          "cim.converter.range_bits=8", *hard)
        self.assertEqual(status, 0)
        before = float(output.split("held-out accuracy ")[1].split(" %")[0])
        curve = self.quantise("hard", *hard, "--epochs", 8, "--first-bits", 4)
        self.assertEqual([row["weight_bits"] for row in curve][:3], [3, 2, 2])
        self.assertGreater(curve[-1]["accuracy"], before + 5)
        self.assertGreater(curve[-1]["accuracy"], 60)
        content = yaml.safe_load((self.folder / "hard" / "network.yaml").read_text())
        self.assertEqual(content["quantisation"]["weight_bits"], 2)
        self.assertEqual(content["quantisation"]["layers"],
                         {name: {"activation_bits": 8} for name in ("c", "logits")})
        self.assertEqual({name: len(shares) for name, shares in
                          content["converter_ranges"].items()},
                         {"a": 1, "b": 1, "c": 2, "logits": 10})
        for shares in content["converter_ranges"].values():
            self.assertTrue(all((256 * share).is_integer() and 0 < share <= 1 for share in shares))

    def test_fewer_bits_follow_from_a_network_of_more(self):
        first = self.quantise("six", "--converter-bits", 6, "--first-bits", 1, "--epochs", 1)
        teacher = self.folder / "float" / "checkpoint.pt"
        curve = self.quantise("three", "--initial", self.folder / "six" / "checkpoint.pt",
                              "--teacher", teacher, "--converter-bits", 3, "--first-bits", 1,
                              "--epochs", 1)
        self.assertEqual((first[0]["converter_bits"], curve[0]["converter_bits"]), (6, 3))
        untaught = self.quantise("untaught", "--initial", self.folder / "six" / "checkpoint.pt",
                                 "--converter-bits", 3, "--first-bits", 1, "--epochs", 1)
        self.assertNotEqual(curve[0]["loss"], untaught[0]["loss"])
        card = (self.folder / "three" / "card.md").read_text(encoding="utf-8")
        self.assertIn("trained for 3 b converters of `adapt256`", card)
        self.assertIn("--initial FLOAT/checkpoint.pt --teacher TEACHER/checkpoint.pt", card)
        self.assertIn(f"{curve[0]['accuracy']:.2f} % of the held-out images", card)
        self.assertNotIn(str(self.folder), card)

    def test_steps_and_ranges_that_were_learned_are_kept(self):
        hard = ("--weight-bits", 2, "--activation-bits", 2, "--converter-bits", 4)
        learned = self.quantise("learned", *hard, "--epochs", 2, "--first-bits", 1)
        status, output, _ = self.run_main(
            "--out", self.folder / "kept", "--set", "cim.converter.range_bits=8", *hard, "--epochs",
            0, "--initial", self.folder / "learned" / "checkpoint.pt")
        self.assertEqual(status, 0)
        self.assertIn(f"held-out accuracy {learned[-1]['accuracy']:.2f} %", output)
        for name in ("network.onnx", "network.yaml"):
            self.assertEqual((self.folder / "kept" / name).read_bytes(),
                             (self.folder / "learned" / name).read_bytes())

        content = torch.load(self.folder / "learned" / "checkpoint.pt")
        found = Learned.of(content)
        arrays = ChipArrays.read("adapt256", ["cim.converter.range_bits=8"])
        nodes = RECIPES["toy"].nodes
        for bits, granularity, noisy, fits, ranges in (
                (Bits(2, 2, 4), "array", False, True, True),
                (Bits(2, 2, 3), "array", False, True, False),
                (Bits(2, 2, 4), "column", False, True, False),
                (Bits(3, 2, 4), "array", False, False, True),
                (Bits(2, 2, 4), "array", True, False, True)):
            network = ArrayNetwork(nodes, arrays, bits, granularity)
            self.assertEqual((found.fits(network, noisy), found.knows_ranges(network)),
                             (fits, ranges))
            if fits:
                before = network.state_dict()["range_logs.b"].clone()
                found.load(network)
                for key, value in network.state_dict().items():
                    if ranges or not key.startswith("range_logs."):
                        self.assertTrue(torch.equal(value, content["network"][key]), key)
                if not ranges:
                    self.assertTrue(torch.equal(network.state_dict()["range_logs.b"], before))
        other = ArrayNetwork(nodes, replace(arrays, rows=128), Bits(2, 2, 4))
        self.assertFalse(found.fits(other, False))

    def test_a_network_of_another_shape_teaches(self):
        RECIPES["wide"] = replace(RECIPES["toy"], name="wide", nodes=(
            architectures.conv("w", "input", 3, 48, stride=4),
            architectures.linear("logits", "w", 48, 10, pixels=8)))
        self.addCleanup(RECIPES.pop, "wide")
        self.train_float("wide", "wide", 2)
        wide = self.folder / "wide" / "checkpoint.pt"
        nodes, state = read_teacher(wide, RECIPES["toy"])
        self.assertEqual([node.name for node in nodes], ["w", "logits"])
        common = ("--epochs", 1, "--first-bits", 1, "--distil", 1)
        curve = self.quantise("taught", *common, "--teacher", wide)
        self.assertNotEqual(curve[0]["loss"], self.quantise("itself", *common)[0]["loss"])

        trainer = QuantisedTrainer(RECIPES["toy"].nodes, read_teacher(
            self.folder / "float" / "checkpoint.pt", RECIPES["toy"])[1],
            ChipArrays.read("adapt256", []), QuantisedOptions(
                RECIPES["toy"], self.folder, 4, 4, 5, epochs=1, distil=1.0),
            read_initial(wide, self.folder)[2], (nodes, state))
        trainer.network.eval()          # in floats until it starts
        images = trainer.train[0][:64].float()
        outputs, taught = (network(images).double() / TEMPERATURE
                           for network in (trainer.network, trainer.teacher))
        expected = (taught.softmax(1) * (taught.log_softmax(1) - outputs.log_softmax(1))).sum(1)
        self.assertAlmostEqual(trainer.loss(images, trainer.train[1][:64]).item(),
                               TEMPERATURE ** 2 * expected.mean().item(), delta=0.05)

    def test_training_with_the_chips_errors_and_one_conversion_an_output(self):
        status, output, errors = self.run_main(
            "--out", self.folder / "line", "--chip", "imagine", "--activation-bits", 8, "--epochs",
            3, "--noise", 1)
        self.assertEqual((status, errors), (0, ""))
        noisy = float(output.rsplit("errors ", 1)[1].split(" %")[0])
        self.assertGreater(noisy, 60)
        content = yaml.safe_load((self.folder / "line" / "network.yaml").read_text())
        self.assertNotIn("converter_ranges", content)

    def test_a_training_that_was_cut_off_goes_on_with_the_same_numbers(self):
        common = ("--epochs", 3, "--noise", 1, "--granularity", "column", "--first-bits", 6)
        whole = self.quantise("whole", *common)
        self.quantise("cut", *common, "--stop-after", 1)
        resumed = self.quantise("cut", *common, "--resume")
        for mine, other in zip(resumed, whole):
            for key in ("loss", "accuracy", "accuracy_noisy"):
                self.assertEqual(mine[key], other[key])
        for name in ("network.onnx", "network.yaml"):
            self.assertEqual((self.folder / "cut" / name).read_bytes(),
                             (self.folder / "whole" / name).read_bytes())

    def test_wrong_input(self):
        five, nodes = self.folder / "five.pt", RECIPES["toy"].nodes
        torch.save({"nodes": [asdict(node) for node in (
            *nodes[:-1], replace(nodes[-1], channels=5))], "arrays": {}, "identity": {},
            "network": {}}, five)
        for arguments, sentence in (
                ((), "--out is missing: the folder to write."),
                (("--out", "x", "--weight-bits", 9),
                 "weight_bits is 9; 1 to 8 are possible."),
                (("--out", "x", "--rate", 0), "rate is 0.0; it must be above 0."),
                (("--out", "x", "--stop-after", 11),
                 "stop_after is 11; 0 (none) to the 10 epochs are possible."),
                (("--out", "x", "--chip", "none"),
                 "none: this is neither a chip file nor one of the presets adapt256, capram, "
                 "imagine, rram128."),
                (("--out", "x", "--teacher", five),
                 f"{five}: the teacher has 5 outputs, and the network that it is to teach has 10."),
                (("--out", "x", "--initial", self.folder / "none.pt"),
                 f"{self.folder}/none.pt: there is no checkpoint to read."),
                (("--out", self.folder / "none", "--resume"),
                 f"{self.folder}/none/checkpoint.pt: there is no checkpoint to read.")):
            status, _, errors = self.run_main(*arguments)
            self.assertEqual((status, errors), (2, f"quantise_network.py: error: {sentence}\n"))

    def test_speed_is_told_and_nothing_written(self):
        status, output, _ = self.run_main("--speed")
        self.assertEqual(status, 0)
        self.assertRegex(output, r"^\d+ images/s forward and backward, \d+ a second of a CPU, 1 ")


class ScheduleTest(unittest.TestCase):
    """What is trained on, and with how many bits."""

    def test_bits_fall_one_at_a_time(self):
        options = QuantisedOptions(None, Path("."), 4, 6, 5)
        found = [options.bits_at(step / 1000) for step in range(1000)]
        self.assertEqual(list(dict.fromkeys(found)),
                         [Bits(8, 8, 8), Bits(7, 7, 7), Bits(6, 6, 6), Bits(5, 6, 5),
                          Bits(4, 6, 5)])
        self.assertEqual(found[300], Bits(4, 6, 5))

    def test_held_out_images_are_not_trained_on(self):
        images = torch.arange(500).reshape(-1, 1, 1, 1)
        (mine, labels), (held, _) = held_out_split(images, images.flatten(), 3)
        self.assertEqual((len(mine), len(held)), (450, 50))
        self.assertEqual(len(set(mine.flatten().tolist()) | set(held.flatten().tolist())), 500)
        self.assertEqual(labels.tolist(), mine.flatten().tolist())


if __name__ == "__main__":
    unittest.main()
