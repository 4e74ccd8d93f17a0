"""What commands print: lines fit the width, --json is JSON alone, statuses stay as they are."""

import io
import json
import os
import subprocess
import unittest

import pandas

import support

WIDTHS = (80, 100, 160)
CHIP = ("--chip", "imagine")
# Commands that take seconds are run at the narrowest width only.
SLOW = ("run dies", "compile search", "validate", "validate one")
LENET = (*CHIP, "--network", "lenet5-fashion")


class Terminal(support.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.temporary = support.tempfile.TemporaryDirectory(prefix="leyden-test-")
        root = support.pathlib.Path(cls.temporary.name)
        for name, words in (("a", ()), ("b", ("--set", "lmem.bank_bytes=4096"))):
            result = support.leyden("run", *LENET, "--data", support.FASHION, "--images", 2, "-q",
                                    "--report", root / name, *words)
            assert result.returncode == 0, result.stderr
        run = ("run", *LENET, "--data", support.FASHION, "--images", 2)
        made = ("compile", *LENET, "--calibrate", support.FASHION, "-o", "n.img")
        cls.commands = {
            "run": run,
            "run dies": (*run, "--dies", 2, "--accuracy-limit", 50),
            "run profile": (*run, "--profile", "-"),
            "compile": made,
            "compile explain": (*made, "--explain", "--errors"),
            "compile search": (*made, "--errors", "--search", "cim.input_bits=8,7",
                               "--search", "quantise.weight_bits=4,3"),
            "exec": ("exec", *CHIP, "hello", "--profile", "-", "--stack"),
            "list parameters": ("list", "parameters"),
            "list chips": ("list", "chips"),
            "list signals": ("list", "signals"),
            "list sweeps": ("list", "sweeps"),
            "validate": ("validate",),
            "validate one": ("validate", "imagine", "--leave-one-out"),
            "diff": ("diff", root / "a", root / "b", "--all"),
        }

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def leyden(self, *words, columns=None):
        environment = {key: value for key, value in os.environ.items() if key != "COLUMNS"}
        if columns is not None:
            environment["COLUMNS"] = str(columns)
        return subprocess.run([support.LEYDEN, *map(str, words)], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=120, check=False, cwd=self.folder,
                              env=environment)

    def longest(self, text):
        return max((line for line in text.splitlines()
                    if not line.startswith(("warning", "report  ", "A  ", "B  "))), key=len)

    def test_no_line_is_longer_than_the_width(self):
        for name, words in self.commands.items():
            lines = []
            for width in WIDTHS[:1] if name in SLOW else WIDTHS:
                with self.subTest(command=name, width=width):
                    result = self.leyden(*words, columns=width)
                    self.assertEqual(result.returncode, 0, result.stderr)
                    longest = self.longest(result.stdout)
                    self.assertLessEqual(len(longest), width, longest)
                    lines.append(result.stdout.count("\n"))
            # More room never takes more lines.
            self.assertEqual(lines, sorted(lines, reverse=True), name)

    def test_help_fits_too(self):
        for command in ("run", "exec", "compile", "list", "validate", "diff"):
            for width in WIDTHS:
                text = self.leyden(command, "--help", columns=width).stdout
                self.assertLessEqual(len(self.longest(text)), width, command)
                self.assertIn("--json", text)

    def test_without_a_terminal_a_line_has_100_columns(self):
        text = self.leyden(*self.commands["list parameters"]).stdout
        self.assertEqual(text, self.leyden(*self.commands["list parameters"], columns=100).stdout)
        for wrong in ("0", "x", "-5", "", "99999999999"):
            self.assertEqual(
                text, self.leyden(*self.commands["list parameters"], columns=wrong).stdout)
        narrow = self.leyden(*self.commands["list parameters"], columns=10).stdout
        self.assertEqual(
            narrow, self.leyden(*self.commands["list parameters"], columns=80).stdout)

    def test_no_word_of_a_table_is_lost(self):
        """What the widest table says the narrowest says too."""
        for name in ("list parameters", "diff", "compile explain"):
            wide, narrow = (self.leyden(*self.commands[name], columns=c).stdout for c in (200, 80))
            self.assertEqual(set(wide.split()) - set(narrow.split()), set(), name)

    def test_json_is_json_alone(self):
        for name, words in self.commands.items():
            with self.subTest(command=name):
                result = self.leyden(*words, "--json")
                self.assertEqual(result.returncode, 0, result.stderr)
                json.loads(result.stdout)
                if name not in SLOW:
                    quiet = self.leyden(*words, "--json", "--quiet")
                    json.loads(quiet.stdout)

    def test_quiet_prints_nothing(self):
        for name, words in self.commands.items():
            # The table of --profile - and the UART have no other place.
            if "profile" in name or name == "exec" or name in SLOW:
                continue
            result = self.leyden(*words, "--quiet")
            self.assertEqual((result.returncode, result.stdout), (0, ""), name)

    def test_statuses_stay(self):
        for words, status in ((("exec", *CHIP, "fail_code"), 1), (("run", *LENET), 2),
                              (("exec", *CHIP, "hang", "--max-cycles", 1000), 3),
                              ((*self.commands["diff"], "--fail-above", "0"), 3)):
            for more in ((), ("--json",), ("--quiet",), ("--json", "--quiet")):
                result = self.leyden(*words, *more)
                self.assertEqual(result.returncode, status, (words, more, result.stderr))
                if "--json" in more and result.stdout:
                    json.loads(result.stdout)

    def test_csv_is_a_frame_with_units(self):
        result = self.leyden(*self.commands["run"], "--csv", "layers.csv", "--json")
        report = json.loads(result.stdout)
        frame = pandas.read_csv(self.folder / "layers.csv", index_col="layer",
                                float_precision="round_trip")
        self.assertEqual(list(frame.index), [x["name"] for x in report["layers"]] + ["total"])
        for row in (*report["layers"], dict(report["total"], name="total")):
            self.assertEqual(frame.loc[row["name"], "cycles_total"], row["cycles"]["total"])
            self.assertEqual(frame.loc[row["name"], "energy_total_pj"], row["energy_pj"]["total"])
            self.assertEqual(frame.loc[row["name"], "latency_ns"], row["latency_ns"])
        counts = ("macs", "mvms", "tiles", "array_utilisation", "array_share")
        for column in frame.columns:
            self.assertTrue(
                column in counts or column.startswith("cycles_") or
                column.endswith(("_ns", "_pj", "_tops", "_tops_per_w")), column)
        again = pandas.read_csv(io.StringIO((self.folder / "layers.csv").read_text()))
        self.assertTrue(all(kind != object for kind in again.dtypes.iloc[1:]))
        self.assert_refused(self.leyden(*self.commands["run"], "--csv", "no/such.csv"), 2,
                            "no/such.csv")
        self.assert_refused(self.leyden(*self.commands["run"], "--csv", "-"), 2, "--csv")


if __name__ == "__main__":
    unittest.main()
