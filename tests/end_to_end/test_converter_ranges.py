"""Ranges of converters through the whole chip: by layer, row part and column, given and chosen."""

import json
import pathlib
import random
import shutil
import unittest

import support

NETWORK = support.SOURCE / "configs" / "networks" / "lenet5-fashion"
# Row parts and outputs on adapt256.
LAYERS = {"conv1": (1, 16), "conv2": (2, 32), "fc1": (2, 96), "fc2": (1, 10)}


def drawn(seed):
    """Ranges of single columns: many of them, of no use to the network."""
    rng = random.Random(seed)
    return {name: [[rng.choice([1, 0.31, 0.2, 0.11, 0.05]) for _ in range(outputs)]
                   for _ in range(parts)] for name, (parts, outputs) in LAYERS.items()}


RANGES = {
    "layer": {"conv1": 0.3, "conv2": 0.25, "fc1": 0.2},
    "part": {"conv1": 0.3, "conv2": [0.25, 0.17], "fc1": [0.2, 0.11]},
    "column": drawn(1),
    "some": {"fc1": drawn(2)["fc1"], "conv1": 0.3},
}


@unittest.skipUnless(pathlib.Path(support.FASHION).is_dir(), "no fashion-mnist on this machine")
class ConverterRanges(support.Case):
    def network(self, ranges):
        folder = self.folder / f"network{len(list(self.folder.iterdir()))}"
        shutil.copytree(NETWORK, folder)
        with open(folder / "network.yaml", "a", encoding="utf-8") as file:
            file.write(f"converter_ranges: {json.dumps(ranges)}\n")
        return folder

    def run_chip(self, network, *arguments, images=3, fidelity="quantised"):
        report = self.folder / f"report{len(list(self.folder.iterdir()))}"
        exact = [] if fidelity == "analog" else ["--check-reference"]
        result = support.leyden("run", "--chip", "adapt256", "--network", network, "--data",
                                support.FASHION, "--images", images, "--report", report,
                                "--fidelity", fidelity, *exact, *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        if exact:
            self.assertIn("equals the host reference bit for bit", result.stdout)
        told = json.loads((report / "report.json").read_text(encoding="utf-8"))
        return told["accuracy"]["accuracy_percent"], told

    def test_values_are_exact(self):
        for name, ranges in RANGES.items():
            network = self.network(ranges)
            for setting in ((), ("--set", "cim.cell.representation=shifted_unsigned"),
                            ("--set", "system.macros=2"),
                            ("--set", "cim.combine.columns=charge_sharing"),
                            ("--set", "cim.converter.range_bits=3")):
                with self.subTest(name=name, setting=setting):
                    self.run_chip(network, *setting)
        self.run_chip(self.network(RANGES["column"]), fidelity="ideal")

    def test_other_chips_that_are_given_ranges(self):
        for chip in ("rram128", "capram"):
            result = support.leyden(
                "run", "--chip", chip, "--set", "cim.converter.range_bits=6", "--network",
                self.network(RANGES["layer"]), "--data", support.FASHION, "--images", 2,
                "--fidelity", "quantised", "--check-reference")
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn("equals the host reference bit for bit", result.stdout)

    def test_the_controllers_rtl(self):
        for name in ("part", "column"):
            for impl in ("rtl", "lockstep"):
                with self.subTest(name=name, impl=impl):
                    self.run_chip(self.network(RANGES[name]), "--set", f"cim.impl={impl}",
                                  images=1)

    def test_the_whole_range_is_none(self):
        whole = self.network(dict.fromkeys(LAYERS, 1))
        for fidelity in ("quantised", "analog"):
            a, b = (self.run_chip(network, images=20, fidelity=fidelity)[1]
                    for network in (NETWORK, whole))
            for told in (a, b):
                del told["run"], told["leyden_version"]
            self.assertEqual(a, b)

    def test_any_number_of_workers(self):
        network = self.network(RANGES["some"])
        one, two = (self.run_chip(network, "--jobs", jobs, images=12, fidelity="analog")[1]
                    for jobs in (1, 2))
        self.assertEqual(one["total"], two["total"])
        self.assertEqual(one["accuracy"], two["accuracy"])

    def test_the_cost_knows_the_tables(self):
        network = self.network(RANGES["column"])
        told = support.leyden("compile", "--chip", "adapt256", "--network", network, "--calibrate",
                              support.FASHION, "--json", "-o", self.folder / "image.bin")
        self.assertEqual(told.returncode, 0, told.stderr)
        cost = json.loads(told.stdout)["cost"]
        _, report = self.run_chip(network)
        cycles = report["total"]["latency_ns"] / 2  # 500 MHz
        self.assertAlmostEqual(cost["cycles"], cycles, delta=0.002 * cycles)

    def test_recorded_jobs_hold_their_entries(self):
        network = self.network(RANGES["column"])
        folder = self.folder / "vectors"
        result = support.leyden("vectors", "--chip", "adapt256", "--network", network, "--data",
                                support.FASHION, "--fidelity", "quantised", "--job", 2, "-o",
                                folder, "-q")
        self.assertEqual(result.returncode, 0, result.stderr)
        files = [file.name for file in folder.rglob("*range.hex")]
        self.assertEqual(len(files), 1)
        result = support.leyden("replay", folder)
        self.assertEqual(result.returncode, 0, result.stderr + result.stdout)
        # The entries are of 32 outputs of a pair each, by column.
        words = [line for line in next(folder.rglob("*range.hex")).read_text(
            encoding="utf-8").splitlines() if line and line[0] not in "@/"]
        codes = [round(share * 256) for share in RANGES["column"]["conv2"][0]]
        self.assertEqual([int(word, 16) for word in words],
                         [code for code in codes for _ in range(2)])

    def test_ranges_that_are_chosen(self):
        """At 3 bits the whole range loses what a range of least error keeps."""
        found = {}
        for method in ("fixed", "minmax", "percentile", "mse"):
            found[method], _ = self.run_chip(
                "lenet5-fashion", "--set", "cim.converter.bits=3", "--quantise",
                f"converter_calibration={method}", "--quantise", "converter_granularity=output",
                images=120)
        print(", ".join(f"{method} {percent:.1f} %" for method, percent in found.items()))
        self.assertGreater(found["mse"], found["fixed"] + 10)
        # compile tells them in the form in which they can be given.
        told = support.leyden(
            "compile", "--chip", "adapt256", "--set", "cim.converter.bits=3", "--network",
            "lenet5-fashion", "--calibrate", support.FASHION, "--json", "-o",
            self.folder / "image.bin", "--quantise", "converter_calibration=mse", "--quantise",
            "converter_granularity=output", "--explain")
        self.assertEqual(told.returncode, 0, told.stderr)
        self.assertIn("/256 of their range", told.stdout)
        ranges = {layer["name"]: layer["converter_ranges"]
                  for layer in json.loads(told.stdout)["layers"] if "converter_ranges" in layer}
        given, _ = self.run_chip(self.network(ranges), "--set", "cim.converter.bits=3", images=120)
        self.assertEqual(given, found["mse"])
        self.assertGreater(found["percentile"], found["fixed"] + 10)

    def test_refusals(self):
        def refuse(network, *parts, chip="adapt256", arguments=()):
            result = support.leyden("run", "--chip", chip, "--network", network, "--data",
                                    support.FASHION, "--images", 1, *arguments)
            self.assert_refused(result, 2, *parts)

        refuse(self.network({"conv3": 1}), "converter_ranges.conv3", "did you mean 'conv")
        refuse(self.network({"conv2": [0.1, 0.2, 0.3]}), "converter_ranges.conv2", "3 row parts",
               "has 2")
        refuse(self.network({"conv2": 1.5}), "network.yaml: converter_ranges.conv2",
               "above 0, up to 1")
        refuse(self.network(RANGES["layer"]), "converter_ranges.conv1", "cim.converter.range_bits",
               chip="imagine")
        refuse("lenet5-fashion", "'conv1'", "converter_calibration", chip="capram",
               arguments=("--quantise", "converter_calibration=mse"))
        refuse("lenet5-fashion", "cim.converter.range_bits", "0 to 8",
               arguments=("--set", "cim.converter.range_bits=9"))
        refuse("lenet5-fashion", "converter.range_bits", "gamma", chip="imagine",
               arguments=("--set", "cim.converter.range_bits=2"))
        refuse("lenet5-fashion", "converter_granularity", "layer, part, output",
               arguments=("--quantise", "converter_granularity=column"))


if __name__ == "__main__":
    unittest.main()
