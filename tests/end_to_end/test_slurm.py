"""leyden sweep on a real Slurm cluster of one node: the results are those of this machine's own
worker processes, also when tasks are killed and requeued and when the sweep itself is."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
import unittest

from support import FASHION, LEYDEN, SOURCE, Case, leyden

sys.path.insert(0, str(SOURCE / "tests" / "support"))
import slurm_cluster  # noqa: E402  pylint: disable=wrong-import-position

SWEEP = f"""about: 50 points, a run of firmware each
base:
  chip: imagine
  network: lenet5-fashion
  data: {FASHION}
  images: 1
  calibration_images: 16
  fidelity: analog
depth: full
variables:
  - {{name: bank, key: lmem.bank_bytes, list: [8192, 16384, 32768, 65536, 131072]}}
  - {{name: die, key: die, list: [1, 2, 3, 4, 5]}}
  - {{name: adc, key: cim.converter.bits, list: [8, 6]}}
plan: {{kind: grid}}
objectives: [latency_us, energy_nj]
"""
POINTS = 50


def tables(results):
    """All that a results file has of points, but for who evaluated them and how long."""
    with contextlib.closing(sqlite3.connect(f"file:{results}?mode=ro", uri=True)) as database:
        database.row_factory = sqlite3.Row
        points = [dict(row) for row in
                  database.execute("SELECT * FROM points ORDER BY stage, number")]
        layers = [tuple(row) for row in
                  database.execute("SELECT * FROM layers ORDER BY stage, number, layer")]
    for point in points:
        del point["host"], point["host_time_s"]
    return points, layers


@unittest.skipIf(slurm_cluster.why_not(), "no Slurm cluster here: " + slurm_cluster.why_not())
@unittest.skipUnless(os.path.isdir(FASHION), f"{FASHION} is not there")
class Slurm(Case):
    """Sweeps of LeNet-5 on a cluster."""

    @classmethod
    def setUpClass(cls):
        cls.cluster = cls.enterClassContext(slurm_cluster.SlurmCluster(cpus=2))

    def setUp(self):
        super().setUp()
        self.file = self.folder / "sweep.yaml"
        self.file.write_text(SWEEP, encoding="utf-8")
        self.results = self.folder / "on the cluster.sqlite"

    def start(self, *arguments):
        """The sweep on the cluster, in the background."""
        with open(self.folder / "errors", "wb") as errors:
            process = subprocess.Popen(
                [LEYDEN, "sweep", self.file, "-o", self.results, "--executor", "slurm",
                 "--points-per-task", "5", *arguments],
                env=self.cluster.environment, stdin=subprocess.DEVNULL, stdout=errors,
                stderr=errors, start_new_session=True)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.wait()

    def wait_for(self, condition, what):
        end = time.monotonic() + 120
        while not condition():
            if time.monotonic() > end:
                self.fail(f"waited 120 s for {what}: " + (self.folder / "errors").read_text())
            time.sleep(0.05)

    def stored(self):
        """How many points the results file has by now."""
        try:
            return len(tables(self.results)[0])
        except sqlite3.Error:
            return 0

    @staticmethod
    def is_worker(pid):
        """Whether a process of a task evaluates points."""
        with contextlib.suppress(OSError), open(f"/proc/{pid}/cmdline", "rb") as words:
            return b"--chunk" in words.read()
        return False

    def test_equals_the_local_executor(self):
        process = self.start()
        self.wait_for(lambda: self.stored() >= 6, "points")
        # Both of the cluster's processors stand still from here on, so that no task ends by itself
        # between the moment it is chosen and that in which something is done to it.
        killed, *_ = self.cluster.catch(self.is_worker)
        _, job, index = self.cluster.catch(self.is_worker)
        before = self.stored()
        self.cluster.run("scontrol", "requeue", f"{job}_{index}")
        os.kill(killed, signal.SIGKILL)
        self.wait_for(lambda: "FAILED" in [task[2] for task in self.cluster.tasks()],
                      "the killed task's end")
        self.wait_for(lambda: self.stored() > before, "more points")
        process.kill()
        process.wait()
        self.assertLess(self.stored(), POINTS)
        process = self.start("--resume")
        self.assertEqual(process.wait(300), 0, (self.folder / "errors").read_text())

        here = self.folder / "here.sqlite"
        result = leyden("sweep", self.file, "-o", here, "--jobs", 2, timeout=300)
        self.assertEqual(result.returncode, 0, result.stderr)
        points, layers = tables(self.results)
        self.assertEqual(len(points), POINTS)
        # The network needs codes of 8 bits: a failing point is a result too.
        self.assertEqual([point["status"] for point in points].count("failed"), POINTS // 2)
        expected_points, expected_layers = tables(here)
        self.assertEqual(points, expected_points)
        self.assertEqual(layers, expected_layers)
        self.assertGreater(len(layers), POINTS // 2)
        self.assertFalse((self.folder / "on the cluster.sqlite.slurm").exists())

    def test_refused(self):
        process = self.start("--sbatch", "partition=nowhere")
        self.assertEqual(process.wait(60), 2)
        text = (self.folder / "errors").read_text(encoding="utf-8")
        lines = [line for line in text.splitlines() if line.startswith("leyden: ")]
        self.assertEqual(len(lines), 1, text)
        self.assertIn("Slurm refused the job array of this sweep", lines[0])
        self.assertIn("nowhere", lines[0])


if __name__ == "__main__":
    unittest.main()
