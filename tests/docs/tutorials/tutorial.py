"""Runs a page of docs/tutorials: its files, its commands, what it shows of their output."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/end_to_end"))

import support  # noqa: E402

PAGES = ROOT / "docs/tutorials"
BINARY = Path(os.environ["LEYDEN_BINARY_DIR"])
_BLOCK = re.compile(r"^(?:`([\w./-]+)`\n\n)?```(\w+)\n(.*?)^```\n", re.MULTILINE | re.DOTALL)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Tutorial(support.Case):
    """A test of one page; `page` is its name. The port 3333 of a page is another one here."""

    page = ""

    def setUp(self):
        super().setUp()
        text = (PAGES / f"{self.page}.md").read_text(encoding="utf-8")
        text = text.replace("3333", str(free_port()))
        self.files, self.steps = {}, []
        for name, language, body in _BLOCK.findall(text):
            if name:
                self.assertNotIn(name, self.files)
                self.files[name] = body
            elif language == "sh":
                self.steps.append((body, ""))
            elif language == "text":
                commands, shown = self.steps[-1]
                self.assertEqual(shown, "", "one output for each block of commands")
                self.steps[-1] = (commands, body)
            else:
                self.fail(f"a block of {language} is neither a file nor a command:\n{body}")
        self.assertGreater(len(self.files), 0)
        self.assertGreater(len(self.steps), 0)

    def environment(self):
        environment = {**os.environ, "PATH": f"{BINARY / 'bin'}:{os.environ['PATH']}"}
        if shutil.which("ccache"):  # Verilator's run time is compiled anew for every page
            environment.update(CMAKE_CXX_COMPILER_LAUNCHER="ccache", OBJCACHE="ccache",
                               CCACHE_BASEDIR=str(self.folder), CCACHE_NOHASHDIR="1")
        return environment

    def run_page(self, environment=None):
        """Types it all. @return seconds it took"""
        start = time.monotonic()
        for name, body in self.files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(body, encoding="utf-8")
        for commands, shown in self.steps:
            result = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", commands], cwd=self.folder, text=True,
                env=environment or self.environment(), stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=550, check=False)
            self.assertEqual(result.returncode, 0, f"{commands}\n{result.stdout}")
            self.assert_shown(shown, result.stdout)
        return time.monotonic() - start

    def assert_shown(self, shown, printed):
        """Every line shown is printed, in this order; … stands for anything."""
        lines = printed.splitlines()
        for line in shown.splitlines():
            parts = [r"\s+".join(re.escape(word) for word in part.split(" "))
                     for part in line.split("…")]
            pattern = ".*".join(parts)
            while lines and not re.fullmatch(pattern, lines[0].rstrip()):
                lines.pop(0)
            self.assertTrue(lines, f"'{line}' is not printed:\n{printed}")
            lines.pop(0)
