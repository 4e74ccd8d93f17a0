"""The tutorial of a peripheral of one's own: it runs, and is as short as it says."""

import unittest

import tutorial


class OwnPeripheral(tutorial.Tutorial):
    page = "own-peripheral"

    def test_the_page_runs_as_shown(self):
        seconds = self.run_page()
        print(f"own-peripheral: {seconds:.1f} s of commands")
        self.assertLess(seconds, 15 * 60)

    def test_it_takes_less_than_60_lines(self):
        lines = [line for body in self.files.values() for line in body.splitlines()
                 if line.strip()]
        print(f"own-peripheral: {len(lines)} lines in {len(self.files)} files")
        self.assertLess(len(lines), 60)


if __name__ == "__main__":
    unittest.main()
