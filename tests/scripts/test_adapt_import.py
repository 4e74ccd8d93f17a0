"""Tests of scripts/train/adaptation: a user's network as nodes, and back as ONNX."""
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "train"))

from adaptation.errors import AdaptationError  # noqa: E402
from adaptation.float_export import export_float  # noqa: E402
from adaptation.onnx_nodes import load_network, restore_norms  # noqa: E402
from adaptation.surgery import network_of  # noqa: E402
from networks import Recipe  # noqa: E402

TOOL = Path(os.environ["LEYDEN_BINARY_DIR"]) / "tests/platform/compiler/compiler_tool"
SIZE = 12

torch.set_num_threads(1)


class Block(nn.Module):
    """A residual block with a shortcut, ending in a sum."""

    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(6, 10, 3, stride=2, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(10)
        self.b = nn.Conv2d(10, 10, 3, padding=1)
        self.short = nn.Conv2d(6, 10, 1, stride=2)

    def forward(self, x):
        """Return the rectified sum of both ways."""
        return torch.relu(self.b(torch.relu(self.norm(self.a(x)))) + self.short(x))


class Mean(nn.Module):
    """A mean over all pixels."""

    def forward(self, x):
        """Return (N, C)."""
        return x.mean((2, 3))


def make_network():
    """Return a network with every operator that can be adapted."""
    torch.manual_seed(3)
    network = nn.Sequential(
        nn.Conv2d(3, 6, 3, padding=1), nn.BatchNorm2d(6), nn.MaxPool2d(2), nn.ReLU(), Block(),
        nn.Conv2d(10, 10, 3, padding=1, groups=10), nn.BatchNorm2d(10), nn.ReLU(),
        nn.Conv2d(10, 7, 1), nn.ReLU(), Mean(), nn.Dropout(), nn.Linear(7, 9), nn.ReLU(),
        nn.Linear(9, 4), nn.Softmax(1))
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, -1.5, 1.5)
            nn.init.uniform_(module.bias, -0.5, 0.5)
            nn.init.uniform_(module.running_mean, -0.5, 0.5)
            nn.init.uniform_(module.running_var, 0.2, 2)
    return network.eval()


