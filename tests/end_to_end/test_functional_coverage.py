"""Functional coverage: what it counts against other outputs of the same run, and bad input."""

import json
import unittest

import support

RUN = ("run", "--chip", "imagine", "--network", "lenet5-fashion", "--data", support.FASHION,
       "--images", 2, "-q")


def bins(path):
    """(group, point, bin) -> hits."""
    file = json.loads(path.read_text(encoding="utf-8"))
    return {(group["name"], point["name"], name): hits
            for group in file["groups"] for point in group["points"]
            for name, hits in point["hits_by_bin"].items()}


class FunctionalCoverage(support.Case):
    def test_of_a_run(self):
        coverage, trace = self.folder / "seen.json", self.folder / "trace.json"
        result = support.leyden(*RUN, "--functional-coverage", coverage, "--trace", trace,
                                "--report", self.folder / "with")
        self.assertEqual(result.returncode, 0, result.stderr)
        seen = bins(coverage)
        # 1. Jobs and transfers are those of the trace.
        events = json.loads(trace.read_text(encoding="utf-8"))
        events = events["traceEvents"] if isinstance(events, dict) else events
        names = {(e["pid"], e["tid"]): e["args"]["name"] for e in events
                 if e.get("name") == "thread_name"}
        slices = [(names.get((e.get("pid"), e.get("tid"))), e) for e in events
                  if e.get("ph") in ("X", "B")]
        jobs = [e for track, e in slices if track == "cim0" and e["name"].startswith("tile")]
        transfers = [e for track, e in slices if track in ("dma0", "dma1")]
        self.assertGreater(len(jobs), 0)
        self.assertEqual(seen["registers of cim", "CTRL.START written", "1"], len(jobs))
        self.assertEqual(sum(hits for (group, point, _), hits in seen.items()
                             if (group, point) == ("jobs of cim", "kernel")), len(jobs))
        self.assertEqual(sum(hits for (group, point, _), hits in seen.items()
                             if (group, point) == ("transfers of dma", "bytes")), len(transfers))
        # 2. LeNet-5 has 5x5 kernels of stride 1 only, beside its fully connected layers.
        self.assertGreater(seen["jobs of cim", "kernel x stride", "5x5 x 1"], 0)
        self.assertEqual(seen["jobs of cim", "kernel x stride", "5x5 x 2"], 0)
        # 3. Nothing in the results changes.
        self.assertEqual(
            support.leyden(*RUN, "--report", self.folder / "without").returncode, 0)
        with_it, without = (json.loads((self.folder / name / "report.json").read_text())["total"]
                            for name in ("with", "without"))
        self.assertEqual(with_it, without)

    def test_merged_files_have_the_sums(self):
        one, two, both = (self.folder / f"{name}.json" for name in ("one", "two", "both"))
        self.assertEqual(support.leyden(*RUN, "--functional-coverage", one).returncode, 0)
        result = support.leyden("exec", "--chip", "imagine", "selftest", "-q", "--uart",
                                self.folder / "uart", "--functional-coverage", two)
        self.assertEqual(result.returncode, 0, result.stderr)
        merged = support.leyden("coverage", one, two, "-o", both, "--json")
        self.assertEqual(merged.returncode, 0, merged.stderr)
        self.assertEqual(merged.stdout, both.read_text(encoding="utf-8"))
        first, second, sums = bins(one), bins(two), bins(both)
        self.assertEqual(sums, {key: first.get(key, 0) + second.get(key, 0)
                                for key in {**first, **second}})
        page = self.folder / "page.md"
        told = support.leyden("coverage", both, "--holes", "-o", page)
        self.assertEqual(told.returncode, 0, told.stderr)
        self.assertIn("never seen", told.stdout)
        self.assertIn("**never**", page.read_text(encoding="utf-8"))
        self.assertEqual(support.leyden("coverage", both, "--at-least", 99, "-q").returncode, 3)
        self.assertEqual(support.leyden("coverage", both, "--at-least", 1, "-q").returncode, 0)

    def test_bad_input(self):
        damaged = self.folder / "damaged.json"
        damaged.write_text('{"format": "leyden functional coverage", "version": 1, "runs": []}')
        for words, part in (
                (("coverage",), "needs files"),
                (("coverage", self.folder / "none.json"), "cannot be read"),
                (("coverage", self.folder), "cannot be read"),
                (("coverage", damaged), "damaged"),
                (("coverage", damaged, "-o", self.folder / "x.txt"), ".json"),
                ((*RUN, "--functional-coverage", self.folder / "no" / "x.json"),
                 "cannot be written"),
                ((*RUN, "--functional-coverage", self.folder / "x.json", "--set",
                  "system.timing=approximate"), "loose")):
            self.assert_refused(support.leyden(*words), 2, part)


if __name__ == "__main__":
    unittest.main()
