"""Calls compiler_tool."""
import json
import os
import subprocess

import numpy as np

TOOL = os.environ["COMPILER_TOOL"]


class Refused(Exception):
    """The tool ended with an error; the argument is its sentence."""


def run(*arguments):
    done = subprocess.run([TOOL, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode == 2:
        raise Refused(done.stderr.rstrip("\n"))
    if done.returncode != 0:
        raise AssertionError(f"exit status {done.returncode}: {done.stderr}")
    return done.stdout


class Compiled:
    """A compiled network: plan, image, and the reference's codes per image and layer."""

    def __init__(self, folder, network, geometry, images):
        (folder / "geometry.json").write_text(json.dumps(geometry))
        np.ascontiguousarray(images, np.uint8).tofile(folder / "images.u8")
        run("compile", network, folder / "geometry.json", folder / "images.u8", folder)
        self.plan = json.loads((folder / "plan.json").read_text())
        self.image = (folder / "image.bin").read_bytes()
        self.float_output = np.fromfile(folder / "float.f32", np.float32).reshape(len(images), -1)
        self.codes = {}
        for fidelity in ("ideal", "quantised"):
            flat = np.fromfile(folder / f"{fidelity}.bin", np.uint8).reshape(len(images), -1)
            sizes = [int(np.prod(self.tensor(layer["output"])["shape"]))
                     for layer in self.plan["layers"]]
            self.codes[fidelity] = np.split(flat, np.cumsum(sizes)[:-1], axis=1)

    def tensor(self, index):
        return self.plan["tensors"][index]
