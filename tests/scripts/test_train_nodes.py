"""Tests of networks of nodes in scripts/train: the codes against the compiler's host reference."""
import contextlib
import io
import math
import sys
import tempfile
import unittest
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "train"))

import architectures  # noqa: E402
import export_float  # noqa: E402
import export_nodes  # noqa: E402
import integers  # noqa: E402
import node_support  # noqa: E402
import parameters  # noqa: E402
import train  # noqa: E402
from adaptation.onnx_nodes import load_network  # noqa: E402
from chip_network import INPUT_STEP, ChipNetwork  # noqa: E402
from chips import CHIPS  # noqa: E402
from networks import RECIPES  # noqa: E402

NETWORKS = ROOT / "configs" / "networks"

IMAGINE = {"rows": 1152, "columns": 256, "rows_per_unit": 36, "abn_entries": 1024,
           "range_shift": 1}
CAPRAM = {"rows": 512, "columns": 128, "rows_per_unit": 64, "abn_entries": 1024, "range_shift": 1,
          "weight_bits": 6, "partial_bits": 11, "pages": 8,
          "combining": {"inputs": True, "columns": True, "digit_bits": 4, "rows_active": 0,
                        "converter_bits": 7, "range_shift": 1}}

torch.set_num_threads(1)


def small_network():
    """Return nodes with every operator: strides, a shortcut, a sum, pooling, mean, two matrices."""
    conv = architectures.conv
    return (conv("a", "input", 3, 8), conv("b", "a", 8, 8), conv("c", "b", 8, 8, relu=False),
            architectures.Node("add", "d", ("c", "a"), relu=True),
            conv("e", "d", 8, 12, stride=2), conv("f", "e", 12, 12, relu=False),
            conv("g", "d", 8, 12, kernel=1, stride=2, relu=False),
            architectures.Node("add", "h", ("f", "g"), relu=True),
            architectures.Node("max_pool", "i", ("h",), relu=True),
            architectures.Node("mean", "j", ("i",), relu=True),
            architectures.linear("k", "j", 12, 70, relu=True),
            architectures.linear("logits", "k", 70, 10))


def trained(nodes, images, chip, seed=3):
    """Return a ChipNetwork with random weights and the statistics and ranges of its data."""
    torch.manual_seed(seed)
    network = ChipNetwork(nodes)
    network.dtype = torch.float32
    with torch.no_grad():
        for norm in network.norms.values():
            norm.weight.uniform_(-1.5, 1.5)
            norm.bias.uniform_(-0.5, 0.5)
    network.train()
    for _ in range(20):
        network(images.float())
    network.start_chip([images.float()] * 4, CHIPS[chip].errors)
    return network.eval()


