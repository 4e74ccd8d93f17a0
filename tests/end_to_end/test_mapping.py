"""leyden compile: the cost model against the simulator, the search against brute force, mapping
files, --explain and the picture."""

import gzip
import itertools
import json
import os
import pathlib
import random
import re
import struct
import sys
import unittest
import xml.etree.ElementTree

import numpy as np
import onnx
import yaml

import support
from onnx import TensorProto, helper, numpy_helper

sys.path.insert(0, str(support.SOURCE / "tests" / "platform" / "compiler"))
from other_operators import Net  # noqa: E402  pylint: disable=wrong-import-position
import shapes  # noqa: E402  pylint: disable=wrong-import-position

PRESETS = ("imagine", "capram", "adapt256", "rram128")
ALL = os.environ.get("LEYDEN_MAPPING_NETWORKS") == "all"
MOST_CYCLES = 0.02  # of a layer, against the simulator
MOST_ENERGY = 0.05  # of a layer, mean over the test images


def cifar(folder):
    """A data folder of CIFAR-10's form with random images; training and test images alike."""
    draw = random.Random(1)
    for name in ("data_batch_1.bin", "test_batch.bin"):
        (folder / name).write_bytes(b"".join(
            bytes([n % 10]) + bytes(draw.randrange(256) for _ in range(3072)) for n in range(8)))
    return folder


def few_fashion_images(folder):
    """The first images of the test set, as training and as test images: the energy of a macro
    depends on values, which the cost takes from training images."""
    count = 8
    for kind, size in (("images-idx3", 784), ("labels-idx1", 1)):
        source = pathlib.Path(support.FASHION) / f"t10k-{kind}-ubyte"
        whole = (gzip.open(source.with_name(source.name + ".gz")) if not source.exists()
                 else source.open("rb")).read()
        head = 16 if size > 1 else 8
        words = whole[:4] + struct.pack(">I", count) + whole[8:head]
        for part in ("train", "t10k"):
            (folder / f"{part}-{kind}-ubyte").write_bytes(words + whole[head:head + count * size])
    return folder


def core_networks():
    """Networks with every kernel of the core that the compiler makes steps of, and their places."""
    pools = Net(np.random.default_rng(1), (1, 28, 28))
    pools.pad(1, 1, 0, 0, value=0.2)
    pools.conv(6, (3, 3), (2, 2))
    pools.leaky_relu(0.1)
    pools.average_pool_uncounted((3, 3), (2, 2), (1, 1))
    pools.pad(1, 2, 0, 3, value=0.1)
    pools.dilated_max_pool((2, 2), (1, 2))
    pools.flatten()
    pools.gemm(10)
    pools.softmax()
    convolutions = Net(np.random.default_rng(2), (1, 28, 28))
    convolutions.conv(6, (3, 3), (4, 4))
    convolutions.relu()
    convolutions.conv(8, (3, 3), (2, 2), pads=(1, 1, 1, 1), group=2)
    convolutions.relu()
    convolutions.conv(4, (3, 3), (1, 1), pads=(1, 1, 1, 1))
    convolutions.flatten()
    convolutions.gemm(10)
    convolutions.softmax(True)
    arg_max = Net(np.random.default_rng(3), (1, 28, 28))
    arg_max.flatten()
    arg_max.gemm(10)
    arg_max.arg_max()
    return {"pools": (pools, {}), "arg_max": (arg_max, {}),
            "convolutions": (convolutions, {"conv2": "core", "conv4": "core", "gemm6": "core"})}


class MappingCase(support.Case):
    def compile(self, chip, network, data, *more):
        done = support.leyden("compile", "--chip", chip, "--network", network, "--calibrate", data,
                              "--calibration-images", 8, "-o", self.folder / "image", "--json",
                              *more, timeout=300)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def random_network(self, name):
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        return shapes.NETWORKS[name]().write(folder)


