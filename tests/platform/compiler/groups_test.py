"""Grouped, depthwise and dilated convolutions: against PyTorch, fractions and the chip in Python."""
import tempfile
import unittest
from fractions import Fraction
from math import floor
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

import emulator_test
from networks import Builder, mobile_network
from tool import Compiled, Refused

torch.set_num_threads(1)
GEOMETRY = {"rows": 1152, "columns": 256, "rows_per_unit": 36, "abn_entries": 256,
            "range_shift": 1, "macros": 1, "lmem_bank_bytes": 131072}


def random_groups(rng, channels):
    """Groups that divide the channels: none, some, or one a channel."""
    return int(rng.choice([g for g in range(1, channels + 1) if channels % g == 0]))


def random_conv(b, rng, most_outputs=4):
    """Appends a convolution of any group, dilation, stride and padding that has an output."""
    channels, *size = b.shapes[b.last]
    groups = random_groups(rng, channels)
    kernel, stride, dilation, pads = [], [], [], []
    for n in size:
        kernel.append(int(rng.integers(1, 5)))
        dilation.append(int(rng.choice([1, 1, 2, 3])))
        stride.append(int(rng.integers(1, 5)))
        extent = (kernel[-1] - 1) * dilation[-1] + 1
        before, after = (int(p) for p in rng.integers(0, extent + 1, 2))
        pads.append((before, after + max(0, extent - n - before - after)))
    (top, bottom), (left, right) = pads
    b.conv(groups * int(rng.integers(1, most_outputs + 1)), kernel, stride,
           (top, left, bottom, right), bool(rng.integers(2)), group=groups, dilation=dilation)
    return groups


def random_network(rng):
    b = Builder(rng, (int(rng.integers(1, 9)), int(rng.integers(4, 11)), int(rng.integers(4, 11))))
    for _ in range(int(rng.integers(1, 4))):
        random_conv(b, rng)
        if rng.integers(3) == 0:
            b.batch_normalisation()
        if rng.integers(3):
            b.relu()
        if b.shapes[b.last][0] < 8 and rng.integers(2):
            b.conv(int(rng.choice([6, 8, 12])), (1, 1), bias=bool(rng.integers(2)))
    b.flatten()
    b.gemm(4)
    return b


