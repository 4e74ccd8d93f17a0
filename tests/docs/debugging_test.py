"""The tour of docs/debugging.md, with GDB itself: what the page shows is what is printed."""

import os
import re
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/end_to_end"))

import gdb_session  # noqa: E402
import support  # noqa: E402

PAGE = (ROOT / "docs/debugging.md").read_text(encoding="utf-8")
SHELL = re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
TOUR = "".join(re.findall(r"^```gdb\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)).splitlines()


class Debugging(support.Case):
    def test_the_tour_prints_what_the_page_shows(self):
        command = SHELL[0].replace("\\\n", " ").split()
        self.assertEqual(command[0], "leyden")
        self.assertEqual(command[-2], "--gdb")
        folder = self.folder / "report"
        debugged = gdb_session.Debugged(*command[1:-2], "--report", folder, "-q")
        self.addCleanup(debugged.close)
        commands = [line[len("(gdb) "):] for line in TOUR if line.startswith("(gdb) ")]
        self.assertGreater(len(commands), 15)
        self.assertIn("infer.elf -ex 'target remote", SHELL[1])
        out = debugged.gdb(gdb_session.INFER, *commands)
        self.assertEqual(debugged.end()[0], 0, out)
        # Every line shown is printed, in this order.
        printed = out.splitlines()
        for shown in (line for line in TOUR if not line.startswith("(gdb) ")):
            pattern = ".*".join(re.escape(part) for part in shown.split("…"))
            while printed and not re.fullmatch(pattern, printed[0].rstrip()):
                printed.pop(0)
            self.assertTrue(printed, f"'{shown}' is not printed:\n{out}")
            printed.pop(0)
        self.assertEqual((folder / "classes.csv").read_text().splitlines()[1], "0,3",
                         "the first image got the class the tour gave it")

    def test_commands_of_the_tables_exist(self):
        """Every monitor command of the page is in the program's own list, and the other way round."""
        source = (ROOT / "platform/debug/monitor.cpp").read_text(encoding="utf-8")
        known = set(re.findall(r'"monitor (\w+)', source))
        self.assertEqual(set(re.findall(r"`monitor (\w+)", PAGE)), known)
        self.assertGreater(len(known), 5)


if __name__ == "__main__":
    os.chdir(ROOT)
    unittest.main()
