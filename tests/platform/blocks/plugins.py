"""Builds plug-ins for tests, with the CMake package as a user does."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/end_to_end"))

BINARY = Path(os.environ["LEYDEN_BINARY_DIR"])
PRESETS = ROOT / "configs/chips"


def build(folder, cmake, files):
    """Writes the files and builds. @return the folder of what was built"""
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(own CXX)\n"
        f"find_package(leyden REQUIRED)\n{cmake}", encoding="utf-8")
    for command in (["cmake", "-B", "build", f"-Dleyden_DIR={BINARY}"],
                    ["cmake", "--build", "build"]):
        done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode != 0:
            raise AssertionError(done.stdout)
    return folder / "build"


def chip(folder, added, preset="imagine", name="chip.yaml"):
    """A preset and what is added, as a chip file in the folder."""
    path = folder / name
    path.write_text((PRESETS / f"{preset}.yaml").read_text(encoding="utf-8") + "\n" + added,
                    encoding="utf-8")
    return path
