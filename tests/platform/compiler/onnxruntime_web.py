"""Runs ONNX models with onnxruntime-web, which npm installs into the build folder once."""
import base64
import fcntl
import json
import os
import shutil
import subprocess
import unittest
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent / "onnxruntime_web"
_INSTALLING_S = 240


class Failed(Exception):
    """onnxruntime refused a model; the argument is its message."""


def _install(folder):
    """node_modules of the pinned version in `folder`; raises SkipTest where npm cannot get it."""
    if not shutil.which("node") or not shutil.which("npm"):
        raise unittest.SkipTest("onnxruntime-web needs node and npm")
    folder.mkdir(parents=True, exist_ok=True)
    wanted = (HERE / "package.json").read_text(encoding="utf-8")
    with open(folder / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp = folder / "installed.json"
        if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
            return
        (folder / "package.json").write_text(wanted, encoding="utf-8")
        try:
            done = subprocess.run(
                ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=folder,
                capture_output=True, text=True, timeout=_INSTALLING_S, check=False)
        except subprocess.TimeoutExpired as error:
            raise unittest.SkipTest("onnxruntime-web: npm did not answer") from error
        if done.returncode != 0:
            raise unittest.SkipTest("onnxruntime-web: npm cannot install it: "
                                    + done.stderr.strip()[-200:])
        stamp.write_text(wanted, encoding="utf-8")


def run(jobs):
    """Executes (path of model, {input: array}) pairs; a list of {output: array} or Failed."""
    folder = Path(os.environ["ONNXRUNTIME_WEB"])
    _install(folder)
    request = []
    for model, inputs in jobs:
        tensors = {name: {"type": str(array.dtype), "dims": list(array.shape),
                          "data": base64.b64encode(np.ascontiguousarray(array)).decode()}
                   for name, array in inputs.items()}
        request.append({"model": str(model), "inputs": tensors})
    done = subprocess.run(["node", HERE / "run.mjs", folder], input=json.dumps(request),
                          capture_output=True, text=True, check=True)
    results = []
    for answer in json.loads(done.stdout):
        if "error" in answer:
            results.append(Failed(answer["error"]))
            continue
        results.append({name: np.frombuffer(base64.b64decode(t["data"]), t["type"])
                        .reshape(t["dims"]) for name, t in answer["outputs"].items()})
    return results
