"""The installed leyden builds and runs blocks without its sources and its build folder."""

import os
import subprocess
import sys
import unittest

import plugins

sys.path.insert(0, str(plugins.ROOT / "tests/docs/tutorials"))

import tutorial  # noqa: E402


class Installed(tutorial.Tutorial):
    page = "own-peripheral"

    def test_the_tutorial_runs_on_an_installed_leyden(self):
        prefix = self.folder / "prefix"
        for part in ("platform/blocks", "platform/cli", "firmware"):
            subprocess.run(["cmake", "--install", plugins.BINARY / part, "--prefix", prefix],
                           stdout=subprocess.DEVNULL, check=True)
        environment = self.environment()
        environment["PATH"] = f"{prefix / 'bin'}:{os.environ['PATH']}"
        self.run_page(environment)
        used = (self.folder / "build/CMakeCache.txt").read_text(encoding="utf-8")
        self.assertIn(f"leyden_DIR:PATH={prefix}", used)
        # Not a header of the source tree was read.
        for path in (self.folder / "build").rglob("*.d"):
            self.assertNotIn(str(plugins.ROOT), path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    unittest.main()