class Cost(MappingCase):
    """Closed forms and steps against the chip in SystemC."""

    def compare(self, chip, network, data, images, *more):
        """Prints and bounds the differences of every row."""
        compiled = self.compile(chip, network, data, *more)
        done = support.leyden("run", "--chip", chip, "--network", network, "--data", data,
                              "--calibration-images", 8, "--images", images, "--fidelity",
                              "quantised", "--json", *more, timeout=600)
        self.assertEqual(done.returncode, 0, done.stderr)
        simulated = {row["name"]: row for row in json.loads(done.stdout)["layers"]}
        worst = {"cycles": (0, ""), "energy_pj": (0, "")}
        rows = compiled["cost"]["rows"]
        self.assertEqual({row["name"] for row in rows} - {"control"},
                         set(simulated) - {"control", "total"})
        for row in rows:
            if row["name"] == "control":
                continue
            for key, worst_of in worst.items():
                truth = simulated[row["name"]][key]["total"]
                worst[key] = max(worst_of, (abs(row[key]["total"] / truth - 1), row["name"]))
        print(f"{chip:9} {str(network)[-40:]:40} cycles {100 * worst['cycles'][0]:.3f} % "
              f"({worst['cycles'][1]}), energy {100 * worst['energy_pj'][0]:.2f} % "
              f"({worst['energy_pj'][1]})", flush=True)
        self.assertLessEqual(worst["cycles"][0], MOST_CYCLES, worst)
        self.assertLessEqual(worst["energy_pj"][0], MOST_ENERGY, worst)

    def test_lenet5_on_every_preset(self):
        data = few_fashion_images(self.folder)
        for chip, objective in itertools.product(PRESETS, ("latency", "none")):
            with self.subTest(chip=chip, objective=objective):
                self.compare(chip, "lenet5-fashion", data, 8, "--objective", objective)

    def test_layers_on_the_core(self):
        data = few_fashion_images(self.folder)
        for name, (net, place) in core_networks().items():
            with self.subTest(network=name):
                folder = self.folder / name
                folder.mkdir()
                network = net.write(folder)
                written = {**yaml.safe_load(network.read_text()), "classes": 10,
                           "data": {"format": "idx"}}
                if place:
                    written["place"] = place
                network.write_text(yaml.safe_dump(written))
                self.compare("imagine", network, data, 8)

    @unittest.skipUnless(ALL, "long")
    def test_other_parameters(self):
        data = few_fashion_images(self.folder)
        # A core, a bus and memories that wait where the presets' do not.
        for more in (("core.load_cycles=2", "core.wake_cycles=7", "core.taken_branch_cycles=4"),
                     ("off_chip.bytes_per_cycle=1", "off_chip.latency_ns=200"),
                     ("bus.hop_latency_cycles=5", "lmem.latency_cycles=6", "dma.burst_bytes=32"),
                     ("system.macros=5", "vector.lanes=2", "bus.data_width_bytes=4")):
            with self.subTest(more=more):
                options = [word for key in more for word in ("--set", key)]
                self.compare("capram", "lenet5-fashion", data, 8, *options)

    @unittest.skipUnless(ALL, "long")
    def test_random_networks(self):
        data = cifar(self.folder)
        names = ("resnet8", "resnet20", "vgg8")
        for name, chip in itertools.product(names, PRESETS):
            with self.subTest(name=name, chip=chip):
                self.compare(chip, self.random_network(name), data, 8)


