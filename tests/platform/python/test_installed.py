"""The extension holds no SystemC; an installed package finds the installed program."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

BINARY = pathlib.Path(os.environ["LEYDEN_BINARY_DIR"])


class Extension(unittest.TestCase):
    def test_no_systemc(self):
        (extension,) = (BINARY / "python/leyden").glob("_golden.*.so")
        needed = subprocess.run(["ldd", extension], capture_output=True, text=True, check=True)
        self.assertIn("libdnnl", needed.stdout)
        self.assertNotIn("systemc", needed.stdout)
        names = subprocess.run(["nm", "--dynamic", "--demangle", extension], capture_output=True,
                               text=True, check=True).stdout
        self.assertIn("PyInit__golden", names)
        for word in ("sc_core::", "tlm::", "sc_main", "leyden::"):
            self.assertNotIn(word, names)


class Installed(unittest.TestCase):
    def test_the_prefix_alone_is_enough(self):
        with tempfile.TemporaryDirectory(prefix="leyden-test-") as prefix:
            for part in ("platform/python", "platform/cli"):
                subprocess.run(["cmake", "--install", BINARY / part, "--prefix", prefix],
                               check=True, capture_output=True)
            environment = {key: value for key, value in os.environ.items()
                           if key not in ("LEYDEN_PROGRAM", "PYTHONPATH")}
            environment["PYTHONPATH"] = prefix + "/lib/python3/dist-packages"
            told = subprocess.run(
                [sys.executable, "-c", "import leyden; print(leyden.program()); "
                 "print(leyden.version(), leyden.golden.lookup([1], list(range(256))))"],
                env=environment, capture_output=True, text=True, check=True).stdout
            self.assertIn(prefix + "/bin/leyden\n", told)
            self.assertIn("[1]", told)


if __name__ == "__main__":
    unittest.main()
