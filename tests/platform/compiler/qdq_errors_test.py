"""Quantised graphs that cannot be read, and those that a chip holds only nearly."""
import tempfile
import unittest
from pathlib import Path

import numpy as np
import onnx
import yaml
from onnx import TensorProto, helper, numpy_helper

from quantised_networks import QuantisedBuilder
from tool import Compiled, Refused, run

GEOMETRY = {"rows": 1152, "columns": 512, "rows_per_unit": 36}


def node(kind, inputs, output, **options):
    return helper.make_node(kind, inputs, [output], "n_" + output, **options)


class QuantisedErrorsTest(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = Path(self.temporary.name)

    def refused(self, nodes, constants, shape=(1, 2, 3, 3)):
        value = helper.make_tensor_value_info
        graph = helper.make_graph(
            nodes, "g", [value("input", TensorProto.FLOAT, shape)],
            [value(nodes[-1].output[0], TensorProto.FLOAT, None)],
            initializer=[numpy_helper.from_array(np.asarray(a), n) for n, a in constants.items()])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
        onnx.save(model, self.folder / "n.onnx")
        np.zeros(shape[1:], np.float32).tofile(self.folder / "x.f32")
        with self.assertRaises(Refused) as caught:
            run("float", self.folder / "n.onnx", self.folder / "x.f32", self.folder / "y.f32")
        return str(caught.exception).removeprefix(f"{self.folder}/n.onnx: ")

    SCALARS = {"s": np.float32(0.1), "z": np.uint8(3)}

    def test_dynamic_quantisation(self):
        made = helper.make_node("DynamicQuantizeLinear", ["input"], ["q", "s", "z"], "dynamic")
        self.assertEqual(
            self.refused([made, node("DequantizeLinear", ["q", "s", "z"], "y")], {}),
            "node 'dynamic' (DynamicQuantizeLinear): its scale depends on the image, which the "
            "chip does not compute; the nearest supported form is QuantizeLinear with a constant scale "
            "(static quantisation)")

    def test_one_scale_a_channel_of_an_activation(self):
        constants = {"s": np.float32([0.1, 0.2]), "z": np.uint8([0, 0])}
        self.assertEqual(
            self.refused([node("QuantizeLinear", ["input", "s", "z"], "q", axis=1),
                          node("DequantizeLinear", ["q", "s", "z"], "y", axis=1)], constants),
            "node 'n_q' (QuantizeLinear): one scale a channel is not supported for a tensor that "
            "depends on the image; the nearest supported form is one scale")

    def test_scale_not_above_zero(self):
        self.assertEqual(
            self.refused([node("QuantizeLinear", ["input", "s", "z"], "q")],
                         {"s": np.float32(0), "z": np.uint8(0)}),
            "node 'n_q' (QuantizeLinear): scale 's' must be above 0")

    def test_wide_codes(self):
        self.assertEqual(
            self.refused([node("QuantizeLinear", ["input", "s", "z"], "q"),
                          node("DequantizeLinear", ["q", "s", "z"], "y")],
                         {"s": np.float32(0.1), "z": np.int32(0)}),
            "node 'n_q' (QuantizeLinear): codes of data type 6 are not supported for a tensor that "
            "depends on the image; int8 and uint8 are")

    def test_codes_read_with_another_scale(self):
        self.assertEqual(
            self.refused([node("QuantizeLinear", ["input", "s", "z"], "q"),
                          node("DequantizeLinear", ["q", "t", "z"], "y")],
                         {**self.SCALARS, "t": np.float32(0.5)}),
            "node 'n_y' (DequantizeLinear): reads codes of scale 0.1, zero point 3 with scale 0.5, "
            "zero point 3; they must be the same")

    def test_scale_that_is_computed(self):
        self.assertEqual(
            self.refused([node("QuantizeLinear", ["input", "input", "z"], "q")], self.SCALARS),
            "node 'n_q' (QuantizeLinear): its scale 'input' is computed while the network runs; a "
            "constant is supported")

    def test_codes_read_as_numbers(self):
        self.assertEqual(
            self.refused([node("QuantizeLinear", ["input", "s", "z"], "q"),
                          node("Relu", ["q"], "y")], self.SCALARS),
            "node 'n_y' (Relu): reads the codes of 'q' as they are; DequantizeLinear is needed "
            "between")

    def test_integers_that_no_scale_follows(self):
        constants = {**self.SCALARS, "w": np.ones((4, 2, 1, 1), np.uint8)}
        self.assertEqual(
            self.refused([node("QuantizeLinear", ["input", "s", "z"], "q"),
                          node("ConvInteger", ["q", "w", "z"], "acc"),
                          node("Relu", ["acc"], "y")], constants),
            "node 'n_acc' (ConvInteger): its integers must be read by one Cast to float and then "
            "one Mul by a constant scale; nothing else is supported behind it")

    def test_scales_that_do_not_fit_their_axis(self):
        constants = {**self.SCALARS, "w": np.ones((4, 2, 1, 1), np.int8),
                     "ws": np.ones(3, np.float32)}
        self.assertEqual(
            self.refused([node("DequantizeLinear", ["w", "ws"], "wr", axis=0),
                          node("Conv", ["input", "wr"], "y")], constants),
            "node 'n_wr' (DequantizeLinear): 3 scales do not fit axis 0 of the tensor they belong "
            "to")

    # What is kept, and what is told when it cannot be

    def builder(self, **options):
        b = QuantisedBuilder(np.random.default_rng(7), (2, 6, 6))
        b.conv(6, (3, 3), **options)
        b.global_average_pool()
        images = b.rng.integers(0, 256, (2, 6, 6, 2)).astype(np.uint8)
        return b, images

    def compiled(self, b, images, **changes):
        return Compiled(self.folder, b.write(self.folder), {**GEOMETRY, **changes}, images)

    def test_integers_of_the_file_are_those_of_the_macro(self):
        for kind, zero in (("int8", 0), ("uint8", 128)):
            b, images = self.builder(weight_type=kind)
            layer = self.compiled(b, images).plan["layers"][0]
            stored = next(v for n, v in b.values.items() if n[0] == "w" and "_" not in n)
            expected = stored.astype(int).transpose(0, 2, 3, 1) - zero
            with self.subTest(kind=kind):
                self.assertEqual(layer["weights"], expected.ravel().tolist())
                self.assertEqual(layer["weight_bits"], 8)

    def test_weights_take_as_few_bits_as_hold_them(self):
        b, images = self.builder()
        name = next(n for n in b.values if n[0] == "w" and "_" not in n)
        small = b.rng.integers(-4, 4, b.values[name].shape).astype(np.int8)
        b.constants = [c for c in b.constants if c.name != name]
        b.constants.append(numpy_helper.from_array(small, name))
        self.assertEqual(self.compiled(b, images).plan["layers"][0]["weight_bits"], 3)

    def test_scales_behind_a_layer_keep_the_integers(self):
        """BatchNormalization between a convolution and QuantizeLinear, one scale negative."""
        for lowest in (-127, -128):
            b, images = self.builder()
            name = next(n for n in b.values if n[0] == "w" and "_" not in n)
            stored = b.values[name].copy()
            stored[1, 0, 0, 0] = lowest
            b.constants = [c for c in b.constants if c.name != name]
            b.constants.append(numpy_helper.from_array(stored, name))
            at = next(i for i, n in enumerate(b.nodes) if n.op_type == "Conv")
            factor = np.float32([0.5, -0.25, 2, 1, 0.3, 0.7])
            names = [b.constant(n, v) for n, v in (
                ("gain", factor), ("shift", np.float32([0, 0.1, -0.1, 0, 0, 0.2])),
                ("mean", np.zeros(6, np.float32)), ("variance", np.ones(6, np.float32)))]
            value = b.nodes[at].output[0]
            b.nodes[at].output[0] = "before"
            b.nodes.insert(at + 1, node("BatchNormalization", ["before", *names], value,
                                        epsilon=1e-12))
            layers = self.compiled(b, images).plan["layers"]
            got = np.array(layers[0]["weights"]).reshape(6, 3, 3, 2).transpose(0, 3, 1, 2)
            with self.subTest(lowest=lowest):
                if lowest == -127:  # becomes 127
                    stored = stored.astype(int) * np.sign(factor)[:, None, None, None]
                    np.testing.assert_allclose(
                        layers[0]["weight_scale"], b.values[name + "_scale"] * abs(factor), 1e-6)
                else:  # would become 128: the normalisation stays a layer
                    self.assertEqual(layers[1]["kind"], "scale")
                np.testing.assert_array_equal(got, stored)

    def test_weights_beyond_8_bits_are_told(self):
        b, images = self.builder(weight_type="uint8")
        name = next(n for n in b.values if n.endswith("_zero") and n[0] == "w")
        b.constants = [c for c in b.constants if c.name != name]
        b.constants.append(numpy_helper.from_array(np.full(6, 20, np.uint8), name))
        compiled = self.compiled(b, images)
        self.assertEqual(compiled.plan["layers"][0]["weight_bits"], 8)
        self.assertRegex(
            " ".join(compiled.plan["notes"]),
            r"node 'node_t\d_value': its weights less their zero point reach 23\d, beyond 8 b, and "
            r"are rounded again with an error of at most 0.92 of the file's steps")

    def test_weights_that_the_macro_does_not_hold_are_told(self):
        b, images = self.builder()
        compiled = self.compiled(b, images, weight_bits=6)
        layer = compiled.plan["layers"][0]
        self.assertEqual(layer["weight_bits"], 6)
        name = next(n for n in b.values if n[0] == "w" and "_" not in n)
        real = b.values[name] * b.values[name + "_scale"].reshape(-1, 1, 1, 1)
        held = (np.array(layer["weights"]).reshape(6, -1)
                * np.array(layer["weight_scale"])[:, None])
        exact = real.transpose(0, 2, 3, 1).reshape(6, -1)
        error = 100 * np.sqrt(((held - exact) ** 2).sum() / (exact ** 2).sum())
        note = next(n for n in compiled.plan["notes"] if "rounded again" in n)
        self.assertIn("the weights of 6 of 6 outputs need 8 b where the macro holds -32 to 31, and "
                      "are rounded again with an error of ", note)
        self.assertAlmostEqual(float(note.split("error of ")[1].split(" %")[0]), error, delta=0.1)

    def test_other_codes_of_the_data_are_requantised(self):
        b, images = self.builder()
        path = b.write(self.folder)
        same = Compiled(self.folder, path, GEOMETRY, images)
        text = yaml.safe_load(path.read_text())
        stated = dict(text["input"])
        text["input"].update(scale=stated["scale"] * 2, zero_point=100)
        path.write_text(yaml.safe_dump(text))
        other = Compiled(self.folder, path, GEOMETRY, images)
        self.assertEqual(len(other.plan["layers"]), len(same.plan["layers"]) + 1)
        self.assertIn("are brought to those of the quantised graph by a layer of its own; with "
                      f"input.scale {stated['scale']:.7g} and input.zero_point "
                      f"{stated['zero_point']} it would not be needed",
                      " ".join(other.plan["notes"]))
        expected = np.clip(2 * (images.astype(int) - 100) + stated["zero_point"], 0, 255)
        np.testing.assert_array_equal(other.codes["ideal"][0], expected.reshape(2, -1))


if __name__ == "__main__":
    unittest.main()
