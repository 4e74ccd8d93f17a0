"""Tests of ArrayNetwork: codes of all layers against the compiler's host reference, to the last."""
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
import node_support  # noqa: E402
from adaptation import export_arrays  # noqa: E402
from adaptation.array_integers import ArrayIntegers  # noqa: E402
from adaptation.array_network import AdaptationError, ArrayNetwork, Bits  # noqa: E402
from adaptation.arrays import ChipArrays  # noqa: E402
from adaptation.calibrate import calibrate  # noqa: E402
from chip_network import INPUT_STEP  # noqa: E402
from export_nodes import read_parameters  # noqa: E402
from networks import RECIPES  # noqa: E402

REPRESENTATIONS = {"twos_complement": 0, "differential": 1, "shifted_unsigned": 2,
                   "ternary_pair": 3}

torch.set_num_threads(1)


def small_network():
    """Return nodes with every operator, layers of one row part and of several."""
    conv = architectures.conv
    return (conv("a", "input", 3, 8), conv("b", "a", 8, 40, stride=2),
            conv("c", "b", 40, 40, relu=False),
            architectures.Node("add", "d", ("c", "b"), relu=True),
            conv("e", "d", 40, 12, stride=2), conv("f", "e", 12, 12, relu=False),
            conv("g", "d", 40, 12, kernel=1, stride=2, relu=False),
            architectures.Node("add", "h", ("f", "g"), relu=True),
            architectures.Node("max_pool", "i", ("h",), relu=True),
            architectures.Node("mean", "j", ("i",), relu=True),
            architectures.linear("k", "j", 12, 70, relu=True),
            architectures.linear("logits", "k", 70, 10))


def geometry(arrays):
    """Return what the compiler must know of a chip, as its tool reads it."""
    made = {"rows": arrays.rows, "columns": arrays.columns, "rows_per_unit": arrays.rows_per_unit,
            "abn_entries": arrays.abn_entries, "range_shift": arrays.output_shift,
            "weight_bits": arrays.weight_bits, "pages": arrays.pages, "macros": arrays.macros,
            "cell_bits": arrays.cell_bits, "partial_bits": arrays.partial_bits,
            "representation": REPRESENTATIONS[arrays.representation]}
    if arrays.digital:
        made["combining"] = {"inputs": True, "columns": True, "digit_bits": arrays.drive_bits,
                             "rows_active": 0, "converter_bits": arrays.converter_bits,
                             "range_shift": arrays.range_shift,
                             "range_bits": arrays.range_bits}
    return made


