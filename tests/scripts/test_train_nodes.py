"""Tests of networks of nodes in scripts/train: the codes against the compiler's host reference."""
import json
import os
import subprocess
import sys
import tempfile
import unittest
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "train"))

import architectures  # noqa: E402
import export_nodes  # noqa: E402
import integers  # noqa: E402
import parameters  # noqa: E402
from chip_network import INPUT_STEP, ChipNetwork  # noqa: E402
from chips import CHIPS  # noqa: E402
from networks import RECIPES  # noqa: E402

TOOL = Path(os.environ["LEYDEN_BINARY_DIR"]) / "tests/platform/compiler/compiler_tool"

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
        (self.folder / "geometry.json").write_text(json.dumps(geometry))
        np.ascontiguousarray(self.images.permute(0, 2, 3, 1)).tofile(self.folder / "images.u8")
        done = subprocess.run([TOOL, "compile", self.folder / "network.yaml",
                               self.folder / "geometry.json", self.folder / "images.u8",
                               self.folder], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        plan = json.loads((self.folder / "plan.json").read_text())
        flat = np.fromfile(self.folder / "quantised.bin", np.uint8).reshape(len(self.images), -1)
        codes, first = {}, 0
        for layer in plan["layers"]:
            channels, height, width = plan["tensors"][layer["output"]]["shape"]
            count = channels * height * width
            codes[layer["name"]] = flat[:, first:first + count].reshape(
                -1, height, width, channels).transpose(0, 3, 1, 2)
            first += count
        self.assertEqual(first, flat.shape[1])
        return plan, codes

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
                codes[node.name] = torch.tensor(expected[node.name]).float()
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


if __name__ == "__main__":
    unittest.main()
