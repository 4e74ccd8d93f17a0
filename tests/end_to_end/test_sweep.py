"""leyden sweep: points against single calls of leyden run and compile, results, refusals."""

import contextlib
import csv
import io
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import time
import unittest

from support import FASHION, LEYDEN, Case, leyden

BASE = """about: rows and width of the bus
base:
  chip: imagine
  network: lenet5-fashion
  data: DATA
  images: 3
  calibration_images: 16
  fidelity: ideal
depth: DEPTH
variables:
  - {name: bus, key: bus.data_width_bytes, list: [8, 32]}
  - {name: rows, key: cim.rows, list: [576, 1152]}
plan: {kind: grid}
objectives: [latency_us, energy_nj]
"""


def rows_of(results, query):
    """What a query of a results file gives."""
    with contextlib.closing(sqlite3.connect(results)) as database:
        database.row_factory = sqlite3.Row
        return [dict(row) for row in database.execute(query)]


@unittest.skipUnless(os.path.isdir(FASHION), f"{FASHION} is not there")
class Sweep(Case):
    """Sweeps of LeNet-5."""

    def sweep_file(self, depth="cost", more="", text=BASE):
        file = self.folder / "sweep.yaml"
        file.write_text(text.replace("DATA", FASHION).replace("DEPTH", depth) + more,
                        encoding="utf-8")
        return file

    def sweep(self, file, *arguments, results="results.sqlite", **keywords):
        return leyden("sweep", file, "-o", self.folder / results, *arguments, **keywords)

    def common(self, point):
        """The options of a single call that mean a point."""
        options = ["--chip", "imagine", "--network", "lenet5-fashion", "--calibration-images", 16]
        for key, value in json.loads(point["settings"]).items():
            options += ["--set", f"{key}={value}"]
        return options

    def test_full_points_are_runs(self):
        result = self.sweep(self.sweep_file("full"), "--jobs", 2)
        self.assertEqual(result.returncode, 0, result.stderr)
        points = rows_of(self.folder / "results.sqlite", "SELECT * FROM points ORDER BY number")
        self.assertEqual([point["status"] for point in points], ["done"] * 4)
        for point in (points[0], points[3]):
            report = self.folder / f"report{point['number']}"
            run = leyden("run", *self.common(point), "--data", FASHION, "--images", 3,
                         "--fidelity", "ideal", "--report", report)
            self.assertEqual(run.returncode, 0, run.stderr)
            told = json.loads((report / "report.json").read_text(encoding="utf-8"))
            self.assertEqual(point["latency_us"], told["chip"]["image_latency_ns"] / 1000)
            with self.subTest("layers"):
                layers = rows_of(self.folder / "results.sqlite",
                                 f"SELECT * FROM layers WHERE number = {point['number']}")
                self.assertEqual(len({layer["layer"] for layer in layers}), len(layers))
                self.assertGreater(len(layers), 3)

    def test_cost_points_are_compiles(self):
        result = self.sweep(self.sweep_file(), "--jobs", 2)
        self.assertEqual(result.returncode, 0, result.stderr)
        points = rows_of(self.folder / "results.sqlite", "SELECT * FROM points ORDER BY number")
        self.assertEqual(len({point["cycles"] for point in points}), len(points))
        for point in points:
            made = leyden("compile", *self.common(point), "--calibrate", FASHION, "--json",
                          "-o", self.folder / "image")
            self.assertEqual(made.returncode, 0, made.stderr)
            cost = json.loads(made.stdout)["cost"]
            self.assertAlmostEqual(point["cycles"] / cost["cycles"], 1, delta=0.02)
            self.assertAlmostEqual(point["energy_nj"] * 1000 / cost["energy_pj"], 1, delta=0.05)

    def test_confirms_the_front(self):
        result = self.sweep(self.sweep_file(more="confirm: {points: 2}\n"))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("Pareto front", result.stdout)
        self.assertIn("Cost model against full runs", result.stdout)
        errors = rows_of(self.folder / "results.sqlite", "SELECT * FROM confirmed")
        points = rows_of(self.folder / "results.sqlite", "SELECT * FROM points")
        self.assertGreater(len(errors), 0)
        for error in errors:
            pair = {point["stage"]: point for point in points
                    if point["number"] == error["number"]}
            full, cost = pair["confirm"], pair["plan"]
            self.assertEqual((full["depth"], cost["depth"]), ("full", "cost"))
            self.assertAlmostEqual(error["cycles_error_percent"],
                                   100 * (cost["cycles"] / full["cycles"] - 1), places=9)
            self.assertLessEqual(abs(error["cycles_error_percent"]), 2)
            self.assertLessEqual(abs(error["energy_error_percent"]), 5)

    def test_any_number_of_workers(self):
        texts = set()
        for jobs in (1, 3):
            table = self.folder / f"{jobs}.csv"
            result = self.sweep(self.sweep_file(), "--jobs", jobs, "--csv", table,
                                results=f"{jobs}.sqlite")
            self.assertEqual(result.returncode, 0, result.stderr)
            texts.add(table.read_bytes())
        self.assertEqual(len(texts), 1)
        text = (self.folder / "1.csv").read_text(encoding="utf-8")
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        points = rows_of(self.folder / "1.sqlite", "SELECT * FROM points ORDER BY number")
        for row, point in zip(rows, points, strict=True):
            self.assertEqual(float(row["latency_us"]), point["latency_us"])
            self.assertEqual(row["rows"], json.loads(point["variables"])["rows"])
            self.assertNotIn("host", row)

    def test_json(self):
        result = self.sweep(self.sweep_file(), "--json")
        told = json.loads(result.stdout)
        self.assertEqual(told["schema_version"], 1)
        self.assertEqual([point["number"] for point in told["points"]], [0, 1, 2, 3])
        # The front by hand: nothing else is as good in both and better in one.
        values = {point["number"]: (point["metrics"]["latency_us"], point["metrics"]["energy_nj"])
                  for point in told["points"]}
        for point in told["points"]:
            mine = values[point["number"]]
            beaten = any(other[0] <= mine[0] and other[1] <= mine[1] and other != mine
                         for other in values.values())
            self.assertEqual(point["on_front"], not beaten)

    def test_the_whole_configuration(self):
        self.sweep(self.sweep_file())
        shell = subprocess.run(
            ["sqlite3", self.folder / "results.sqlite",
             "SELECT value, unit FROM parameters WHERE number = 1 AND key IN "
             "('cim.rows', 'bus.data_width_bytes', 'network') ORDER BY key"],
            capture_output=True, text=True, check=True).stdout
        self.assertEqual(shell, "8|B\n1152|1\nlenet5-fashion|\n")

    def test_a_failing_point(self):
        text = BASE.replace("[576, 1152]", "[576, 1]")
        result = self.sweep(self.sweep_file(text=text))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("2 failed", result.stdout)
        self.assertIn("first failure: point", result.stdout)
        failed = rows_of(self.folder / "results.sqlite",
                         "SELECT * FROM points WHERE status = 'failed'")
        self.assertEqual(len(failed), 2)
        for point in failed:
            self.assertGreater(len(point["message"]), 10)
            self.assertIsNone(point["latency_us"])
            self.assertNotEqual(point["exit_status"], 0)

    def test_options_of_run_are_variables(self):
        text = BASE.replace("plan:", """  - {name: trim, key: calibrate, categories: [on, off]}
  - {name: aim, key: objective, categories: [latency, none]}
plan:""").replace("[8, 32]", "[8]").replace("[576, 1152]", "[1152]")
        result = self.sweep(self.sweep_file("full", text=text))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("4 points, 4 done", result.stdout)
        told = rows_of(self.folder / "results.sqlite",
                       "SELECT value FROM parameters WHERE key = 'calibrate' ORDER BY number")
        self.assertEqual(sorted(row["value"] for row in told), ["off", "off", "on", "on"])

    def test_resume(self):
        file = self.sweep_file()
        self.assertEqual(self.sweep(file).returncode, 0)
        self.assert_refused(self.sweep(file), 2, "results.sqlite exists", "--resume")
        again = self.sweep(file, "--resume")
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertIn("4 known before", again.stdout)
        other = self.sweep_file(text=BASE.replace("[8, 32]", "[8, 16]"))
        self.assert_refused(self.sweep(other, "--resume"), 2, "another sweep")

    def test_ends_by_its_signal(self):
        file = self.sweep_file("full", text=BASE.replace("images: 3", "images: 10000")
                               .replace("fidelity: ideal", "fidelity: analog"))
        for number in (signal.SIGINT, signal.SIGTERM):
            with subprocess.Popen([LEYDEN, "sweep", file, "--jobs", "1", "-o",
                                   self.folder / f"{number}.sqlite"],
                                  stderr=subprocess.PIPE, text=True) as process:
                time.sleep(1)
                process.send_signal(number)
                err = process.communicate(timeout=20)[1]
            self.assertEqual(process.returncode, -number)
            self.assertEqual(err.count("leyden:"), 1, err)
            names = {path.name for path in self.folder.iterdir()}
            self.assertEqual(names, {"sweep.yaml", f"{number}.sqlite"})
            (self.folder / f"{number}.sqlite").unlink()

    def test_bad_input(self):
        file = self.sweep_file()
        self.assert_refused(leyden("sweep"), 2, "needs a sweep file")
        self.assert_refused(leyden("sweep", file), 2, "needs -o")
        self.assert_refused(leyden("sweep", "adc-rows-swin", "-o", "x"), 2,
                            "did you mean 'adc-rows-swing'?")
        self.assert_refused(self.sweep(file, "--executor", "cloud"), 2, "local, slurm")
        self.assert_refused(self.sweep(file, "--sbatch", "time=1"), 2, "--executor slurm")
        self.assert_refused(self.sweep(file, "--jobs", 0), 2, "1 to 1024")
        self.assert_refused(self.sweep(file, "--data", "/no/data"), 2, "/no/data")
        self.assert_refused(self.sweep(file, results="no/folder"), 2, "no/folder")
        self.assert_refused(self.sweep(file, "--csv", "/no/file.csv"), 2, "/no/file.csv")
        wrong = self.folder / "wrong.sqlite"
        wrong.write_text("This is no database.\n" * 50, encoding="utf-8")
        self.assert_refused(self.sweep(file, "--resume", results="wrong.sqlite"), 2,
                            "is no database")
        self.assertEqual(self.sweep(file).returncode, 0)
        with contextlib.closing(sqlite3.connect(self.folder / "results.sqlite")) as database:
            database.execute("PRAGMA user_version = 9")
        self.assert_refused(self.sweep(file, "--resume"), 2, "schema version 9")

    def test_a_full_disk(self):
        file = self.sweep_file()

        # At the tables, at the base's parameters, at a point.
        known = []
        for limit in (2_000, 30_000, 40_000, 50_000):
            results = self.folder / f"{limit}.sqlite"
            script = f"ulimit -f {limit // 1000}; exec \"$0\" \"$@\""
            result = subprocess.run(["bash", "-c", script, LEYDEN, "sweep", file, "-o", results],
                                    capture_output=True, text=True, check=False, timeout=100)
            self.assert_refused(result, 2, f"{limit}.sqlite", "--resume")
            result = self.sweep(file, "--resume", results=results.name)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn("4 points, 4 done", result.stdout)
            known.append("known before" in result.stdout)
        self.assertIn(True, known)

    def test_lists_its_presets(self):
        names = leyden("list", "sweeps").stdout.split()
        folder = pathlib.Path(__file__).resolve().parents[2] / "configs" / "sweeps"
        self.assertEqual(names, sorted(path.stem for path in folder.glob("*.yaml")))
        self.assertIn("adc-rows-swing", names)
