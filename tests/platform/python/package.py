"""The package of the build folder, with PyTorch imported before it."""

import os
import sys

import torch

torch.set_num_threads(1)
PACKAGES = os.environ["LEYDEN_BINARY_DIR"] + "/python"
sys.path.insert(0, PACKAGES)
FASHION = "/usr/share/datasets/fashion-mnist"
LENET = ("imagine", "lenet5-fashion", FASHION)
