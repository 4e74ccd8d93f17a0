"""Quantisation options against numpy and PyTorch, written from their definitions."""
import json
import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from networks import Builder
from tool import Compiled, Refused

GEOMETRY = {"rows": 1152, "columns": 256, "rows_per_unit": 36, "abn_entries": 1024,
            "range_shift": 1, "macros": 1, "lmem_bank_bytes": 131072}


def candidates():
    return 2.0 ** (-np.arange(224) / 32)


def codes_of_range(low, high, bits, symmetric):
    """(scale, zero point) that hold a range."""
    highest = 2 ** bits - 1
    if symmetric and low < 0:
        zero = 2 ** (bits - 1)
        return max(-low / zero, high / max(highest - zero, 1)), zero
    scale = (high - low) / highest
    return scale, int(np.clip(np.floor(-low / scale + 0.5), 0, highest))


def rounded(values, scale, zero, bits):
    return scale * (np.clip(np.floor(values / scale + zero + 0.5), 0, 2 ** bits - 1) - zero)


def least_square_error(values, bits, symmetric):
    """The range with the least error among all those tried, over the values themselves."""
    low, high = min(values.min(), 0), max(values.max(), 0)

    def cost(a, b):
        scale, zero = codes_of_range(low * a, high * b, bits, symmetric)
        return ((values - rounded(values, scale, zero, bits)) ** 2).sum()
    steps = candidates()
    best = min((cost(s, s), i, i) for i, s in enumerate(steps))
    if low < 0 < high and not symmetric:
        for _ in range(2):
            best = min(best, min((cost(s, steps[best[2]]), i, best[2]) for i, s in enumerate(steps)))
            best = min(best, min((cost(steps[best[1]], s), best[1], i) for i, s in enumerate(steps)))
    return codes_of_range(low * steps[best[1]], high * steps[best[2]], bits, symmetric)


def least_divergence(values, bits):
    """Kullback-Leibler, of values that are never negative."""
    values = values[values != 0]
    reach = 1e-6
    while reach <= values.max():
        reach *= 2
    index = ((values + reach) / (2 * reach) * 8192).astype(int)
    counts = np.bincount(index, minlength=8192).astype(float)
    sums = np.bincount(index, values, minlength=8192)
    means, counts = sums[counts > 0] / counts[counts > 0], counts[counts > 0]
    best = None
    for step in candidates():
        scale, _ = codes_of_range(0, values.max() * step, bits, False)
        inside = means <= scale * (2 ** bits - 0.5)
        if not inside.any():
            continue
        p, kept = counts[inside].copy(), counts[inside]
        p[-1] += counts[~inside].sum()
        levels = np.clip(np.floor(means[inside] / scale + 0.5), 0, 2 ** bits - 1)
        q = np.zeros_like(p)
        for level in np.unique(levels):
            q[levels == level] = kept[levels == level].mean()
        p, q = p / p.sum(), q / q.sum()
        value = (p * np.log(p / q)).sum()
        if best is None or value < best[0]:
            best = (value, scale)
    return best[1]


def sqnr_db(values, approximations):
    return 10 * np.log10((values ** 2).sum() / ((values - approximations) ** 2).sum())


