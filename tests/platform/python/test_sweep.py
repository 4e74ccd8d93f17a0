"""Results of sweeps as frames: a database written with sqlite3 as the schema says."""

import contextlib
import json
import pathlib
import sqlite3
import tempfile
import unittest

import package  # noqa: F401  the package's path

import leyden

VARIABLES = [{"name": "adc", "keys": ["cim.converter.bits"], "unit": "1", "kind": "number"},
             {"name": "form", "keys": ["cim.cell.representation"], "unit": "", "kind": "category"}]
OBJECTIVES = [{"metric": "energy_nj", "better": -1}, {"metric": "accuracy_percent", "better": 1}]
POINTS = [  # energy, accuracy, is on the front
    (5.0, 90.0, True), (4.0, 80.0, True), (6.0, 90.0, False), (4.0, 80.0, True), (7.0, 95.0, True),
    (3.0, None, False)]


class Sweeps(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="leyden-test-")
        self.addCleanup(temporary.cleanup)
        self.file = pathlib.Path(temporary.name) / "results.sqlite"

    def write(self, identity=0x4C59444E, version=1, objectives=OBJECTIVES):
        with contextlib.closing(sqlite3.connect(self.file)) as database:
            database.executescript(f"""
PRAGMA application_id = {identity}; PRAGMA user_version = {version};
CREATE TABLE about(key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE points(stage TEXT, number INTEGER, status TEXT, exit_status INTEGER, message TEXT,
  depth TEXT, seed INTEGER, leyden_version TEXT, settings TEXT, variables TEXT,
  accuracy_percent REAL, energy_nj REAL, host_time_s REAL, host TEXT,
  PRIMARY KEY(stage, number));
CREATE TABLE layers(stage, number, layer, name, kind, cycles, energy_nj);
CREATE TABLE parameters(stage, number, key, value, unit);
INSERT INTO layers VALUES ('plan', 0, 1, 'fc', 'macro', 7, 2.5), ('plan', 0, 0, 'conv', 'macro', 9, 2.5);
INSERT INTO parameters VALUES ('plan', 0, 'cim.rows', '1152', '1');
""")
            database.executemany("INSERT INTO about VALUES (?, ?)", [
                ("depth", "full"), ("plan", "grid"), ("seed", "1"),
                ("variables", json.dumps(VARIABLES)), ("objectives", json.dumps(objectives)),
                ("sweep_yaml", "a: 1\n")])
            rows = [("plan", n, "done", 0, "", a, e) for n, (e, a, _) in enumerate(POINTS)]
            rows.append(("plan", len(POINTS), "failed", 2, "It cannot be.", None, None))
            rows.append(("confirm", 1, "done", 0, "", 80.5, 4.1))
            for stage, number, status, code, message, accuracy, energy in rows:
                database.execute(
                    "INSERT INTO points VALUES (?,?,?,?,?,'full',1,'0.1.0','{}',?,?,?,0.1,'h')",
                    (stage, number, status, code, message,
                     json.dumps({"adc": str(4 + number), "form": "a"}), accuracy, energy))
            database.commit()

    def test_points_variables_and_front(self):
        self.write()
        sweep = leyden.read_sweep(self.file)
        self.assertEqual(len(sweep.points), len(POINTS) + 2)
        self.assertEqual(sweep.variables, ["adc", "form"])
        plan = sweep.points[sweep.points["stage"] == "plan"]
        self.assertEqual(list(plan["number"]), list(range(len(POINTS) + 1)))
        self.assertEqual(list(plan["adc"]), [4 + n for n in range(len(POINTS) + 1)])
        self.assertEqual(set(plan["form"]), {"a"})
        self.assertEqual(plan["adc"].dtype.kind, "i")
        self.assertEqual(list(sweep.failed["message"]), ["It cannot be."])
        self.assertEqual(list(sweep.front["number"]),
                         [n for n, point in enumerate(POINTS) if point[2]])
        self.assertEqual(sweep.about["plan"], "grid")
        self.assertEqual(sweep.about["sweep_yaml"], "a: 1\n")
        self.assertEqual(list(sweep.layers(0)["name"]), ["conv", "fc"])
        self.assertEqual(sweep.parameters(0).loc["cim.rows", "value"], "1152")
        self.assertIn("1 failed", repr(sweep))

    def test_a_sweep_is_run_and_read(self):
        """Its points are those of the file; a second program's answer is sqlite3's own."""
        text = """about: columns against banks
base: {chip: imagine, network: lenet5-fashion}
depth: cost
variables:
  - {name: columns, key: cim.columns, list: [64, 128, 256]}
  - {name: alu, key: core.alu_cycles, list: [1, 2]}
plan: {kind: grid}
objectives: [latency_us, energy_nj]
"""
        plan = self.file.with_suffix(".yaml")
        plan.write_text(text)
        sweep = leyden.sweep(plan, self.file, jobs=1, data=package.FASHION)
        self.assertEqual(len(sweep.done), 6)
        self.assertEqual(sorted(zip(sweep.done["columns"], sweep.done["alu"])),
                         [(c, a) for c in (64, 128, 256) for a in (1, 2)])
        with contextlib.closing(sqlite3.connect(self.file)) as database:
            asked = database.execute(
                "SELECT number, latency_us, energy_nj FROM points ORDER BY number").fetchall()
        self.assertEqual([tuple(row) for row in
                          sweep.done[["number", "latency_us", "energy_nj"]].itertuples(index=False)],
                         asked)
        best = [n for n, t, e in asked
                if not any(x <= t and y <= e and (x, y) != (t, e) for _, x, y in asked)]
        self.assertEqual(list(sweep.front["number"]), best)
        self.assertEqual(sweep.about["depth"], "cost")
        value = sweep.parameters(0).loc["cim.columns", "value"]
        self.assertEqual(float(value), float(sweep.done["columns"].iloc[0]))
        with self.assertRaises(leyden.UsageError):
            leyden.sweep(plan, self.file, data=package.FASHION)  # the file is there already
        with self.assertRaises(leyden.UsageError):
            leyden.sweep(plan.with_name("none.yaml"), self.file)

    def test_without_objectives_there_is_no_front(self):
        self.write(objectives=[])
        self.assertEqual(len(leyden.read_sweep(self.file).front), 0)

    def test_what_is_no_database_of_a_sweep(self):
        def refused(part):
            with self.assertRaises(leyden.UsageError) as caught:
                leyden.read_sweep(self.file)
            self.assertIn(part, str(caught.exception))
        refused("There is no file")
        self.file.write_text("no database at all" * 100)
        refused("cannot be read")
        self.file.write_text("")
        refused("holds no results")
        self.file.unlink()
        self.write(version=2)
        refused("has the schema version 2")
        self.file.unlink()
        self.write(identity=1)
        refused("holds no results")


if __name__ == "__main__":
    unittest.main()