def dot_products(compiled, layer, codes):
    """Exact D (C, H, W) of a layer's integer weights, by PyTorch."""
    x, y = compiled.tensor(layer["inputs"][0]), compiled.tensor(layer["output"])
    c, h, w = x["shape"]
    kernel_height, kernel_width, *stride, top, left, bottom, right = layer["window"]
    weights = np.array(layer["weights"], float).reshape(
        y["shape"][0], kernel_height, kernel_width, c // layer["groups"]).transpose(0, 3, 1, 2)
    planes = torch.from_numpy(codes.reshape(h, w, c).transpose(2, 0, 1).astype(float))
    padded = F.pad(planes[None], (left, right, top, bottom), value=float(x["zero_point"]))
    return F.conv2d(padded, torch.from_numpy(np.ascontiguousarray(weights)), stride=stride,
                    dilation=layer["dilation"], groups=layer["groups"])[0].long().numpy()


class GroupsTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def compiled(self, builder, rng, geometry=None, images=2, **options):
        c, h, w = builder.input_shape
        codes = rng.integers(0, 256, (images, h, w, c), np.uint8)
        network = builder.write(self.folder, **options)
        return Compiled(self.folder, network, geometry or GEOMETRY, codes), codes

    # -- against the chip in Python --------------------------------------------------------------
    def run_on_chips(self, seeds, combined):
        seen = {"shared": 0, "split": 0, "columns": 0, "streamed": 0, "dilated": 0, "run": 0}
        for seed in range(seeds):
            rng = np.random.default_rng([seed, 7, combined])
            geometry = emulator_test.random_geometry(rng)
            geometry["lmem_bank_bytes"] = 65536
            if combined:
                geometry = emulator_test.random_cells(rng, geometry)
            builder = random_network(rng)
            with self.subTest(seed=seed):
                try:
                    compiled, _ = emulator_test.EmulatorTest.check(
                        self, builder, geometry, rng, weight_bits=int(rng.integers(2, 7)),
                        activation_bits=int(rng.choice([8, 8, 5])), input_scale=1 / 64,
                        zero_point=int(rng.choice([0, 128])))
                except Refused as refused:
                    self.assertRegex(str(refused), "do not fit the")
                    continue
                layers = [l for l in compiled.plan["layers"] if l.get("groups", 1) > 1]
                tiles = [t for l in layers for t in l["tiles"]]
                seen["run"] += 1
                seen["shared"] += any(t["group_count"] > 1 for t in tiles)
                seen["split"] += any(l["parts"] > 1 for l in layers)
                seen["columns"] += any(
                    t["output_first"] % (compiled.tensor(l["output"])["shape"][0] // l["groups"])
                    for l in layers for t in l["tiles"])
                seen["streamed"] += any(not t["resident"] for t in tiles)
                seen["dilated"] += any(l["dilation"] != [1, 1] for l in compiled.plan["layers"])
        return seen

    def test_random_networks_on_random_chips(self):
        seen = self.run_on_chips(36, False)
        for what, count in seen.items():
            self.assertGreater(count, 1, f"{what}: {seen}")

    def test_random_networks_on_digitally_combining_chips(self):
        seen = self.run_on_chips(36, True)
        for what in ("shared", "split", "streamed", "dilated", "run"):
            self.assertGreater(seen[what], 1, f"{what}: {seen}")

    def test_windows_at_their_limits(self):
        """Kernels of 255, beyond the input, taps 16 apart, strides beyond the kernel, wide pads."""
        cases = [
            ((1, 6, 9), dict(out=3, kernel=(1, 255), pads=(0, 130, 0, 140))),
            ((1, 9, 2), dict(out=2, kernel=(255, 2), pads=(255, 1, 255, 0), stride=(200, 1))),
            ((2, 5, 5), dict(out=4, kernel=(9, 7), pads=(4, 3, 4, 3), group=2)),
            ((4, 20, 33), dict(out=4, kernel=(2, 3), dilation=(16, 16), group=4)),
            ((3, 7, 11), dict(out=3, kernel=(1, 1), stride=(4, 5), bias=False, group=3)),
            ((2, 4, 4), dict(out=2, kernel=(1, 1), pads=(2, 3, 5, 4))),
            ((3, 14, 14), dict(out=6, kernel=(2, 2), stride=(5, 6), group=3, dilation=(3, 2))),
        ]
        small = dict(GEOMETRY, rows=72, rows_per_unit=9, columns=64, macros=2)
        for number, (shape, options) in enumerate(cases):
            for geometry in (GEOMETRY, small):
                with self.subTest(options=options, rows=geometry["rows"]):
                    rng = np.random.default_rng(number)
                    b = Builder(rng, shape)
                    b.conv(**options)
                    b.relu()
                    b.global_average_pool()
                    b.flatten()
                    b.gemm(3)
                    emulator_test.EmulatorTest.check(self, b, geometry, rng, zero_point=7)

    def test_weights_of_one_bit(self):
        """{0, 1} is one column in two's complement; {-1, +1} takes 2 b, whatever the cells."""
        bits = set()
        for seed in range(12):
            rng = np.random.default_rng([seed, 12])
            geometry = dict(GEOMETRY, rows=72, rows_per_unit=9)
            if seed % 3 == 2:
                geometry = emulator_test.random_cells(rng, geometry)
            options = {"weights": "asymmetric", "granularity": "tensor"} if seed % 2 else {}
            compiled, _ = emulator_test.EmulatorTest.check(
                self, random_network(rng), geometry, rng, weight_bits=1, **options)
            for layer in compiled.plan["layers"]:
                if layer["kind"] == "macro":
                    bits.add((layer["weight_bits"], geometry.get("representation", 0)))
                    self.assertLessEqual(set(layer["weights"]), {-1, 0, 1})
        self.assertIn((1, 0), bits)
        self.assertIn((2, 0), bits)

    def test_a_dilation_beyond_the_register_is_told(self):
        rng = np.random.default_rng(0)
        b = Builder(rng, (1, 20, 20))
        b.conv(1, (2, 2), dilation=(17, 1))
        b.global_average_pool()
        b.flatten()
        with self.assertRaisesRegex(Refused, r"dilations \[17, 1\] is not supported.* 1 to 16"):
            self.compiled(b, rng)

    # -- against PyTorch and fractions -----------------------------------------------------------
    def check_codes(self, compiled, layer, x, got, geometry):
        """Codes of a layer that is not split, from its registers, in fractions."""
        d = dot_products(compiled, layer, x)
        y = compiled.tensor(layer["output"])
        bits = compiled.tensor(layer["inputs"][0])["bits"] + layer["weight_bits"] - y["bits"]
        lsb = (layer["units"] * geometry["rows_per_unit"]
               * Fraction(2) ** (bits - geometry["range_shift"]))
        expected = np.empty_like(d)
        for at in np.ndindex(d.shape):
            gamma, beta = layer["gamma"][at[0]], layer["beta"][at[0]]
            value = floor(Fraction(gamma, 256) * int(d[at]) / lsb + Fraction(beta, 16)
                          + Fraction(1, 2))
            expected[at] = min(max(value, 0), 2 ** y["bits"] - 1)
        np.testing.assert_array_equal(got, expected.transpose(1, 2, 0).ravel(), layer["name"])
        return d

    def test_layers_equal_pytorch_in_integers(self):
        """D by conv2d of the integer weights, with groups and dilation; the rest in fractions."""
        layers = 0
        for seed in range(12):
            rng = np.random.default_rng([seed, 8])
            compiled, images = self.compiled(random_network(rng), rng, images=1, weight_bits=5,
                                             input_scale=1 / 64, zero_point=int(seed % 2 * 100))
            codes = {compiled.plan["input"]: images[0].ravel()}
            for i, layer in enumerate(compiled.plan["layers"]):
                codes[layer["output"]] = compiled.codes["ideal"][i][0]
                if layer["kind"] != "macro" or layer["parts"] > 1:
                    continue
                x = codes[layer["inputs"][0]]
                for fidelity in ("ideal", "quantised"):
                    self.check_codes(compiled, layer, x, compiled.codes[fidelity][i][0], GEOMETRY)
                layers += layer["groups"] > 1 or layer["dilation"] != [1, 1]
        self.assertGreater(layers, 15)

    def test_quantised_network_stays_near_the_float_one(self):
        """8 b everywhere: bias and zero point take the group's own weights, split or whole."""
        small = dict(GEOMETRY, rows=72, rows_per_unit=9)
        for geometry in (GEOMETRY, small):
            for seed in range(6):
                rng = np.random.default_rng([seed, 9])
                compiled, images = self.compiled(random_network(rng), rng, geometry, 4,
                                                 weight_bits=8, input_scale=1 / 64, zero_point=128)
                y = compiled.tensor(compiled.plan["output"])
                real = (compiled.codes["ideal"][-1].astype(float) - y["zero_point"]) * y["scale"]
                if any("saturate" in note for note in compiled.plan["notes"]):
                    continue
                error = np.sqrt(((real - compiled.float_output) ** 2).mean())
                self.assertLess(error, 0.05 * np.abs(compiled.float_output).max(), seed)
                self.assertEqual(len(images), 4)

    # -- what the plan says ----------------------------------------------------------------------
    def test_tiles_cover_every_weight_once(self):
        for seed in range(25):
            rng = np.random.default_rng([seed, 10])
            rows_per_unit = int(rng.choice([4, 9]))
            geometry = dict(GEOMETRY, rows=rows_per_unit * int(rng.integers(4, 16)),
                            rows_per_unit=rows_per_unit, columns=8 * int(rng.integers(2, 20)),
                            macros=int(rng.integers(1, 4)), abn_entries=int(rng.integers(8, 64)))
            compiled, _ = self.compiled(random_network(rng), rng, geometry, weight_bits=4)
            for layer in compiled.plan["layers"]:
                if layer["kind"] != "macro":
                    continue
                outputs = compiled.tensor(layer["output"])["shape"][0]
                rows = len(layer["weights"]) // outputs
                per_group = outputs // layer["groups"]
                covered = np.zeros((outputs, rows), int)
                occupied = 0
                for t in layer["tiles"]:
                    occupied += t["units"] * rows_per_unit * t["columns"]
                    groups = range(t["group_first"], t["group_first"] + t["group_count"])
                    own = range(t["output_first"], t["output_first"] + t["output_count"])
                    self.assertTrue(all(o // per_group in groups for o in own))
                    self.assertLessEqual(t["window_count"], t["units"] * rows_per_unit)
                    if t["group_count"] == 1:
                        end = t["window_first"] + t["window_count"]
                        covered[own.start:own.stop, t["window_first"]:end] += 1
                    else:
                        self.assertEqual(t["window_count"], rows * t["group_count"])
                        covered[own.start:own.stop] += 1
                self.assertTrue((covered == 1).all())
                # Zeros of other groups are no weights.
                self.assertAlmostEqual(layer["fill"], outputs * rows * 4 / occupied)
                height, width = compiled.tensor(layer["output"])["shape"][1:]
                self.assertEqual(layer["macs"], outputs * rows * height * width)

    def test_a_depthwise_network_takes_few_jobs(self):
        """Four groups of nine rows share a unit for nothing; more as long as the gain allows."""
        rng = np.random.default_rng(11)
        compiled, _ = self.compiled(mobile_network(rng, (3, 16, 16), (8, 16, 16, 32)), rng)
        depthwise = [l for l in compiled.plan["layers"] if l.get("groups", 1) > 1]
        self.assertEqual([l["groups"] for l in depthwise], [8, 16, 16])
        for layer in depthwise:
            self.assertLessEqual(len(layer["tiles"]), layer["groups"] // 4)
            if layer["units"] > 1:  # more than a group alone takes
                self.assertLessEqual(max(layer["gamma"]), 64 * 256)
        macs = 8 * 27 * 64 + 8 * 9 * 64 + 8 * 16 * 64 + 16 * 9 * 16 + 16 * 16 * 16 + 16 * 9 * 16 \
            + 16 * 32 * 16 + 32 * 10
        self.assertEqual(sum(l["macs"] for l in compiled.plan["layers"]), macs)


if __name__ == "__main__":
    unittest.main()
