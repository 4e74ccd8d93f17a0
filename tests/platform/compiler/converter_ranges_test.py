"""Ranges of converters: images executed by a chip in Python, and choices against numpy."""
import json
import tempfile
import unittest
from pathlib import Path

import numpy as np

import cell_layout
from chip_emulator import Chip, Image
from emulator_test import random_cells, random_geometry
from networks import Builder, random_network
from tool import Compiled, Refused, run

METHODS = ("minmax", "percentile", "mse")
GRANULARITIES = ("layer", "part", "output")


class RunTest(unittest.TestCase):
    """As the host reference, whatever tiles share a column and whatever was loaded before."""

    def run_random(self, seed, seen):
        rng = np.random.default_rng([seed, 9])
        geometry = random_cells(rng, random_geometry(rng))
        geometry["combining"]["range_bits"] = int(rng.choice([1, 4, 8]))
        geometry["combining"]["converter_bits"] = int(rng.integers(2, 6))
        builder = random_network(rng)
        c, h, w = builder.input_shape
        codes = rng.integers(0, 256, (2, h, w, c), np.uint8)
        granularity = ("output", "output", "part", "layer")[seed % 4]
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            network = builder.write(
                folder, input_scale=1 / 64, weight_bits=int(rng.integers(2, 9)),
                converter_granularity=granularity, converter_calibration=METHODS[seed % 3])
            try:
                compiled = Compiled(folder, network, geometry, codes)
            except Refused as refused:
                self.assertRegex(str(refused), "LMEM|padding is supported only|do not fit the")
                return
        seen["run"] += 1
        image = Image(compiled.image)
        for fidelity in ("ideal", "quantised"):
            chip = Chip(geometry, fidelity)
            chip.boot(image)
            at_boot = chip.range_entries_loaded
            for n in range(2):
                layers, _ = chip.run(image, codes[n].ravel())
                for i, layer in enumerate(compiled.plan["layers"]):
                    np.testing.assert_array_equal(
                        layers[i], compiled.codes[fidelity][i][n],
                        f"layer {layer['name']}, image {n}, {fidelity}, {geometry}")
            seen["boot"] += at_boot > 0
            seen["image"] += chip.range_entries_loaded > at_boot
            if granularity != "output":
                self.assertEqual(chip.range_entries_loaded, 0)
        macro = [layer for layer in compiled.plan["layers"] if "ranges" in layer]
        seen["parts"] += any(len(layer["ranges"]) > 1 for layer in macro)
        for layer in macro:
            self.assertEqual(len(layer["ranges"]), layer["parts"])
            whole = 1 << geometry["combining"]["range_bits"]
            for part in layer["ranges"]:
                self.assertTrue(all(1 <= code <= whole for code in part), part)

    def test_random_networks_on_random_chips(self):
        seen = dict.fromkeys(("run", "boot", "image", "parts"), 0)
        for seed in range(14):
            with self.subTest(seed=seed):
                self.run_random(seed, seen)
        self.assertGreater(seen["run"], 9)
        self.assertGreater(seen["boot"], 2)
        self.assertGreater(seen["image"], 4)
        self.assertGreater(seen["parts"], 3)


