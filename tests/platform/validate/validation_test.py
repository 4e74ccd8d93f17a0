"""`leyden validate`: bounds, knob counts, and the shared model written a second time from its equations."""

import json
import math
import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[3]
LEYDEN = Path(os.environ["LEYDEN_BINARY_DIR"]) / "bin/leyden"
FOLDER = ROOT / "configs/calibration"
BOUNDS = {"breakdown": 5, "voltage_sweep": 7, "precision_sweep": 6, "area": 8}
LOGIC = {130: (7.171, -6.709, 2.904), 65: (3.755, -4.398, 1.975), 32: (0.9559, -0.7823, 0.471),
         20: (0.373, -0.1582, 0.04104), 16: (0.2958, -0.1241, 0.03024),
         7: (0.1776, -0.09097, 0.02447)}


def leyden(*words):
    return subprocess.run([LEYDEN, "validate", *words], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False)


RESULT = json.loads(leyden("--json").stdout)
TEXT = leyden().stdout
SYSTEMS = {system["system"]: system["shared"] for system in RESULT["systems"]}
KNOBS = {knob["key"]: knob["value"] for knob in RESULT["shared_knobs"]}


def logic_energy(node, supply):
    def at(n):
        return sum(c * supply ** p for c, p in zip(LOGIC[n], (2, 1, 0)))
    if node in LOGIC:
        return at(node)
    low = max(n for n in LOGIC if n < node)
    high = min(n for n in LOGIC if n > node)
    return at(low) + (node - low) / (high - low) * (at(high) - at(low))


