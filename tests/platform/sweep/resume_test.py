"""A sweep that is ended at any moment goes on where it was: nothing is lost, nothing done twice."""

import contextlib
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest

FOLDER = os.environ["LEYDEN_BINARY_DIR"] + "/tests/platform/sweep/"
POINTS = 300
CONFIRMED = 5


class Resume(unittest.TestCase):
    """Sweeps of sweep_test_sweep, each in a process group of its own."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="leyden-test-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def start(self, results, jobs=2):
        """A sweep; its log has a line for every evaluation."""
        log = results.with_suffix(".log")
        return subprocess.Popen(
            [FOLDER + "sweep_test_sweep", results, FOLDER + "sweep_test_worker", str(POINTS),
             str(jobs)],
            env={**os.environ, "LEYDEN_TEST_LOG": str(log)}, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    @staticmethod
    def points(results):
        """The table of points without what is of the host."""
        if not results.exists() or results.stat().st_size == 0:
            return []
        with contextlib.closing(sqlite3.connect(results)) as database:
            database.row_factory = sqlite3.Row
            tables = database.execute(
                "SELECT count(*) FROM sqlite_schema WHERE name = 'points'").fetchone()[0]
            if tables == 0:
                return []
            rows = database.execute("SELECT * FROM points ORDER BY stage, number").fetchall()
            check = database.execute("PRAGMA integrity_check").fetchone()[0]
        assert check == "ok", check
        return [{key: row[key] for key in row.keys() if not key.startswith("host")}
                for row in rows]

    @staticmethod
    def evaluations(results):
        """Points evaluated, in order."""
        log = results.with_suffix(".log")
        if not log.exists():
            return []
        return [tuple(line.split()) for line in log.read_text(encoding="utf-8").splitlines()]

    def uninterrupted(self):
        results = self.folder / "whole.sqlite"
        process = self.start(results)
        out, err = process.communicate(timeout=30)
        self.assertEqual((process.returncode, err), (0, ""))
        failed = {n for n in range(POINTS) if n % 10 == 9 or n % 37 == 36}
        lines = out.splitlines()
        self.assertEqual(lines[0], f"{POINTS - len(failed) + CONFIRMED} {len(failed)} 0")
        self.assertEqual(lines[1], "point 9 of the plan: This point fails.")
        self.assertEqual(len(self.evaluations(results)), POINTS + CONFIRMED)
        return self.points(results)

    def end_and_go_on(self, number, name):
        """Ends sweeps by a signal at random moments until one gets through."""
        rng = random.Random(f"{name} {number}")
        began = time.monotonic()
        whole = self.uninterrupted()
        # Moments within the first part of what a whole sweep takes on this machine, as it is now.
        longest = 0.15 * (time.monotonic() - began)
        results = self.folder / f"{name}.sqlite"
        ended = 0
        while True:
            before = {(row["stage"], str(row["number"])) for row in self.points(results)}
            evaluated = len(self.evaluations(results))
            process = self.start(results, jobs=rng.randint(1, 4))
            try:
                process.communicate(timeout=rng.uniform(0.005, longest) if ended < 14 else 30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, number)
                process.communicate(timeout=10)
            new = self.evaluations(results)[evaluated:]
            # What the file had is not evaluated again, nor anything twice.
            self.assertEqual(before & set(new), set())
            self.assertEqual(len(new), len(set(new)))
            after = {(row["stage"], str(row["number"])) for row in self.points(results)}
            self.assertLessEqual(before, after)
            self.assertLessEqual(after - before, set(new))
            if process.returncode == 0:
                break
            self.assertEqual(process.returncode, -number)
            ended += 1
        self.assertGreater(ended, 3)
        self.assertEqual(self.points(results), whole)
        self.assertEqual(len(whole), POINTS + CONFIRMED)
        self.assert_no_workers()
        return results

    def assert_no_workers(self):
        """Workers die with their sweep."""
        for _ in range(100):
            found = subprocess.run(["pgrep", "-f", f"^{FOLDER}sweep_test_worker"],
                                   capture_output=True, text=True, check=False).stdout
            if not found:
                return
            time.sleep(0.05)
        self.fail(found)

    def test_kill(self):
        results = self.end_and_go_on(signal.SIGKILL, "kill")
        leftovers = {path.name for path in self.folder.iterdir()}
        self.assertNotIn(results.name + "-wal", leftovers)

    def test_terminate(self):
        self.end_and_go_on(signal.SIGTERM, "terminate")

    def test_interrupt(self):
        self.end_and_go_on(signal.SIGINT, "interrupt")

    def test_interrupted_leaves_one_file(self):
        results = self.folder / "ended.sqlite"
        process = self.start(results)
        while len(self.evaluations(results)) < 20:
            time.sleep(0.001)
        process.terminate()
        _, err = process.communicate(timeout=10)
        self.assertEqual(process.returncode, -signal.SIGTERM)
        self.assertIn("interrupted by signal 15", err)
        self.assertEqual({path.name for path in self.folder.iterdir()},
                         {"ended.sqlite", "ended.log"})
        self.assertGreater(len(self.points(results)), 0)

    def test_two_sweeps(self):
        results = self.folder / "shared.sqlite"
        first = self.start(results)
        while len(self.evaluations(results)) < 5:
            time.sleep(0.001)
        second = self.start(results)
        _, err = second.communicate(timeout=10)
        self.assertEqual(second.returncode, 2)
        self.assertIn(f"Another sweep writes to the results file {results}", err)
        _, err = first.communicate(timeout=30)
        self.assertEqual((first.returncode, err), (0, ""))
        self.assertEqual(len(self.points(results)), POINTS + CONFIRMED)

    def test_complete(self):
        results = self.folder / "again.sqlite"
        self.start(results).communicate(timeout=30)
        evaluated = self.evaluations(results)
        process = self.start(results)
        out, _ = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 0)
        done, failed, known = map(int, out.splitlines()[0].split())
        self.assertEqual((done + failed, known), (POINTS + CONFIRMED, POINTS + CONFIRMED))
        self.assertEqual(self.evaluations(results), evaluated)
