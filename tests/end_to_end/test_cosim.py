"""RTL in the place of models: the same values, cycles within bounds (scripts/bench cosim)."""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import support

LONG = "LEYDEN_COSIM_ALL" in os.environ
CHIPS = ("imagine", "capram", "adapt256", "rram128")


def bench(network, data, *words):
    """The table's rows as {(chip, layer): (model, rtl)}, status and sentences."""
    told = subprocess.run(
        [str(support.SOURCE / "scripts" / "bench"), "cosim", network, "--data", str(data),
         "--leyden", support.LEYDEN, *words], capture_output=True, text=True, check=False)
    rows = {}
    for line in told.stdout.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 5 and cells[0] in CHIPS:
            rows[cells[0], cells[1].strip("*")] = (int(cells[2]), int(cells[3]))
    return rows, told.returncode, told.stderr


class Cosim(unittest.TestCase):
    def check(self, network, data, units):
        # Each run is also compared with the host reference, bit for bit.
        rows, status, sentences = bench(network, data, "--units", units)
        self.assertEqual(status, 0, sentences)
        self.assertEqual({chip for chip, _ in rows}, set(CHIPS))
        for (chip, layer), (model, rtl) in rows.items():
            if layer == "network":
                self.assertLessEqual(abs(model - rtl), 0.01 * rtl, (chip, layer))
                self.assertEqual((model, rtl), tuple(
                    sum(cycles[i] for (c, name), cycles in rows.items()
                        if c == chip and name != "network") for i in (0, 1)))
            elif units == "cim":
                self.assertLessEqual(abs(model - rtl), 0.03 * rtl, (chip, layer))

    @unittest.skipIf(LONG, "of the short tier")
    def test_lenet_with_a_cim_unit_of_rtl(self):
        self.check("lenet5-fashion", support.FASHION, "cim")

    @unittest.skipIf(LONG, "of the short tier")
    def test_lenet_with_both(self):
        self.check("lenet5-fashion", support.FASHION, "cim,dma")

    @unittest.skipIf(LONG, "of the short tier")
    def test_a_bound_that_does_not_hold_is_told(self):
        rows, status, sentences = bench("lenet5-fashion", support.FASHION, "--units", "cim",
                                        "--chips", "imagine", "--layer-bound", "0.001")
        self.assertEqual(status, 1)
        self.assertIn("beyond its bound: imagine", sentences)
        self.assertIn(("imagine", "conv1"), rows)

    @unittest.skipUnless(LONG, "of the long tier")
    def test_residual_networks(self):
        archives = support.SOURCE.parent / "shared" / "data" / "cifar10"
        if not (archives / "data_batch_1.bin.xz").exists():
            self.skipTest("CIFAR-10 is not at hand")
        with tempfile.TemporaryDirectory() as folder:
            data = support.unpack_cifar(archives, Path(folder) / "data")
            for network in ("resnet8-cifar10", "resnet20-cifar10"):
                for units in ("cim", "cim,dma"):
                    with self.subTest(network=network, units=units):
                        self.check(network, data, units)


if __name__ == "__main__":
    unittest.main()