class ChoiceTest(unittest.TestCase):
    """The first layer sees the images themselves, so that numpy knows every sum."""

    OUTPUTS = 5

    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = Path(self.temporary.name)
        rng = np.random.default_rng(3)
        b = self.builder = Builder(rng, (3, 7, 7))
        b.conv(self.OUTPUTS, (3, 3))
        b.relu()
        b.flatten()
        b.gemm(4)
        # 4 images of 25 positions: all are looked at.
        self.images = np.minimum(rng.exponential(40, (4, 7, 7, 3)), 255).astype(np.uint8)
        # 27 rows: two parts on 16 rows.
        self.geometry = {
            "rows": 16, "columns": 64, "rows_per_unit": 4, "abn_entries": 64, "macros": 2,
            "lmem_bank_bytes": 65536, "cell_bits": 2, "partial_bits": 11,
            "combining": {"inputs": True, "columns": True, "digit_bits": 4, "rows_active": 0,
                          "converter_bits": 4, "range_shift": 1, "range_bits": 6}}

    def compiled(self, top=None, **options):
        network = self.builder.write(self.folder, weight_bits=5, top=top, **options)
        return Compiled(self.folder, network, self.geometry, self.images)

    def conversions(self, plan):
        """[part][conversion] of (significance, F, signed, u [position, output], u of the dummy)."""
        g, c = self.geometry, self.geometry["combining"]
        layer = plan["layers"][0]
        x = np.array([image[y:y + 3, x:x + 3].ravel() for image in self.images
                      for y in range(5) for x in range(5)], np.int64)
        weights = np.array(layer["weights"]).reshape(self.OUTPUTS, -1)
        digits, offset = cell_layout.layout(g["representation"], g["cell_bits"], 5)
        found = []
        for part in range(layer["parts"]):
            tile = next(t for t in layer["tiles"] if t["part"] == part)
            span = slice(tile["window_first"], tile["window_first"] + tile["window_count"])
            line = tile["units"] * g["rows_per_unit"]
            levels = levels_of(weights[:, span].T + offset, digits, g["representation"])
            of_part = []
            for low in range(0, 8, c["digit_bits"]):
                digit = x[:, span] >> low & 15
                for (significance, bits, signs, dummy), value in zip(digits, levels):
                    signed = len(signs) > 1
                    full = line * (16 if signed else 15) * ((1 << bits) - 1) * len(signs)
                    of_part.append((significance << low, full, signed, digit @ value,
                                    digit.sum(1) * dummy, dummy))
            found.append(of_part)
        return found

    def share(self, conversion, u):
        _, full, signed, _, _, _ = conversion
        whole = full / 2 ** (self.geometry["combining"]["range_shift"] + signed)
        return np.minimum(np.ceil(np.abs(u) / whole * 64), 64).ravel()

    def expected(self, plan, method, granularity):
        parts = self.conversions(plan)
        if method == "mse":
            return self.least_squares(parts, granularity)
        codes = {}
        for p, conversions in enumerate(parts):
            for conversion in conversions:
                for o in range(self.OUTPUTS):
                    key = {"layer": 0, "part": p, "output": (p, o)}[granularity]
                    codes.setdefault(key, []).append(self.share(conversion, conversion[3][:, o]))
                if conversion[5] and granularity != "output":
                    codes[key].append(self.share(conversion, conversion[4]))
        chosen = {}
        for key, values in codes.items():
            values = np.sort(np.concatenate(values))
            rank = len(values) if method == "minmax" else int(np.ceil(0.9 * len(values) - 1e-9))
            chosen[key] = max(int(values[rank - 1]), 1)
        return chosen

    def least_squares(self, parts, granularity):
        c = self.geometry["combining"]
        shift = cell_layout.scale_shift(c)
        tried = []
        for k in range(100):
            m = int(np.floor(64 * 2 ** (-k / 6) + 0.5))
            if m not in tried:
                tried.append(m)
            if m == 1:
                break

        def error(conversion, u, m):
            step, q = cell_layout.step_and_code(u, conversion[1] * m, c["converter_bits"], shift,
                                                conversion[2])
            return conversion[0] * (step * q / 2 ** shift - u)
        errors = {}
        for p, conversions in enumerate(parts):
            for i, m in enumerate(tried):
                total = 0
                for conversion in conversions:
                    total = total + error(conversion, conversion[3], m)
                    if conversion[5]:
                        total = total - error(conversion, conversion[4][:, None],
                                              64 if granularity == "output" else m)
                for o in range(self.OUTPUTS):
                    key = {"layer": 0, "part": p, "output": (p, o)}[granularity]
                    errors.setdefault(key, np.zeros(len(tried)))[i] += (total[:, o] ** 2).sum()
        return {key: tried[int(np.argmin(values))] for key, values in errors.items()}

    def test_choices_are_those_of_their_definitions(self):
        kinds = set()
        for representation in (cell_layout.TWOS_COMPLEMENT, cell_layout.DIFFERENTIAL,
                               cell_layout.SHIFTED_UNSIGNED):
            self.geometry["representation"] = representation
            for method in METHODS:
                for granularity in GRANULARITIES:
                    with self.subTest(representation=representation, method=method,
                                      granularity=granularity):
                        plan = self.compiled(
                            converter_calibration=method, converter_granularity=granularity,
                            converter_percentile=90).plan
                        # The whole range everywhere is none.
                        found = plan["layers"][0].get("ranges", [[64]] * 2)
                        self.assertEqual(len(found), 2)
                        expected = self.expected(plan, method, granularity)
                        for p, codes in enumerate(found):
                            for o, code in enumerate(codes):
                                key = {"layer": 0, "part": p, "output": (p, o)}[granularity]
                                self.assertEqual(code, expected[key])
                                kinds.add(code)
        self.assertGreater(len(kinds), 8)

    def test_less_error_than_the_whole_range(self):
        self.geometry["representation"] = cell_layout.DIFFERENTIAL
        errors = {}
        for kind in ("fixed", *METHODS):
            result = self.compiled(converter_calibration=kind, converter_granularity="output")
            exact, codes = (result.codes[f][0].astype(float) for f in ("ideal", "quantised"))
            errors[kind] = ((exact - codes) ** 2).mean()
        self.assertLess(errors["mse"], errors["fixed"] / 4)
        self.assertLess(errors["mse"], 1.05 * min(errors.values()))

    def test_partial_sums_keep_what_wide_weights_need(self):
        # Digits of opposite sign reach far more than any sum: a format for that has few codes left.
        self.geometry["representation"] = cell_layout.TWOS_COMPLEMENT
        self.geometry["combining"].update(converter_bits=12, range_shift=0, range_bits=8)
        errors = {}
        for kind in ("fixed", "minmax"):
            network = self.builder.write(self.folder, weight_bits=8, converter_calibration=kind)
            result = Compiled(self.folder, network, self.geometry, self.images)
            exact, codes = (result.codes[f][0].astype(float) for f in ("ideal", "quantised"))
            errors[kind] = np.abs(exact - codes).mean()
        self.assertLess(errors["minmax"], 1.0)  # of 255 codes
        self.assertLess(errors["minmax"], 1.1 * errors["fixed"])

    def test_a_layers_own_keys_and_given_ranges_come_first(self):
        self.geometry["representation"] = cell_layout.DIFFERENTIAL
        layers = self.compiled(
            top={"converter_ranges": {"gemm3": 0.3}}, converter_calibration="minmax",
            layers={"conv0": {"converter_calibration": "fixed"}}).plan["layers"]
        self.assertNotIn("ranges", layers[0])
        self.assertEqual(layers[1]["ranges"], [[19]] * layers[1]["parts"])  # 0.3 * 64 = 19.2

    def test_refusals(self):
        self.geometry["representation"] = cell_layout.DIFFERENTIAL
        n = "network 'random': converter_ranges"
        f = f"{self.folder / 'network.yaml'}: converter_ranges"
        cases = [
            ({"conv": 1}, f"{n}.conv names no layer on macros; did you mean 'conv0'?"),
            ({"conv0": [0.5]}, f"{n}.conv0 has ranges of 1 row parts, but on this chip the layer "
                               "has 2"),
            ({"conv0": [[0.5] * 5, [0.5] * 4]},
             f"{n}.conv0[1] has ranges of 4 outputs, but the layer has 5"),
            ({"conv0": 0}, f"{f}.conv0 must be a number above 0, up to 1"),
            ({"conv0": 1.01}, f"{f}.conv0 must be a number above 0, up to 1"),
            ({"conv0": float("nan")}, f"{f}.conv0 must be a number above 0, up to 1"),
            ({"conv0": "wide"}, f"{f}.conv0 must be a number above 0, up to 1"),
            ({"conv0": []}, f"{f}.conv0 must be a number, or a list with an entry a row part"),
            ({"conv0": {"a": 1}}, f"{f}.conv0 must be a number, or a list with an entry a row part"),
            ({"conv0": [0.5, -1]}, f"{f}.conv0[1] must be a number above 0, up to 1"),
            ({"conv0": [0.5, [0.5]]}, f"{f}.conv0[1] must be a number above 0, up to 1"),
            ({"conv0": [[0.5], 0.5]},
             f"{f}.conv0[1] must be a list of numbers, one an output, as that before it"),
            ({"conv0": [[0.5, 2], [1]]}, f"{f}.conv0[0][1] must be a number above 0, up to 1"),
            ([1], f"{f} must be a map of keys to values"),
        ]
        for ranges, sentence in cases:
            with self.subTest(sentence=sentence):
                with self.assertRaises(Refused) as refused:
                    self.compiled(top={"converter_ranges": ranges})
                self.assertEqual(str(refused.exception), sentence)
        self.geometry["combining"]["range_bits"] = 0
        fixed = ("is for a chip whose converters have a range to set; this one's is fixed "
                 "(cim.converter.range_bits is 0)")
        for options, sentence in (
                ({"top": {"converter_ranges": {"conv0": 1}}}, f"{n}.conv0 {fixed}"),
                ({"converter_calibration": "mse"},
                 f"layer 'conv0': quantisation key 'converter_calibration' {fixed}"),
                ({"converter_calibration": "kl"},
                 f"{self.folder / 'network.yaml'}: quantisation: key 'converter_calibration' must "
                 "be one of fixed, minmax, percentile, mse")):
            with self.assertRaises(Refused) as refused:
                self.compiled(**options)
            self.assertEqual(str(refused.exception), sentence)


