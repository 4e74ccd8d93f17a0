"""leyden diff: figures computed anew from two reports, the bound, and bad input."""

import json
import shutil
import unittest

import support

RUN = ("run", "--chip", "imagine", "--network", "lenet5-fashion", "--data", support.FASHION,
       "--images", 4, "-q")
FLOOR = 0.001  # of the total: docs/diff.md


class Diff(support.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.temporary = support.tempfile.TemporaryDirectory(prefix="leyden-test-")
        cls.a, cls.b = (support.pathlib.Path(cls.temporary.name) / name for name in "ab")
        for folder, words in ((cls.a, ()), (cls.b, (
                "--set", "core.alu_cycles=2", "--set", "lmem.bank_bytes=4096", "--die", 2))):
            result = support.leyden(*RUN, "--report", folder, *words)
            assert result.returncode == 0, result.stderr

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def diff(self, *words, status=0):
        result = support.leyden("diff", *words, "--json")
        self.assertEqual(result.returncode, status, result.stderr)
        return json.loads(result.stdout)

    def reports(self):
        return [json.loads((folder / "report.json").read_text()) for folder in (self.a, self.b)]

    def changed_report(self, name, change):
        """A copy of A whose report.json `change` has edited."""
        folder = self.folder / name
        shutil.copytree(self.a, folder)
        report = json.loads((folder / "report.json").read_text())
        change(report)
        (folder / "report.json").write_text(json.dumps(report))
        return folder

    def test_every_figure_is_that_of_the_reports(self):
        told = {(f["scope"], f.get("layer"), f["figure"]): f
                for f in self.diff(self.a, self.b, "--all")["figures"]}
        one, two = self.reports()
        rows = [(("layer", x["name"]), x, y) for x, y in zip(one["layers"], two["layers"])]
        rows += [((part, None), one[part], two[part]) for part in ("total", "boot")]
        expected = {}
        for place, x, y in rows:
            for group in ("cycles", "energy_pj"):
                for key in x[group]:
                    expected[(*place, f"{group}.{key}")] = (x[group][key], y[group][key])
            for key in ("latency_ns", "macs", "mvms", "tiles"):
                if key in x:
                    expected[(*place, key)] = (x[key], y[key])
        for key in one["chip"]:
            expected[("chip", None, key)] = (one["chip"][key], two["chip"][key])
        expected[("network", None, "accuracy_percent")] = tuple(
            r["accuracy"]["accuracy_percent"] for r in (one, two))
        self.assertEqual(set(told), set(expected))
        for key, (x, y) in expected.items():
            self.assertEqual((told[key]["a"], told[key]["b"]), (x, y), key)
            self.assertAlmostEqual(told[key]["difference"], y - x, delta=1e-9 * max(1, abs(x)))
            if x == 0:
                self.assertIsNone(told[key]["difference_percent"])
            else:
                self.assertAlmostEqual(told[key]["difference_percent"], 100 * (y / x - 1), places=6)

    def test_equal_figures_are_told_with_all_only(self):
        few = self.diff(self.a, self.b)["figures"]
        every = self.diff(self.a, self.b, "--all")["figures"]
        self.assertEqual(few, [f for f in every if f["a"] != f["b"]])
        self.assertLess(len(few), len(every))

    def test_what_was_set_is_told(self):
        told = self.diff(self.a, self.b)
        self.assertEqual([(c["key"], c["b"]) for c in told["config"]],
                         [("core.alu_cycles", "2"), ("lmem.bank_bytes", "4096")])
        self.assertEqual(told["run"], [{"key": "die_seed", "a": 1, "b": 2}])

    def test_the_bound_counts_what_the_page_says(self):
        one, two = self.reports()
        for bound in (0, 1, 5, 20, 50, 400):
            above = 0
            for x, y in (*zip(one["layers"], two["layers"]), (one["total"], two["total"]),
                         (one["boot"], two["boot"])):
                for group in ("cycles", "energy_pj"):
                    p, q = x[group]["total"], y[group]["total"]
                    most = max(r["total"][group]["total"] for r in (one, two))
                    floor = FLOOR * most if "name" in x else 0
                    above += abs(q - p) > floor and abs(q - p) * 100 > bound * p
            p, q = (r["chip"]["image_latency_ns"] for r in (one, two))
            above += abs(q - p) * 100 > bound * p
            told = self.diff(self.a, self.b, "--fail-above", f"{bound}%", status=3 if above else 0)
            self.assertEqual(told["above"], above, bound)
            self.assertEqual(sum(f["above"] for f in told["figures"]), above)

    def test_equal_reports_are_within_0_percent(self):
        result = support.leyden("diff", self.a, self.a / "report.json", "--fail-above", "0",
                                "--fail-above-accuracy", 0)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn("within the bound", result.stdout)

    def test_a_cycle_of_a_tiny_layer_does_not_fail(self):
        def more(cycles):
            def change(report):
                control = next(x for x in report["layers"] if x["name"] == "control")
                control["cycles"]["total"] += cycles
                control["cycles"]["core"] += cycles
            return change
        total = self.reports()[0]["total"]["cycles"]["total"]
        small = self.changed_report("small", more(FLOOR * total * 0.99))
        large = self.changed_report("large", more(FLOOR * total * 1.01))
        self.diff(self.a, small, "--fail-above", "2")
        self.assertEqual(self.diff(self.a, large, "--fail-above", "2", status=3)["above"], 1)

    def test_accuracy_has_a_bound_of_its_own_in_points(self):
        def worse(report):
            report["accuracy"]["accuracy_percent"] -= 1.5
        other = self.changed_report("other", worse)
        self.diff(self.a, other, "--fail-above", "0")
        self.diff(self.a, other, "--fail-above-accuracy", "1.5")
        self.assertEqual(
            self.diff(self.a, other, "--fail-above-accuracy", "1.4", status=3)["above"], 1)

    def test_a_layer_that_is_gone_is_above_any_bound(self):
        other = self.changed_report("other", lambda report: report["layers"].pop(1))
        name = self.reports()[0]["layers"][1]["name"]
        told = self.diff(self.a, other, "--fail-above", "1000", status=3)
        self.assertEqual((told["layers_only_in_a"], told["layers_only_in_b"]), ([name], []))
        self.assertIn(f"layers only in A: {name}", support.leyden("diff", self.a, other).stdout)

    def test_layers_of_one_name_are_matched_in_their_order(self):
        def twice(report):
            report["layers"][2]["name"] = report["layers"][1]["name"]
        one = self.changed_report("one", twice)
        told = self.diff(one, one, "--all")
        names = {f["layer"] for f in told["figures"] if f["scope"] == "layer"}
        self.assertIn(self.reports()[0]["layers"][1]["name"] + " #2", names)
        self.assertTrue(all(f["difference"] == 0 for f in told["figures"]))

    def test_without_a_configuration_it_says_so(self):
        (self.folder / "report.json").write_text((self.a / "report.json").read_text())
        self.assertFalse(self.diff(self.folder, self.a)["config_compared"])
        self.assertIn("configuration not compared",
                      support.leyden("diff", self.folder, self.a).stdout)

    def test_bad_input(self):
        bad = self.folder / "report.json"
        for content, part in (
                ("", "is no JSON"), ("{", "is no JSON"), ("[]", "it has no schema_version"),
                ('{"schema_version": 2}', "has the schema version 2"),
                ('{"schema_version": "1"}', "has the schema version"),
                ('{"schema_version": 1}', "it has no run"), ("nul", "is no JSON")):
            bad.write_text(content)
            self.assert_refused(support.leyden("diff", self.a, bad), 2, part, str(bad))
        for key, value, part in (("layers", [1], "a layer has no name"),
                                 ("total", {}, "total has no cycles"),
                                 ("chip", {"x": "y"}, "chip.x that is no number")):
            def change(report, key=key, value=value):
                report[key] = value
            folder = self.changed_report(key, change)
            self.assert_refused(support.leyden("diff", self.a, folder), 2, part)
        (bad).write_text((self.a / "report.json").read_text())
        (self.folder / "config.yaml").write_text("a: [")
        self.assert_refused(support.leyden("diff", self.a, self.folder), 2, "is no YAML")

        def others(report):
            for layer in report["layers"]:
                if layer["kind"] != "service":
                    layer["name"] += "x"
        self.assert_refused(support.leyden("diff", self.a, self.changed_report("others", others)),
                            2, "share no layer")
        self.assert_refused(support.leyden("diff", self.a, "nowhere"), 2, "There is no report")
        self.assert_refused(support.leyden("diff", self.a), 2, "needs two reports")
        for bound in ("x", "-1", "nan", "inf", "2%%", "%"):
            self.assert_refused(
                support.leyden("diff", self.a, self.b, f"--fail-above={bound}"), 2, "--fail-above")
        for bound in ("x", "-1", "nan", "101"):
            self.assert_refused(support.leyden("diff", self.a, self.b,
                                               f"--fail-above-accuracy={bound}"),
                                2, "--fail-above-accuracy")


if __name__ == "__main__":
    unittest.main()
