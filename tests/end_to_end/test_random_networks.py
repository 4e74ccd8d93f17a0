"""Property: any network on any macro is exact. Random graphs on random chips, through firmware."""

import os
import unittest

import numpy as np
import zoo
from networks import random_network  # found by zoo's path
from random_chips import RandomCase, random_chip

COUNT = int(os.environ.get("LEYDEN_RANDOM_NETWORKS", "24"))


class RandomNetworksTest(RandomCase):
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
            done, sentence = self.runs(seed, network, chip, keys)
            ran += done
            stopped += [sentence] if sentence else []
        self.tell(ran, stopped)
        self.assertGreaterEqual(ran, 1.5 * COUNT)


if __name__ == "__main__":
    unittest.main()
