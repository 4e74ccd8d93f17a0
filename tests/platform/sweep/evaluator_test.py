"""Points against the commands that cost and run the same chip and network."""

import json
import os
import random
import subprocess
import tempfile
import unittest
from pathlib import Path

import yaml

SOURCE = Path(__file__).resolve().parents[3]
BINARY = os.environ["LEYDEN_BINARY_DIR"] + "/bin/"
# Sanitized builds are of libraries and their tests: they may lack the program and the firmware.
WHOLE = unittest.skipUnless(
    os.path.exists(BINARY + "leyden")
    and os.path.exists(os.environ["LEYDEN_BINARY_DIR"] + "/firmware/infer.elf"),
    "this build has no leyden or no firmware")
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


@WHOLE
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

    def test_objectives(self):
        """The search finds what the compiler's finds."""
        for objective in ("latency", "energy"):
            base = {"chip": "imagine", "network": "lenet5-fashion", "data": FASHION,
                    "objective": objective, "set": ["system.macros=2"]}
            points = [{}, {"cim.rows": "576"}]
            for settings, result in zip(points, evaluate(base, points)):
                with self.subTest(objective=objective, settings=settings):
                    self.check(result, *compiled("imagine", base["network"], FASHION,
                                                 {"system.macros": "2", **settings}, objective))

    def test_layers_sum_up(self):
        base = {"chip": "capram", "network": "lenet5-fashion", "data": FASHION,
                "objective": "none", "keep_layers": True}
        result = evaluate(base, [{}])[0]
        metrics = result["metrics"]
        self.assertEqual(sum(layer["cycles"] for layer in result["layers"]), metrics["cycles"])
        self.assertAlmostEqual(sum(layer["energy_nj"] for layer in result["layers"]),
                               metrics["energy_nj"])
        self.assertAlmostEqual(metrics["edp_nj_us"], metrics["energy_nj"] * metrics["latency_us"])

    def test_order_does_not_matter(self):
        """What was overridden is put back, and a refused point leaves nothing behind."""
        base = {"chip": "imagine", "network": "lenet5-fashion", "data": FASHION,
                "objective": "none"}
        points = [{"cim.drive.bits": "1", "cim.rows": "1080"}, {"cim.rows": "7"},
                  {"cim.rows": "576"}, {"lmem.bank_bytes": "8192"},
                  {"cim.rows": "576", "lmem.bank_bytes": "12"}, {}]
        forth = evaluate(base, points)
        back = evaluate(base, points[::-1])[::-1]
        for one, other in zip(forth, back):
            for result in (one, other):
                del result["number"], result["host_time_s"]
            self.assertEqual(one, other)

    def test_refusals(self):
        base = {"chip": "imagine", "network": "lenet5-fashion", "data": FASHION,
                "objective": "none"}
        points = [{"cim.rws": "5"}, {"cim.rows": "many"}, {"cim.rows": "577"},
                  {"quantise.weight_bits": "9"}, {"chip": "imagin"}, {"objective": "speed"},
                  {"system.point3.clock_mhz": "100"}, {"images": "0"}, {"die": "-1"},
                  {"lmem.bank_bytes": "4096", "network": "resnet20-cifar10"}]
        parts = ["cim.rows", "many", "cim.rows_per_unit", "weight_bits", "imagine", "latency",
                 "system.point3.supply_v", "images", "die", "images"]
        for settings, part, result in zip(points, parts, evaluate(base, points)):
            with self.subTest(settings=settings):
                self.assertEqual(result["status"], 2)
                self.assertIn(part, result["message"])
                self.assertIsNone(result["metrics"]["cycles"])

    def test_what_no_point_changes_is_refused_first(self):
        for wrong in ({"chip": "imagin"}, {"network": "lenet5-fashin"}, {"data": "/nowhere"}):
            base = {"chip": "imagine", "network": "lenet5-fashion", "data": FASHION, **wrong}
            with self.assertRaises(AssertionError) as refused:
                evaluate(base, [{}])
            self.assertIn("/nowhere" if "data" in wrong else "did you mean", str(refused.exception))


