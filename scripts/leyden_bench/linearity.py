"""bench capram-linearity: errors after each step of calibration, and effective bits, of capram.

The procedure of the publication on the model of the macro: 524,288 samples of two dies, a gain and
an offset for every converter, then one curve for all; a sine with temporal noise alone for the ENOB.
"""
import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOL = ROOT / "build/release/tests/models/cim/cim_linearity_tool"


def main(arguments):
    parser = argparse.ArgumentParser(prog="bench capram-linearity", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chip", default=str(ROOT / "configs/chips/capram.yaml"),
                        help="a chip file")
    parser.add_argument("--die", type=int, default=1, help="the first of two dies")
    options = parser.parse_args(arguments)
    if not 0 <= options.die < 2 ** 32 - 1:
        parser.error("--die must be 0 to 4294967294")
    if not TOOL.exists():
        print(f"bench: {TOOL.relative_to(ROOT)} is not built; 'ninja -C build/release "
              "cim_linearity_tool' builds it.", file=sys.stderr)
        return 2
    return subprocess.run([TOOL, options.chip, str(options.die)], check=False).returncode
