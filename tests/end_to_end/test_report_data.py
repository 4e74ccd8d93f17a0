"""leyden report without a browser, and what report folders hold for its pages."""

import json
import pathlib
import unittest

import report_pages
from support import FASHION, Case, leyden


class Command(Case):
    """leyden report without a browser."""

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def refused(self, *arguments, parts):
        self.assert_refused(leyden("report", *arguments), 2, *parts)

    def test_bad_input_is_one_sentence(self):
        page = self.folder / "page.html"
        sweep = self.write("sweep.json", json.dumps(report_pages.sweep()))
        self.refused(parts=["leyden report needs a folder"])
        self.refused(sweep, parts=["needs -o FILE"])
        self.refused(self.folder / "none", "-o", page, parts=["There is no folder"])
        self.refused(self.folder, "-o", page, parts=["has no report.json"])
        self.refused(self.write("bad.json", "{"), "-o", page, parts=["is no JSON"])
        self.refused(self.write("old.json", '{"schema_version": 0}'), "-o", page,
                     parts=["schema_version 0"])
        self.refused(self.write("x/report.json", '{"schema_version": 7}').parent, "-o", page,
                     parts=["schema_version 7"])
        self.refused(sweep, sweep, "-o", page, parts=["a page is of one sweep"])
        self.refused(sweep, "-o", "/proc/nowhere/page.html", parts=["cannot be written"])
        self.refused(sweep, "-o", page, "--colour", "red", parts=["--colour"])
        self.assertFalse(page.exists())

    def test_equal_input_equal_bytes(self):
        sweep = self.write("sweep.json", json.dumps(report_pages.sweep()))
        pages = [self.folder / name for name in ("one.html", "two.html")]
        for page in pages:
            result = leyden("report", sweep, "-o", page)
            self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(pages[0].read_bytes(), pages[1].read_bytes())


@unittest.skipUnless(pathlib.Path(FASHION).is_dir(), f"{FASHION} is not there")
class Data(Case):
    """What report folders hold for pages."""

    def run_network(self, *options):
        result = leyden("run", "--chip", "imagine", "--network", "lenet5-fashion", "--data",
                        FASHION, "--images", "4", "--report", self.folder / "r", "-q", *options)
        self.assertEqual(result.returncode, 0, result.stderr)
        return [json.loads((self.folder / "r" / name).read_text(encoding="utf-8"))
                for name in ("report.json", "histograms.json")]

    def test_codes_with_reshaping_off_on_the_whole_line_are_the_fixed_ones(self):
        histograms = self.run_network("--quantise", "reshape=off", "--quantise", "units=all")[1]
        self.assertEqual(len(histograms["layers"]), 4)
        for layer in histograms["layers"]:
            self.assertEqual(layer["fixed"], layer["reshaped"])

    def test_codes_are_as_many_as_conversions(self):
        report, histograms = self.run_network()
        layers = {layer["name"]: layer for layer in report["layers"]}
        for layer in histograms["layers"]:
            counts = layers[layer["name"]]["event_counts_sum"]
            conversions = sum(count for name, count in counts.items() if ".conversion_" in name)
            self.assertEqual(sum(layer["fixed"]), conversions)
            self.assertEqual(sum(layer["reshaped"]), conversions)
            used = [sum(count > 0 for count in layer[key]) for key in ("fixed", "reshaped")]
            self.assertGreater(used[1], used[0])

    def test_roofline_by_hand(self):
        report = self.run_network()[0]
        layers = {layer["name"]: layer for layer in report["layers"]}
        # A code of 784 pixels comes in; 8 b x 4 b: a dot product of 8 steps of 16.8 ns, 54 cycles
        # of 2.5 ns, and a conversion of (8 + 1) ns, 4 cycles; 1,152 rows x 256 / 4 outputs.
        self.assertEqual(layers["input"]["bytes_moved"]["off_chip"], 784)
        self.assertEqual(report["roofline"]["peaks"], [{
            "input_bits": 8, "weight_bits": 4, "converter_bits": 8,
            "tops": report["roofline"]["peaks"][0]["tops"]}])
        self.assertAlmostEqual(report["roofline"]["peaks"][0]["tops"],
                               2 * 1152 * 64 / (58 * 2.5e-9) * 1e-12, places=12)
        self.assertEqual({memory["name"]: round(memory["gbytes_per_s"], 9)
                          for memory in report["roofline"]["bandwidths"]},
                         {"off_chip": 8 * 0.4, "lmem": 2 * 16 * 0.4, "weight_window": 16 * 0.4})
        for layer in layers.values():  # no layer is above a roof
            speed = layer["throughput_tops"]["native"]
            self.assertLessEqual(speed, report["roofline"]["peaks"][0]["tops"])
            for memory in report["roofline"]["bandwidths"]:
                moved = layer["bytes_moved"][memory["name"]]
                self.assertLessEqual(moved, memory["gbytes_per_s"] * layer["latency_ns"] + 1e-6)


if __name__ == "__main__":
    unittest.main()
