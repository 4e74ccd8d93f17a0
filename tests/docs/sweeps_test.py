"""The ready sweeps: each has a page, can be read, and (long tier) gives what its page tells."""

import os
import pathlib
import re
import sqlite3
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
LEYDEN = os.environ["LEYDEN_BINARY_DIR"] + "/bin/leyden"
FASHION = "/usr/share/datasets/fashion-mnist"
NAMES = sorted(path.stem for path in (ROOT / "configs/sweeps").glob("*.yaml"))


def page(name):
    return (ROOT / f"docs/sweeps/{name}.md").read_text(encoding="utf-8")


def table(text, heading):
    """Rows of the Markdown table whose head begins with some words, as lists of words."""
    lines = text[text.index(heading):].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("| ").split("|")] for line in lines]


class Pages(unittest.TestCase):
    """What is told without running anything."""

    def test_each_sweep_has_a_page_with_its_command_and_variables(self):
        self.assertGreaterEqual(len(NAMES), 5)
        for name in NAMES:
            with self.subTest(name):
                text = page(name)
                self.assertIn(f"leyden sweep {name} --data ", text)
                self.assertIn(f"sweeps/{name}.md", (ROOT / "docs/sweep.md").read_text("utf-8"))
                file = (ROOT / f"configs/sweeps/{name}.yaml").read_text(encoding="utf-8")
                for key in re.findall(r"key: ([\w.]+), (?:list|range|categories|log_range)", file):
                    self.assertTrue(f"`{key}`" in text or name in ("macros-resnet20", "supply"),
                                    f"{key} is not told")

    def test_each_sweep_is_listed_and_read(self):
        listed = subprocess.run([LEYDEN, "list", "sweeps"], capture_output=True, text=True,
                                check=True).stdout.split()
        self.assertEqual(listed, NAMES)
        with tempfile.TemporaryDirectory() as folder:
            for name in NAMES:
                ended = subprocess.run([LEYDEN, "sweep", name, "-o", f"{folder}/x.sqlite",
                                        "--data", f"{folder}/none"],
                                       capture_output=True, text=True, check=False)
                self.assertEqual(ended.returncode, 2, ended.stderr)
                self.assertRegex(ended.stderr, "data|folder")  # all before it is good


@unittest.skipUnless(os.environ.get("LEYDEN_SWEEPS_RUN"), "the sweeps are run in the long tier")
@unittest.skipUnless(os.path.isdir(FASHION), f"{FASHION} is not there")
class Figures(unittest.TestCase):
    """What is told of the sweeps whose data every machine has."""

    def results(self, name, query, named=False):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([LEYDEN, "sweep", name, "-o", f"{folder}/x.sqlite", "--data", FASHION,
                            "--quiet"], check=True)
            database = sqlite3.connect(f"{folder}/x.sqlite")
            database.row_factory = sqlite3.Row if named else None
            rows = database.execute(query).fetchall()
            database.close()
            return rows

    def test_adc_rows_swing(self):
        got = self.results("adc-rows-swing",
                           "SELECT adc_bits, rows, swing, accuracy_percent FROM results")
        told = {int(row[0]): [float(cell) for cell in row[1:]]
                for row in table(page("adc-rows-swing"), "| ADC bits | 288")}
        for bits, rows, swing, accuracy in got:
            column = 2 * [288, 576, 1152].index(rows) + ["least", "all"].index(swing)
            self.assertAlmostEqual(told[bits][column], accuracy, places=6)
        self.assertEqual(len(got), 30)

    def test_supply(self):
        got = self.results("supply", "SELECT clock_mhz, supply_v, accuracy_percent, energy_nj, "
                           "energy_clock_nj, energy_dot_product_nj, latency_us, power_mw "
                           "FROM results ORDER BY clock_mhz")
        told = table(page("supply"), "| clock MHz")
        self.assertEqual(len(got), len(told))
        for row, words in zip(got, told):
            for value, word in zip(row, words):
                digits = len(word.split(".")[1]) if "." in word else 0
                self.assertEqual(f"{value:.{digits}f}", word)

    def compare_faults(self, page_name, column, rows):
        """Outcomes of one kind of fault at a time, told from a column of the table on."""
        keys = ("masked_percent", "detected_percent", "silent_percent", "hang_percent",
                "fault_accuracy_percent")
        for variable, value, *told in table(page(page_name), "| variable | value"):
            got = [row for row in rows if row[variable.strip("`")] == float(value)]
            self.assertEqual(len(got), 1, (variable, value))
            self.assertEqual(told[column:column + 5], [f"{got[0][key]:g}" for key in keys],
                             (page_name, column, variable, value))

    def test_faults_before_and_after_measures(self):
        rows = [self.results(name, "SELECT * FROM results", named=True)
                for name in ("faults-lenet5", "faults-lenet5-measures")]
        self.compare_faults("faults-lenet5", 0, rows[0])
        self.compare_faults("faults-lenet5-measures", 0, rows[0])
        self.compare_faults("faults-lenet5-measures", 5, rows[1])
        told = table(page("faults-lenet5-measures"), "| without faults")
        for column, (plain, *_) in enumerate(rows, 1):
            self.assertEqual(told[0][column], f"{plain['latency_us']:.2f}")
            self.assertEqual(told[1][column], f"{plain['energy_nj']:.1f}")

    def test_spares(self):
        rows = self.results("faults-lenet5-spares", "SELECT * FROM results", named=True)
        keys = ("masked_percent", "silent_percent", "fault_accuracy_percent")
        for variable, value, *told in table(page("faults-lenet5-spares"), "| variable | value"):
            for spares, words in ((0, told[:3]), (32, told[3:])):
                got = [row for row in rows if row["spares"] == spares and
                       row[variable.strip("`")] == float(value)]
                self.assertEqual(len(got), 1, (variable, value))
                self.assertEqual(words, [f"{got[0][key]:g}" for key in keys], (variable, value))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
