"""The matrix of requirements is in step with the tests, and misfits are told."""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
BUILD = os.environ["LEYDEN_BINARY_DIR"]
SOURCE = ROOT / "tests" / "requirements.yaml"


def run(*arguments):
    return subprocess.run([str(ROOT / "scripts" / "requirements"), "--build", BUILD, *arguments],
                          capture_output=True, text=True, check=False)


class Matrix(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def changed(self, change):
        """Status and sentence for the committed file after a change of its content."""
        content = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
        change(content["groups"])
        path = self.folder / "requirements.yaml"
        path.write_text(yaml.safe_dump(content), encoding="utf-8")
        told = run("--file", str(path))
        return told.returncode, told.stderr

    def test_the_page_is_in_step(self):
        page = self.folder / "requirements.md"
        told = run("--write", str(page))
        self.assertEqual(told.returncode, 0, told.stderr)
        self.assertEqual(page.read_text(encoding="utf-8"),
                         (ROOT / "docs" / "requirements.md").read_text(encoding="utf-8"),
                         "renew it: scripts/requirements --write docs/requirements.md")

    def test_a_test_that_is_not_there(self):
        status, sentence = self.changed(lambda g: g[0]["requirements"][0]["tests"].append("gone"))
        self.assertEqual(status, 2)
        self.assertIn("CORE-1 names gone", sentence)

    def test_a_test_without_requirement(self):
        status, sentence = self.changed(lambda g: g[0]["requirements"].pop())
        self.assertEqual(status, 2)
        self.assertIn("no requirement has the test", sentence)

    def test_a_number_given_twice(self):
        status, sentence = self.changed(
            lambda g: g[0]["requirements"].append(g[0]["requirements"][0]))
        self.assertEqual(status, 2)
        self.assertIn("CORE-1 is given twice", sentence)

    def test_a_page_that_is_not_there(self):
        status, sentence = self.changed(lambda g: g[0].update(page="nowhere.md"))
        self.assertEqual(status, 2)
        self.assertIn("docs/nowhere.md", sentence)

    def test_results_of_a_run(self):
        (self.folder / "ctest.xml").write_text(
            '<testsuite><testcase name="pmp_test" status="run"/>'
            '<testcase name="dma_test" status="fail"/></testsuite>', encoding="utf-8")
        told = run("--results", str(self.folder))
        self.assertEqual(told.returncode, 1)
        lines = {line.split()[0]: line for line in told.stdout.splitlines()}
        self.assertIn("passed", lines["CORE-4"])
        self.assertIn("failed", lines["DMA-1"])
        self.assertIn("not run", lines["CIM-1"])


if __name__ == "__main__":
    unittest.main()
