"""Networks of every kind on every preset, through firmware: exact values, counts, time, energy."""

import json
import os
import unittest
import zlib

import numpy as np
import support
import yaml
import zoo

PRESETS = ("imagine", "capram", "adapt256", "rram128")
QUICK = ("lenet5", "resnet8", "mobilenet", "autoencoder")
LONG = bool(os.environ.get("LEYDEN_LONG_NETWORKS"))
BANKS = (65536, 16384, 8192, 4096)  # bytes of an LMEM bank; ResNet-8 needs 49 KiB at once


class NetworksTest(support.Case):
    def prepare(self, name):
        """Network file and data of a network; the same for every chip."""
        rng = np.random.default_rng(zlib.crc32(name.encode()))
        builder = zoo.NETWORKS[name](rng)
        folder = self.folder / name
        zoo.write_data(rng, folder / "data", builder.input_shape)
        network = builder.write(folder, calibration_images=zoo.IMAGES)
        if name == "autoencoder":  # it tells no class
            description = yaml.safe_load(network.read_text())
            del description["classes"]
            network.write_text(yaml.safe_dump(description))
        return builder, network, folder / "data"

    def run_chip(self, chip, network, data, *arguments):
        report = self.folder / f"report{len(list(self.folder.iterdir()))}"
        result = support.leyden("run", "--chip", chip, "--network", network, "--data", data,
                                "--images", 1, "--report", report, *arguments, timeout=900)
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads((report / "report.json").read_text()), result.stdout

    def check(self, builder, report, text):
        self.assertIn("equals the host reference bit for bit", text)
        self.assertEqual(sum(layer["macs"] for layer in report["layers"]), zoo.macs(builder))
        for layer in report["layers"]:
            self.assertGreater(layer["cycles"]["total"], 0, layer["name"])
            self.assertGreater(layer["energy_pj"]["total"], 0, layer["name"])

    def test_every_network_on_every_preset(self):
        for name in sorted(zoo.NETWORKS) if LONG else QUICK:
            builder, network, data = self.prepare(name)
            for chip in PRESETS:
                for fidelity in ("ideal", "quantised"):
                    with self.subTest(network=name, chip=chip, fidelity=fidelity):
                        report, text = self.run_chip(chip, network, data, "--fidelity", fidelity,
                                                     "--check-reference")
                        self.check(builder, report, text)
                total = report["total"]
                print(f"{name} on {chip}: {total['cycles']['total']:.0f} cycles, "
                      f"{total['energy_pj']['total'] / 1e6:.2f} uJ", flush=True)

    def test_less_memory_costs_time_and_energy_and_no_value(self):
        builder, network, data = self.prepare("resnet8")
        before = None
        for bank in BANKS:
            with self.subTest(bank=bank):
                report, text = self.run_chip("imagine", network, data, "--set",
                                             f"lmem.bank_bytes={bank}", "--fidelity", "quantised",
                                             "--check-reference")
                self.check(builder, report, text)
                now = [report["total"]["cycles"]["total"], report["total"]["energy_pj"]["dma"]]
                print(f"banks of {bank} bytes: {now[0]:.0f} cycles, DMA {now[1] / 1e3:.1f} nJ")
                if before:
                    self.assertGreaterEqual(now[0], before[0])
                    self.assertGreaterEqual(now[1], before[1])
                before = now


if __name__ == "__main__":
    unittest.main()