@WHOLE
class AreaTest(unittest.TestCase):
    """The area against sums over the chip files."""

    def test_presets(self):
        for chip in SETTINGS:
            keys = {}
            flatten(yaml.safe_load((SOURCE / f"configs/chips/{chip}.yaml").read_text()), "", keys)
            base = {"chip": chip, "network": "lenet5-fashion", "data": FASHION,
                    "objective": "none"}
            twice = 2 * keys["lmem.bank_bytes"]
            width = 2 * keys["bus.data_width_bytes"]
            plain, wide = evaluate(base, [{}, {"lmem.bank_bytes": str(twice),
                                               "bus.data_width_bytes": str(width)}])
            with self.subTest(chip=chip):
                outside = (2 * keys["lmem.bank_bytes"] / 1024 * keys["lmem.area_um2_per_kib"]
                           + keys["sram.bytes"] / 1024 * keys["sram.area_um2_per_kib"]
                           + keys["core.area_um2"]
                           + 2 * (keys["dma.channel_area_um2"] + keys["dma.burst_bytes"]
                                  * keys["dma.buffer_area_um2_per_byte"])
                           + keys["vector.lanes"] * keys["vector.lane_area_um2"]
                           + keys["bus.data_width_bytes"] * keys["bus.area_um2_per_byte"])
                cells = keys["cim.rows"] * keys["cim.columns"] * keys["cim.cell.area_um2"]
                total = plain["metrics"]["area_mm2"] * 1e6
                # Converters, drivers and dummy columns are more; twice the cells is too much.
                self.assertGreater(total - outside, cells)
                self.assertLess(total - outside, 6 * cells + 256 * 1000)
                more = (twice / 1024 * keys["lmem.area_um2_per_kib"]
                        + width / 2 * keys["bus.area_um2_per_byte"])
                self.assertAlmostEqual(wide["metrics"]["area_mm2"] * 1e6 - total, more, 3)


def cifar(folder):
    """A data folder of CIFAR-10's form with random images; training and test images alike."""
    draw = random.Random(1)
    text = b"".join(bytes([n % 10]) + draw.randbytes(3072) for n in range(256))
    for name in ("data_batch_1.bin", "test_batch.bin"):
        (Path(folder) / name).write_bytes(text)
    return folder


def flatten(node, path, keys):
    """Values of a chip file by their whole keys."""
    for name, value in node.items():
        if isinstance(value, dict) and "value" in value:
            keys[path + name] = value["value"]
        elif isinstance(value, dict):
            flatten(value, path + name + ".", keys)


@WHOLE
class FullTest(unittest.TestCase):
    """Depth full equals `leyden run`; depth cost is near it."""

    def near(self, base, points):
        both = [{**settings, "depth": depth} for settings in points for depth in ("cost", "full")]
        results = evaluate(base, both, timeout=500)
        for settings, cost, full in zip(points, results[::2], results[1::2]):
            with self.subTest(settings=settings):
                self.assertEqual(full["status"], 0, full["message"])
                self.assertEqual(cost["status"], 0, cost["message"])
                for metric, most in (("cycles", 0.02), ("latency_us", 0.02), ("energy_nj", 0.05)):
                    error = cost["metrics"][metric] / full["metrics"][metric] - 1
                    self.assertLess(abs(error), most, metric)
                for metric in ("macs", "tiles", "streamed_tiles", "image_bytes",
                               "lmem_peak_bytes", "area_mm2"):
                    self.assertEqual(cost["metrics"][metric], full["metrics"][metric], metric)
                for metric in ("array_share_percent", "array_utilisation_percent",
                               "throughput_images_per_s", "efficiency_tops_per_w"):
                    self.assertLess(abs(cost["metrics"][metric] / full["metrics"][metric] - 1),
                                    0.05, metric)
        return results

    def test_lenet(self):
        base = {"chip": "imagine", "network": "lenet5-fashion", "data": FASHION, "images": 4,
                "objective": "latency"}
        points = [{}, {"cim.rows": "576"}, {"lmem.bank_bytes": "4096"},
                  {"system.macros": "2", "dma.burst_bytes": "64"}]
        results = self.near(base, points)
        run = leyden("run", "--chip", "imagine", "--network", "lenet5-fashion", "--data", FASHION,
                     "--images", "4", "--json")
        report = json.loads(run.stdout)
        metrics = results[1]["metrics"]
        self.assertEqual(metrics["accuracy_percent"], report["accuracy"]["accuracy_percent"])
        self.assertEqual(metrics["cycles"], report["total"]["cycles"]["total"])
        self.assertEqual(metrics["latency_us"], report["chip"]["image_latency_ns"] / 1000)
        self.assertEqual(metrics["area_mm2"], report["area_mm2"]["total"])
        parts = report["area_mm2"]["parts"]
        self.assertAlmostEqual(sum(parts.values()), report["area_mm2"]["total"])
        self.assertAlmostEqual(sum(layer["energy_nj"] for layer in results[1]["layers"]),
                               metrics["energy_nj"])

    def test_resnet(self):
        with tempfile.TemporaryDirectory() as folder:
            base = {"chip": "imagine", "network": "resnet20-cifar10", "data": cifar(folder),
                    "images": 2, "objective": "none"}
            self.near(base, [{}, {"cim.rows": "576", "cim.columns": "128"},
                             {"lmem.bank_bytes": "16384"}, {"system.macros": "4"},
                             {"cim.rows": "2304", "cim.rows_per_unit": "72",
                              "bus.data_width_bytes": "8"}])


if __name__ == "__main__":
    unittest.main()