class QuantisationTest(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = Path(self.temporary.name)
        rng = np.random.default_rng(5)
        self.images = rng.integers(0, 256, (6, 10, 9, 3), np.uint8)
        b = Builder(rng, (3, 10, 9))
        b.conv(8, (3, 3), pads=(1, 1, 1, 1))
        b.relu()
        b.conv(6, (3, 3), stride=(2, 1), pads=(0, 1, 1, 0))
        b.conv(7, (1, 1))
        b.relu()
        b.max_pool((2, 2), (2, 2))
        b.flatten()
        b.gemm(5)
        self.builder = b
        x = torch.from_numpy(self.images.transpose(0, 3, 1, 2).astype(np.float32) / 255)
        self.values = {name: v.numpy().astype(np.float64) for name, v in b.evaluate(x).items()}
        self.weights = [np.frombuffer(w.raw_data, np.float32).reshape(tuple(w.dims)).astype(float)
                        for w in b.weights]
        self.kernels = [w for w in self.weights if w.ndim > 1]

    def compiled(self, **options):
        network = self.builder.write(self.folder, **{"weight_bits": 8, "activation_percentile": 100,
                                                     **options})
        result = Compiled(self.folder, network, GEOMETRY, self.images)
        result.errors = json.loads((self.folder / "errors.json").read_text())
        return result

    def macro_layers(self, compiled):
        return [layer for layer in compiled.plan["layers"] if layer["kind"] == "macro"]

    def codes(self, compiled, number):
        tensor = compiled.tensor(self.macro_layers(compiled)[number]["output"])
        return tensor["scale"], tensor["zero_point"], self.values[tensor["name"]]

    def test_minimum_and_maximum(self):
        for options, symmetric in (({}, False), ({"activations": "symmetric"}, True)):
            for bits in (8, 3, 1):
                compiled = self.compiled(calibration="minmax", activation_bits=bits, **options)
                for number, of_output in enumerate((False, False, False, True)):
                    scale, zero, values = self.codes(compiled, number)
                    expected = codes_of_range(min(values.min(), 0), max(values.max(), 0), bits,
                                              symmetric or of_output)
                    self.assertAlmostEqual(scale / expected[0], 1, delta=1e-6)
                    self.assertEqual(zero, expected[1])

    def test_least_square_error(self):
        for bits in (8, 4, 2):
            compiled = self.compiled(calibration="mse", activation_bits=bits)
            for number in range(4):
                scale, zero, values = self.codes(compiled, number)
                expected = least_square_error(values, bits, number == 3)
                if number != 1:
                    self.assertAlmostEqual(scale / expected[0], 1, delta=1e-6)
                    self.assertEqual(zero, expected[1])
                # Either end by itself: the path may differ where two candidates are equal.
                error = ((values - rounded(values, scale, zero, bits)) ** 2).sum()
                least = ((values - rounded(values, *expected, bits)) ** 2).sum()
                self.assertLessEqual(error, least * 1.001)

    def test_least_divergence(self):
        for bits in (8, 4, 3):
            compiled = self.compiled(calibration="kl", activation_bits=bits)
            for number in (0, 2):
                scale, zero, values = self.codes(compiled, number)
                self.assertEqual(zero, 0)
                self.assertAlmostEqual(scale / least_divergence(values.ravel(), bits), 1, delta=1e-6)

    def test_powers_of_two_and_fixed_point(self):
        free = self.compiled(calibration="minmax")
        power = self.compiled(calibration="minmax", scales="power_of_two")
        dynamic = self.compiled(calibration="minmax", format="dynamic_fixed_point")
        fixed = self.compiled(calibration="minmax", format="fixed_point")
        for number in range(4):
            exact = self.codes(free, number)[0]
            self.assertEqual(self.codes(power, number)[0], 2.0 ** np.ceil(np.log2(exact)))
            scale, zero, values = self.codes(dynamic, number)
            expected = codes_of_range(min(values.min(), 0), values.max(), 8, True)
            self.assertEqual((scale, zero), (2.0 ** np.ceil(np.log2(expected[0])), expected[1]))
            weights = self.kernels[number]
            self.assertEqual(set(self.macro_layers(dynamic)[number]["weight_scale"]),
                             {2.0 ** np.ceil(np.log2(abs(weights).max() / 127))})
        scales = [self.codes(fixed, number)[0] for number in range(4)]
        self.assertEqual(scales[:3], [max(self.codes(dynamic, n)[0] for n in range(3))] * 3)
        self.assertEqual(scales[3], self.codes(dynamic, 3)[0])
        most = max(abs(w).max() for w in self.kernels)
        for layer in self.macro_layers(fixed):
            self.assertEqual(set(layer["weight_scale"]), {2.0 ** np.ceil(np.log2(most / 127))})

    def test_weights(self):
        for bits in (2, 4, 6):
            for granularity in ("channel", "tensor"):
                for kind in ("symmetric", "asymmetric"):
                    compiled = self.compiled(weight_bits=bits, granularity=granularity, weights=kind)
                    for layer, weights in zip(self.macro_layers(compiled)[:3], self.kernels):
                        self.check_weights(layer, weights, bits, granularity, kind)

    def check_weights(self, layer, weights, bits, granularity, kind):
        rows = weights.transpose(0, 2, 3, 1).reshape(len(weights), -1)
        got = np.array(layer["weights"]).reshape(rows.shape)
        for o, row in enumerate(rows):
            span = rows if granularity == "tensor" else row
            if kind == "symmetric":
                most = 2 ** (bits - 1) - 1
                scale, least = abs(span).max() / most, -most
            else:
                most = 2 ** bits - 1
                low = min(span.min(), 0)
                scale = (max(span.max(), 0) - low) / most
                least = -int(np.floor(-low / scale + 0.5))
                most += least
            self.assertAlmostEqual(layer["weight_scale"][o] / scale, 1, delta=1e-6)
            expected = np.clip(np.round(row / scale), least, most)
            np.testing.assert_array_equal(got[o], expected)
        needed = next(n for n in range(2, 10) if -2 ** (n - 1) <= got.min()
                      and got.max() < 2 ** (n - 1))
        self.assertGreaterEqual(layer["weight_bits"], needed)
        self.assertLessEqual(layer["weight_bits"], bits + (kind == "asymmetric"))

    def test_weights_of_one_bit_are_signs(self):
        compiled = self.compiled(weight_bits=1)
        for layer, weights in zip(self.macro_layers(compiled)[:3], self.kernels):
            rows = weights.transpose(0, 2, 3, 1).reshape(len(weights), -1)
            np.testing.assert_allclose(layer["weight_scale"], abs(rows).mean(1), rtol=1e-6)
            np.testing.assert_array_equal(np.array(layer["weights"]).reshape(rows.shape),
                                          np.where(rows < 0, -1, 1))
            self.assertEqual(layer["weight_bits"], 2)

    def test_least_square_error_of_weights(self):
        compiled = self.compiled(weight_bits=3, weight_calibration="mse")
        for layer, weights in zip(self.macro_layers(compiled)[:3], self.kernels):
            rows = weights.transpose(0, 2, 3, 1).reshape(len(weights), -1)
            for row, scale in zip(rows, layer["weight_scale"]):
                tried = abs(row).max() / 3 * 2.0 ** (-np.arange(128) / 32)
                error = [((row - s * np.clip(np.round(row / s), -3, 3)) ** 2).sum() for s in tried]
                self.assertAlmostEqual(scale / tried[np.argmin(error)], 1, delta=1e-6)

    def test_layers_have_keys_of_their_own(self):
        compiled = self.compiled(layers={"conv2": {"weight_bits": 3, "activation_bits": 5}})
        bits = [layer["weight_bits"] for layer in self.macro_layers(compiled)]
        self.assertEqual(bits, [8, 3, 8, 8])
        outputs = [compiled.tensor(layer["output"])["bits"] for layer in self.macro_layers(compiled)]
        self.assertEqual(outputs, [8, 5, 8, 8])

    def test_equalisation(self):
        """All four layers are one chain; the greatest weights of a channel on its two sides meet."""
        w = [k.copy() for k in self.kernels]
        gemm = w[3].reshape(len(w[3]), w[2].shape[0], -1) if w[3].shape[0] == 5 else \
            w[3].T.reshape(5, w[2].shape[0], -1)
        w[3] = gemm
        for _ in range(50):
            for first, second in zip(w[:3], w[1:]):
                reach = abs(first).reshape(len(first), -1).max(1)
                other = abs(np.moveaxis(second, 1, 0)).reshape(len(first), -1).max(1)
                s = np.sqrt(reach / other)
                first /= s.reshape(-1, *[1] * (first.ndim - 1))
                second *= s.reshape(1, -1, *[1] * (second.ndim - 2))
        compiled = self.compiled(equalise="on")
        for layer, weights in zip(self.macro_layers(compiled), w):
            expected = abs(weights).reshape(len(weights), -1).max(1) / 127
            np.testing.assert_allclose(layer["weight_scale"], expected, rtol=2e-6)
        self.assertIn("equalised 3 pairs of layers", compiled.plan["notes"])

    def test_bias_correction(self):
        plain = self.compiled(weight_bits=3)
        corrected = self.compiled(weight_bits=3, bias_correction="on")
        before, after = (self.macro_layers(c)[1] for c in (plain, corrected))
        kernel = self.kernels[1]
        rounded_kernel = (np.array(before["weights"]).reshape(len(kernel), 3, 3, -1)
                          * np.reshape(before["weight_scale"], (-1, 1, 1, 1))).transpose(0, 3, 1, 2)
        x = F.pad(torch.from_numpy(self.values["t1"]), (1, 0, 0, 1))
        error = F.conv2d(x, torch.from_numpy(rounded_kernel - kernel), stride=(2, 1)).numpy()
        np.testing.assert_allclose(np.array(after["bias"]) - before["bias"],
                                   -error.mean((0, 2, 3)), rtol=1e-4, atol=1e-6)
        self.assertEqual(before["weights"], after["weights"])

    def test_error_of_each_layer(self):
        compiled = self.compiled(weight_bits=5)
        for number, layer in enumerate(compiled.plan["layers"]):
            tensor = compiled.tensor(layer["output"])
            c, h, w = tensor["shape"]
            got = compiled.codes["quantised"][number].reshape(-1, h, w, c).transpose(0, 3, 1, 2)
            stands_for = tensor["scale"] * (got.astype(float) - tensor["zero_point"])
            values = self.values[tensor["name"]].reshape(stands_for.shape)
            self.assertAlmostEqual(compiled.errors[number]["sqnr_db"], sqnr_db(values, stands_for),
                                   delta=1e-3)
            if "codes" in compiled.errors[number]:
                np.testing.assert_array_equal(compiled.errors[number]["codes"],
                                              np.bincount(got.ravel(), minlength=256))
        # The first layer has no error but its own; a uniform error of one code has power 1/12.
        self.assertEqual(compiled.errors[0]["sqnr_db"], compiled.errors[0]["own_sqnr_db"])
        linear = compiled.errors[1]
        count = sum(linear["codes"])
        spread = (1 / 180) ** 0.5 / count ** 0.5
        self.assertAlmostEqual(linear["truncation_error"], 1 / 12, delta=2.576 * spread)

    def conversion_sqnr_db(self, compiled, number):
        """Of a layer that is not split, from its registers and the codes that it reads."""
        layer = compiled.plan["layers"][number]
        read, out = compiled.tensor(layer["inputs"][0]), compiled.tensor(layer["output"])
        c, h, w = read["shape"]
        x = compiled.codes["quantised"][number - 1] if number else self.images
        x = torch.from_numpy(x.reshape(-1, h, w, c).transpose(0, 3, 1, 2).astype(np.float64))
        height, width, stride_y, stride_x, top, left, bottom, right = layer["window"]
        x = F.pad(x, (left, right, top, bottom), value=float(read["zero_point"]))
        weights = np.array(layer["weights"], float).reshape(-1, height, width, c)
        product = F.conv2d(x, torch.from_numpy(weights.transpose(0, 3, 1, 2).copy()),
                           stride=(stride_y, stride_x)).numpy()
        rows = layer["units"] * GEOMETRY["rows_per_unit"]
        lsb = rows * 2.0 ** (8 + layer["weight_bits"] - 8 - GEOMETRY["range_shift"])
        gain = np.array(layer["gamma"]).reshape(1, -1, 1, 1) / 256 / lsb
        t = gain * product + np.array(layer["beta"]).reshape(1, -1, 1, 1) / 16
        error = np.clip(np.floor(t + 0.5), 0, 255) - t
        if "table" in layer:  # a gain that is undone: in codes of the output
            unit = (np.array(layer["weight_scale"]).reshape(1, -1, 1, 1) * read["scale"]
                    / out["scale"])
            bias = np.array(layer["bias"]).reshape(1, -1, 1, 1) / out["scale"]
            offset = weights.sum((1, 2, 3)).reshape(1, -1, 1, 1) * read["zero_point"]
            signal, error = unit * (product - offset) + bias, error / gain * unit
        else:
            kept = np.clip(t, 0, 255)
            signal, error = kept - out["zero_point"], np.floor(kept + 0.5) - kept
        return sqnr_db(signal, signal - error)

    def test_error_of_conversions(self):
        for reshape in ("off", "layer", "output"):
            compiled = self.compiled(reshape=reshape)
            for number, error in enumerate(compiled.errors):
                if "codes" in error:
                    self.assertAlmostEqual(error["conversion_sqnr_db"],
                                           self.conversion_sqnr_db(compiled, number), delta=1e-6)

    def test_reshaping_raises_what_converters_tell(self):
        ratios = {}
        for reshape in ("off", "layer", "output", "on"):
            compiled = self.compiled(reshape=reshape)
            ratios[reshape] = np.mean([e["sqnr_db"] for e in compiled.errors if "codes" in e])
            for number, layer in enumerate(compiled.plan["layers"]):
                if layer["kind"] == "macro" and reshape == "off":
                    self.assertEqual(set(layer["gamma"]), {256})
                if layer["kind"] == "macro" and reshape == "layer":
                    self.assertEqual(len(set(layer["gamma"])), 1)
        self.assertLess(ratios["off"] + 6, ratios["layer"])
        self.assertLess(ratios["layer"], ratios["output"])
        self.assertLess(ratios["output"], ratios["on"])

    def test_the_whole_line_lowers_the_swing(self):
        least = self.compiled(reshape="off")
        whole = self.compiled(reshape="off", units="all")
        for a, b in zip(self.macro_layers(least), self.macro_layers(whole)):
            self.assertEqual(b["units"], 32)
            self.assertLess(a["units"], 32)
        self.assertGreater(least.errors[0]["sqnr_db"], whole.errors[0]["sqnr_db"] + 6)

    def test_partial_sums(self):
        """Ranges of row splits: the conversion error of least squares is never above others'."""
        small = {**GEOMETRY, "rows": 36, "rows_per_unit": 9, "partial_bits": 5}
        errors = {}
        for method in ("minmax", "percentile", "mse"):
            network = self.builder.write(self.folder, weight_bits=8, partial_calibration=method,
                                         partial_percentile=97)
            Compiled(self.folder, network, small, self.images)
            errors[method] = json.loads((self.folder / "errors.json").read_text())
        clipped = {m: [e["clipped_share"] for e in es if "codes" in e] for m, es in errors.items()}
        split = [i for i, e in enumerate(errors["mse"]) if "codes" in e and len(e["codes"]) == 32]
        self.assertGreaterEqual(len(split), 2)
        self.assertEqual(max(clipped["minmax"][:1]), 0)
        self.assertGreater(max(clipped["percentile"]), 0.01)
        for i in split[:1]:
            self.assertGreaterEqual(errors["mse"][i]["conversion_sqnr_db"] + 0.2,
                                    max(errors[m][i]["conversion_sqnr_db"] for m in errors))

    def refusal(self, **options):
        with self.assertRaises(Refused) as refused:
            self.compiled(**options)
        return str(refused.exception)

    def test_refusals(self):
        cases = (
            ({"calibration": "mes"}, "key 'calibration' must be one of minmax, percentile, mse, kl"),
            ({"wieghts": "symmetric"}, "'wieghts' is not a known key; did you mean 'weights'?"),
            ({"equalise": "yes"}, "key 'equalise' must be one of on, off"),
            ({"layers": {"conv9": {"weight_bits": 3}}},
             "quantisation.layers names 'conv9', which is no layer's node; did you mean 'conv"),
            ({"layers": {"conv2": {"weight_bits": 0}}},
             "quantisation: layers.conv2: key 'weight_bits' must be a whole number from 1 to 8"),
            ({"layers": {"conv2": {"equalise": "on"}}}, "key 'equalise' is not a known key"),
            ({"format": "fixed_point", "granularity": "channel"},
             "key 'granularity' must be tensor, for the format is fixed point"),
            ({"weight_fraction": 3}, "key 'weight_fraction' needs format fixed_point"),
            ({"weights": "asymmetric"}, "which need 9 bits of a macro's 8"))
        for options, sentence in cases:
            with self.subTest(sentence):
                self.assertIn(sentence, self.refusal(**options))


if __name__ == "__main__":
    unittest.main()
