"""The code of docs/python.md runs, block after block, and prints what its comments say."""

import contextlib
import io
import os
import re
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, os.environ["LEYDEN_BINARY_DIR"] + "/python")
PAGE = (ROOT / "docs/python.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


class Page(unittest.TestCase):
    def test_blocks_run(self):
        self.assertGreaterEqual(len(BLOCKS), 5)
        names = {"DATA": "/usr/share/datasets/fashion-mnist"}
        import leyden
        native = leyden.golden._golden is not None  # not in builds with sanitizers
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            for number, block in enumerate(BLOCKS):
                if native or "golden" not in block:
                    exec(compile(block, f"block {number}", "exec"), names)
        for part in ("<leyden.Run lenet5-fashion on imagine", "of the energy", "core.alu_cycles",
                     "False ", "did you mean 'imagine'?"):
            self.assertIn(part, printed.getvalue())

    def test_every_public_name_is_told(self):
        import leyden
        for name in leyden.__all__:
            if name not in ("program", "version", "Compiled", "Diff", "Run", "Sweep"):
                self.assertIn(name, PAGE)
        for name in leyden.golden.__all__:
            self.assertIn(f"`{name}`", PAGE)


if __name__ == "__main__":
    unittest.main()
