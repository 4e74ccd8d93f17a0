"""Layers off the macro: their codes through the chip in Python, and their values against PyTorch."""
import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch
import yaml

from chip_emulator import CORE, Chip, Image
from other_operators import Net
from tool import Compiled, Refused

GEOMETRY = {"rows": 1152, "columns": 256, "rows_per_unit": 36, "abn_entries": 256,
            "range_shift": 1, "macros": 1, "lmem_bank_bytes": 65536}


def run(test, net, rng, images=2, geometry=None, keys=None, **quantisation):
    """Compiles and checks every code; returns what was compiled, the image, and the codes."""
    geometry = geometry or GEOMETRY
    c, h, w = net.input_shape
    codes = rng.integers(0, 256, (images, h, w, c), np.uint8)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        network = net.write(folder, **quantisation)
        description = yaml.safe_load(network.read_text())
        if net.shapes[net.last][1:] not in ((), (1, 1)) or (keys or {}).get("classes") == 0:
            del description["classes"]
        description.update({k: v for k, v in (keys or {}).items() if k != "classes" or v})
        network.write_text(yaml.safe_dump(description))
        compiled = Compiled(folder, network, geometry, codes)
    image = Image(compiled.image)
    for fidelity in ("ideal", "quantised"):
        chip = Chip(geometry, fidelity)
        chip.boot(image)
        for n in range(images):
            layers, output = chip.run(image, codes[n].ravel())
            for i, layer in enumerate(compiled.plan["layers"]):
                np.testing.assert_array_equal(layers[i], compiled.codes[fidelity][i][n],
                                              f"layer {layer['name']}, image {n}, {fidelity}")
            np.testing.assert_array_equal(output, compiled.codes[fidelity][-1][n])
    test.assertEqual(len(compiled.plan["layers"]), len(image.layers))
    return compiled, image, codes


def kinds(compiled):
    return [layer["kind"] for layer in compiled.plan["layers"]]


def output_values(compiled, net, codes):
    """Real values of the output, NHWC, and PyTorch's of the same inputs."""
    tensor = compiled.tensor(compiled.plan["layers"][-1]["output"])
    got = tensor["scale"] * (compiled.codes["quantised"][-1].astype(float) - tensor["zero_point"])
    x = torch.from_numpy(codes.astype(np.float32) / 255).permute(0, 3, 1, 2)
    want = net.evaluate(x)[net.last]
    want = want.permute(0, 2, 3, 1) if want.dim() == 4 else want
    return got, want.reshape(len(codes), -1).numpy(), tensor["scale"]