class CodesTest(unittest.TestCase):
    """Codes of all layers: training, integers of this folder, host reference of the compiler."""

    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)
        random = np.random.default_rng(1)
        self.images = torch.tensor(random.integers(0, 256, (6, 3, 16, 16)).astype(np.uint8))
        self.nodes = small_network()
        self.recipe = replace(RECIPES["resnet8-cifar10"], name="small", height=16, width=16,
                              nodes=self.nodes)

    def compile(self, geometry):
        """Return (plan, codes): what the compiler makes of the folder's network."""
        return node_support.compile_network(self.folder, geometry, self.images)

    def compare(self, chip, geometry, split):
        """Compare all layers on a chip; `split` names the layers in more than one part."""
        network = trained(self.nodes, self.images, chip)
        mine = parameters.trained_parameters(network)
        export_nodes.export_nodes(self.recipe, mine, self.folder)
        plan, expected = self.compile(geometry)
        gammas = {layer["name"]: layer["gamma"] for layer in plan["layers"]
                  if layer.get("parts", 0) > 1}
        self.assertEqual(sorted(gammas), split)
        read = export_nodes.read_parameters(self.folder, self.nodes)
        for source in (mine, read):
            exact = integers.IntegerNetwork(self.nodes, source, integers.GEOMETRIES[chip],
                                            INPUT_STEP, gammas).run(self.images)
            for node in self.nodes:
                np.testing.assert_array_equal(exact[node.name].numpy(), expected[node.name],
                                              err_msg=node.name)
        return network, expected

    def test_one_conversion_an_output(self):
        network, expected = self.compare("imagine", IMAGINE, [])
        for node in self.nodes:
            if node.op != "mean":
                self.assertGreater(len(np.unique(expected[node.name])), 20, node.name)
        self.compare_training(network, expected)

    def compare_training(self, network, expected):
        """The layers that are trained give the same codes from the same inputs."""
        codes = {"input": self.images.float()}
        with torch.no_grad():
            for node in self.nodes:
                inputs = [codes[name] for name in node.inputs]
                codes[node.name] = expected[node.name].float()
                if node.op == "max_pool":
                    continue
                real = network.chip_values(node, inputs, None)
                zero = network.zero(node.name)
                raw = real / network.log_steps[node.name].exp() + zero
                # registers are rounded on the chip: 1/512 of the gain, 1/32 of the offset
                difference = raw.round().clamp(0, 255) - codes[node.name]
                self.assertLessEqual(difference.abs().max().item(), 1, node.name)
                self.assertLess((difference != 0).float().mean().item(), 0.05, node.name)

    def test_conversions_by_digit_and_column_and_partial_sums(self):
        self.compare("capram", CAPRAM, ["b", "c", "e", "f", "logits"])


class ShippedNetworksTest(unittest.TestCase):
    """The networks of nodes in configs/networks."""

    def shipped(self, key, there=True):
        """Return the recipes of networks whose network.yaml has a key, or has it not."""
        return [recipe for recipe in RECIPES.values()
                if recipe.nodes and (NETWORKS / recipe.name).is_dir() and
                (key in yaml.safe_load((NETWORKS / recipe.name / "network.yaml").read_text("utf-8")))
                == there]

    def test_networks_in_floats_have_the_layers_of_their_recipe(self):
        for recipe in self.shipped("activation_ranges", there=False):
            folder = NETWORKS / recipe.name
            with self.subTest(network=recipe.name):
                self.assertLess((folder / "network.onnx").stat().st_size, 3_400_000)
                imported = load_network(str(folder / "network.onnx"), (3, 32, 32))
                self.assertEqual([(node.op, node.name, node.channels) for node in imported.nodes
                                  if node.weighted],
                                 [(node.op, node.name, node.channels) for node in recipe.nodes
                                  if node.weighted])
                self.assertIn("trained in floats", (folder / "network.yaml").read_text("utf-8"))

    def test_integers_and_registers_are_where_the_chip_has_them(self):
        found = self.shipped("activation_ranges")
        self.assertGreaterEqual(len(found), 3)
        for recipe in found:
            folder = NETWORKS / recipe.name
            with self.subTest(network=recipe.name):
                self.assertLess((folder / "network.onnx").stat().st_size, 1_200_000)
                read = export_nodes.read_parameters(folder, recipe.nodes)
                made = integers.IntegerNetwork(recipe.nodes, read, integers.GEOMETRIES["imagine"],
                                               INPUT_STEP)
                for name, layer in made.layers.items():
                    self.assertEqual(set(layer.weight.abs().amax(1).tolist()), {7.0}, name)
                    self.assertLess(layer.gamma.max().item(), 65535, name)
                    self.assertGreater(layer.gamma.min().item(), 1, name)
                    self.assertLess(layer.beta.abs().max().item(), 32767, name)
                for name, weight in read.weights.items():
                    codes = 7 * weight / np.abs(weight).reshape(len(weight), -1).max(1).reshape(
                        -1, 1, 1, 1)
                    np.testing.assert_allclose(codes, np.round(codes), atol=1e-5, err_msg=name)