class DamagedTest(ChoiceTest):
    """Damaged files are read, or refused with one sentence; never a crash."""

    test_choices_are_those_of_their_definitions = None
    test_less_error_than_the_whole_range = None
    test_partial_sums_keep_what_wide_weights_need = None
    test_a_layers_own_keys_and_given_ranges_come_first = None
    test_refusals = None

    def test_damaged_ranges(self):
        self.geometry["representation"] = cell_layout.DIFFERENTIAL
        good = ("converter_ranges:\n  conv0: [[0.5, 0.25, 1, 0.125, 1.0e-3], [1, 1, 0.5, 0.3, 1]]\n"
                "  gemm3: 0.75\n")
        network = self.builder.write(self.folder, weight_bits=5)
        whole = network.read_text(encoding="utf-8")
        rng = np.random.default_rng(12)
        alphabet = "[],:{}.-+e0159 \n'\"#&*!conv"
        (self.folder / "geometry.json").write_text(json.dumps(self.geometry))
        self.images.tofile(self.folder / "images.u8")
        seen = {"read": 0, "refused": 0}
        for _ in range(60):
            text = list(good)
            for _ in range(int(rng.integers(1, 3))):
                at = int(rng.integers(18, len(text)))
                kind = rng.integers(3)
                if kind == 0:
                    del text[at]
                else:
                    letter = alphabet[int(rng.integers(len(alphabet)))]
                    text[at:at + int(kind == 1)] = letter
            network.write_text(whole + "".join(text), encoding="utf-8")
            try:
                run("compile", network, self.folder / "geometry.json", self.folder / "images.u8",
                    self.folder)
                seen["read"] += 1
            except Refused as refused:
                self.assertNotIn("\n", str(refused))
                seen["refused"] += 1
        self.assertGreater(seen["read"], 3)
        self.assertGreater(seen["refused"], 30)


def levels_of(codes, digits, representation):
    """What each digit adds for shifted weights `codes`: +-levels, plain below the offset."""
    values = []
    if representation == cell_layout.DIFFERENTIAL:
        for significance, bits, _, _ in digits:
            values.append(np.sign(codes) * (np.abs(codes) // significance & ((1 << bits) - 1)))
        return values
    rest = codes & ((1 << 5) - 1)
    for significance, bits, _, _ in digits:
        place = abs(significance)
        values.append(rest // place & ((1 << bits) - 1))
    return values


if __name__ == "__main__":
    unittest.main()
