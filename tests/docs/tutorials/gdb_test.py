"""The tutorial of firmware under GDB."""

import unittest

import tutorial


class Gdb(tutorial.Tutorial):
    page = "gdb"

    def test_the_page_runs_as_shown(self):
        self.run_page()


if __name__ == "__main__":
    unittest.main()
