"""Property: every operator, with every quantisation, is exact on any macro. Random graphs of all
operators with mixed bits on random chips, through firmware."""

import os
import unittest

import numpy as np
import zoo
import every_operator  # found by zoo's path
from random_chips import RandomCase, random_chip

# Operators and attributes that the networks must have held.
EVERY = {"Add", "ArgMax", "AveragePool", "BatchNormalization", "Clip", "Concat", "Conv", "Flatten",
         "Gemm", "GlobalAveragePool", "LeakyRelu", "LogSoftmax", "MatMul", "MaxPool", "Pad",
         "Relu", "Reshape", "Sigmoid", "Softmax", "Tanh", "asymmetric pads", "depthwise",
         "dilated", "dilated MaxPool", "grouped", "uncounted padding"}
FIRST = int(os.environ.get("LEYDEN_RANDOM_FIRST", "5000"))  # seed
COUNT = int(os.environ.get("LEYDEN_RANDOM_NETWORKS", "24"))


class RandomOperatorsTest(RandomCase):
    def test_every_operator_and_quantisation_is_exact(self):
        ran, stopped, found = 0, [], set()
        for seed in range(COUNT):
            rng = np.random.default_rng(FIRST + seed)
            chip, keys = random_chip(rng)
            builder, classes = every_operator.every_operator_network(rng)
            folder = self.folder / str(seed)
            zoo.write_data(rng, folder / "data", builder.input_shape)
            network = every_operator.write(builder, rng, folder, classes,
                                           calibration_images=zoo.IMAGES)
            done, sentence = self.runs(FIRST + seed, network, chip, keys)
            ran += done
            stopped += [sentence] if sentence else []
            found |= every_operator.operators(builder) if done else set()
        self.tell(ran, stopped)
        self.assertGreaterEqual(ran, 1.5 * COUNT)
        self.assertEqual(EVERY - found, set())


if __name__ == "__main__":
    unittest.main()