class Search(MappingCase):
    """The mapper against all there is, and against what must not matter."""

    def cycles(self, *more, chip="rram128"):
        return self.compile(chip, "lenet5-fashion", support.FASHION, *more)["cost"]["cycles"]

    @unittest.skipUnless(ALL, "long")
    def test_never_worse_than_the_first_that_fits(self):
        for chip in PRESETS:
            for objective, key in (("latency", "cycles"), ("energy", "energy_pj")):
                with self.subTest(chip=chip, objective=objective):
                    cost = [self.compile(chip, "lenet5-fashion", support.FASHION, "--objective",
                                         choice)["cost"][key] for choice in (objective, "none")]
                    self.assertLessEqual(cost[0], cost[1])

    def test_more_macros_are_never_slower(self):
        cycles = [self.cycles("--set", f"system.macros={n}") for n in (2, 4, 8, 16)]
        self.assertEqual(cycles, sorted(cycles, reverse=True))
        self.assertLess(cycles[-1], cycles[0])

    @unittest.skipUnless(ALL, "long")
    def test_more_bandwidth_is_never_slower(self):
        cycles = [self.cycles("--set", f"off_chip.bytes_per_cycle={n}", chip="capram")
                  for n in (1, 2, 4, 8, 16)]
        self.assertEqual(cycles, sorted(cycles, reverse=True))
        self.assertLess(cycles[-1], cycles[0])

    @unittest.skipUnless(ALL, "long")
    def test_brute_force(self):
        """Every number of copies and every order of macros of two layers on two macros."""
        builder = shapes.tiny()
        network = builder.write(self.folder)
        data = cifar(self.folder)
        chip = ("--set", "system.macros=2")
        written = self.folder / "mapping.yaml"
        found = self.compile("imagine", network, data, *chip, "--write-mapping", written)
        text = written.read_text(encoding="utf-8")
        names = re.findall(r'^  "(.*)":$', text, re.MULTILINE)
        outputs = {name: builder.shapes[output][0] for name, output in zip(
            names, [o for o, _, _ in builder.functions if o in ("t0", "t4")])}
        best = None
        trial = self.folder / "trial.yaml"
        for copies in itertools.product((1, 2), repeat=2):
            if copies[1] == 2:
                continue  # a vector has one row
            for halves in itertools.product((1, 2), repeat=2):
                tiles = [(layer, copy, half) for layer in (0, 1) for copy in range(copies[layer])
                         for half in range(halves[layer])]
                for macros in itertools.product((0, 1), repeat=len(tiles)):
                    lines = ["layers:"]
                    columns = [0, 0]
                    entries = [0, 0]
                    for layer, name in enumerate(names):
                        count = outputs[name] // halves[layer]
                        lines += [f'  "{name}":', "    units: 1",
                                  f"    copies: {copies[layer]}", "    tiles:"]
                        for (of, copy, half), macro in zip(tiles, macros):
                            if of != layer:
                                continue
                            lines.append(
                                f"      - {{outputs: [{half * count}, {count}], copy: {copy}, "
                                f"macro: {macro}, unit: 0, column: {columns[macro]}, "
                                f"abn: {entries[macro]}}}")
                            columns[macro] += -(-count * 4 // 8) * 8
                            entries[macro] += count
                    if max(columns) > 256:
                        continue
                    trial.write_text("\n".join(lines), encoding="utf-8")
                    cost = self.compile("imagine", network, data, *chip, "--mapping", trial)
                    cycles = cost["cost"]["cycles"]
                    best = cycles if best is None else min(best, cycles)
        self.assertIsNotNone(best)
        self.assertLessEqual(found["cost"]["cycles"], best)


class Files(MappingCase):
    def written(self, chip="rram128"):
        path = self.folder / "mapping.yaml"
        self.compile(chip, "lenet5-fashion", support.FASHION, "--write-mapping", path)
        return path

    def test_round_trip(self):
        for chip in PRESETS:
            path = self.written(chip)
            image = (self.folder / "image").read_bytes()
            self.compile(chip, "lenet5-fashion", support.FASHION, "--mapping", path)
            self.assertEqual((self.folder / "image").read_bytes(), image, chip)

    def test_round_trip_of_odd_networks(self):
        """Without weights; with nodes that share a name. The cost of what the core makes of an
        output that is no class, too."""
        weights = np.random.default_rng(1).normal(0, 0.3, (1, 1, 3, 3)).astype(np.float32)
        same = [helper.make_node("Conv", [a, "w"], [b], "c") for a, b in (("x", "y"), ("y", "z"))]
        for nodes, output in ((same, "z"), ([helper.make_node("Sigmoid", ["x"], ["y"], "s")], "y")):
            graph = helper.make_graph(
                nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, 28, 28])],
                [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)],
                [numpy_helper.from_array(weights, "w")])
            network = self.folder / f"{output}.onnx"
            onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)]),
                      network)
            path = self.folder / "mapping.yaml"
            self.compile("imagine", network, support.FASHION, "--write-mapping", path)
            image = (self.folder / "image").read_bytes()
            compiled = self.compile("imagine", network, support.FASHION, "--mapping", path)
            self.assertEqual((self.folder / "image").read_bytes(), image)
            rows = {row["name"]: row["cycles"]["total"] for row in compiled["cost"]["rows"]}
            self.assertEqual(len(rows), len(nodes) + 3)  # a name each; input, output, control
            done = support.leyden("run", "--chip", "imagine", "--network", network, "--data",
                                  support.FASHION, "--calibration-images", 8, "--images", 2,
                                  "--fidelity", "quantised", "--json")
            self.assertEqual(done.returncode, 0, done.stderr)
            for row in json.loads(done.stdout)["layers"]:
                if row["name"] in rows and row["name"] != "control":
                    truth = row["cycles"]["total"]
                    self.assertLessEqual(abs(rows[row["name"]] / truth - 1), MOST_CYCLES, row)

    def test_a_run_with_it_is_exact(self):
        path = self.written()
        self.assertRegex(path.read_text(encoding="utf-8"), "copies: [2-9]")
        for fidelity in ("ideal", "quantised"):
            done = support.leyden("run", "--chip", "rram128", "--network", "lenet5-fashion",
                                  "--data", support.FASHION, "--calibration-images", 8,
                                  "--images", 2, "--fidelity", fidelity, "--check-reference",
                                  "--mapping", path, "--report", self.folder)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("equals the host reference", done.stdout)
        xml.etree.ElementTree.parse(self.folder / "occupancy.svg")

    def test_bad_files(self):
        text = self.written().read_text(encoding="utf-8")
        first = text[text.index("      - {"):].split("\n", maxsplit=1)[0]
        trial = self.folder / "trial.yaml"
        for change, sentence in (
                (lambda t: t.replace("units:", "unitz:", 1), "did you mean 'units'?"),
                (lambda t: t.replace(first + "\n", "", 1), "lies in no tile"),
                (lambda t: t.replace(first, first + "\n" + first, 1), "lies in two tiles"),
                (lambda t: t.replace("macro: 0,", "macro: 16,"), "not a whole number from 0 to 15"),
                (lambda t: re.sub("column: [0-9]+", "column: 4", t, count=1),
                 "begins at column 4; a multiple of 8 is needed"),
                (lambda t: re.sub("column: [0-9]+", "column: 120", t, count=1),
                 "but a macro has 128"),
                (lambda t: re.sub("unit: 0, column: [0-9]+, abn: [0-9]+",
                                  "unit: 0, column: 0, abn: 0",
                                  re.sub("macro: [0-9]+", "macro: 1", t)), "only tiles that are"),
                (lambda t: t.replace("place: macro", "place: core", 1), "mapped to macro alone"),
                (lambda t: t.replace('network: "lenet5-fashion"', "network: other"),
                 "is of network 'other'"),
                (lambda t: t.replace("copies: 1", "copies: 0"), "copies is '0'"),
                (lambda t: re.sub("copies: [0-9]+", "copies: 1", t), "copies are told"),
                (lambda t: t + t[t.index('  "'):], "is given twice"),
                (lambda t: t.replace("unit: 0,", "unit: 0, unit: 1,", 1), "'unit' is given twice"),
                (lambda t: "layers: [", "is not YAML"), (lambda t: "", "keys and values")):
            bad = change(text)
            self.assertNotEqual(bad, text, sentence)
            trial.write_text(bad, encoding="utf-8")
            done = support.leyden("compile", "--chip", "rram128", "--network", "lenet5-fashion",
                                  "--calibrate", support.FASHION, "--calibration-images", 8, "-o",
                                  self.folder / "image", "--mapping", trial)
            self.assert_refused(done, 2, sentence, "trial.yaml")

    def test_options(self):
        common = ("compile", "--chip", "imagine", "--network", "lenet5-fashion", "--calibrate",
                  support.FASHION, "-o", self.folder / "image")
        self.assert_refused(support.leyden(*common, "--objective", "speed"), 2, "speed")
        self.assert_refused(support.leyden(*common, "--mapping", "nothing.yaml"), 2,
                            "nothing.yaml cannot be read")
        self.assert_refused(
            support.leyden(*common, "--mapping", "x.yaml", "--objective", "energy"), 2,
            "--mapping tells the whole mapping")