class CodesTest(unittest.TestCase):
    """Codes of all layers: training, integers of the export, host reference of the compiler."""

    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)
        self.saturated = {}
        random = np.random.default_rng(1)
        self.images = torch.tensor(random.integers(0, 256, (6, 3, 16, 16)).astype(np.uint8))
        self.nodes = small_network()
        self.recipe = replace(RECIPES["resnet8-cifar10"], name="small", height=16, width=16,
                              nodes=self.nodes)

    def trained(self, arrays, bits, granularity):
        """Return an ArrayNetwork with random weights, calibrated on the images."""
        torch.manual_seed(3)
        network = ArrayNetwork(self.nodes, arrays, bits, granularity)
        network.dtype = torch.float32
        with torch.no_grad():
            for norm in network.norms.values():
                norm.weight.uniform_(-1.5, 1.5)
                norm.bias.uniform_(-0.5, 0.5)
        network.train()
        with torch.no_grad():
            for _ in range(20):
                network(self.images.float())
            calibrate(network, self.images.float())
            for norm in network.norms.values():     # few images: no output may seem constant
                norm.running_var.clamp_(min=0.05 * norm.running_var.max().item())
        return network.eval()

    def compile(self, arrays):
        """Return (plan, codes): what the compiler makes of the folder's network."""
        return node_support.compile_network(self.folder, geometry(arrays), self.images)

    def compare(self, chip, bits, changes=(), granularity="array", split=None):
        """Compare all layers on a chip; `split` names the layers in more than one part."""
        arrays = ChipArrays.read(chip, changes)
        network = self.trained(arrays, bits, granularity)
        export_arrays.export_arrays(self.recipe, network, self.folder)
        plan, expected = self.compile(network.arrays)
        gammas = {layer["name"]: layer["gamma"] for layer in plan["layers"]
                  if layer.get("parts", 0) > 1}
        if split is not None:
            self.assertEqual(sorted(gammas), split)
        content = yaml.safe_load((self.folder / "network.yaml").read_text())
        told = export_arrays.read_bits(content, self.nodes)
        self.assertEqual(told, network.tensor_bits)
        exact = ArrayIntegers(self.nodes, read_parameters(self.folder, self.nodes), network.arrays,
                              INPUT_STEP, (content["quantisation"]["weight_bits"], told),
                              content.get("converter_ranges"), gammas).run(self.images)
        for node in self.nodes:
            np.testing.assert_array_equal(exact[node.name].numpy(), expected[node.name].numpy(),
                                          err_msg=node.name)
        # without given ranges calibration chooses what the codes of partial sums hold; elsewhere
        # than with pairs, what conversions can reach is far above what they give
        self.saturated = {layer["name"]: torch.tensor(layer["gamma"]) == 65535
                          for layer in plan["layers"] if "gamma" in layer}
        self.compare_training(network, expected, gammas,
                              not arrays.range_bits or arrays.representation != "differential")

    def compare_training(self, network, expected, split, skip):
        """The layers that are trained give the same codes from the same inputs."""
        codes = {"input": self.images.float()}
        with torch.no_grad():
            for node in self.nodes:
                inputs = [codes[name] for name in node.inputs]
                codes[node.name] = expected[node.name].float()
                if node.op == "max_pool" or skip and node.name in split:
                    continue
                mine = network.codes_of(node, network.chip_values(node, inputs, None))
                # on the chip gains are rounded to 1/256, offsets to 1/16 of a code
                difference = mine - codes[node.name]
                if node.name in self.saturated:         # gains that the register does not hold
                    difference[:, self.saturated[node.name]] = 0
                # and partial sums to 11 bits of what conversions can reach
                most, share = (2, 0.1) if node.name in split else (1, 0.06)
                self.assertLessEqual(difference.abs().max().item(), most, node.name)
                self.assertLess((difference != 0).float().mean().item(), share, node.name)

    def test_pairs_of_4b_cells_with_ranges(self):
        self.compare("adapt256", Bits(4, 4, 5), split=["c", "e"])
        self.compare("adapt256", Bits(5, 4, 5), granularity="column")
        self.compare("adapt256", Bits(4, 4, 6), granularity="tensor")
        self.compare("adapt256", Bits(8, 8, 7))
        self.compare("adapt256", Bits(2, 3, 6), granularity="column")
        self.compare("adapt256", Bits(1, 5, 6))

    def test_fixed_ranges(self):
        self.compare("adapt256", Bits(4, 4, 7), ["cim.converter.range_bits=0"])

    def test_other_representations(self):
        self.compare("adapt256", Bits(4, 4, 6), ["cim.cell.representation=twos_complement"])
        self.compare("adapt256", Bits(4, 4, 8), ["cim.cell.representation=shifted_unsigned"])
        self.compare("capram", Bits(4, 4, 7))
        self.compare("rram128", Bits(4, 4, 8))

    def test_one_conversion_an_output(self):
        self.compare("imagine", Bits(4, 8, 8), split=[])
        self.compare("imagine", Bits(4, 4, 8))

    def test_refused(self):
        conv = architectures.conv
        nodes = (conv("a", "input", 3, 8, relu=False), conv("b", "a", 8, 8))
        with self.assertRaisesRegex(AdaptationError, "^layer b: a padded convolution of a tensor"):
            ArrayNetwork(nodes, ChipArrays.read("adapt256"), Bits(4, 4, 5))
        with self.assertRaisesRegex(AdaptationError, "^chip rram128: ranges a column are not"):
            ArrayNetwork(self.nodes, ChipArrays.read("rram128"), Bits(4, 4, 5), "column")


if __name__ == "__main__":
    unittest.main()
