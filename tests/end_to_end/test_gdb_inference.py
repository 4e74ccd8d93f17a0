"""leyden run --gdb with GDB itself on the inference firmware: stopped in layers, looked into, changed
without harm, it gives the report it gives alone."""

import filecmp
import json
import re
import unittest
from pathlib import Path

import gdb_session
import support

FILES = ("report.json", "report.csv", "classes.csv", "config.yaml")
RUN = ("run", "--chip", "imagine", "--network", "lenet5-fashion", "--data", support.FASHION,
       "--images", 3, "-q")


class Inference(support.Case):
    def alone(self):
        folder = self.folder / "alone"
        result = support.leyden(*RUN, "--report", folder)
        self.assertEqual(result.returncode, 0, result.stderr)
        return folder

    def debugged(self, *commands):
        """Runs under GDB. @return what GDB printed, the report's folder"""
        folder = self.folder / "debugged"
        debugged = gdb_session.Debugged(*RUN, "--report", folder)
        self.addCleanup(debugged.close)
        out = debugged.gdb(gdb_session.INFER, *commands)
        status, _, errors = debugged.end()
        self.assertEqual(status, 0, f"{errors}\n{out}")
        return out, folder

    def test_stop_in_a_layer_inspect_change_continue(self):
        out, folder = self.debugged(
            "break walk_steps if walker->name[0] == 'c'", "continue", "backtrace",
            "print *walker", "print step->unit", "info registers", "monitor layer",
            "monitor time", "monitor energy",
            # Everything written and put back: registers, memory of all kinds, CSRs.
            "print/x $mtvec", "set var $mepc = 0x80000100", "print/x $mepc",
            "set var $s11 = 0x11223344", "set var $s11 = 0",
            "set var $word = *(int *)0x20000000", "set var *(int *)0x20000000 = 0x55aa",
            "print/x *(int *)0x20000000", "set var *(int *)0x20000000 = $word",
            "x/4wx 0x10020000", "x/2i $pc",
            # Within the layer.
            "watch -location walker->busy", "continue", "backtrace 1", "delete",
            "hbreak walk_wait", "continue", "stepi", "stepi", "finish", "step", "delete",
            "tbreak walk_steps if walker->name[0] == 'o'", "continue", "monitor layer", "continue")
        self.assertIn("Breakpoint 1, walk_steps (walker=walker@entry=0x", out)
        self.assertRegex(out, r"#0  walk_steps [^\n]*walk\.c:\d+")
        self.assertRegex(out, r"#\d  [^\n]*in main \(\) at [^\n]*infer\.c:\d+")
        self.assertRegex(out, r'name = 0x\w+ "conv1"')
        self.assertRegex(out, r"^layer 0$|\nlayer 0\n")
        self.assertRegex(out, r"off_chip +\d+\.\d+ pJ")
        self.assertIn("= 0x80000100", out)
        self.assertIn("= 0x55aa", out)
        self.assertIn("Hardware watchpoint 2: -location walker->busy", out)
        self.assertRegex(out, r"Old value = 0\nNew value = [1-9]")
        self.assertIn("Breakpoint 3, walk_wait", out)
        self.assertRegex(out, r"Temporary breakpoint 4, [^\n]*walk_steps")
        self.assertRegex(out, r"\noutput\n")
        self.assertIn("exited normally", out)
        alone = self.alone()
        for name in FILES:
            self.assertTrue(filecmp.cmp(alone / name, folder / name, shallow=False), name)

    def test_every_layer_is_stopped_in(self):
        out, folder = self.debugged(
            "break walk_steps", *["continue", "monitor layer"] * 9, "delete", "continue")
        layers = re.findall(r"^(boot|input|output|layer \d+)$", out, re.MULTILINE)
        self.assertEqual(layers, ["boot", "input", *[f"layer {n}" for n in range(6)], "output"])
        report = json.loads((folder / "report.json").read_text())
        self.assertEqual(len(report["layers"]), 9)  # and control

    def test_a_changed_output_gives_another_class(self):
        """The last layer's codes are written over: 255 for class 3, 0 for the others."""
        out, folder = self.debugged(
            "break walk_steps if walker->name[0] == 'o'", "continue", "up",
            "set var $codes = (unsigned char *)run->header.output_addr",
            *[f"set var $codes[{n}] = {255 if n == 3 else 0}" for n in range(10)],
            "delete", "continue")
        self.assertIn("exited normally", out)
        alone = (self.alone() / "classes.csv").read_text().splitlines()
        changed = (folder / "classes.csv").read_text().splitlines()
        self.assertEqual(changed[1], "0,3")
        self.assertNotEqual(alone[1], "0,3")
        self.assertEqual(alone[2:], changed[2:])

    def test_ctrl_c_detach_and_reattach(self):
        # The training images as test images: a run that lasts longer than the test takes.
        long_data = self.folder / "data"
        long_data.mkdir()
        for name in ("images-idx3-ubyte.gz", "labels-idx1-ubyte.gz"):
            for kind in ("train", "t10k"):
                (long_data / f"{kind}-{name}").symlink_to(Path(support.FASHION) / f"train-{name}")
        folder = self.folder / "debugged"
        debugged = gdb_session.Debugged(*RUN, "--report", folder, "--images", 60000,
                                        "--data", long_data)
        self.addCleanup(debugged.close)
        out = debugged.gdb_interrupted(gdb_session.INFER, "echo RUNNING\\n", "continue",
                                       "backtrace", "monitor layer", "detach")
        self.assertIn("SIGINT", out)
        self.assertRegex(out, r"#0 .*")
        self.assertIn("detached", out)
        again = debugged.gdb(gdb_session.INFER, "monitor time", "tbreak walk_wait", "continue",
                             "backtrace 1", "kill")
        self.assertRegex(again, r"\d us, \d+ cycles")
        self.assertIn("walk_wait", again)
        status, _, errors = debugged.end()
        self.assertEqual(status, 3, errors)
        self.assertIn("The debugger ended the run", errors)


if __name__ == "__main__":
    unittest.main()
