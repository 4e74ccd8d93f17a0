"""Images executed by a chip in Python give the codes of the host reference, bit for bit."""
import tempfile
import unittest
from pathlib import Path

import numpy as np

from chip_emulator import Chip, Image
from networks import Builder, random_network
from tool import Compiled, Refused

GEOMETRY = {"rows": 1152, "columns": 256, "rows_per_unit": 36, "abn_entries": 256,
            "range_shift": 1, "macros": 1, "lmem_bank_bytes": 65536}


def random_geometry(rng):
    rows_per_unit = int(rng.choice([4, 9, 16]))
    return {"rows": rows_per_unit * int(rng.integers(2, 9)), "rows_per_unit": rows_per_unit,
            "columns": int(rng.integers(2, 9)) * 8, "abn_entries": int(rng.integers(4, 40)),
            "range_shift": int(rng.integers(0, 3)), "macros": int(rng.integers(1, 4)),
            "lmem_bank_bytes": int(rng.choice([1024, 2048, 65536]))}


def random_cells(rng, geometry):
    """Cells of several levels, pages and digital combining for a random geometry."""
    representation = int(rng.integers(0, 4))
    geometry["representation"] = representation
    geometry["cell_bits"] = 1 if representation == 3 else int(rng.integers(1, 5))
    units = geometry["rows"] // geometry["rows_per_unit"]
    geometry["pages"] = int(rng.choice([p for p in range(1, units + 1) if units % p == 0]))
    geometry["columns"] *= 2
    rows_active = int(rng.integers(0, units // geometry["pages"] + 1))
    geometry["combining"] = {
        "inputs": bool(rng.integers(0, 4)), "columns": bool(rng.integers(0, 4)),
        "digit_bits": int(rng.integers(1, 9)), "rows_active": rows_active * geometry["rows_per_unit"],
        "converter_bits": int(rng.integers(3, 13)), "range_shift": int(rng.integers(0, 3))}
    geometry["partial_bits"] = 11
    return geometry


class EmulatorTest(unittest.TestCase):
    def check(self, builder, geometry, rng, images=2, **quantisation):
        c, h, w = builder.input_shape
        codes = rng.integers(0, 256, (images, h, w, c), np.uint8)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            network = builder.write(folder, **quantisation)
            compiled = Compiled(folder, network, geometry, codes)
        image = Image(compiled.image)
        for fidelity in ("ideal", "quantised"):
            chip = Chip(geometry, fidelity)
            chip.boot(image)
            # The second image starts from what the first left in the arrays.
            for n in range(images):
                layers, output = chip.run(image, codes[n].ravel())
                for i, layer in enumerate(compiled.plan["layers"]):
                    np.testing.assert_array_equal(
                        layers[i], compiled.codes[fidelity][i][n],
                        f"layer {layer['name']}, image {n}, {fidelity}, {geometry}")
                np.testing.assert_array_equal(output, compiled.codes[fidelity][-1][n])
        return compiled, image

    def test_random_networks_on_random_chips(self):
        seen = {"split": 0, "streamed": 0, "macros": 0, "chunks": 0, "columns": 0, "run": 0}
        for seed in range(40):
            rng = np.random.default_rng(seed)
            geometry = random_geometry(rng)
            builder = random_network(rng)
            bits = int(rng.integers(2, 9))
            activation_bits = int(rng.choice([8, 8, 6, 4]))
            with self.subTest(seed=seed):
                try:
                    compiled, _ = self.check(
                        builder, geometry, rng, weight_bits=bits, activation_bits=activation_bits,
                        input_scale=1 / 64, zero_point=int(rng.choice([0, 128])))
                except Refused as refused:
                    self.assertRegex(str(refused), "LMEM|padding is supported only")
                    continue
                seen["run"] += 1
                tiles = [t for layer in compiled.plan["layers"] for t in layer.get("tiles", [])]
                layers = compiled.plan["layers"]
                seen["split"] += any(layer["parts"] > 1 for layer in layers)
                seen["streamed"] += any(not t["resident"] for t in tiles)
                seen["macros"] += any(t["macro"] > 0 for t in tiles)
                seen["columns"] += any(t["output_first"] > 0 for t in tiles)
                seen["chunks"] += any(
                    0 < layer["chunk_rows"] < compiled.tensor(layer["output"])["shape"][1]
                    for layer in layers)
        for what, count in seen.items():
            self.assertGreater(count, 2, f"{what}: {seen}")

    def test_random_networks_on_digitally_combining_chips(self):
        seen = {"split": 0, "segments": 0, "pages": 0, "dummy": 0, "pairs": 0, "run": 0}
        for seed in range(40):
            rng = np.random.default_rng([seed, 4])
            geometry = random_cells(rng, random_geometry(rng))
            builder = random_network(rng)
            with self.subTest(seed=seed):
                try:
                    compiled, _ = self.check(
                        builder, geometry, rng, weight_bits=int(rng.integers(2, 9)),
                        activation_bits=int(rng.choice([8, 8, 6, 4])), input_scale=1 / 64,
                        zero_point=int(rng.choice([0, 128])))
                except Refused as refused:
                    self.assertRegex(str(refused), "LMEM|padding is supported only|do not fit the")
                    continue
                seen["run"] += 1
                layers = compiled.plan["layers"]
                tiles = [t for layer in layers for t in layer.get("tiles", [])]
                page = geometry["rows"] // geometry["rows_per_unit"] // geometry["pages"]
                rows = geometry["combining"]["rows_active"]
                seen["split"] += any(layer["parts"] > 1 for layer in layers)
                seen["segments"] += rows > 0 and any(t["window_count"] > rows for t in tiles)
                seen["pages"] += any(t["unit_first"] >= page for t in tiles)
                seen["dummy"] += geometry["representation"] == 2
                seen["pairs"] += geometry["representation"] in (1, 3)
        for what, count in seen.items():
            self.assertGreater(count, 2, f"{what}: {seen}")

    def test_names_and_header(self):
        rng = np.random.default_rng(1)
        builder = Builder(rng, (1, 6, 6))
        builder.conv(4, (3, 3))
        builder.relu()
        builder.flatten()
        builder.gemm(3)
        compiled, image = self.check(builder, GEOMETRY, rng)
        self.assertEqual(image.text(image.header["name_offset"]), "random")
        self.assertEqual([image.text(layer[2]) for layer in image.layers], ["conv0", "gemm3"])
        self.assertEqual(image.header["chip_rows"], 1152)
        self.assertEqual(image.header["chip_columns"], 256)
        self.assertEqual(image.header["lmem_bytes"], 2 * 65536)
        self.assertEqual(image.header["input_bytes"], 36)
        self.assertEqual(image.header["output_bytes"], 3)
        self.assertEqual([layer["macs"] for layer in compiled.plan["layers"]],
                         [16 * 9 * 4, 64 * 3])
        self.assertEqual([layer["mvms"] for layer in compiled.plan["layers"]], [16, 1])


if __name__ == "__main__":
    unittest.main()