def predict(chip, macro, at, knobs):
    """Energies in pJ, time in ns, areas in um2, as docs/validation.md has the equations."""
    def own(name, default=1.0):
        return knobs.get(f"{chip}.{name}", default)

    v = at.get("supply_v", macro["supply_v"])
    b_in = at.get("input_bits", macro["input_bits"])
    b_w = at.get("weight_bits", macro["weight_bits"])
    b_out = at.get("output_bits", macro["output_bits"])
    drive = macro.get("drive", "bit_serial")
    kind = macro.get("converter", "sar")
    digital = macro.get("combine", "analog") == "digital"
    n = macro["node_nm"] / 28
    circuits = macro["rows"] * macro["columns"]
    weight = macro.get("cells_per_weight", b_w)
    phases = {"bit_serial": b_in, "ternary_pulses": max(1, b_in - 1)}.get(drive, 1)
    bits, steps = b_out, phases + b_out
    conversions = macro["columns"] / macro.get("columns_per_output", weight)
    if digital:
        conversions, steps = macro["columns"] * phases, phases * (1 + b_out)
    if drive == "ternary_pulses":
        count = 2 ** phases - 1
        if at.get("two_phase") in (True, "yes"):
            count = 2 ** (phases // 2) - 1 + 2 ** (phases - phases // 2) - 1
            bits += max(0, b_out - 3)
        steps = bits + knobs["integration_time"] * count
    swing = (v / macro["supply_v"]) ** (knobs["supply_exponent"] + own("supply", 0) - 2)
    volts = macro["read_v"] if macro.get("cell") == "rram" else v
    if kind == "line":
        pulses = knobs["integration_energy"] * phases if drive == "ternary_pulses" else 0
        conversion = 0.1 * (bits + pulses)
    else:
        conversion = 0.1 * b_out + 1e-6 * 4 ** b_out
        if kind == "flash":
            conversion *= (2 ** b_out - 1) / b_out
    threshold = knobs.get(f"{macro['node_nm']} nm.threshold_v", 0.33)
    delay = v / (v - threshold) ** 1.3 * 0.57 ** 1.3 / 0.9
    logic = n ** 1.66
    converters = macro.get("converters", macro["columns"])
    cells = circuits * macro.get("cells_per_circuit", 1)
    data = macro.get("datapath") in (True, "yes")
    area_kind = {"line": knobs["line_converter_area"], "flash": knobs["flash_area"]}.get(kind, 1)
    return {
        "operations": 2 * circuits / weight,
        "conversions": conversions,
        "array": own("array") * knobs["cell_capacitance_ff"] * n * 1e-3 * circuits * phases *
                 macro.get("capacitors_per_circuit", 1) * at.get("activity", 1) * volts ** 2 * swing,
        "words": knobs["word_line_capacitance_ff"] * n * 1e-3 * circuits * phases * swing *
                 macro.get("word_line_v", 0) * macro.get("word_line_swing_v", 0),
        "converter": own("converter") * knobs["converter_energy"] * conversions * conversion *
                     n ** knobs["converter_energy_exponent"] * v ** 2 * swing,
        "dac": (drive == "dac") * knobs["dac_energy"] * macro["rows"] * 0.05 * b_in * v ** 2 * swing,
        "datapath": data * own("datapath") * knobs["datapath_energy_pj"] * conversions * swing *
                    logic_energy(macro["node_nm"], macro["supply_v"]) / logic_energy(28, 0.9) *
                    (v / macro["supply_v"]) ** 2,
        "time": own("time") * knobs["step_time"] * (0.00653 * macro["rows"] + 0.640) * n * steps *
                delay,
        "cells": cells * knobs["rram_cell_area_f2"] * 1e-6 * macro["node_nm"] ** 2
                 if macro.get("cell") == "rram" else
                 cells * own("cell_area") * knobs["cell_area_um2"] * logic *
                 macro.get("transistors_per_cell", 10) / 6,
        "circuits": (macro.get("cells_per_circuit", 1) > 1) * circuits *
                    macro.get("capacitors_per_circuit", 1) * knobs["capacitor_area_um2"],
        "lines": (macro["rows"] + macro["columns"]) * knobs["line_area_um2"] * logic,
        "adc": converters * knobs["converter_area"] * n ** knobs["converter_area_exponent"] *
               area_kind * 10 ** (1.206 - 0.0369 * macro["output_bits"]) * 2 ** macro["output_bits"],
        "dacs": (drive == "dac") * macro["rows"] * 2 ** macro["input_bits"] * knobs["dac_area_um2"],
        "control": data * converters * knobs["datapath_area_um2"] * logic,
        "converters": converters,
        "bits": cells,
        "columns": macro["columns"],
        "macros": macro.get("macros", 1),
    }


def energy(p):
    return p["array"] + p["words"] + p["converter"] + p["dac"] + p["datapath"]


def area(p):
    return p["cells"] + p["circuits"] + p["lines"] + p["adc"] + p["dacs"] + p["control"]


QUANTITIES = {
    "total_energy": energy,
    "array_energy": lambda p: p["array"],
    "converter_energy": lambda p: p["converter"],
    "dac_energy": lambda p: p["dac"],
    "datapath_energy": lambda p: p["datapath"],
    "array_energy_per_column": lambda p: p["array"] / p["columns"],
    "energy_per_conversion": lambda p: p["converter"] / p["conversions"],
    "datapath_energy_per_output": lambda p: p["datapath"] / p["conversions"],
    "array_energy_per_operation": lambda p: 1e3 * p["array"] / p["operations"],
    "word_line_energy_per_operation": lambda p: 1e3 * p["words"] / p["operations"],
    "converter_energy_per_operation": lambda p: 1e3 * p["converter"] / p["operations"],
    "efficiency": lambda p: p["operations"] / energy(p),
    "efficiency_pops": lambda p: 1e-3 * p["operations"] / energy(p),
    "array_efficiency": lambda p: p["operations"] / (p["array"] + p["converter"]),
    "product_time": lambda p: p["time"],
    "throughput": lambda p: 1e-3 * p["macros"] * p["operations"] / p["time"],
    "throughput_gops": lambda p: p["macros"] * p["operations"] / p["time"],
    "throughput_density": lambda p: 1e3 * p["operations"] / p["time"] / area(p),
    "macro_area": lambda p: 1e-6 * area(p),
    "cell_area": lambda p: 1e-6 * p["cells"],
    "array_area": lambda p: 1e-6 * (p["cells"] + p["circuits"]),
    "cell_and_line_area": lambda p: 1e-6 * (p["cells"] + p["lines"]),
    "line_area": lambda p: 1e-6 * p["lines"],
    "converter_area": lambda p: 1e-6 * p["adc"],
    "dac_area": lambda p: 1e-6 * p["dacs"],
    "datapath_area": lambda p: 1e-6 * p["control"],
    "line_and_datapath_area": lambda p: 1e-6 * (p["lines"] + p["control"]),
    "area_per_converter": lambda p: p["adc"] / p["converters"],
    "storage_density": lambda p: 1e3 * p["bits"] / 8 / area(p),
}
CHIPS = {chip["chip"]: chip for chip in
         (yaml.safe_load(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.yaml"))
         if "chip" in chip}
START = yaml.safe_load((FOLDER / "knobs.yaml").read_text(encoding="utf-8"))


def objective(knobs, without=""):
    """What the fit minimises: squares of ln(modelled / published) and of the pull to the starts."""
    total = 0.0
    for name, chip in CHIPS.items():
        for figure in chip["figures"] if name != without else []:
            if figure["use"] == "fit":
                value = QUANTITIES[figure["quantity"]](
                    predict(name, chip["macro"], figure.get("at", {}), knobs))
                total += math.log(value / figure["published"]) ** 2
    for key, value in knobs.items():
        subject, _, name = key.rpartition(".")
        linear = name in ("supply", "supply_exponent") or name.endswith("_exponent")
        spec = START["global"].get(name, START["node"].get(name, {}))
        if subject in CHIPS:
            spec = {"start": 0 if linear else 1, "spread": 0.5 if linear else 2}
        pull = value - spec["start"] if linear else math.log(value / spec["start"])
        total += (0.03 * pull / spec["spread"]) ** 2
    return total


class ValidationTest(unittest.TestCase):
    def test_every_figure_is_what_the_equations_give(self):
        compared = 0
        for name, chip in CHIPS.items():
            modelled = iter(SYSTEMS[name]["figures"])
            for figure in chip["figures"]:
                if figure["use"] == "inconsistent":
                    continue
                shown = next(modelled)
                self.assertEqual(shown["name"], figure["name"])
                expected = QUANTITIES[figure["quantity"]](
                    predict(name, chip["macro"], figure.get("at", {}), KNOBS))
                self.assertAlmostEqual(shown["modelled"] / expected, 1, 9, figure["name"])
                compared += 1
        self.assertGreater(compared, 110)

    def test_mean_errors_are_within_their_bounds(self):
        groups = {group["group"]: group for group in RESULT["groups"]}
        for group, bound in BOUNDS.items():
            errors = [abs(figure["modelled"] / figure["published"] - 1) * 100
                      for system in SYSTEMS.values() for figure in system["figures"]
                      if figure["group"] == group and "published" in figure]
            self.assertAlmostEqual(groups[group]["mean_percent"], sum(errors) / len(errors), 9)
            self.assertAlmostEqual(groups[group]["worst_percent"], max(errors), 9)
            self.assertEqual(groups[group]["bound_percent"], bound)
            self.assertLessEqual(sum(errors) / len(errors), bound, group)
            self.assertGreaterEqual(len(errors), 10)

    def test_knobs_are_few(self):
        for name, system in SYSTEMS.items():
            own = [key for key in KNOBS if key.startswith(name + ".")]
            self.assertEqual(len(own), system["chip_knobs"])
            self.assertLessEqual(len(own), 3, name)
            # Also counting the shared knobs that no other chip informs.
            self.assertLess(2 * (len(own) + system["lone_knobs"]), system["fitted_figures"], name)
        fitted = sum(system["fitted_figures"] for system in SYSTEMS.values())
        self.assertLess(2 * len(KNOBS), fitted)

    def test_stored_knobs_are_what_the_fit_gives(self):
        for knob in RESULT["shared_knobs"]:
            self.assertLess(abs(knob["value"] - knob["refitted"]), 1e-4 * abs(knob["refitted"]),
                            knob["key"] + ": run scripts/fit-knobs")

    def test_no_knob_moved_alone_lowers_the_sum_of_squares(self):
        refitted = {knob["key"]: knob["refitted"] for knob in RESULT["shared_knobs"]}
        least = objective(refitted)
        for key, value in refitted.items():
            for factor in (0.995, 1.005):
                self.assertGreater(objective({**refitted, key: value * factor}), least, key)

    def test_figures_that_do_not_reconcile_are_shown_and_not_counted(self):
        shown = {name: [figure["name"] for figure in system["inconsistent"]]
                 for name, system in SYSTEMS.items()}
        self.assertIn("power", shown["capram"])
        self.assertIn("density of convolution layers", shown["capram"])
        self.assertIn("time of a product at 1.2 V", shown["jia2020"])
        power = SYSTEMS["capram"]["inconsistent"][0]
        self.assertEqual((power["published"], power["implied"]), (6.35, 11.61))
        self.assertAlmostEqual(573.4 / 49.4, power["implied"], 2)
        self.assertIn("does not reconcile: power, 6.35 mW, while other figures imply 11.61", TEXT)

    def test_fitted_and_predicted_are_told_apart(self):
        uses = {figure["name"]: figure["use"] for figure in SYSTEMS["imagine"]["figures"]}
        for bits, use in ((1, "fitted"), (2, "predicted"), (4, "predicted"), (8, "fitted")):
            self.assertEqual(uses[f"macro efficiency at {bits} b"], use)
        self.assertRegex(TEXT, r"macro efficiency at 2 b +POPS/W +- +[0-9.]+ +- +- +predicted")

    def test_leave_one_out_shows_predictions(self):
        text = leyden("wang2022", "--leave-one-out").stdout
        self.assertIn("predicted by knobs fitted without any of them", text)
        self.assertNotRegex(text.split("does not reconcile")[0], r"  fitted  ")
        figure = SYSTEMS["wang2022"]["figures"][0]
        row = next(line for line in text.splitlines() if line.startswith(figure["name"]))
        self.assertIn(f" {figure['left_out']:.4g} ", row)
        self.assertIn(f" {figure['left_out_error_percent']:+.1f}% ", row)

    def test_a_new_chip_is_predicted_from_the_shared_knobs(self):
        macro = {"node_nm": 28, "supply_v": 0.9, "rows": 512, "columns": 128, "input_bits": 4,
                 "weight_bits": 4, "output_bits": 6}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "new.yaml"
            path.write_text(yaml.safe_dump({"chip": "mine", "macro": macro}), encoding="utf-8")
            result = json.loads(leyden("--chip", path, "--json").stdout)
            shown = {figure["name"]: figure["modelled"] for figure in result["predicted"]}
            p = predict("mine", macro, {}, KNOBS)
            for name in ("efficiency", "throughput", "macro_area", "total_energy", "product_time"):
                self.assertAlmostEqual(shown[name] / QUANTITIES[name](p), 1, 9, name)
            del macro["node_nm"]
            path.write_text(yaml.safe_dump({"chip": "mine", "macro": macro}), encoding="utf-8")
            refused = leyden("--chip", path)
        self.assertEqual(refused.returncode, 2)
        self.assertIn("macro.node_nm is missing", refused.stderr)

    def new_chip(self, **keys):
        macro = {"node_nm": 28, "supply_v": 0.9, "rows": 512, "columns": 128, "input_bits": 4,
                 "weight_bits": 4, "output_bits": 6} | keys
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "new.yaml"
            path.write_text(yaml.safe_dump({"chip": "mine", "macro": macro}), encoding="utf-8")
            return leyden("--chip", path, "--json")

    def test_converters_that_are_few_serve_in_turn(self):
        def time(**keys):
            predicted = json.loads(self.new_chip(**keys).stdout)["predicted"]
            return next(row["modelled"] for row in predicted if row["name"] == "product_time")
        # 32 outputs of 4 input bits: 4 + turns x 6 steps.
        for converters, turns in ((128, 1), (32, 1), (31, 2), (16, 2), (1, 32)):
            self.assertAlmostEqual(time(converters=converters) / time(), (4 + 6 * turns) / 10, 9)
        # All 128 columns of an input bit: 4 x (1 + turns x 6) steps.
        for converters, turns in ((128, 1), (100, 2), (8, 16)):
            self.assertAlmostEqual(time(combine="digital", converters=converters) /
                                   time(combine="digital"), (1 + 6 * turns) / 7, 9)

    def test_a_new_chip_that_cannot_be_is_refused_with_key_and_value(self):
        for keys, sentence in (
                ({"converters": 129}, "macro.converters is 129, more than the 128 columns"),
                ({"columns_per_output": 129}, "macro.columns_per_output is 129, more than the 128"),
                ({"columns": 3}, "macro.weight_bits is 4, more than the 3 columns"),
                ({"drive": "pulse_count", "input_bits": 8}, "macro.input_bits is 8, but figures of"),
                ({"node_nm": 65, "supply_v": 0.5}, "new.yaml: macro.supply_v does not go with")):
            refused = self.new_chip(**keys)
            self.assertEqual(refused.returncode, 2)
            self.assertIn(sentence, refused.stderr)
            self.assertEqual(refused.stderr.count("\n"), 1)

    def test_documents_show_what_is_printed(self):
        """docs/validation.md holds the whole table, the README the mean errors."""
        printed = {line.rstrip() for line in TEXT.splitlines()}
        page = (ROOT / "docs/validation.md").read_text(encoding="utf-8")
        shown = [line[4:] for heading in ("## Mean errors", "## Knobs", "## Figures")
                 for line in page.split(heading + "\n")[1].split("\n## ")[0].splitlines()
                 if line.startswith("    ")]
        self.assertGreater(len(shown), 180)
        self.assertEqual([line for line in shown if line not in printed], [])
        groups = [line for line in printed if re.match(r"mean \|error\||.* \d+ +(none|[\d.]+ %) ", line)]
        self.assertEqual(len(groups), 1 + len(RESULT["groups"]))
        readme = (ROOT / "README.md").read_text(encoding="utf-8")
        for line in groups:
            self.assertIn(f"    {line}\n", readme)
        for name, system in SYSTEMS.items():
            self.assertIn(f"| `{name}` | {system['fitted_figures']} | {system['chip_knobs']} | "
                          f"{system['lone_knobs']} |", page)

    def test_an_unknown_system_is_refused(self):
        refused = leyden("wang2202")
        self.assertEqual(refused.returncode, 2)
        self.assertIn("did you mean 'wang2022'?", refused.stderr)
        self.assertEqual(refused.stdout, "")


if __name__ == "__main__":
    unittest.main()
