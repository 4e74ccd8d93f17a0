"""Networks whose tensors do not fit LMEM: stripes, slices and off-chip homes, bit for bit."""
import tempfile
import unittest
from pathlib import Path

import numpy as np

from chip_emulator import Chip, Image
from emulator_test import random_geometry
from networks import random_network
from tool import Compiled, Refused


def align(count):
    return -(-int(count) // 16) * 16


class MemoryTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def compile(self, builder, geometry, codes, **quantisation):
        network = builder.write(self.folder, **quantisation)
        return Compiled(self.folder, network, geometry, codes)

    def run_all(self, compiled, geometry, codes, fidelities=("ideal", "quantised")):
        """Runs the image on the chip in Python; codes and travelled bytes must be the plan's."""
        image = Image(compiled.image)
        for fidelity in fidelities:
            chip = Chip(geometry, fidelity)
            chip.boot(image)
            for n, code in enumerate(codes):
                layers, output = chip.run(image, code.ravel())
                for i, layer in enumerate(compiled.plan["layers"]):
                    np.testing.assert_array_equal(
                        layers[i], compiled.codes[fidelity][i][n],
                        f"layer {layer['name']}, image {n}, {fidelity}, {geometry}")
                    self.assertEqual(chip.travelled[i], [layer["read_bytes"],
                                                         layer["written_bytes"]], layer["name"])
                np.testing.assert_array_equal(output, compiled.codes[fidelity][-1][n])
        return image

    def test_random_networks_in_little_lmem(self):
        seen = {"run": 0, "stripes": 0, "slices": 0, "early": 0, "scratch": 0, "input": 0,
                "partial stripes": 0, "streamed stripes": 0, "kept": 0}
        for seed in range(40):
            rng = np.random.default_rng([seed, 6])
            geometry = {**random_geometry(rng), "lmem_bank_bytes": 65536}
            builder = random_network(rng, size=22, most_channels=20)
            bits = {"weight_bits": int(rng.integers(2, 9)),
                    "activation_bits": int(rng.choice([8, 6, 4])), "input_scale": 1 / 64,
                    "zero_point": int(rng.choice([0, 128]))}
            c, h, w = builder.input_shape
            codes = rng.integers(0, 256, (2, h, w, c), np.uint8)
            with self.subTest(seed=seed):
                peak = self.compile(builder, geometry, codes, **bits).plan["lmem_peak_bytes"]
                geometry["lmem_bank_bytes"] = max(1024, align(peak / 2 * rng.uniform(0.1, 0.8)))
                try:
                    compiled = self.compile(builder, geometry, codes, **bits)
                except Refused as refused:
                    self.assertRegex(str(refused), "bytes of LMEM, and the chip's has|padding")
                    continue
                self.run_all(compiled, geometry, codes)
                seen["run"] += 1
                plan = compiled.plan
                self.assertLessEqual(plan["lmem_peak_bytes"], 2 * geometry["lmem_bank_bytes"])
                layers = plan["layers"]
                striped = [layer for layer in layers if layer["chunk_rows"]
                           < compiled.tensor(layer["output"])["shape"][1]]
                seen["stripes"] += bool(striped)
                seen["slices"] += any(layer["slices_outer"] for layer in layers)
                seen["early"] += any(layer["copies"] > 1 for layer in layers)
                seen["scratch"] += 4 in plan["homes"]
                seen["input"] += 2 in plan["homes"]
                seen["partial stripes"] += any(layer["parts"] > 1 for layer in striped)
                seen["streamed stripes"] += any(
                    not tile["resident"] for layer in striped for tile in layer.get("tiles", []))
                seen["kept"] += any(plan["kept"])
        for what, count in seen.items():
            self.assertGreater(count, 2, f"{what}: {seen}")


if __name__ == "__main__":
    unittest.main()