class ErrorsTest(unittest.TestCase):
    """What the training draws, against the chips' files and equations."""

    def test_line_chip_in_steps_of_its_converter(self):
        chip = CHIPS["imagine"]
        for rows, units in ((27, 1), (144, 4), (576, 16)):
            step = 36 * units * 2 ** (8 + 4 - 8 - 1)        # LSB_D, in products of weights of -7..7
            errors = chip.errors(rows)
            self.assertAlmostEqual(errors.temporal * 8, chip.temporal_lsb * step)
            self.assertAlmostEqual(errors.static * 8, chip.static_lsb * step)

    def test_digital_chip_adds_conversions_with_their_significance(self):
        chip = CHIPS["capram"]
        random = np.random.default_rng(4)
        significance = np.outer((1, 16), (1, 2, 4, -8)).ravel()
        noise = random.normal(0, chip.temporal_lsb * 3.75, (20000, 3, 8))   # 3 pages of 64 rows
        expected = (noise * significance).sum((1, 2)).std()
        self.assertAlmostEqual(chip.errors(144).temporal * 7 / expected, 1, delta=0.02)

    def test_added_errors_have_the_stated_deviation(self):
        torch.manual_seed(2)
        node = architectures.conv("a", "input", 16, 6)
        network = ChipNetwork((node,))
        network.dtype = torch.float32
        errors = CHIPS["imagine"].errors(144)
        added = network.with_errors(torch.zeros(400, 6, 9, 9).contiguous(
            memory_format=torch.channels_last), errors) / 7
        means = added.mean((2, 3))
        self.assertAlmostEqual(means.std().item(), math.hypot(errors.static, errors.temporal / 9),
                               delta=0.06 * errors.static)
        self.assertAlmostEqual((added - means[:, :, None, None]).std().item(),
                               errors.temporal * math.sqrt(80 / 81), delta=0.01 * errors.temporal)


