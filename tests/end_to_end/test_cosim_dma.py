"""leyden run --set dma.impl=rtl: the RTL in the chip under the same firmware and image."""

import json
import unittest

import support

RUN = ("run", "--chip", "imagine", "--network", "lenet5-fashion", "--data", support.FASHION)
# The model's timing as docs/cosim-dma.md calibrates it.
CALIBRATED = ("--set", "dma.prepare_cycles=1", "--set", "dma.access_cycles=1",
              "--set", "dma.boundary_bytes=4096")


class CosimDma(support.Case):
    """The DMA as RTL."""

    def run_chip(self, name, *arguments):
        result = support.leyden(*RUN, *arguments, "--report", self.folder / name)
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads((self.folder / name / "report.json").read_text(encoding="utf-8"))

    def test_images_are_those_of_the_model(self):
        model = self.run_chip("model", "--images", 4, *CALIBRATED)
        rtl = self.run_chip("rtl", "--images", 4, "--set", "dma.impl=rtl")
        # Values, cycles and energy events of every layer.
        for key in ("accuracy", "layers", "total", "events", "warnings"):
            self.assertEqual(model[key], rtl[key], key)
        # Loading the network: the same work, cycles within a tenth of a percent.
        boot = [report["boot"] for report in (model, rtl)]
        cycles = [sum(part["cycles_sum"].values()) for part in boot]
        self.assertAlmostEqual(cycles[0], cycles[1], delta=1e-3 * cycles[0])
        bytes_moved = [{name: count for name, count in part["event_counts_sum"].items()
                        if name.startswith("dma.")} for part in boot]
        self.assertEqual(bytes_moved[0], bytes_moved[1])
        self.assertGreater(sum(bytes_moved[1].values()), 10000)

    def test_every_layer_is_that_of_the_host(self):
        result = support.leyden(*RUN, "--images", 2, "--fidelity", "ideal", "--check-reference",
                                "--set", "dma.impl=rtl")
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_other_parameters(self):
        """Short bursts, a wide bus, other clocks."""
        for settings in (("dma.burst_bytes=16",), ("dma.burst_bytes=4096",),
                         ("bus.hop_latency_cycles=0",), ("bus.data_width_bytes=32",),
                         ("bus.data_width_bytes=4", "bus.hop_latency_cycles=5")):
            arguments = [word for setting in settings for word in ("--set", setting)]
            result = support.leyden(*RUN, "--images", 1, "--fidelity", "ideal",
                                    "--check-reference", "--set", "dma.impl=rtl", *arguments)
            self.assertEqual(result.returncode, 0, f"{settings}: {result.stderr}")

    def test_bursts_that_the_rtl_has_not(self):
        self.assert_refused(
            support.leyden(*RUN, "--images", 1, "--set", "dma.impl=rtl",
                           "--set", "dma.burst_bytes=48"), 2, "dma.burst_bytes is 48",
            "power of two")

    def test_no_snapshot(self):
        self.assert_refused(
            support.leyden(*RUN, "--images", 1, "--set", "dma.impl=rtl", "--snapshot",
                           self.folder / "x", "--snapshot-at", "0:conv1"), 2, "dma.impl is rtl")


if __name__ == "__main__":
    unittest.main()
