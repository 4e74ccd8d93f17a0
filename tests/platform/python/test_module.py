"""The module: runs, failures, frames, in one interpreter with PyTorch imported first."""

import inspect
import json
import os
import pathlib
import pickle
import signal
import subprocess
import sys
import tempfile
import typing
import unittest

import package
import pandas
import torch

import leyden


class Folder(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="leyden-test-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def program(self, text):
        """LEYDEN_PROGRAM is a script for the rest of the test."""
        script = self.folder / "leyden"
        script.write_text("#!/bin/sh\n" + text)
        script.chmod(0o755)
        self.addCleanup(os.environ.pop, "LEYDEN_PROGRAM", None)
        os.environ["LEYDEN_PROGRAM"] = str(script)


class Runs(Folder):
    def test_two_runs_and_torch_in_one_interpreter(self):
        before = torch.ones(64, 64) @ torch.ones(64, 64)
        one = leyden.run(*package.LENET, images=3)
        two = leyden.run(*package.LENET, images=3)
        self.assertEqual(one.json, two.json)
        pandas.testing.assert_frame_equal(one.layers, two.layers)
        self.assertTrue(torch.equal(before, torch.ones(64, 64) @ torch.ones(64, 64)))

    def test_a_failing_run_and_then_a_good_one(self):
        for call, kind, status, part in (
                (lambda: leyden.run("imagin", *package.LENET[1:]), leyden.UsageError, 2,
                 "did you mean 'imagine'?"),
                (lambda: leyden.run(*package.LENET, set={"cim.rowz": 1}), leyden.UsageError, 2,
                 "did you mean"),
                (lambda: leyden.run(*package.LENET, images=1, max_cycles_per_image=1000),
                 leyden.LimitError, 3, "cycles"),
                (lambda: leyden.run(*package.LENET, images=1, firmware="fail_code"),
                 leyden.FirmwareError, 1, ""),
                (lambda: leyden.run(*package.LENET, no_such_option=1), leyden.UsageError, 2,
                 "--no-such-option")):
            with self.assertRaises(kind) as caught:
                call()
            self.assertEqual(caught.exception.status, status)
            self.assertIn(part, str(caught.exception))
            self.assertNotIn("\n", str(caught.exception))
            self.assertIsInstance(caught.exception, leyden.Error)
            self.assertEqual(str(pickle.loads(pickle.dumps(caught.exception))),
                             str(caught.exception))
        good = leyden.run(*package.LENET, images=1)
        self.assertEqual(good.json["run"]["images"], 1)

    def test_frames_are_the_report(self):
        folder = self.folder / "report"
        run = leyden.run(*package.LENET, images=4, report=folder, set={"core.alu_cycles": 2})
        report = json.loads((folder / "report.json").read_text())
        self.assertEqual(run.json, report)
        self.assertEqual(run.folder, folder)
        table = pandas.read_csv(folder / "report.csv", index_col="layer")
        pandas.testing.assert_frame_equal(
            run.layers.drop(columns=["kind", "input_bits", "weight_bits"]), table.iloc[:-1],
            check_dtype=False)
        pandas.testing.assert_series_equal(run.total, table.loc["total"], check_dtype=False)
        self.assertEqual(list(run.layers["kind"]), [layer["kind"] for layer in report["layers"]])
        self.assertAlmostEqual(run.layers["energy_total_pj"].sum() * 1e-6, run.energy_uj)
        self.assertEqual(run.cycles, report["total"]["cycles"]["total"])
        self.assertEqual(run.latency_us * 1000, report["chip"]["image_latency_ns"])
        self.assertEqual(run.accuracy_percent, report["accuracy"]["accuracy_percent"])
        self.assertEqual(len(run.classes), 4)
        self.assertEqual(run.config.loc["core.alu_cycles", "value"], 2)
        self.assertEqual(run.config.loc["core.alu_cycles", "source"], "assumed")
        self.assertEqual(run.config.loc["cim.supply_v", "unit"], "V")
        self.assertEqual(run.config.loc["cim.pipelined", "value"], "no")  # a word, no truth value
        for key, row in run.config.iterrows():
            if key not in ("chip", "description") and row["unit"]:
                self.assertIsInstance(row["value"], (int, float), key)
        self.assertEqual(leyden.read_report(folder).json, report)
        self.assertIn("lenet5-fashion on imagine", repr(run))

    def test_a_report_in_passing_leaves_nothing(self):
        scratch = self.folder / "scratch"
        scratch.mkdir()
        self.addCleanup(setattr, tempfile, "tempdir", tempfile.tempdir)
        tempfile.tempdir = str(scratch)
        run = leyden.run(*package.LENET, images=1)
        with self.assertRaises(leyden.UsageError):
            leyden.run("imagin", *package.LENET[1:])
        leyden.diff(run, run)
        self.assertIsNone(run.folder)
        self.assertEqual(list(scratch.iterdir()), [])

    def test_options_reach_the_program(self):
        self.program('printf "%s\\n" "$@" > "$(dirname "$0")/words"; exit 4\n')
        with self.assertRaises(leyden.ModelError):
            leyden.run("c", pathlib.Path("n.onnx"), "d", images=7, set={"a.b": True, "c.d": 0.5},
                       quantise={"weight_bits": 3}, calibrate=True, first_image=5, trace=None,
                       quiet=False)
        words = (self.folder / "words").read_text().splitlines()
        self.assertEqual(words[:9], ["run", "--chip", "c", "--network", "n.onnx", "--data", "d",
                                     "--images", "7"])
        for part in (["--set", "a.b=yes"], ["--set", "c.d=0.5"], ["--quantise", "weight_bits=3"],
                     ["--first-image", "5"]):
            at = words.index(part[1])
            self.assertEqual(words[at - 1:at + 1], part)
        self.assertIn("--calibrate", words)
        self.assertNotIn("--trace", words)

    def test_how_the_program_can_end(self):
        for script, kind, part in (("kill -SEGV $$\n", leyden.Error, "SIGSEGV"),
                                   ("exit 1\n", leyden.FirmwareError, "said nothing"),
                                   ("echo 'leyden: One. Two.' >&2; exit 3\n", leyden.LimitError,
                                    "One. Two."),
                                   ("echo 'no such library' >&2; exit 127\n", leyden.Error,
                                    "no such library")):
            self.program(script)
            with self.assertRaises(kind) as caught:
                leyden.version()
            self.assertIn(part, str(caught.exception))
        self.assertEqual(caught.exception.status, 127)
        os.environ["LEYDEN_PROGRAM"] = str(self.folder / "nothing")
        with self.assertRaises(leyden.UsageError):
            leyden.version()

    def test_a_report_that_is_none(self):
        for name, text, part in (("report.json", "{", "is no JSON"),
                                 ("report.json", '{"schema_version": 7}', "schema version 7"),
                                 ("report.json", "[]", "schema version None"),
                                 ("report.json", '{"schema_version": 1}', "is no report")):
            (self.folder / name).write_text(text)
            with self.assertRaises(leyden.UsageError) as caught:
                leyden.read_report(self.folder)
            self.assertIn(part, str(caught.exception))
        with self.assertRaises(leyden.UsageError):
            leyden.read_report(self.folder / "nowhere")

    def test_an_interrupt_ends_the_run(self):
        """Ctrl-C reaches both; no program is left behind."""
        code = ("import leyden, sys; print('on', flush=True); "
                f"leyden.run(*{package.LENET!r}, images=10000)")
        child = subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=dict(os.environ, PYTHONPATH=package.PACKAGES), start_new_session=True)
        child.stdout.readline()
        with self.assertRaises(subprocess.TimeoutExpired):
            child.wait(0.7)
        os.killpg(child.pid, signal.SIGINT)
        _, error = child.communicate(timeout=20)
        self.assertIn("KeyboardInterrupt", error)
        self.assertNotEqual(child.returncode, 0)
        with self.assertRaises(ProcessLookupError):
            os.killpg(child.pid, 0)


