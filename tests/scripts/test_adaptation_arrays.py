"""Tests of scripts/train/adaptation/arrays.py: against the mappings that `leyden compile` tells."""
import json
import os
import subprocess
import sys
import tempfile
import unittest
from dataclasses import replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "train"))

import architectures  # noqa: E402
from adaptation.arrays import ChipArrays  # noqa: E402
from adaptation.chip_file import ChipFileError  # noqa: E402
from export_nodes import export_nodes  # noqa: E402
from networks import RECIPES  # noqa: E402
from parameters import Parameters  # noqa: E402

LEYDEN = Path(os.environ["LEYDEN_BINARY_DIR"]) / "bin" / "leyden"


def wide_network(depthwise):
    """Return nodes with narrow, split and wide layers, and grouped ones if wanted."""
    conv = architectures.conv
    nodes = [conv("a", "input", 3, 40, stride=2), conv("b", "a", 40, 200, stride=2)]
    if depthwise:
        nodes.append(conv("c", "b", 200, 200, stride=2, groups=200))
    else:
        nodes.append(conv("c", "b", 200, 24, kernel=1, stride=2))
    return (*nodes, architectures.linear("d", "c", nodes[-1].channels, 70, pixels=4, relu=True),
            architectures.linear("e", "d", 70, 10))


def write_network(nodes, folder, bits):
    """Export random weights and images to calibrate with; return the network file."""
    random = np.random.default_rng(1)
    made = Parameters({}, {}, {})
    for node in nodes:
        made.weights[node.name] = random.normal(0, 1, node.weight_shape).astype(np.float32)
        made.biases[node.name] = np.zeros(node.channels, np.float32)
        made.ranges[node.name] = (0.0, 100.0) if node.relu else (-100.0, 100.0)
    export_nodes(replace(RECIPES["resnet8-cifar10"], name="wide", nodes=nodes), made, folder)
    path = folder / "network.yaml"
    path.write_text(path.read_text().replace("weight_bits: 4", f"weight_bits: {bits}"))
    images = random.integers(0, 256, (16, 1 + 3072)).astype(np.uint8)
    images[:, 0] %= 10
    images.tofile(folder / "data_batch_1.bin")
    images.tofile(folder / "test_batch.bin")
    return path


class MappingTest(unittest.TestCase):
    """Tiles, parts and columns, chip by chip."""

    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)

    def told(self, chip, network, overrides):
        """Return {layer: its tiles} as `leyden compile` tells them."""
        command = [LEYDEN, "compile", "--chip", chip, "--network", network, "--objective", "none",
                   "--calibrate", self.folder, "--calibration-images", "2", "-o",
                   self.folder / "image.bin", "--explain", "--json"]
        for override in overrides:
            command += ["--set", override]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        layers = json.loads(done.stdout)["explanation"]["layers"]
        return {layer["name"]: layer["tiles"] for layer in layers if layer["kind"] == "macro"}

    def compare(self, chip, bits, overrides=(), depthwise=False):
        """Compare all tiles of a network with weights of `bits` bits on a chip."""
        nodes = wide_network(depthwise)
        path = write_network(nodes, self.folder, bits)
        arrays = ChipArrays.read(chip, overrides)
        told = self.told(chip, path, overrides)
        self.assertEqual(set(told), {node.name for node in nodes})
        for node in nodes:
            mine = arrays.tiles(node, bits)
            expected = told[node.name]
            self.assertEqual([(tile.part, [tile.output_first, tile.outputs],
                               tile.line_rows // arrays.rows_per_unit, tile.columns)
                              for tile in mine],
                             [(tile["part"], tile["outputs"], tile["units"], tile["columns"])
                              for tile in expected], node.name)
            for tile, other in zip(mine, expected):
                self.assertEqual(tile.line_rows - tile.rows, other["idle_rows"], node.name)
                used = tile.rows * tile.outputs * arrays.columns_per_weight(bits)
                self.assertAlmostEqual(used / (tile.line_rows * tile.columns), other["fill"],
                                       places=9, msg=node.name)
        return told

    def test_pairs_of_4b_cells(self):
        told = self.compare("adapt256", 4)
        self.assertEqual(max(tile["part"] for tile in told["b"]), 1)
        self.assertEqual(len(told["b"]), 4)         # 128 outputs a tile
        self.compare("adapt256", 5)
        self.compare("adapt256", 8)

    def test_other_representations_and_sizes(self):
        self.compare("adapt256", 4, ["cim.cell.representation=twos_complement"])
        self.compare("adapt256", 8, ["cim.cell.representation=shifted_unsigned",
                                     "cim.cell.bits=2", "cim.rows=128", "system.macros=2"])
        self.compare("adapt256", 1)                 # a pair needs two bits

    def test_one_conversion_an_output_and_bits_apart(self):
        self.compare("imagine", 4)
        self.compare("capram", 3)
        self.compare("rram128", 8)

    def test_groups_of_channels(self):
        self.compare("adapt256", 4, depthwise=True)
        self.compare("capram", 4, depthwise=True)


class ColumnsTest(unittest.TestCase):
    """Column groups hold every weight, and full scales what sums can reach."""

    def test_groups_add_up_to_the_range_of_weights(self):
        for representation in ("twos_complement", "differential", "shifted_unsigned"):
            for cell in (1, 2, 4):
                for bits in range(2, 9):
                    arrays = ChipArrays.read(
                        "rram128", [f"cim.cell.representation={representation}",
                                    f"cim.cell.bits={cell}"])
                    groups = arrays.column_groups(bits)
                    most = sum(group.significance * group.levels for group in groups
                               if group.significance > 0)
                    offset = sum(group.significance * group.dummy_level for group in groups)
                    self.assertEqual(most - offset, 2 ** (bits - 1) - 1)

    def test_steps_follow_the_range_code(self):
        arrays = ChipArrays.read("adapt256", ["cim.converter.range_bits=8"])
        group, = arrays.column_groups(4)
        full = arrays.full_scale(group, 160, 4)
        self.assertEqual(full, 160 * 16 * 2 * 7)
        self.assertEqual(arrays.step(full), full / 2 ** 7)
        self.assertEqual(arrays.step(full, 64), full / 2 ** 9)
        self.assertEqual(arrays.step(full, 1), max(1.0, full / 2 ** 15))

    def test_wrong_input(self):
        for chip, overrides, sentence in (
                ("adapt", [], "adapt: this is neither a chip file nor one of the presets adapt256, "
                              "capram, imagine, rram128."),
                ("adapt256", ["cim.rows"], "'cim.rows': a change of the chip is KEY=VALUE."),
                ("adapt256", ["cim.raws=3"], "cim.raws: the chip adapt256 has no such parameter."),
                ("adapt256", ["cim.rows=x"], "cim.rows=x: the value must be a number."),
                ("adapt256", ["cim.rows=4.5"], "cim.rows=4.5: the value must be a whole number."),
                ("adapt256", ["cim.rows=100"], "chip adapt256: cim.rows_per_unit is 32; it must "
                                               "divide the 100 rows of a page."),
                ("adapt256", ["cim.converter.bits=13"],
                 "chip adapt256: cim.converter.bits is 13; 1 to 12 are possible.")):
            with self.assertRaises(ChipFileError) as caught:
                ChipArrays.read(chip, overrides)
            self.assertEqual(str(caught.exception), sentence)


if __name__ == "__main__":
    unittest.main()
