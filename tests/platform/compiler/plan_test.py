"""What the compiler decides, against evaluations written here from the equations alone."""
import lzma
import tempfile
import unittest
from fractions import Fraction
from math import floor, prod
from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn.functional as F
import yaml
from onnx import TensorProto, helper, numpy_helper

from networks import random_network
from tool import Compiled, Refused

ROOT = Path(__file__).resolve().parents[3]
MODELS = ROOT.parent / "shared" / "data" / "models"
GEOMETRY = {"rows": 1152, "columns": 256, "rows_per_unit": 36, "abn_entries": 256,
            "range_shift": 1, "macros": 1, "lmem_bank_bytes": 131072}


def integer_conv(x, weights, window, zero_point):
    """Exact dot products of codes x (C, H, W) with integer weights (O, C, kh, kw)."""
    kernel_height, kernel_width, stride_y, stride_x, top, left, bottom, right = window
    x = F.pad(torch.from_numpy(np.ascontiguousarray(x)).double()[None],
              (left, right, top, bottom), value=float(zero_point))
    weights = torch.from_numpy(np.ascontiguousarray(weights)).double()
    return F.conv2d(x, weights, stride=(stride_y, stride_x))[0].long().numpy()


def weights_and_positions(path):
    """(rows, outputs, positions) of every convolution and dense layer, by ONNX's shape inference."""
    graph = onnx.shape_inference.infer_shapes(onnx.load(str(path))).graph
    weights = {tensor.name: tensor.dims for tensor in graph.initializer}
    shapes = {value.name: [d.dim_value for d in value.type.tensor_type.shape.dim]
              for value in [*graph.value_info, *graph.output]}
    found = []
    for layer in graph.node:
        if layer.op_type == "Conv":
            outputs, *window = weights[layer.input[1]]
            found.append((prod(window), outputs, prod(shapes[layer.output[0]][2:])))
        elif layer.op_type == "Gemm":
            transposed = any(a.name == "transB" and a.i for a in layer.attribute)
            rows, outputs = weights[layer.input[1]][::-1 if transposed else 1]
            found.append((rows, outputs, 1))
    return found


def planes(codes, shape):
    """NHWC codes as (C, H, W) integers."""
    c, h, w = shape
    return codes.reshape(h, w, c).transpose(2, 0, 1).astype(np.int64)


