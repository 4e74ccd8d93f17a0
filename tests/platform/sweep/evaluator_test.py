"""Points against the commands that cost and run the same chip and network."""

import json
import os
import subprocess
import tempfile
import unittest

BINARY = os.environ["LEYDEN_BINARY_DIR"] + "/bin/"
FASHION = "/usr/share/datasets/fashion-mnist"
# Rows, columns, buffers and times that every preset can be told.
SETTINGS = {
    "imagine": [{}, {"cim.rows": "576", "cim.rows_per_unit": "36"},
                {"cim.rows_per_unit": "72", "lmem.bank_bytes": "16384"},
                {"system.macros": "3", "bus.data_width_bytes": "4"},
                {"cim.columns": "128", "dma.burst_bytes": "64", "off_chip.bytes_per_cycle": "2"}],
    "capram": [{}, {"system.macros": "2"}, {"lmem.bank_bytes": "8192"}],
    "rram128": [{}, {"cim.columns": "256"}, {"system.macros": "4", "dma.burst_bytes": "32"}],
    "adapt256": [{}, {"cim.columns": "128"}, {"lmem.bank_bytes": "8192"}],
}


def evaluate(base, points, timeout=100):
    """The results of points, one dictionary of settings each."""
    lines = [json.dumps(base)]
    for number, point in enumerate(points):
        point = dict(point)
        depth = point.pop("depth", "cost")
        lines.append(json.dumps({"number": number, "depth": depth, "settings": point}))
    done = subprocess.run([BINARY + "evaluate_tool"], input="\n".join(lines) + "\n", text=True,
                          capture_output=True, timeout=timeout, check=False)
    if done.returncode:
        raise AssertionError(done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


def chip_options(settings):
    return [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]


def leyden(*arguments):
    done = subprocess.run([BINARY + "leyden", *map(str, arguments)], text=True,
                          capture_output=True, timeout=100, check=False)
    return done


def compiled(chip, network, data, settings, objective="none", more=()):
    with tempfile.NamedTemporaryFile() as image:
        done = leyden("compile", "--chip", chip, "--network", network, "--calibrate", data,
                      "--objective", objective, "--json", "-o", image.name,
                      *chip_options(settings), *more)
    if done.returncode:
        return done.returncode, done.stderr.strip()
    return 0, json.loads(done.stdout)


class CostTest(unittest.TestCase):
    """Depth cost equals `leyden compile`."""

    def check(self, result, status, found, tolerance=5e-3):
        self.assertEqual(result["status"], status, result["message"])
        if status:
            self.assertIn(result["message"].rstrip("."), found)
            return
        metrics = result["metrics"]
        cost = found["cost"]
        self.assertEqual(metrics["cycles"], cost["cycles"])
        for cause in ("dma", "mvm", "stall", "vector", "core", "weight_load"):
            total = sum(row["cycles"][cause] for row in cost["rows"])
            self.assertEqual(metrics["cycles_" + cause], total, cause)
        self.assertEqual(metrics["image_bytes"], found["image_bytes"])
        self.assertEqual(metrics["lmem_peak_bytes"], found["lmem_peak_bytes"])
        self.assertEqual(metrics["tiles"], sum(layer["tiles"] for layer in found["layers"]))
        self.assertEqual(metrics["macs"], sum(layer["macs"] for layer in found["layers"]))
        self.assertAlmostEqual(metrics["array_share_percent"],
                               100 * sum(layer["array_share"] for layer in found["layers"]))
        # Codes were counted on the base's chip: another splits sums of rows elsewhere.
        energy = cost["energy_pj"] * 1e-3
        self.assertLess(abs(metrics["energy_nj"] / energy - 1), tolerance)

    def test_presets(self):
        for chip, points in SETTINGS.items():
            base = {"chip": chip, "network": "lenet5-fashion", "data": FASHION,
                    "objective": "none"}
            for settings, result in zip(points, evaluate(base, points)):
                with self.subTest(chip=chip, settings=settings):
                    self.check(result, *compiled(chip, base["network"], FASHION, settings),
                               tolerance=5e-3 if settings else 1e-12)


if __name__ == "__main__":
    unittest.main()
