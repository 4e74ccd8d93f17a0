"""Property: any network on any macro is exact. Random graphs on random chips, through firmware."""

import os
import re
import unittest

import numpy as np
import support
import zoo
from networks import random_network  # found by zoo's path

COUNT = int(os.environ.get("LEYDEN_RANDOM_NETWORKS", "24"))
# What may stop a random network on a random chip: the chip has no room, and says where.
NO_ROOM = re.compile(r"LMEM|no sign|do not fit the \d+ columns|is beyond the")


def random_chip(rng):
    """A preset with another array, memory and number of macros: (name, keys)."""
    name = str(rng.choice(["imagine", "capram", "adapt256", "rram128"]))
    keys = {"system.macros": int(rng.integers(1, 5)),
            "lmem.bank_bytes": int(rng.choice([4096, 8192, 65536])),
            "cim.abn_entries": int(rng.choice([32, 128, 1024]))}
    if name == "imagine":
        keys["cim.rows"] = 36 * int(rng.integers(2, 33))
        keys["cim.columns"] = 8 * int(rng.integers(2, 33))
    elif name == "capram":
        keys["cim.cell.representation"] = str(rng.choice(["twos_complement", "ternary_pair",
                                                          "shifted_unsigned"]))
        keys["cim.drive.bits"] = int(rng.integers(2, 5))
    elif name == "adapt256":
        keys["cim.cell.representation"] = str(rng.choice(["twos_complement", "differential",
                                                          "shifted_unsigned"]))
        keys["cim.dot_product.rows_active"] = int(rng.choice([0, 64, 128]))
    else:
        bits = int(rng.choice([1, 2, 4]))
        keys["cim.cell.bits"] = bits
        keys["cim.converter.bits"] = {1: 8, 2: 9, 4: 11}[bits]
        keys["cim.cell.representation"] = str(rng.choice(["twos_complement", "differential",
                                                          "shifted_unsigned"]))
    return name, [f"{key}={value}" for key, value in keys.items()]


class RandomNetworksTest(support.Case):
    def test_random_networks_on_random_chips_are_exact(self):
        ran, stopped = 0, []
        for seed in range(COUNT):
            rng = np.random.default_rng(1000 + seed)
            chip, keys = random_chip(rng)
            builder = random_network(rng, size=28, most_channels=40, channels=1)
            folder = self.folder / str(seed)
            zoo.write_data(rng, folder / "data", builder.input_shape)
            network = builder.write(folder, weight_bits=int(rng.integers(2, 7)),
                                    activation_bits=int(rng.choice([8, 8, 6, 4])),
                                    calibration_images=zoo.IMAGES)
            sets = [word for key in keys for word in ("--set", key)]
            for fidelity in ("ideal", "quantised"):
                with self.subTest(seed=seed, chip=chip, keys=keys, fidelity=fidelity):
                    result = support.leyden(
                        "run", "--chip", chip, *sets, "--network", network, "--data",
                        folder / "data", "--images", 2, "--fidelity", fidelity,
                        "--check-reference", timeout=300)
                    if result.returncode == 2 and NO_ROOM.search(result.stderr):
                        stopped.append(result.stderr.strip())
                        break
                    self.assertEqual(result.returncode, 0, result.stderr)
                    self.assertIn("equals the host reference bit for bit", result.stdout)
                    ran += 1
        print(f"{ran} runs exact, {len(stopped)} networks found no room")
        for sentence in stopped:
            print(f"  {sentence}")
        self.assertGreaterEqual(ran, 1.5 * COUNT)


if __name__ == "__main__":
    unittest.main()
