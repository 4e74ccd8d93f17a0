"""What the tests of networks of nodes share: the compiler's host reference, images to learn."""
import json
import os
import subprocess
from pathlib import Path

import numpy as np
import torch

TOOL = Path(os.environ["LEYDEN_BINARY_DIR"]) / "tests/platform/compiler/compiler_tool"


def compile_network(folder, geometry, images):
    """Return (plan, codes): what the compiler makes of `folder`/network.yaml.

    geometry: of the chip, as its tool reads it; images: uint8 (N, C, H, W).  codes: layer name to int64
    (N, C, H, W) of the host reference.  Raises AssertionError when the compiler refuses or warns.
    """
    (folder / "geometry.json").write_text(json.dumps(geometry))
    np.ascontiguousarray(images.permute(0, 2, 3, 1)).tofile(folder / "images.u8")
    done = subprocess.run([TOOL, "compile", folder / "network.yaml", folder / "geometry.json",
                           folder / "images.u8", folder], capture_output=True, text=True,
                          check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    plan = json.loads((folder / "plan.json").read_text())
    flat = np.fromfile(folder / "quantised.bin", np.uint8).reshape(len(images), -1)
    codes, first = {}, 0
    for layer in plan["layers"]:
        channels, height, width = plan["tensors"][layer["output"]]["shape"]
        count = channels * height * width
        codes[layer["name"]] = torch.tensor(flat[:, first:first + count].reshape(
            -1, height, width, channels).transpose(0, 3, 1, 2).astype(np.int64))
        first += count
    assert first == flat.shape[1], "codes are left over"
    return plan, codes


def stripes(count, seed):
    """Return CIFAR-10 records of noisy images whose brightest row tells the label."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 10, count).astype(np.uint8)
    images = random.integers(0, 90, (count, 3, 32, 32)).astype(np.uint8)
    for image, label in zip(images, labels):
        image[:, 3 * label + 1:3 * label + 3] = 220
    return np.concatenate((labels[:, None], images.reshape(count, -1)), 1)
