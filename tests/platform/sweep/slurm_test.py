"""Points on a real Slurm cluster of one node: what becomes of them when tasks, the sweep or the
cluster end at the wrong time. The points cost nothing (slurm_tool.cpp)."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "support"))
import slurm_cluster  # noqa: E402  pylint: disable=wrong-import-position

TOOL = os.environ["SLURM_TOOL"]
# A few seconds each: in the second tier.
MORE = unittest.skipUnless(os.environ.get("LEYDEN_SLURM_ALL"), "in the tier of long tests")


def wait_for(condition, what, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s for {what}")
        time.sleep(0.05)


@unittest.skipIf(slurm_cluster.why_not(), "no Slurm cluster here: " + slurm_cluster.why_not())
class SlurmTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = cls.enterClassContext(slurm_cluster.SlurmCluster(cpus=4))

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="leyden-test-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.shared = self.folder / "it's a folder"
        self.traces = self.folder / "traces"
        self.traces.mkdir()
        self.addCleanup(self.drain)

    def drain(self):
        """No task of a test runs into the next one."""
        self.cluster.run("scancel", "--me", check=False)
        wait_for(lambda: not self.live(), "tasks to end")

    def live(self):
        return [task for task in self.cluster.tasks()
                if task[2] in ("PENDING", "RUNNING", "COMPLETING", "CONFIGURING")]

    def start(self, points, per_task, at_once=0, options=(), **variables):
        environment = {**self.cluster.environment, "SLURM_TOOL_TRACES": str(self.traces),
                       **{f"SLURM_TOOL_{key.upper()}": str(value)
                          for key, value in variables.items()}}
        output = open(self.folder / "out", "a+", encoding="utf-8")
        self.addCleanup(output.close)
        errors = open(self.folder / "err", "w+", encoding="utf-8")
        self.addCleanup(errors.close)
        process = subprocess.Popen(
            [TOOL, "sweep", self.shared, str(points), str(per_task), str(at_once), *options],
            env=environment, stdout=output, stderr=errors, start_new_session=True)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.wait()

    def told(self):
        lines = (self.folder / "out").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def errors(self):
        return (self.folder / "err").read_text(encoding="utf-8")

    def finish(self, process, status=0):
        self.assertEqual(process.wait(60), status, self.errors())

    def traced(self, name):
        """Process ids of a trace, in the order of time."""
        file = self.traces / str(name)
        return file.read_text(encoding="utf-8").split() if file.exists() else []

    def evaluated(self, number):
        """How often a point was begun."""
        return len(self.traced(number))

    def begun(self):
        return sum(not file.suffix for file in self.traces.iterdir())

    def is_evaluating(self, pid):
        """Whether a process, which stands still, is in the middle of a point."""
        return any(str(pid) in self.traced(file.name) and
                   str(pid) not in self.traced(f"{file.name}.done")
                   for file in self.traces.iterdir() if not file.suffix)

    def assert_all(self, points, failed=()):
        results = self.told()
        self.assertEqual(sorted(result["number"] for result in results), list(range(points)))
        for result in results:
            if result["number"] in failed:
                self.assertEqual(result["status"], 4)
            else:
                self.assertEqual(result["status"], 0, result)
                self.assertEqual(result["metrics"], {"cycles": 7 * result["number"] / 3})
                self.assertTrue(result["host"])

    @MORE
    def test_all_points_once(self):
        self.finish(self.start(50, 7, at_once=3))
        self.assert_all(50)
        self.assertEqual([self.evaluated(i) for i in range(50)], [1] * 50)
        self.assertFalse(self.shared.exists())

    def test_killed_and_requeued_tasks(self):
        process = self.start(50, 5, sleep=60)
        wait_for(lambda: self.begun() >= 12, "some points")
        # Stopped, so that neither task ends by itself before something is done to it.
        killed, *_ = self.cluster.catch(self.is_evaluating)
        _, job, index = self.cluster.catch()
        os.kill(killed, signal.SIGKILL)
        self.cluster.run("scontrol", "requeue", f"{job}_{index}")
        self.finish(process)
        self.assert_all(50)
        again = sum(self.evaluated(i) - 1 for i in range(50))
        self.assertIn(again, (1, 2))  # only what was being evaluated

    def test_point_that_kills_its_task(self):
        self.finish(self.start(12, 4, killer=5))
        self.assert_all(12, failed=[5])
        message = next(result["message"] for result in self.told() if result["number"] == 5)
        self.assertIn("ended 3 times before its result", message)
        self.assertIn("FAILED (signal 9)", message)
        self.assertEqual(self.evaluated(5), 3)
        self.assertEqual([self.evaluated(i) for i in (0, 4, 6, 7, 11)], [1] * 5)
        logs = list(self.shared.iterdir())
        self.assertEqual([log.suffix for log in logs], [".log"])
        self.assertIn(logs[0].name, message)

    def test_sweep_killed_and_resumed(self):
        process = self.start(40, 4, at_once=4, sleep=100)
        wait_for(lambda: self.begun() >= 10, "some points")
        stopped, *_ = self.cluster.catch()  # the array does not end before the next sweep finds it
        process.kill()
        process.wait()
        before = self.told()
        arrays = {task[0] for task in self.cluster.tasks()}
        self.assertTrue(self.live())
        os.kill(stopped, signal.SIGCONT)
        self.finish(self.start(40, 4, at_once=4, sleep=100))
        # The tool has no store: what the first told it tells again, from the shared folder.
        results = {result["number"]: result for result in self.told()[len(before):]}
        self.assertEqual(sorted(results), list(range(40)))
        self.assertEqual([self.evaluated(i) for i in range(40)], [1] * 40)
        self.assertEqual({task[0] for task in self.cluster.tasks()}, arrays)  # none submitted
        self.assertFalse(self.shared.exists())

    @MORE
    def test_another_base_takes_nothing_up(self):
        process = self.start(8, 2, sleep=300)
        wait_for(lambda: self.begun() >= 3, "some points")
        process.kill()
        process.wait()
        before = len(self.told())
        self.finish(self.start(8, 2, network="other"))
        results = self.told()[before:]
        self.assertEqual(sorted(result["number"] for result in results), list(range(8)))
        self.assertGreaterEqual(self.evaluated(0), 2)
        self.assertFalse(self.live())
        self.assertFalse(self.shared.exists())

    @MORE
    def test_interrupted(self):
        process = self.start(40, 4, at_once=2, sleep=100)
        wait_for(lambda: self.begun() >= 6, "some points")
        os.killpg(process.pid, signal.SIGINT)
        self.finish(process, -signal.SIGINT)
        wait_for(lambda: not self.live(), "tasks to end", 10)
        self.assertEqual(self.cluster.processes(), [])
        done = len(self.told())
        self.assertGreater(done, 0)
        self.finish(self.start(40, 4, sleep=0))
        self.assertEqual(sorted({result["number"] for result in self.told()}), list(range(40)))
        # A point that was being evaluated when its task ended is evaluated again, no other.
        self.assertLessEqual(sum(self.evaluated(i) - 1 for i in range(40)), 2)

    @MORE
    def test_controller_restarts(self):
        process = self.start(16, 4, at_once=2, sleep=500)
        wait_for(lambda: self.begun() >= 3, "some points")
        self.cluster.stop_controller()
        wait_for(lambda: "does not answer" in self.errors(), "the sweep to say so")
        self.cluster.start_controller()
        self.finish(process)
        self.assert_all(16)
        self.assertEqual([self.evaluated(i) for i in range(16)], [1] * 16)

    @MORE
    def test_larger_than_an_array(self):
        self.finish(self.start(1010, 1000, at_once=4))
        self.assert_all(1010)

    def test_refused(self):
        for options, part in ((["partition=nowhere"], "partition"),
                              (["array=3"], "cannot set array"),
                              (["--partition=x"], "KEY=VALUE"),
                              (["no-such-option=1"], "no-such-option")):
            with self.subTest(options=options):
                process = self.start(4, 2, options=options)
                self.finish(process, 2)
                self.assertIn(part, self.errors())
                self.assertEqual(self.errors().count("leyden: "), 1)

    @MORE
    def test_workers_that_cannot_start(self):
        process = self.start(4, 2, broken="There are no images.")
        self.finish(process, 2)
        self.assertEqual(self.errors(), "leyden: There are no images.\n")
        self.assertFalse(self.live())

    @MORE
    def test_task_cancelled_by_a_person(self):
        process = self.start(3, 3, sleep=1500)
        wait_for(lambda: self.begun() >= 1, "a point")
        job, index, _ = self.live()[0]
        self.cluster.run("scancel", f"{job}_{index}")
        self.finish(process)
        self.assert_all(3)
        self.assertEqual(self.live(), [])
        self.assertNotEqual(self.traced(0)[0], self.traced(2)[-1])


class NoSlurmTest(unittest.TestCase):
    def refusal(self, **environment):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([TOOL, "sweep", folder + "/x", "4", "2", "0"], text=True,
                                  capture_output=True, check=False, timeout=60,
                                  env={**os.environ, **environment})
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        return done.stderr

    def test_no_commands(self):
        self.assertIn("scontrol cannot be started", self.refusal(PATH="/nowhere"))


if __name__ == "__main__":
    unittest.main()
