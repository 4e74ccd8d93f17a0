"""The tree keeps the rules of docs/internals.md, and each rule finds a planted violation."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import rules  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent.parent


class Tree(unittest.TestCase):
    maxDiff = None

    def test_dependencies_point_one_way(self):
        self.assertEqual(rules.wrong_directions(ROOT), [])

    def test_models_know_nothing_of_files_or_formats(self):
        self.assertEqual(rules.foreign_to_models(ROOT), [])

    def test_plain_libraries_do_without_systemc(self):
        self.assertEqual(rules.systemc_in_plain(ROOT), [])

    def test_files_are_short(self):
        self.assertEqual(rules.too_long(ROOT), [])

    def test_rules_see_the_tree(self):
        """A rule that reads nothing holds always."""
        self.assertIn("models/base/clock.h", rules.sources(ROOT, "models"))
        self.assertIn('"models/base/register_info.h"',
                      rules.includes(ROOT, "models/base/register_block.h"))
        self.assertTrue(rules.libraries(ROOT)["leyden_tlm"]["systemc"])


class Planted(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        self.root = Path(self._folder.name)

    def put(self, file, text):
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def test_wrong_direction(self):
        self.put("models/base/a.h", '#include "models/cim/b.h"\n')
        self.put("models/cim/b.h", '#include "models/memory/lmem_port.h"\n#include <vector>\n')
        self.put("models/vector/c.h", '#include "models/memory/sram.h"\n')
        self.put("platform/report/d.cpp", '#include "platform/cli/x.h"\n')
        self.put("platform/new/e.cpp", "")
        self.assertEqual(rules.wrong_directions(self.root), [
            "models/base/a.h includes models/cim/b.h",
            "models/vector/c.h includes models/memory/sram.h",
            "platform/new/e.cpp lies in a folder without a rule",
            "platform/report/d.cpp includes platform/cli/x.h"])

    def test_foreign_header(self):
        self.put("models/cim/a.cpp", "#include <fstream>\n#include <yaml-cpp/yaml.h>\n")
        self.assertEqual(len(rules.foreign_to_models(self.root)), 2)

    def test_systemc_by_link_and_by_include(self):
        self.put("models/base/CMakeLists.txt",
                 "leyden_library(leyden_base SOURCES a.cpp)\n"
                 "leyden_library(leyden_tlm SOURCES t.cpp LINKS leyden_base)\n"
                 "leyden_systemc(leyden_tlm)\n")
        self.put("models/base/a.cpp", '#include "models/base/a.h"\n')
        self.put("models/base/a.h", '#include "models/base/b.h"\n')
        self.put("models/base/b.h", "#include <tlm>\n")
        self.put("platform/compiler/CMakeLists.txt",
                 "leyden_library(leyden_compiler SOURCES c.cpp)\n"
                 "target_link_libraries(leyden_compiler PUBLIC leyden_tlm)\n")
        found = rules.systemc_in_plain(self.root)
        self.assertIn("leyden_base includes SystemC: models/base/a.cpp -> models/base/a.h -> "
                      "models/base/b.h -> <tlm>", found)
        self.assertIn("leyden_compiler links SystemC: leyden_compiler -> leyden_tlm", found)
        self.assertIn("leyden_report is not declared by any CMakeLists.txt", found)

    def test_long_file(self):
        self.put("scripts/a.py", "\n" * 601)
        self.put("scripts/b.py", "\n" * 600)
        self.assertEqual(rules.too_long(self.root), ["scripts/a.py has 601 lines"])


if __name__ == "__main__":
    unittest.main()
