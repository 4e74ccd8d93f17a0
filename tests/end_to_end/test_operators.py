"""Layers off the macro through firmware: exact, counted, and networks that are no classifiers."""

import csv
import json
import pathlib
import sys
import unittest

import numpy as np
import yaml

import support

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "platform" / "compiler"))
from other_operators import Net  # noqa: E402  pylint: disable=wrong-import-position


def branches(rng):
    """Concat, LeakyRelu, Sigmoid, Pad, AveragePool without its padding, Softmax."""
    net = Net(rng, (1, 28, 28))
    net.pad(1, 1, 0, 0, value=0.2)
    net.conv(6, (3, 3), (2, 2))
    trunk = net.leaky_relu(0.1)
    net.conv(4, (3, 3), pads=(1, 1, 1, 1))
    left = net.sigmoid()
    net.last = trunk
    net.average_pool_uncounted((3, 3), (1, 1), (1, 1))
    net.concat(left, trunk, net.last)
    net.max_pool((2, 2), (2, 2))
    net.flatten()
    net.gemm(10)
    net.softmax()
    return net


class OperatorsTest(support.Case):
    def run_network(self, net, fidelity, *arguments, **keys):
        network = net.write(self.folder)
        written = {**yaml.safe_load(network.read_text()), "data": {"format": "idx"}, **keys}
        network.write_text(yaml.safe_dump({k: v for k, v in written.items() if v is not None}))
        report = self.folder / "report"
        result = support.leyden("run", "--chip", "imagine", "--network", network, "--data",
                                support.FASHION, "--images", 2, "--calibration-images", 8,
                                "--fidelity", fidelity, "--report", report, *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads((report / "report.json").read_text()), result.stdout

    def exact(self, net, **keys):
        for fidelity in ("ideal", "quantised"):
            report, text = self.run_network(net, fidelity, "--check-reference", **keys)
            self.assertIn("equals the host reference bit for bit", text)
        return report

    def test_every_layer_is_exact_and_has_cycles_and_energy(self):
        report = self.exact(branches(np.random.default_rng(1)))
        layers = {layer["name"]: layer for layer in report["layers"]}
        kinds = [layer["kind"] for layer in report["layers"] if layer["kind"] != "service"]
        self.assertEqual(kinds, ["core", "macro", "lookup", "macro", "lookup", "core", "concat",
                                 "max_pool", "macro", "core"])
        for name, layer in layers.items():
            self.assertGreater(layer["cycles"]["total"], 0, name)
            self.assertGreater(layer["energy_pj"]["total"], 0, name)
            if layer["kind"] == "core":  # real instructions, timed as such
                self.assertGreater(layer["cycles"]["core"], layer["cycles"]["total"] / 2, name)
                self.assertGreater(layer["energy_pj"]["core"], layer["cycles"]["core"] / 2, name)

    def test_a_convolution_on_the_core(self):
        net = Net(np.random.default_rng(2), (1, 28, 28))
        net.conv(4, (5, 5), (3, 3))
        net.relu()
        net.global_average_pool()
        net.flatten()
        net.gemm(10)
        macs = [[layer["macs"] for layer in report["layers"]] for report in (
            self.exact(net), self.exact(net, place={"conv0": "core", "gemm4": "core"}))]
        self.assertEqual(*macs)  # the graph's, wherever they run

    def test_arg_max_tells_the_class(self):
        net = Net(np.random.default_rng(3), (1, 28, 28))
        net.flatten()
        net.gemm(10)
        self.run_network(net, "quantised")
        scores = (self.folder / "report" / "classes.csv").read_text(encoding="utf-8")
        net.arg_max()
        self.exact(net, classes=10)
        classes = (self.folder / "report" / "classes.csv").read_text(encoding="utf-8")
        self.assertEqual(classes, scores)

    def test_an_autoencoder_has_outputs_and_no_accuracy(self):
        net = Net(np.random.default_rng(4), (1, 28, 28))
        net.flatten()
        net.gemm(16)
        net.relu()
        net.gemm(784)
        net.sigmoid()
        report = self.exact(net, classes=None)
        self.assertNotIn("accuracy", report)
        with open(self.folder / "report" / "outputs.csv", encoding="utf-8") as file:
            rows = list(csv.reader(file))
        self.assertEqual([len(row) for row in rows[1:]], [785, 785])
        self.assertFalse((self.folder / "report" / "classes.csv").exists())


if __name__ == "__main__":
    unittest.main()
