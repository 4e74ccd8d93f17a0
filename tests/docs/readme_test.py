"""Every command of the README runs, in the order a newcomer types them, and its links lead somewhere."""

import os
import re
import subprocess
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
ACCURACY_ROW = next(line for line in README.splitlines() if line.startswith("| `lenet5-fashion`"))


class ReadmeTest(unittest.TestCase):
    def test_commands_run(self):
        """The blocks marked sh, typed into one shell that stops at the first failure."""
        self.assertGreaterEqual(len(BLOCKS), 4)
        result = subprocess.run(["bash", "-euo", "pipefail", "-c", "".join(BLOCKS)], cwd=ROOT,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                stdin=subprocess.DEVNULL, timeout=580, check=False)
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertIn("hello from the chip", result.stdout)
        for words in ("Breakpoint 1, main ()", "leakage", "memory_works", "trap stack:"):
            self.assertIn(words, result.stdout)
        printed = {line.rstrip() for line in result.stdout.splitlines()}
        demo = README[README.index("## What the demo prints"):README.index("How to read it:")]
        shown = [line[4:] for line in demo.splitlines() if line.startswith("    ")]
        self.assertGreater(len(shown), 40)
        # Only the host's time is another at every run.
        self.assertEqual([line for line in shown
                          if line not in printed and not line.startswith("host ")], [])
        for row in ("quantised", "analog, mean", "analog, worst die"):
            measured = re.search(rf"^{row} +([0-9.]+ %)$", result.stdout, re.MULTILINE)
            self.assertIsNotNone(measured, f"no row '{row}' was printed")
            self.assertIn(f"| {measured[1]} |", ACCURACY_ROW)

    def test_no_command_is_outside_the_blocks_but_the_suite_itself(self):
        """Indented command lines would not be run; ./scripts/test runs this test."""
        indented = [line.strip() for line in README.splitlines()
                    if re.match(r"    (\./|scripts/|leyden |cmake |export )", line)]
        self.assertEqual(indented, ["./scripts/test"])
        self.assertTrue(os.access(ROOT / "scripts/test", os.X_OK))

    def test_links_lead_somewhere(self):
        links = re.findall(r"\]\(([^)#]+)\)", README)
        self.assertGreater(len(links), 5)
        missing = [link for link in links if not (ROOT / link).exists()]
        self.assertEqual(missing, [])

    def test_modelled_figures_are_those_of_the_program(self):
        """The table of published and modelled figures is what `leyden validate` prints."""
        leyden = Path(os.environ["LEYDEN_BINARY_DIR"]) / "bin/leyden"
        printed = subprocess.run([leyden, "validate", "imagine"], stdout=subprocess.PIPE,
                                 text=True, check=True).stdout
        simulated = printed.split("fitted knobs")[0]
        rows = [line for line in simulated.splitlines() if re.search(r"[+-]\d+\.\d+%$", line)]
        self.assertEqual(len(rows), 6)
        for row in rows:
            self.assertIn(row.rstrip(), README)


if __name__ == "__main__":
    unittest.main()