class OperatorsTest(unittest.TestCase):
    """Networks without a macro layer: the only errors are roundings to codes."""

    def close(self, build, codes_off, shape=(3, 6, 5), keys=None, **quantisation):
        for seed in range(2):
            rng = np.random.default_rng(seed)
            net = Net(rng, shape)
            build(net)
            compiled, _, codes = run(self, net, rng, keys=keys, **quantisation)
            got, want, scale = output_values(compiled, net, codes)
            self.assertLess(np.abs(got - want).max() / scale, codes_off)
        return compiled

    def test_functions(self):
        def centred(net):  # values of both signs, some scale
            weight = np.array([[[[3.0]], [[-4.0]], [[2.0]]]], np.float32)
            bias = np.array([[[[-1.5]], [[2.0]], [[-1.0]]]], np.float32)
            net.add("Mul", lambda x: x * torch.from_numpy(weight), [net.constant(weight, "m")])
            net.add("Add", lambda x: x + torch.from_numpy(bias), [net.constant(bias, "a")])
        for name in ("leaky_relu", "sigmoid", "tanh", "clip"):
            def build(net, name=name):
                centred(net)
                {"leaky_relu": lambda: net.leaky_relu(0.2), "sigmoid": net.sigmoid,
                 "tanh": net.tanh, "clip": lambda: net.clip(-0.5, 1.0)}[name]()
            # Half a code of the output, and what half a code of the input becomes.
            compiled = self.close(build, 2.6)
            expected = ["scale"] if name == "clip" else ["scale", "lookup"]
            self.assertEqual(kinds(compiled), expected, name)

    def test_concat_of_different_ranges(self):
        def build(net):
            first = net.sigmoid()
            net.last = "input"
            second = net.leaky_relu(0.1)
            net.concat(second, first, second)
        compiled = self.close(build, 1.1)
        self.assertEqual(kinds(compiled), ["lookup", "lookup", "concat"])
        self.assertEqual(compiled.tensor(1)["scale"], compiled.tensor(2)["scale"])

    def test_concat_with_the_input_recodes_it(self):
        def build(net):
            net.add("Mul", lambda x: x * 2, [net.scalar(2.0)])
            net.concat("input", net.last)
        compiled = self.close(build, 1.1)
        self.assertEqual(sorted(kinds(compiled)), ["concat", "lookup", "scale"])

    def test_concat_of_flattened_tensors(self):
        def build(net):
            first = net.sigmoid()
            net.flatten()
            flat = net.last
            net.last = first
            net.max_pool((2, 2), (2, 2))
            net.flatten()
            net.concat(net.last, flat)
        compiled = self.close(build, 1.1, keys={"classes": 0})
        self.assertEqual(kinds(compiled).count("core"), 2)

    def test_pools_and_pads_of_the_core(self):
        def padded(net):
            net.tanh()
            net.pad(1, 2, 0, 1, value=-0.5)
        self.assertEqual(kinds(self.close(padded, 1.1)), ["lookup", "core"])

        def outside(net):  # below what the tensor can hold
            net.sigmoid()
            net.pad(1, 1, 1, 1, value=-2.0)
        self.close(outside, 1.1)

        def average(net):
            net.average_pool_uncounted((3, 3), (2, 1), (1, 1))
        self.assertEqual(kinds(self.close(average, 0.6)), ["core"])

        def negative(net):  # counted padding around a tensor with a zero point
            bias = np.full((1, 1, 1, 1), -0.4, np.float32)
            net.add("Add", lambda x: x + torch.from_numpy(bias), [net.constant(bias, "a")])
            net.average_pool((3, 2), (1, 2), (1, 1, 1, 0))
        self.assertEqual(kinds(self.close(negative, 1.6)), ["scale", "core"])

        def dilated(net):
            net.dilated_max_pool((2, 3), (3, 2))
        self.assertEqual(kinds(self.close(dilated, 0.01)), ["core"])

    def test_softmax_and_its_logarithm(self):
        def scaled(net):
            net.add("Mul", lambda x: x * 12, [net.scalar(12.0)])
        for logarithm in (False, True):
            def build(net, logarithm=logarithm):
                scaled(net)
                net.softmax(logarithm)
            compiled = self.close(build, 4.0 if not logarithm else 2.0, shape=(9, 1, 1))
            self.assertEqual(kinds(compiled)[-1], "core")
            self.assertEqual(kinds(self.close(build, 4.0, shape=(5, 3, 2)))[-1], "core")
        tensor = compiled.tensor(compiled.plan["layers"][-1]["output"])
        self.assertEqual(tensor["zero_point"], 255)

    def test_arg_max_gives_the_class_itself(self):
        rng = np.random.default_rng(5)
        net = Net(rng, (11, 1, 1))
        net.tanh()
        net.arg_max()
        compiled, image, codes = run(self, net, rng, images=8, keys={"classes": 11})
        self.assertEqual(image.header["result"], 1)
        self.assertEqual(image.header["output_bytes"], 1)
        tanh = compiled.codes["quantised"][0]
        np.testing.assert_array_equal(compiled.codes["quantised"][1][:, 0], tanh.argmax(1))

    def test_softmax_may_be_left_out(self):
        rng = np.random.default_rng(6)
        net = Net(rng, (6, 1, 1))
        net.tanh()
        net.softmax()
        compiled, _, _ = run(self, net, rng, keys={"softmax": "omit"})
        self.assertEqual(kinds(compiled), ["lookup"])

    def test_an_output_of_many_pixels_is_no_class(self):
        rng = np.random.default_rng(7)
        net = Net(rng, (2, 4, 5))
        net.sigmoid()
        _, image, _ = run(self, net, rng)
        self.assertEqual(image.header["result"], 2)