class Explain(MappingCase):
    def test_json_and_picture(self):
        picture = self.folder / "arrays.svg"
        told = self.compile("capram", "lenet5-fashion", support.FASHION, "--explain", "--picture",
                            picture)["explanation"]
        self.assertEqual(told["cycles"], sum(
            row["cycles"]["total"] for row in
            self.compile("capram", "lenet5-fashion", support.FASHION)["cost"]["rows"]))
        for layer in told["layers"]:
            self.assertTrue(layer["what"])
            self.assertNotEqual(layer["bound"], layer["next"])
        # Cells counted anew from the tiles.
        cells = 512 * 128
        resident = sum(t["units"] * t["columns"] for layer in told["layers"]
                       for t in layer["tiles"] if t["resident"]) * 512
        units = max(t["unit"] + t["units"] for layer in told["layers"] for t in layer["tiles"])
        self.assertAlmostEqual(told["macros"][0]["resident"] * cells * units, resident,
                               delta=resident * 0.5 + 1)
        root = xml.etree.ElementTree.parse(picture).getroot()
        words = " ".join(e.text or "" for e in root.iter())
        for layer in told["layers"]:
            if layer["tiles"]:
                self.assertIn(layer["name"], words)

    def test_table_fits(self):
        done = support.leyden("compile", "--chip", "rram128", "--network", "lenet5-fashion",
                              "--calibrate", support.FASHION, "-o", self.folder / "image",
                              "--explain")
        self.assertEqual(done.returncode, 0, done.stderr)
        table = done.stdout[:done.stdout.index("note:")]
        self.assertLessEqual(max(map(len, table.splitlines()[1:])), 100)


if __name__ == "__main__":
    unittest.main()
