"""The scripts people and continuous integration start: counts, usage, and that lint finds faults."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
import count_tests  # noqa: E402


def run(*command, cwd=None, env=None):
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd, env=env)


class Temporary(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)


class Counts(Temporary):
    def count(self, entries, **details):
        cases = "".join(f'<testcase name="{n}" status="{s}">{x}</testcase>' for n, s, x in entries)
        (self.folder / "ctest.xml").write_text(f"<testsuite>{cases}</testsuite>")
        for name, text in details.items():
            (self.folder / f"{name}.xml").write_text(text)
        return count_tests.cases(self.folder)

    def test_cases_of_an_executable(self):
        entries = [("a_test", "run", ""), ("b_test", "fail", "<failure/>")]
        self.assertEqual(self.count(
            entries,
            a_test='<testsuites tests="5" failures="0" disabled="1" errors="0"><testcase/>'
                   "<testcase><skipped/></testcase></testsuites>",
            b_test='<testsuites tests="4" failures="3" disabled="0" errors="0"/>'), (4, 3, 2))

    def test_an_executable_that_crashed_is_one_failure(self):
        self.assertEqual(self.count([("a_test", "fail", "<failure/>"), ("plain", "run", "")]),
                         (1, 1, 0))

    def test_a_failure_outside_the_cases_is_one_failure(self):
        self.assertEqual(self.count([("a_test", "fail", "<failure/>")],
                                    a_test='<testsuites tests="2" failures="0" skipped="0"/>'),
                         (2, 1, 0))

    def test_a_test_that_was_not_built_is_a_failure(self):
        self.assertEqual(self.count([("gone", "notrun", "<failure/>"), ("off", "disabled", "")]),
                         (0, 1, 1))

    def test_googletest_and_ctest_write_what_is_read(self):
        """The oracle is GoogleTest itself: the number of cases it lists."""
        program = Path(os.environ["LEYDEN_BINARY_DIR"]) / "tests/models/base/parameter_test"
        listed = run(program, "--gtest_list_tests").stdout
        expected = sum(line.startswith("  ") for line in listed.splitlines())
        run(program, f"--gtest_output=xml:{self.folder}/")
        self.assertGreater(expected, 3)
        self.assertEqual(self.count([("parameter_test", "run", "")]), (expected, 0, 0))


class Usage(unittest.TestCase):
    def test_an_unknown_option_is_refused_with_the_known_ones_bad(self):
        for script in ("lint", "test"):
            result = run(ROOT / "scripts" / script, "--wrong")
            self.assertEqual(result.returncode, 2)
            self.assertIn("unknown option '--wrong'; known are ", result.stderr)

    def test_help_comes_from_the_head_of_the_script(self):
        for script in ("lint", "test", "demo", "setup"):
            result = run(ROOT / "scripts" / script, "--help")
            self.assertEqual(result.returncode, 0)
            self.assertGreater(len(result.stdout), 40, script)

    def test_continuous_integration_calls_the_test_script(self):
        self.assertIn("scripts/test", (ROOT / ".ci" / "run").read_text())


class Setup(Temporary):
    def setup_with(self, **tools):
        """Runs scripts/setup with replaced tools in front of the real ones."""
        for name, text in tools.items():
            path = self.folder / name.replace("_", "-")
            path.write_text(f"#!/bin/bash\n{text}\n")
            path.chmod(0o755)
        env = dict(os.environ, PATH=f"{self.folder}:{os.environ['PATH']}")
        return run(ROOT / "scripts" / "setup", env=env)

    def test_nothing_is_installed_when_nothing_is_missing(self):
        result = self.setup_with(
            dpkg_query='shift 3; for p in "$@"; do echo "$p installed"; done',
            apt_get="echo called; exit 1", sudo="echo called; exit 1")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stdout, r"^setup: all \d+ Debian packages are installed\n$")

    def test_only_what_is_missing_is_installed(self):
        result = self.setup_with(
            dpkg_query='shift 3; for p in "$@"; do [[ $p == ninja-build ]] || echo "$p installed"; '
                       "done; exit 1",
            id="echo 0", apt_get='echo "apt-get $*"')
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("setup: installing 1 Debian packages: ninja-build\n", result.stdout)
        self.assertIn("apt-get install --yes --no-install-recommends ninja-build\n", result.stdout)


class Lint(Temporary):
    def lint(self, **files):
        """Runs lint on a tree of one good library and the given files."""
        (self.folder / "scripts").mkdir()
        shutil.copy(ROOT / "scripts" / "lint", self.folder / "scripts" / "lint")
        for name in (".clang-format", ".clang-tidy", ".gitignore"):
            shutil.copy(ROOT / name, self.folder / name)
        base = self.folder / "models" / "base"
        base.mkdir(parents=True)
        for name, text in files.items():
            (base / name.replace("__", ".")).write_text(text)
        (self.folder / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.25)\nproject(x LANGUAGES CXX)\n"
            "set(CMAKE_EXPORT_COMPILE_COMMANDS ON)\n"
            "add_library(x STATIC models/base/a.cpp)\n")
        run("git", "init", "-q", cwd=self.folder)
        made = run("cmake", "-G", "Ninja", "-S", self.folder, "-B", self.folder / "build")
        self.assertEqual(made.returncode, 0, made.stderr)
        return run(self.folder / "scripts" / "lint", "--build", "build")

    GOOD = "namespace leyden {\n\nint twice(int value) { return 2 * value; }\n\n}  // namespace leyden\n"

    def test_a_good_tree_passes(self):
        result = self.lint(a__cpp=self.GOOD, b__py="x = 1\n")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("lint: 4 passed, 0 failed", result.stdout)

    def test_each_fault_is_found(self):
        path = "/ho" + "me/someone/data"
        result = self.lint(
            a__cpp=self.GOOD.replace("twice", "BadName").replace("2 * value", "2*value"),
            b__py="def x(:\n", c__h=f"// {path}\n")
        self.assertEqual(result.returncode, 1)
        self.assertIn("lint: 0 passed, 4 failed", result.stdout)
        told = result.stdout + result.stderr
        self.assertIn("invalid case style for function 'BadName'", told)
        self.assertIn("b.py", told)
        self.assertIn("models/base/c.h:1:", told)


if __name__ == "__main__":
    unittest.main()
