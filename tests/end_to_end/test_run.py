"""leyden run: equal to the host reference, equal in every way of running, sums that hold."""

import filecmp
import json
import math
import subprocess
import sys
import unittest

import support

FILES = ("report.json", "report.csv", "classes.csv", "config.yaml")


class Run(support.Case):
    def run_to(self, name, *arguments, images=20, chip="imagine"):
        """Runs with a report. @return its folder"""
        folder = self.folder / name
        result = support.leyden(
            "run", "--chip", chip, "--network", "lenet5-fashion", "--data", support.FASHION,
            "--images", images, "--report", folder, "-q", *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout, "")
        return folder

    def assert_equal_reports(self, one, two):
        for name in FILES:
            self.assertTrue(filecmp.cmp(one / name, two / name, shallow=False), f"{two} {name}")

    def test_every_layer_of_100_images_equals_the_host_reference(self):
        for fidelity in ("ideal", "quantised"):
            result = support.leyden(
                "run", "--chip", "imagine", "--network", "lenet5-fashion", "--data",
                support.FASHION, "--images", 100, "--fidelity", fidelity, "--check-reference")
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn("equals the host reference bit for bit", result.stdout)

    def test_reports_are_equal_twice_and_for_any_jobs(self):
        one = self.run_to("one")
        self.assert_equal_reports(one, self.run_to("again"))
        for jobs in (2, 3):
            self.assert_equal_reports(one, self.run_to(f"jobs{jobs}", "--jobs", jobs))

    def test_reports_are_equal_for_any_quantum(self):
        one = self.run_to("one", images=3)
        for quantum in (2.5, 33, 1000, 1000000):  # one cycle to 1 ms
            self.assert_equal_reports(
                one, self.run_to(f"quantum{quantum}", "--quantum-ns", quantum, images=3))

    def test_reports_are_equal_without_translation(self):
        self.assert_equal_reports(self.run_to("one", images=3),
                                  self.run_to("interpreted", "--interpreter", images=3))

    def test_chips_of_other_shapes(self):
        """Weights loaded for every image, several macros, row splits: the same promises."""
        for number, keys in enumerate((
                ("cim.columns=64", "system.macros=2"), ("cim.rows=72", "system.macros=4"),
                ("cim.columns=64", "lmem.bank_bytes=6272"))):
            sets = [word for key in keys for word in ("--set", key)]
            with self.subTest(keys=keys):
                one = self.run_to(f"{number}a", *sets, images=5)
                two = self.run_to(f"{number}b", *sets, "--jobs", 2, "--quantum-ns", 33, images=5)
                self.assert_equal_reports(one, two)
                for fidelity in ("ideal", "quantised"):
                    self.run_to(f"{number}{fidelity}", *sets, "--fidelity", fidelity,
                                "--check-reference", images=2)

    def test_an_image_does_not_depend_on_those_before(self):
        def classes(folder):
            return (folder / "classes.csv").read_text().splitlines()[1:]
        whole = classes(self.run_to("whole"))
        last = classes(self.run_to("last", "--first-image", 15, images=5))
        self.assertEqual(whole[15:], last)

    def test_the_effective_configuration_can_be_run_again(self):
        one = self.run_to("one", "--set", "core.alu_cycles=2", "--set", "lmem.bank_bytes=32768")
        two = self.run_to("two", chip=one / "config.yaml")
        self.assert_equal_reports(one, two)
        self.assertIn("set on the command line", (one / "config.yaml").read_text())

    def test_another_die_gives_other_values_only_in_analog(self):
        def events(name, *arguments):
            folder = self.run_to(name, *arguments, images=50)
            return (folder / "classes.csv").read_text(), json.loads(
                (folder / "report.json").read_text())["total"]["event_counts_sum"]
        self.assertNotEqual(events("a", "--die", 1), events("b", "--die", 2))
        self.assertEqual(events("c", "--die", 1, "--fidelity", "quantised"),
                         events("d", "--die", 2, "--fidelity", "quantised"))

    def test_schema(self):
        folder = self.run_to("one", images=2)
        check = support.SOURCE / "tests/platform/report/check_schema.py"
        schema = support.SOURCE / "platform/report/report.schema.json"
        subprocess.run([sys.executable, check, schema, folder / "report.json"], check=True)

    def test_sums_hold_on_every_layer(self):
        report = json.loads((self.run_to("one") / "report.json").read_text())
        rows = report["layers"] + [report["total"], report["boot"]]
        for row in rows:
            energy = dict(row["energy_pj"])
            total = energy.pop("total")
            self.assertTrue(math.isclose(total, sum(energy.values()), rel_tol=1e-12))
            self.assertTrue(all(value >= 0 for value in energy.values()))
            for key in ("cycles_sum", "cycles"):
                cycles = dict(row[key])
                whole = cycles.pop("total")
                self.assertAlmostEqual(whole, sum(cycles.values()), places=6)
            # 400 MHz: a cycle is 2500 ps.
            self.assertEqual(row["latency_sum_ps"], 2500 * row["cycles_sum"]["total"])
        for key in ("macs", "mvms", "tiles"):
            self.assertEqual(report["total"][key], sum(row[key] for row in report["layers"]))
        self.assertEqual(report["total"]["cycles_sum"]["total"],
                         sum(row["cycles_sum"]["total"] for row in report["layers"]))
        self.assertTrue(math.isclose(report["total"]["energy_pj"]["total"],
                                     sum(row["energy_pj"]["total"] for row in report["layers"]),
                                     rel_tol=1e-12))

    def test_energy_is_counts_times_energy_of_events(self):
        """An independent sum over the counters, without the program's ledger."""
        report = json.loads((self.run_to("one") / "report.json").read_text())
        events = {event["name"]: event for event in report["events"]}
        for row in report["layers"]:
            by_component = {}
            for name, count in row["event_counts_sum"].items():
                event = events[name]
                part = count * event["energy_fj"] / 1000 / report["run"]["images"]
                by_component[event["component"]] = by_component.get(event["component"], 0) + part
            for component, energy in by_component.items():
                self.assertTrue(math.isclose(energy, row["energy_pj"][component], rel_tol=1e-9))

    def test_macs_are_those_of_the_network(self):
        """Counted from the ONNX file's shapes: output positions x outputs x kernel x inputs."""
        import onnx
        from onnx import numpy_helper, shape_inference
        model = shape_inference.infer_shapes(
            onnx.load(support.SOURCE / "configs/networks/lenet5-fashion/network.onnx"))
        shapes = {value.name: [d.dim_value for d in value.type.tensor_type.shape.dim]
                  for value in list(model.graph.value_info) + list(model.graph.output)}
        weights = {tensor.name: numpy_helper.to_array(tensor)
                   for tensor in model.graph.initializer}
        expected = []
        for node in model.graph.node:
            if node.op_type == "Conv":
                _, _, height, width = shapes[node.output[0]]
                expected.append(weights[node.input[1]].size * height * width)
            elif node.op_type == "Gemm":
                expected.append(weights[node.input[1]].size)
        report = json.loads((self.run_to("one", images=2) / "report.json").read_text())
        found = [row["macs"] for row in report["layers"] if row["macs"]]
        self.assertEqual(found, expected)

    def test_more_bandwidth_is_never_slower(self):
        def cycles(name, *arguments):
            folder = self.run_to(name, "--fidelity", "quantised", *arguments, images=1)
            return json.loads((folder / "report.json").read_text())["total"]["cycles_sum"]["total"]
        narrow = cycles("narrow", "--set", "off_chip.bytes_per_cycle=1")
        normal = cycles("normal")
        wide = cycles("wide", "--set", "off_chip.bytes_per_cycle=64")
        self.assertGreater(narrow, normal)
        self.assertLessEqual(wide, normal)

    def test_table_and_json_on_standard_output(self):
        arguments = ("run", "--chip", "imagine", "--network", "lenet5-fashion", "--data",
                     support.FASHION, "--images", 2)
        table = support.leyden(*arguments).stdout
        for word in ("MACs", "weight_load", "write_back", "TOPS/W 1b", "accuracy", "uJ/image",
                     "leakage", "LSB rms", "host"):
            self.assertIn(word, table)
        report = json.loads(support.leyden(*arguments, "--json").stdout)
        self.assertEqual(report["schema_version"], 1)

    def test_compile_writes_the_same_image_twice(self):
        images = []
        for name in ("a", "b"):
            path = self.folder / name
            result = support.leyden("compile", "--chip", "imagine", "--network", "lenet5-fashion",
                                    "--calibrate", support.FASHION, "-o", path)
            self.assertEqual(result.returncode, 0, result.stderr)
            images.append(path.read_bytes())
        self.assertEqual(images[0], images[1])
        self.assertEqual(images[0][:4], b"LYDN")

    def test_list(self):
        self.assertIn("imagine", support.leyden("list", "chips").stdout.split())
        self.assertIn("lenet5-fashion", support.leyden("list", "networks").stdout.split())
        keys = [entry["key"] for entry in
                json.loads(support.leyden("list", "parameters", "--json").stdout)]
        self.assertIn("cim.rows", keys)
        self.assertIn("system.point1.supply_v", keys)

    def test_validate_imagine_is_within_five_percent(self):
        figures = json.loads(support.leyden("validate", "imagine", "--json").stdout)
        self.assertEqual([figure["published"] for figure in figures["figures"]],
                         [0.15, 8, 2.6, 154, 187, 40])
        for figure in figures["figures"]:
            self.assertLess(abs(figure["error_percent"]), 5, figure["name"])
        self.assertTrue(all(figure["within"] for figure in figures["ranges"]))
        published = len(figures["figures"]) + len(figures["ranges"])
        self.assertLessEqual(len(figures["knobs"]), 3)
        self.assertLess(2 * len(figures["knobs"]), published)  # fewer than half


if __name__ == "__main__":
    unittest.main()