class Others(Folder):
    def test_compile(self):
        made = leyden.compile(*package.LENET, output=self.folder / "n.img")
        self.assertEqual(made.image, (self.folder / "n.img").read_bytes())
        self.assertEqual(len(made.image), made.json["image_bytes"])
        self.assertEqual(list(made.layers.index), [x["name"] for x in made.json["layers"]])
        self.assertEqual(made.image, leyden.compile(*package.LENET).image)
        with self.assertRaises(leyden.UsageError):
            leyden.compile("imagine", "no-such", package.FASHION)

    def test_diff_takes_runs_and_folders(self):
        one = leyden.run(*package.LENET, images=1, report=self.folder / "one")
        two = leyden.run(*package.LENET, images=1, set={"core.alu_cycles": 2})
        for side in (one, self.folder / "one", str(self.folder / "one")):
            told = leyden.diff(side, two, fail_above_percent=2)
            self.assertEqual(list(told.config["key"]), ["core.alu_cycles"])
            self.assertFalse(told.within)
            self.assertEqual(told.figures["above"].sum(), told.above)
        total = told.figures[(told.figures["scope"] == "total") &
                             (told.figures["figure"] == "cycles.total")]
        self.assertEqual(total["difference"].item(), two.cycles - one.cycles)
        self.assertTrue(leyden.diff(one, one, fail_above_percent=0, all=True).within)
        self.assertEqual(list(leyden.diff(one, one).figures.columns), list(told.figures.columns))


class Public(unittest.TestCase):
    """Every public name is documented and typed, in numpy's style."""

    def functions(self):
        for name in leyden.__all__:
            value = getattr(leyden, name)
            members = {name: value}
            if inspect.isclass(value):
                members.update({f"{name}.{key}": member.fget if isinstance(member, property)
                                else member for key, member in vars(value).items()
                                if not key.startswith("_") and
                                (inspect.isfunction(member) or isinstance(member, property))})
            if inspect.ismodule(value):
                members = {f"{name}.{key}": getattr(value, key) for key in value.__all__}
            yield from members.items()

    def test_docstrings(self):
        self.assertTrue(leyden.__doc__ and leyden.golden.__doc__)
        for name, value in self.functions():
            text = inspect.getdoc(value)
            self.assertTrue(text, name)
            self.assertLessEqual(max(map(len, text.splitlines())), 100, name)
            if inspect.isclass(value) or not inspect.isfunction(value):
                continue
            named = [p for p in inspect.signature(value).parameters if p != "self"]
            for parameter in named:
                self.assertRegex(text, rf"(?m)^(.*, )?(\*\*)?{parameter}(,.*)?( : .*)?$",
                                 f"{name} {parameter}")
            if named:
                self.assertIn("Parameters\n----------", text, name)
                self.assertIn("Returns\n-------", text, name)

    def test_types(self):
        for name, value in self.functions():
            if not inspect.isfunction(value):
                continue
            hints = typing.get_type_hints(value)
            self.assertIn("return", hints, name)
            for parameter in inspect.signature(value).parameters:
                if parameter != "self":
                    self.assertIn(parameter, hints, name)
        self.assertTrue((pathlib.Path(leyden.__file__).parent / "py.typed").exists())


if __name__ == "__main__":
    unittest.main()
