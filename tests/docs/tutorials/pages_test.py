"""The tutorials of RTL, of the golden model and of a converter of one's own: they run as shown."""

import csv
import os
import resource
import sys
import unittest
from pathlib import Path

import tutorial

PAGE = os.environ["LEYDEN_TUTORIAL"]


@unittest.skipUnless(PAGE == "own-rtl", "another page")
class OwnRtl(tutorial.Tutorial):
    page = "own-rtl"

    def test_the_page_runs_as_shown(self):
        self.run_page()


@unittest.skipUnless(PAGE == "golden-model", "another page")
class GoldenModel(tutorial.Tutorial):
    page = "golden-model"

    def test_the_page_runs_as_shown(self):
        self.run_page()


@unittest.skipUnless(PAGE == "own-converter", "another page")
@unittest.skipUnless(Path(tutorial.support.FASHION).is_dir(), "no Fashion-MNIST")
class OwnConverter(tutorial.Tutorial):
    page = "own-converter"

    def test_the_page_runs_as_shown(self):
        self.run_page({**self.environment(), "DATA": tutorial.support.FASHION})
        # An ideal converter of one's own gives what Leyden's gives; a dead zone does not.
        built_in = self.folder / "built-in"
        result = tutorial.support.leyden(
            "run", "--chip", "imagine", "--network", "lenet5-fashion", "--data",
            tutorial.support.FASHION, "--images", 20, "--fidelity", "quantised", "--report", built_in,
            "--jobs", 1, "-q")
        self.assertEqual(result.returncode, 0, result.stderr)

        def classes(folder):
            with open(self.folder / folder / "classes.csv", encoding="utf-8") as file:
                return list(csv.reader(file))

        self.assertEqual(classes("ideal"), classes("built-in"))
        self.assertNotEqual(classes("dead"), classes("built-in"))


@unittest.skipUnless(PAGE == "adapt-a-network", "another page")
@unittest.skipUnless(Path(tutorial.support.FASHION).is_dir(), "no Fashion-MNIST")
class AdaptANetwork(tutorial.Tutorial):
    page = "adapt-a-network"

    def test_the_page_runs_as_shown_in_two_minutes_of_a_thread(self):
        environment = self.environment()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.run_page({
            **environment, "DATA": tutorial.support.FASHION, "LEYDEN_SOURCE": str(tutorial.ROOT),
            # the Python of the tests has PyTorch
            "PATH": f"{Path(sys.executable).parent}:{environment['PATH']}"})
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.assertLess(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 120)


if __name__ == "__main__":
    unittest.main()