def lenet():
    """Return a network without normalisation whose matrix follows a map of pixels."""
    torch.manual_seed(4)
    return nn.Sequential(nn.Conv2d(3, 5, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(5, 8, 2),
                         nn.ReLU(), nn.Flatten(), nn.Linear(8 * 16, 11), nn.ReLU(),
                         nn.Linear(11, 4)).eval()


class ImportTest(unittest.TestCase):
    """What is imported computes what the user's network computes."""

    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)
        random = np.random.default_rng(1)
        self.codes = torch.tensor(random.integers(0, 256, (40, 3, SIZE, SIZE)).astype(np.uint8))

    def exported(self, network, **options):
        """Return the path of a PyTorch module's ONNX file."""
        path = self.folder / "network.onnx"
        torch.onnx.export(network, torch.zeros(1, 3, SIZE, SIZE), path, opset_version=13, **options)
        return path

    def compare(self, imported, module, without_softmax=False):
        """The outputs agree before and after the normalisations are restored."""
        with torch.no_grad():
            expected = (module[:-1] if without_softmax else module)(self.codes.float() / 255)
        network = network_of(imported.nodes, imported.state).eval()
        for restored in (False, True):
            if restored:
                restore_norms(network, imported.bare, self.codes)
            with torch.no_grad():
                made = network(self.codes.float())
            error = (made - expected).abs().max().item() / expected.abs().max().item()
            self.assertLess(error, 2e-5, f"restored: {restored}")
        return network

    def test_all_operators_with_normalisations_folded_and_kept(self):
        module = make_network()
        for training in (torch.onnx.TrainingMode.EVAL, torch.onnx.TrainingMode.PRESERVE):
            path = self.exported(module, training=training,
                                 do_constant_folding=training == torch.onnx.TrainingMode.EVAL)
            imported = load_network(path)
            self.assertEqual([node.op for node in imported.nodes],
                             ["conv", "max_pool", "conv", "conv", "conv", "add", "conv", "conv",
                              "mean", "linear", "linear"])
            self.assertIn("changes no class", imported.notes[0])
            self.compare(imported, module, without_softmax=True)

    def test_restored_normalisations_have_the_statistics_of_the_images(self):
        module = lenet()
        imported = load_network(self.exported(module))
        self.assertEqual(imported.bare, ["conv0", "conv3", "fc6"])
        network = self.compare(imported, module)
        with torch.no_grad():
            raw = nn.functional.conv2d(self.codes.float() / 255, module[0].weight)
        norm = network.norms["conv0"]
        for made, expected in ((norm.running_mean, raw.mean((0, 2, 3))),
                               (norm.running_var, raw.var((0, 2, 3), unbiased=False)),
                               (norm.weight, raw.std((0, 2, 3), unbiased=False))):
            torch.testing.assert_close(made, expected, rtol=1e-3, atol=1e-4)

    def test_module_of_a_file(self):
        source = self.folder / "mine.py"
        source.write_text("from torch import nn\ndef make():\n    return nn.Sequential("
                          "nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(400, 4))\n")
        imported = load_network(f"{source}:make", (3, SIZE, SIZE))
        self.assertEqual([(node.name, node.channels) for node in imported.nodes],
                         [("conv0", 4), ("fc3", 4)])
        for name, sentence in (
                ("gone.py:make", "gone.py: there is no such file."),
                (f"{source}:gone", f"{source}:gone: the network cannot be made: AttributeError: "
                 "module 'mine' has no attribute 'gone'."),
                (str(source), f"{source}: name the function that makes the network, as "
                 "my_module.py:make_network.")):
            with self.assertRaises(AdaptationError) as caught:
                load_network(name, (3, SIZE, SIZE))
            self.assertEqual(str(caught.exception), sentence)

    def test_exported_file_gives_the_same_in_the_compilers_float_executor(self):
        for module, cut in ((make_network(), True), (lenet(), False)):
            imported = load_network(self.exported(module))
            recipe = Recipe("small", "cifar10", "cifar10", "a test", height=SIZE, width=SIZE,
                            channels=3, classes=4, nodes=imported.nodes)
            network = network_of(imported.nodes, imported.state)
            restore_norms(network, imported.bare, self.codes)
            export_float(recipe, imported.nodes, network.state_dict(), self.folder / "made", 8, 8)
            images = (self.codes.float() / 255).numpy()
            images.tofile(self.folder / "images.f32")
            done = subprocess.run([TOOL, "float", self.folder / "made/network.onnx",
                                   self.folder / "images.f32", self.folder / "out.f32"],
                                  capture_output=True, text=True, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            made = np.fromfile(self.folder / "out.f32", np.float32).reshape(len(images), -1)
            with torch.no_grad():
                expected = (module[:-1] if cut else module)(torch.tensor(images)).numpy()
            self.assertLess(np.abs(made - expected).max() / np.abs(expected).max(), 1e-4)


class RefusalTest(unittest.TestCase):
    """What cannot be adapted is refused in one sentence with the node's name."""

    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.path = Path(holder.name) / "bad.onnx"

    def refuses(self, sentence, nodes, constants=(), shape=(1, 2, 8, 8)):
        """Loading a graph of `nodes` from `x` to `y` fails with `sentence`."""
        graph = helper.make_graph(
            nodes, "bad", [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
            [numpy_helper.from_array(np.asarray(value, kind), name)
             for name, value, kind in constants])
        onnx.save(helper.make_model(graph), self.path)
        with self.assertRaises(AdaptationError) as caught:
            load_network(self.path)
        self.assertEqual(str(caught.exception), sentence)

    def test_operators(self):
        weight = ("w", np.ones((4, 2, 3, 3)), np.float32)
        wide = ("w", np.ones((4, 2, 3, 1)), np.float32)
        conv = helper.make_node("Conv", ["x", "w"], ["c"], "first")
        self.refuses("node 'act' (Sigmoid) cannot be adapted; known are Add, AveragePool, "
                     "BatchNormalization, Conv, Flatten, Gemm, GlobalAveragePool, LogSoftmax, "
                     "MatMul, MaxPool, ReduceMean, Relu, Reshape, Softmax.",
                     [conv, helper.make_node("Sigmoid", ["c"], ["y"], "act")], [weight])
        self.refuses("node 'first' (Conv) has kernel [3, 1], strides [1], pads [0] and dilations "
                     "[1]; square ones without dilation are needed.",
                     [helper.make_node("Conv", ["x", "w"], ["y"], "first")], [wide])
        self.refuses("node 'pool' (MaxPool) has the window [3, 3], strides [2, 2] and pads [0]; 2 "
                     "x 2 pixels with stride 2 and no padding are needed.",
                     [conv, helper.make_node("MaxPool", ["c"], ["y"], "pool", kernel_shape=[3, 3],
                                             strides=[2, 2])], [weight])
        self.refuses("node 'mean' (AveragePool) has the window [2, 2] of [6, 6] pixels; an average "
                     "over all pixels, or a MaxPool of 2 x 2, is needed.",
                     [conv, helper.make_node("AveragePool", ["c"], ["y"], "mean",
                                             kernel_shape=[2, 2])], [weight])
        self.refuses("node 'sum' (Add) adds maps of different shapes; equal ones are needed.",
                     [conv, helper.make_node("Conv", ["c", "v"], ["d"], "second"),
                      helper.make_node("Add", ["c", "d"], ["y"], "sum")],
                     [weight, ("v", np.ones((4, 4, 3, 3)), np.float32)])
        self.refuses("node 'act' (Relu) follows 'first', whose output is used without it too or is "
                     "a mean; put it behind a Conv, Gemm or Add of its own.",
                     [conv, helper.make_node("Relu", ["c"], ["r"], "act"),
                      helper.make_node("Add", ["c", "r"], ["y"], "sum")], [weight])

    def test_graph(self):
        self.refuses(f"{self.path}: input 'x' has the shape [1, 16]; 1 x channels x height x width "
                     "with known sizes is needed.",
                     [helper.make_node("Gemm", ["x", "w"], ["y"], "fc")],
                     [("w", np.ones((16, 4)), np.float32)], (1, 16))
        self.refuses("node 'norm' (BatchNormalization) acts on the network's input; a layer must "
                     "come before it.",
                     [helper.make_node("BatchNormalization", ["x", "g", "g", "g", "g"], ["y"],
                                       "norm")], [("g", np.ones(2), np.float32)])
        self.refuses("node 'fc' (Gemm) takes 2 x 8 x 8; a flattened square map or a vector is "
                     "needed.", [helper.make_node("Gemm", ["x", "w"], ["y"], "fc")],
                     [("w", np.ones((128, 4)), np.float32)])
        self.refuses("node 'fc' (Gemm) has weights for 100 inputs and gets 128.",
                     [helper.make_node("Flatten", ["x"], ["f"], "flat"),
                      helper.make_node("Gemm", ["f", "w"], ["y"], "fc")],
                     [("w", np.ones((100, 4)), np.float32)])

    def test_files(self):
        for content, start in ((None, "there is no such file; give an ONNX file or "
                                "my_module.py:function."),
                               (b"\x00\x01 no model", "this is not an ONNX file that can be read")):
            if content is not None:
                self.path.write_bytes(content)
            with self.assertRaises(AdaptationError) as caught:
                load_network(self.path)
            self.assertTrue(str(caught.exception).startswith(f"{self.path}: {start}"),
                            str(caught.exception))


if __name__ == "__main__":
    unittest.main()
