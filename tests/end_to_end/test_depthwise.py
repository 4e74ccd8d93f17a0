"""A depthwise network of MobileNetV1's kind, grouped and dilated layers, through firmware."""

import json
import pathlib
import sys
import unittest

import numpy as np
import yaml

import support

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "platform" / "compiler"))
from networks import Builder, mobile_network  # noqa: E402  pylint: disable=wrong-import-position

CHIPS = ("imagine", "capram", "adapt256", "rram128")


def dilated_network(rng):
    """Groups of several channels, taps apart, a stride beyond the kernel, no bias."""
    b = Builder(rng, (1, 28, 28))
    b.conv(12, (3, 3), (2, 2), (1, 1, 1, 1))
    b.relu()
    b.conv(18, (3, 3), pads=(2, 2, 2, 2), bias=False, group=3, dilation=(2, 2))
    b.relu()
    b.conv(36, (3, 2), (2, 3), (4, 0, 4, 3), group=6, dilation=(4, 3))
    b.relu()
    b.conv(12, (1, 1), (2, 2), bias=False, group=2)
    b.relu()
    b.global_average_pool()
    b.flatten()
    b.gemm(10)
    return b


class DepthwiseTest(support.Case):
    def run_network(self, builder, chip, fidelity, *arguments):
        network = builder.write(self.folder)
        written = yaml.safe_load(network.read_text())
        network.write_text(yaml.safe_dump({**written, "data": {"format": "idx"}}))
        report = self.folder / "report"
        result = support.leyden("run", "--chip", chip, "--network", network, "--data",
                                support.FASHION, "--images", 2, "--calibration-images", 32,
                                "--fidelity", fidelity, "--report", report, *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads((report / "report.json").read_text()), result.stdout

    def check(self, make):
        for chip in CHIPS:
            for fidelity in ("ideal", "quantised"):
                with self.subTest(chip=chip, fidelity=fidelity):
                    builder = make(np.random.default_rng(3))
                    _, text = self.run_network(builder, chip, fidelity, "--check-reference")
                    self.assertIn("equals the host reference bit for bit", text)

    def test_a_depthwise_network_is_exact_on_every_chip(self):
        self.check(lambda rng: mobile_network(rng, (1, 28, 28), (8, 16, 32, 32)))

    def test_a_grouped_and_dilated_network_is_exact_on_every_chip(self):
        self.check(dilated_network)


if __name__ == "__main__":
    unittest.main()
