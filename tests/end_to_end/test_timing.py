"""system.timing = approximate against loose: values, cycles, energy, phases in waveforms."""

import json
import os
import pathlib
import unittest

import support
import waves

CHIPS = ("imagine", "capram", "adapt256", "rram128")
NETWORKS = os.environ.get("LEYDEN_TIMING_NETWORKS", "lenet5-fashion").split()
SHARED = pathlib.Path(os.environ.get("LEYDEN_SHARED_DATA", support.SOURCE.parent / "shared" / "data"))
LAYER_PERCENT = 2.0
NETWORK_PERCENT = 1.0
TIMINGS = ("loose", "approximate")
# Counted by time, not by work.
OF_TIME = ("leakage.", "clock.")


class TimingTest(support.Case):
    def data_of(self, network):
        if network == "lenet5-fashion":
            return support.FASHION
        archives = SHARED / "cifar10"
        if not archives.is_dir():
            self.skipTest("the shared CIFAR-10 is not there")
        place = self.folder / "cifar"
        return place if place.is_dir() else support.unpack_cifar(archives, place)

    def run_chip(self, chip, timing, name, *arguments, network="lenet5-fashion", images=2):
        folder = self.folder / name
        result = support.leyden(
            "run", "--chip", chip, "--network", network, "--data", self.data_of(network),
            "--images", images, "--report", folder, "--set", f"system.timing={timing}",
            "--set", "system.protocol_checks=yes", *arguments, timeout=600)
        self.assertEqual(result.returncode, 0, result.stderr)
        return (folder / "report.json").read_text(), result

    def compare(self, chip, loose, approximate):
        """Cycles within the bounds, energy of all work the same."""
        sums = [0, 0]
        worst = 0
        self.assertEqual([layer["name"] for layer in loose["layers"]],
                         [layer["name"] for layer in approximate["layers"]])
        for one, other in zip(loose["layers"], approximate["layers"]):
            cycles = [layer["cycles_sum"]["total"] for layer in (one, other)]
            sums = [a + b for a, b in zip(sums, cycles)]
            if cycles[0]:
                off = 100 * abs(cycles[1] - cycles[0]) / cycles[0]
                worst = max(worst, off)
                self.assertLessEqual(off, LAYER_PERCENT, f"{chip} {one['name']}: {cycles}")
            events = [{key: count for key, count in layer["event_counts_sum"].items()
                       if not key.startswith(OF_TIME)} for layer in (one, other)]
            self.assertEqual(*events, f"{chip} {one['name']}")
            self.assertEqual(sum(value for key, value in other["cycles_sum"].items()
                                 if key != "total"), cycles[1])
        off = 100 * abs(sums[1] - sums[0]) / sums[0]
        self.assertLessEqual(off, NETWORK_PERCENT, f"{chip}: {sums}")
        return worst, off

    def test_values_cycles_and_energy(self):
        for network in NETWORKS:
            for chip in CHIPS:
                with self.subTest(chip=chip, network=network):
                    reports = []
                    for timing in TIMINGS:
                        text, result = self.run_chip(
                            chip, timing, f"{chip}-{network}-{timing}", "--fidelity", "quantised",
                            "--check-reference", network=network)
                        self.assertIn("equals the host reference bit for bit", result.stdout)
                        reports.append(json.loads(text))
                    self.assertNotIn("timing", reports[0]["run"])
                    self.assertEqual(reports[1]["run"]["timing"], "approximate")
                    layer, whole = self.compare(chip, *reports)
                    print(f"{network} on {chip}: layers within {layer:.3f} %, whole {whole:.3f} %")

    def test_analog_draws_are_the_same(self):
        reports = [json.loads(self.run_chip("rram128", timing, timing, images=20)[0])
                   for timing in TIMINGS]
        self.assertEqual(reports[0]["accuracy"], reports[1]["accuracy"])
        self.compare("rram128", *reports)

    def test_quantum_and_workers_change_nothing(self):
        texts = {self.run_chip("rram128", "approximate", name, *arguments, images=4)[0]
                 for name, arguments in (("a", ("--quantum-ns", 2)), ("b", ("--quantum-ns", 333)),
                                         ("c", ()), ("d", ("--jobs", 2)), ("e", ("--interpreter",)))}
        self.assertEqual(len(texts), 1)

    def test_a_snapshot_goes_on_as_if_nothing_had_been(self):
        snapshot = self.folder / "state"
        whole, _ = self.run_chip("imagine", "approximate", "whole", "--snapshot", snapshot,
                                 "--snapshot-at", "0:conv1")
        restored, _ = self.run_chip("imagine", "approximate", "restored", "--restore", snapshot)
        self.assertEqual(json.loads(whole)["layers"], json.loads(restored)["layers"])

    def test_firmware_passes_its_own_test(self):
        binary = os.environ["LEYDEN_BINARY_DIR"]
        for timing in TIMINGS:
            result = support.leyden("exec", "--chip", "imagine", f"{binary}/firmware/selftest.elf",
                                    "--set", f"system.timing={timing}",
                                    "--set", "system.protocol_checks=yes")
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
            self.assertIn("selftest: 0 failures", result.stdout)

    def test_a_wave_shows_every_dot_product_and_conversion(self):
        path = self.folder / "phases.vcd"
        text, _ = self.run_chip("imagine", "approximate", "wave", "--wave", path, images=1)
        report = json.loads(text)
        wave = waves.Wave(path)
        scope = "leyden.chip.cim0."
        spans = {name: [piece[:2] for piece in wave.pieces(scope + name) if piece[2] == 1]
                 for name in ("busy", "feeder", "array", "adc", "write_back")}
        # On this chip one dot product and one group of conversions an output position.
        mvms = sum(layer.get("mvms") or 0 for layer in report["layers"])
        self.assertGreater(mvms, 600)
        self.assertEqual(len(spans["array"]), mvms)
        self.assertEqual(len(spans["adc"]), mvms)
        for (_, end), (start, _) in zip(spans["array"], spans["adc"]):
            self.assertEqual(end, start)
        for name in ("feeder", "array", "adc", "write_back"):
            for start, end in spans[name]:
                self.assertTrue(any(low <= start and end <= high for low, high in spans["busy"]))
        period = round(1e6 / report["chip"]["clock_mhz"])
        for cause, name in (("mvm", "array"), ("adc", "adc")):
            cycles = sum(layer["cycles_sum"][cause] for layer in report["layers"])
            self.assertEqual(sum(b - a for a, b in spans[name]), cycles * period)

    def test_a_word_that_is_none_is_refused(self):
        for key, word in (("timing", "sharp"), ("protocol_checks", "perhaps")):
            result = support.leyden("run", "--chip", "imagine", "--network", "lenet5-fashion",
                                    "--data", support.FASHION, "--set", f"system.{key}={word}")
            self.assert_refused(result, 2, f"system.{key}", word)

    def test_rtl_blocks_are_refused(self):
        for key in ("cim.impl", "dma.impl"):
            for impl in ("rtl", "lockstep"):
                result = support.leyden(
                    "run", "--chip", "imagine", "--network", "lenet5-fashion", "--data",
                    support.FASHION, "--set", "system.timing=approximate", "--set", f"{key}={impl}")
                self.assert_refused(result, 2, "system.timing is approximate", key, impl, "loose")


if __name__ == "__main__":
    unittest.main()