class Written:
    """A three-layer network with weights on a grid, its ranges, and its evaluation in integers."""

    RANGES = {"conv_relu": (0.0, 3.0), "fc1": (-4.0, 5.0), "fc2": (-6.0, 6.0)}

    def __init__(self, rng, bits, zero_point):
        most = 2 ** (bits - 1) - 1
        self.bits, self.zero_point, self.input_scale = bits, zero_point, 1 / 64
        self.layers = []
        for name, shape in (("conv", (6, 2, 3, 3)), ("fc1", (11, 6 * 3 * 3)), ("fc2", (4, 11))):
            weight = rng.integers(-most, most + 1, shape)
            weight.reshape(len(weight), -1)[:, 0] = most  # the largest sets the scale
            scale = rng.uniform(0.5, 1.5, len(weight)) / most / weight[0].size ** 0.5
            self.layers.append((name, weight, scale, rng.normal(0, 0.2, len(weight))))

    def write(self, folder):
        nodes, constants = [], []
        for name, weight, scale, bias in self.layers:
            values = weight * scale.reshape(-1, *[1] * (weight.ndim - 1))
            constants += [numpy_helper.from_array(values.astype(np.float32), f"{name}_w"),
                          numpy_helper.from_array(bias.astype(np.float32), f"{name}_b")]
        node = helper.make_node
        nodes = [
            node("Conv", ["x", "conv_w", "conv_b"], ["conv"], "conv", pads=[1, 0, 0, 1],
                 strides=[2, 2]),
            node("MaxPool", ["conv"], ["pooled"], "pool", kernel_shape=[2, 2], strides=[1, 1]),
            node("Relu", ["pooled"], ["conv_relu"], "relu"),
            node("Flatten", ["conv_relu"], ["flat"], "flatten"),
            node("Gemm", ["flat", "fc1_w", "fc1_b"], ["fc1"], "fc1", transB=1),
            node("Gemm", ["fc1", "fc2_w", "fc2_b"], ["fc2"], "fc2", transB=1),
        ]
        value = helper.make_tensor_value_info
        graph = helper.make_graph(nodes, "g", [value("x", TensorProto.FLOAT, [1, 2, 8, 9])],
                                  [value("fc2", TensorProto.FLOAT, [1, 4])], initializer=constants)
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)]),
                  folder / "network.onnx")
        (folder / "network.yaml").write_text(yaml.safe_dump({
            "name": "written", "onnx": "network.onnx", "classes": 4,
            "input": {"height": 8, "width": 9, "channels": 2, "scale": self.input_scale,
                      "zero_point": self.zero_point},
            "quantisation": {"weight_bits": self.bits, "activation_bits": 8},
            "activation_ranges": {k: {"min": a, "max": b} for k, (a, b) in self.RANGES.items()}}))
        return folder / "network.yaml"

    def codes(self, image, geometry):
        """Codes after each layer: convolution, pooling, both matrices. Scalar, in fractions."""
        x, scale, zero = planes(image, (2, 8, 9)), self.input_scale, self.zero_point
        results = []
        for (name, weight, weight_scale, bias), key in zip(self.layers, self.RANGES):
            low, high = self.RANGES[key]
            step = (high - low) / 255
            offset = round(-low / step)
            rows = weight[0].size
            units = -(-rows // geometry["rows_per_unit"])
            lsb = (units * geometry["rows_per_unit"]
                   * 2.0 ** (8 + self.bits - 8 - geometry["range_shift"]))
            if name == "conv":
                d = integer_conv(x, weight, (3, 3, 2, 2, 1, 0, 0, 1), zero)
            else:
                d = (weight @ x.reshape(-1)).reshape(-1, 1, 1)
            y = np.zeros(d.shape, np.int64)
            for o in range(len(weight)):
                g = floor(float(np.float32(1)) * weight_scale[o] * scale * lsb / step * 256 + 0.5)
                correction = g / 256 / lsb * zero * weight[o].sum()
                h = floor((np.float32(bias[o]) / step + offset - correction) * 16 + 0.5)
                for at in np.ndindex(d.shape[1:]):
                    value = (Fraction(g, 256) * int(d[(o, *at)]) / Fraction(lsb)
                             + Fraction(h, 16) + Fraction(1, 2))
                    y[(o, *at)] = min(max(floor(value), 0), 255)
            results.append(y.transpose(1, 2, 0).ravel())
            if name == "conv":
                pooled = F.max_pool2d(torch.from_numpy(y).float()[None], 2, 1)[0].long().numpy()
                results.append(pooled.transpose(1, 2, 0).ravel())
                y = pooled
            x, scale, zero = y, step, offset
        return results


class PlanTest(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = Path(self.temporary.name)

    def test_quantised_network_equals_scalar_evaluation(self):
        for bits, zero_point in ((4, 0), (4, 128), (8, 100), (2, 0), (5, 255)):
            rng = np.random.default_rng(bits)
            network = Written(rng, bits, zero_point)
            images = rng.integers(0, 256, (3, 8, 9, 2), np.uint8)
            compiled = Compiled(self.folder, network.write(self.folder), GEOMETRY, images)
            self.assertEqual([layer["name"] for layer in compiled.plan["layers"]],
                             ["conv", "pool", "fc1", "fc2"])
            for n, image in enumerate(images):
                for i, expected in enumerate(network.codes(image, GEOMETRY)):
                    for fidelity in ("ideal", "quantised"):
                        np.testing.assert_array_equal(compiled.codes[fidelity][i][n], expected)

    def random_cases(self, count, geometry=None, **quantisation):
        for seed in range(count):
            rng = np.random.default_rng(500 + seed)
            builder = random_network(rng)
            c, h, w = builder.input_shape
            zero_point = int(rng.choice([0, 128]))
            images = rng.integers(0, 256, (4, h, w, c), np.uint8)
            network = builder.write(self.folder, input_scale=1 / 64, zero_point=zero_point,
                                    **quantisation)
            try:
                compiled = Compiled(self.folder, network, geometry or GEOMETRY, images)
            except Refused as refused:
                self.assertRegex(str(refused), "padding is supported only")
                continue
            yield seed, builder, compiled, images

    def test_layers_compute_what_their_scales_say(self):
        """y = clamp(real / s_y + zp_y) within the rounding of the registers, split or whole."""
        small = dict(GEOMETRY, rows=72, rows_per_unit=9)
        layers = split = 0
        for geometry in (GEOMETRY, small):
            for _, _, compiled, images in self.random_cases(15, geometry, weight_bits=5):
                for n in range(len(images)):
                    codes = {compiled.plan["input"]: images[n].ravel()}
                    for i, layer in enumerate(compiled.plan["layers"]):
                        codes[layer["output"]] = compiled.codes["ideal"][i][n]
                        if layer["kind"] != "macro":
                            continue
                        self.check_macro_layer(compiled, layer, codes, geometry)
                        layers += 1
                        split += layer["parts"] > 1
        self.assertGreater(layers, 100)
        self.assertGreater(split, 20)

    def check_macro_layer(self, compiled, layer, codes, geometry):
        x, y = compiled.tensor(layer["inputs"][0]), compiled.tensor(layer["output"])
        outputs = y["shape"][0]
        window = layer["window"]
        weights = np.array(layer["weights"]).reshape(outputs, *window[:2], x["shape"][0])
        d = integer_conv(planes(codes[layer["inputs"][0]], x["shape"]),
                         weights.transpose(0, 3, 1, 2), window, x["zero_point"])
        got = planes(codes[layer["output"]], y["shape"])
        scale = np.array(layer["weight_scale"]) * x["scale"] / y["scale"]
        sums = weights.reshape(outputs, -1).sum(1) * x["zero_point"]
        real = (scale[:, None, None] * (d - sums[:, None, None])
                + (np.array(layer["bias"]) / y["scale"] + y["zero_point"])[:, None, None])
        expected = np.clip(real, layer["result"][1], 2 ** y["bits"] - 1)
        gamma = np.array(layer["gamma"], float)[:, None, None]
        if layer["parts"] > 1:
            tolerance = 0.51
        else:  # gamma is rounded to 1/256, beta to 1/16
            saturated = (gamma == 65535).ravel()
            told = any(f"'{layer['name']}'" in note and "gain above 255.996" in note
                       for note in compiled.plan["notes"])
            self.assertEqual(told, bool(saturated.any()))
            keep = ~saturated
            got, expected, gamma = got[keep], expected[keep], gamma[keep]
            scale, d = scale[keep], d[keep]
            tolerance = 0.51 + 1 / 32 + abs(scale[:, None, None] * d) * 0.5 / gamma
        self.assertTrue((abs(got - expected) <= tolerance + 1e-6).all(), layer["name"])

    def test_weights_are_the_graphs_within_half_a_step(self):
        """A fold of batch normalisation and constants changes nothing but the rounding."""
        checked = 0
        for _, builder, compiled, images in self.random_cases(20, weight_bits=8):
            x = torch.from_numpy(images.transpose(0, 3, 1, 2).astype(np.float32))
            zero = compiled.tensor(compiled.plan["input"])["zero_point"]
            expected = builder.evaluate((x - zero) / 64)[builder.last].numpy()
            np.testing.assert_allclose(compiled.float_output, expected, rtol=1e-4, atol=1e-4)
            if any("saturate" in note for note in compiled.plan["notes"]):
                continue  # told: the registers cannot reach the scale
            y = compiled.tensor(compiled.plan["output"])
            real = (compiled.codes["quantised"][-1].astype(float) - y["zero_point"]) * y["scale"]
            # 8 b everywhere: the quantised network stays near the float network.
            error = np.sqrt(((real - expected) ** 2).mean())
            self.assertLess(error, 0.05 * np.abs(expected).max())
            checked += 1
        self.assertGreater(checked, 15)

    def test_tiles_cover_every_weight_once_and_never_overlap(self):
        streamed = 0
        for seed in range(30):
            rng = np.random.default_rng(900 + seed)
            builder = random_network(rng)
            rows_per_unit = int(rng.choice([4, 9]))
            geometry = dict(GEOMETRY, rows=rows_per_unit * int(rng.integers(4, 16)),
                            rows_per_unit=rows_per_unit, columns=8 * int(rng.integers(2, 20)),
                            macros=int(rng.integers(1, 4)), abn_entries=int(rng.integers(8, 64)))
            c, h, w = builder.input_shape
            images = rng.integers(0, 256, (1, h, w, c), np.uint8)
            bits = int(rng.integers(2, 9))
            try:
                plan = Compiled(self.folder, builder.write(self.folder, weight_bits=bits), geometry,
                                images).plan
            except Refused as refused:
                self.assertRegex(str(refused), "padding is supported only")
                continue
            cells = np.zeros((geometry["macros"], geometry["rows"], geometry["columns"]), int)
            entries = np.zeros((geometry["macros"], geometry["abn_entries"]), int)
            for layer in plan["layers"]:
                if layer["kind"] != "macro":
                    self.assertEqual((layer["macs"], layer["mvms"]), (0, 0))
                    continue
                outputs = plan["tensors"][layer["output"]]["shape"][0]
                rows = len(layer["weights"]) // outputs
                covered = np.zeros((rows, outputs), int)
                used = occupied = 0
                for t in layer["tiles"]:
                    self.assertEqual(t["units"], layer["units"])
                    self.assertLessEqual(t["window_count"], t["units"] * rows_per_unit)
                    self.assertEqual(t["column_first"] % 8, 0)
                    covered[t["window_first"]:t["window_first"] + t["window_count"],
                            t["output_first"]:t["output_first"] + t["output_count"]] += 1
                    first = t["unit_first"] * rows_per_unit
                    place = (t["macro"], slice(first, first + t["units"] * rows_per_unit),
                             slice(t["column_first"], t["column_first"] + t["columns"]))
                    self.assertLessEqual(place[1].stop, geometry["rows"])
                    self.assertLessEqual(place[2].stop, geometry["columns"])
                    table = slice(t["abn_first"], t["abn_first"] + t["output_count"])
                    self.assertLessEqual(table.stop, geometry["abn_entries"])
                    if t["resident"]:
                        cells[place] += 1
                        entries[t["macro"], table] += 1
                    streamed += not t["resident"]
                    used += t["window_count"] * t["output_count"] * bits
                    occupied += t["units"] * rows_per_unit * t["columns"]
                self.assertTrue((covered == 1).all())
                self.assertAlmostEqual(layer["fill"], used / occupied)
                self.assertAlmostEqual(layer["occupancy"], occupied / cells.size)
            # Resident tiles have cells and entries of their own; streamed tiles keep off them.
            self.assertLessEqual(cells.max(), 1)
            self.assertLessEqual(entries.max(), 1)
            for layer in plan["layers"]:
                for t in layer.get("tiles", []):
                    if not t["resident"]:
                        first = t["unit_first"] * rows_per_unit
                        self.assertFalse(cells[
                            t["macro"], first:first + t["units"] * rows_per_unit,
                            t["column_first"]:t["column_first"] + t["columns"]].any())
                        self.assertFalse(entries[t["macro"], t["abn_first"]:
                                                 t["abn_first"] + t["output_count"]].any())
        self.assertGreater(streamed, 20)

    def test_partial_sums_use_the_converter(self):
        """Row splits: the calibrated gain keeps the error of the codes small."""
        small = dict(GEOMETRY, rows=72, rows_per_unit=9)
        errors = []
        for _, _, compiled, images in self.random_cases(15, small, weight_bits=6):
            if not any(layer["parts"] > 1 for layer in compiled.plan["layers"]):
                continue
            ideal, quantised = (compiled.codes[k][-1].astype(float)
                                for k in ("ideal", "quantised"))
            errors.append(abs(ideal - quantised).mean())
        self.assertGreater(len(errors), 5)
        self.assertGreater(max(errors), 0)  # converting the parts is not free
        self.assertLess(np.mean(errors), 6)

    @unittest.skipUnless(MODELS.is_dir(), f"no networks of others in {MODELS}")
    def test_a_resnet_of_others_keeps_its_classes(self):
        """MLPerf Tiny ResNet-8 (float), 8 b after training: 12,501,632 MAC, classes as in float."""
        archive = MODELS.parent / "cifar10" / "test_batch.bin.xz"
        records = np.frombuffer(lzma.decompress(archive.read_bytes())[:60 * 3073], np.uint8)
        images = records.reshape(-1, 3073)[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
        (self.folder / "network.yaml").write_text(yaml.safe_dump({
            "name": "resnet8", "onnx": str(MODELS / "resnet8_float.onnx"), "classes": 10,
            "input": {"height": 32, "width": 32, "channels": 3, "scale": 1.0},
            "quantisation": {"weight_bits": 8, "activation_percentile": 99.99}}))
        compiled = Compiled(self.folder, self.folder / "network.yaml", GEOMETRY, images)
        self.assertEqual(sum(layer["macs"] for layer in compiled.plan["layers"]), 12501632)
        same = (compiled.codes["quantised"][-1].argmax(1) == compiled.float_output.argmax(1)).mean()
        self.assertGreaterEqual(same, 0.95)

    def test_trained_networks_stay_in_one_macro(self):
        """The committed LeNets are never reloaded on 1152 x 256; rows and MAC as their shapes say."""
        found = sorted((ROOT / "configs" / "networks").glob("lenet5-*/network.yaml"))
        self.assertTrue(found)
        for network in found:
            with self.subTest(network.parent.name):
                shapes = weights_and_positions(network.with_name("network.onnx"))
                plan = Compiled(self.folder, network, GEOMETRY, np.zeros((1, 28, 28, 1))).plan
                macro = [layer for layer in plan["layers"] if layer["kind"] == "macro"]
                self.assertEqual([layer["units"] for layer in macro],
                                 [-(-rows // GEOMETRY["rows_per_unit"])
                                  for rows, _, _ in shapes])
                self.assertTrue(all(t["resident"] for layer in macro for t in layer["tiles"]))
                self.assertEqual([layer["macs"] for layer in macro], [prod(s) for s in shapes])
                self.assertEqual(plan["notes"], [])


if __name__ == "__main__":
    unittest.main()