class MixedTest(unittest.TestCase):
    """Macro layers and all others in one network, on random chips."""

    def test_random_networks(self):
        seen = set()
        for seed in range(6):
            rng = np.random.default_rng(100 + seed)
            net = Net(rng, (int(rng.integers(1, 4)), int(rng.integers(6, 11)),
                            int(rng.integers(6, 11))))
            net.pad(1, 1, 1, 1, value=float(rng.choice([0.0, 0.3])))
            net.conv(int(rng.integers(2, 9)), (3, 3))
            net.clip(-0.7, 0.9) if rng.integers(2) else net.leaky_relu(0.15)
            trunk = net.last
            left = net.conv(int(rng.integers(1, 6)), (3, 3), pads=(1, 1, 1, 1))
            net.sigmoid() if rng.integers(2) else net.relu()
            left = net.last
            net.last = trunk
            net.average_pool_uncounted((3, 3), (1, 1), (1, 1))
            net.concat(trunk, left, net.last)
            if rng.integers(2):
                net.dilated_max_pool((2, 2), (2, 2))
            net.flatten()
            net.gemm(7)
            end = int(rng.integers(3))
            if end < 2:
                net.softmax(logarithm=end == 1)
            else:
                net.arg_max()
            place = {}
            if rng.integers(2):
                place = {"place": {net.nodes[1].name: "core"}}
            compiled, image, _ = run(self, net, rng, keys={**place, "classes": 7},
                                     weight_bits=int(rng.integers(2, 9)),
                                     activation_bits=int(rng.choice([8, 8, 6, 4])))
            seen |= set(kinds(compiled))
            self.assertTrue(any(step[0] == CORE for step in image.steps))
        self.assertLessEqual({"macro", "lookup", "concat", "core"}, seen)

    def test_padding_goes_into_its_reader(self):
        rng = np.random.default_rng(3)
        net = Net(rng, (2, 6, 6))
        net.pad(1, 1, 1, 1)
        net.conv(4, (3, 3))
        net.pad(0, 1, 1, 0)
        net.average_pool((2, 2), (2, 2))
        compiled, _, _ = run(self, net, rng)
        self.assertEqual(kinds(compiled)[0], "macro")
        self.assertEqual(compiled.plan["layers"][0].get("name"), "conv1")

    def test_weights_on_the_core_without_room_in_lmem_stay_in_the_image(self):
        rng = np.random.default_rng(4)
        net = Net(rng, (4, 8, 8))
        net.conv(24, (3, 3), pads=(1, 1, 1, 1))
        _, image, _ = run(self, net, rng, keys={"place": {"conv0": "core"}},
                          geometry={**GEOMETRY, "lmem_bank_bytes": 1024})
        self.assertEqual([step[2] for step in image.steps if step[0] == CORE], [1])

    def test_places_are_checked(self):
        rng = np.random.default_rng(8)
        net = Net(rng, (2, 4, 4))
        net.conv(3, (1, 1))
        net.sigmoid()
        for place, sentence in [
                ({"conv": "core"}, "network 'random': place names 'conv', which is no layer; did "
                                   "you mean 'conv0'?"),
                ({"sigmoid1": "core"}, "node 'sigmoid1' (Sigmoid): place can say core or macro for "
                                       "Conv, Gemm and MatMul, and core for MaxPool and "
                                       "AveragePool")]:
            with self.assertRaises(Refused) as caught:
                run(self, net, rng, keys={"place": place})
            self.assertEqual(str(caught.exception), sentence)


if __name__ == "__main__":
    unittest.main()