class PhasesTest(unittest.TestCase):
    """The two phases of a training, from the command line."""

    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)
        node_support.stripes(640, 1).tofile(self.folder / "data_batch_1.bin")
        node_support.stripes(200, 2).tofile(self.folder / "test_batch.bin")
        conv = architectures.conv
        nodes = (conv("a", "input", 3, 8, stride=2), conv("b", "a", 8, 8, relu=False),
                 architectures.Node("add", "c", ("a", "b"), relu=True),
                 architectures.linear("logits", "c", 8, 10, pixels=16))
        recipe = replace(RECIPES["resnet8-cifar10"], name="toy", nodes=nodes, shift=0, flip=False)
        RECIPES["toy"] = recipe
        self.addCleanup(RECIPES.pop, "toy")

    def run_main(self, *arguments):
        """Return (status, standard error) of train.py."""
        errors = io.StringIO()
        with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(io.StringIO()):
            status = train.main(["--network", "toy", "--data", str(self.folder),
                                 *map(str, arguments)])
        return status, errors.getvalue()

    def train(self, phase, epochs, out, *more):
        """Train a phase into a folder; return its learning curve."""
        self.assertEqual(self.run_main("--phase", phase, "--epochs", epochs, "--out",
                                       self.folder / out, *more), (0, ""))
        return torch.load(self.folder / out / "checkpoint.pt")["curve"]

    def test_floats_then_the_chip(self):
        floats = self.train("float", 12, "float", "--rate", "0.05")
        self.assertGreater(floats[-1]["accuracy"], 60)
        initial = ("--initial", self.folder / "float" / "checkpoint.pt")
        chip = self.train("chip", 4, "chip", *initial, "--rate", "0.02")
        self.assertGreater(chip[-1]["accuracy_noisy"], 60)
        self.assertEqual({path.name for path in (self.folder / "chip").iterdir()},
                         {"card.md", "checkpoint.pt", "curve.csv", "curve.svg",
                          "network.onnx", "network.yaml"})

    def export(self, checkpoint, out):
        """Return (status, standard output, standard error) of export_float.py."""
        printed, errors = io.StringIO(), io.StringIO()
        with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(printed):
            status = export_float.main([str(checkpoint), "--data", str(self.folder),
                                        "--out", str(out)])
        return status, printed.getvalue(), errors.getvalue()

    def test_a_network_in_floats_is_exported_as_it_was_trained(self):
        floats = self.train("float", 3, "float", "--rate", "0.05")
        out = self.folder / "out"
        share = f"{floats[-1]['accuracy']:.2f} %"
        self.assertEqual(self.export(self.folder / "float/checkpoint.pt", out),
                         (0, f"toy: {share} in floats (n = 200)\n", ""))
        self.assertEqual({path.name for path in out.iterdir()},
                         {"card.md", "curve.csv", "curve.svg", "network.onnx", "network.yaml"})
        self.assertIn(f"{share} in floats", (out / "card.md").read_text(encoding="utf-8"))
        self.assertNotIn("activation_ranges", (out / "network.yaml").read_text(encoding="utf-8"))

    def test_only_a_network_in_floats_is_exported(self):
        self.train("float", 1, "float")
        self.train("chip", 1, "chip", "--initial", self.folder / "float/checkpoint.pt")
        for name, sentence in (
                ("chip/checkpoint.pt", "this is no checkpoint of train.py --phase float."),
                ("absent.pt", "there is no checkpoint to read.")):
            path = self.folder / name
            self.assertEqual(self.export(path, self.folder / "out"),
                             (2, "", f"export_float.py: error: {path}: {sentence}\n"))
        self.assertFalse((self.folder / "out").exists())

    def test_a_training_that_was_cut_off_goes_on_with_the_same_numbers(self):
        self.train("float", 1, "float")
        initial = ("--initial", self.folder / "float" / "checkpoint.pt")
        whole = self.train("chip", 2, "whole", *initial)
        self.train("chip", 2, "cut", *initial, "--stop-after", "1")
        resumed = self.train("chip", 2, "cut", "--resume")
        for mine, other in zip(resumed, whole):
            for key in ("loss", "accuracy", "accuracy_noisy"):
                self.assertEqual(mine[key], other[key])
        for name in ("network.onnx", "network.yaml"):
            self.assertEqual((self.folder / "cut" / name).read_bytes(),
                             (self.folder / "whole" / name).read_bytes())

    def test_wrong_input(self):
        out = self.folder / "out"
        self.assertEqual(self.run_main("--phase", "chip", "--out", out),
                         (2, "train.py: error: --phase chip begins with a trained network: give "
                             "the checkpoint of --phase float with --initial.\n"))
        absent = self.folder / "absent.pt"
        self.assertEqual(self.run_main("--initial", absent, "--out", out),
                         (2, f"train.py: error: {absent}: there is no checkpoint to read.\n"))
        text = self.folder / "text.pt"
        text.write_text("no checkpoint")
        self.assertEqual(self.run_main("--initial", text, "--out", out),
                         (2, f"train.py: error: {text}: this is not a checkpoint of this "
                             "program.\n"))
        self.train("float", 1, "float")
        self.assertEqual(self.run_main("--phase", "float", "--epochs", 2, "--resume", "--out",
                                       self.folder / "float"),
                         (2, f"train.py: error: {self.folder}/float/checkpoint.pt: the checkpoint "
                             "was made with epochs 1 and not 2.\n"))
        self.assertEqual(self.run_main("--epochs", "3", "--stop-after", "4", "--out", out),
                         (2, "train.py: error: --stop-after is 4; it must be 1 to --epochs, 3.\n"))
        self.assertEqual(self.run_main("--rate", "-1", "--out", out),
                         (2, "train.py: error: --rate is -1.0; it must be above 0.\n"))


if __name__ == "__main__":
    unittest.main()
