"""leyden compile --search and --search-bits: against compiling one by one, the bound, wrong input."""

import itertools
import json
import re
import unittest

import numpy as np
import support
import yaml
import zoo
from networks import Builder  # found by zoo's path

IMAGES = 8


def small_network(folder, **quantisation):
    """Two convolutions and a matrix, with its data: network.yaml and the data folder."""
    rng = np.random.default_rng(3)
    b = Builder(rng, (1, 12, 12))
    for channels in (6, 8):
        b.conv(channels, (3, 3), (2, 2), (1, 1, 1, 1))
        b.relu()
    b.flatten()
    b.gemm(5)
    zoo.write_data(rng, folder / "data", b.input_shape, IMAGES)
    return b.write(folder, calibration_images=IMAGES, **quantisation), folder / "data"


class SearchCase(support.Case):
    def setUp(self):
        super().setUp()
        self.network, self.data = small_network(self.folder)

    def compile(self, *more, chip="rram128", image="image"):
        return support.leyden("compile", "--chip", chip, "--network", self.network, "--calibrate",
                              self.data, "--calibration-images", IMAGES, "-o",
                              self.folder / image, *more, timeout=300)

    def found(self, *more, **keywords):
        done = self.compile("--json", *more, **keywords)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)


class Search(SearchCase):
    def test_brute_force(self):
        """Every combination by itself gives the figures of its line, and the best its bytes."""
        space = {"system.macros": ["1", "2"], "cim.cell.representation":
                 ["differential", "shifted_unsigned"], "quantise.weight_bits": ["3", "4"]}
        words = [word for key, values in space.items()
                 for word in ("--search", f"{key}={','.join(values)}")]
        for objective, key in (("latency", "latency_us"), ("energy", "energy_pj")):
            result = self.found(*words, "--errors", "--objective", objective)
            lines = {tuple(line["keys"].values()): line for line in result["combinations"]}
            self.assertEqual(set(lines), set(itertools.product(*space.values())))
            values = [line[key] for line in result["combinations"]]
            self.assertEqual(values, sorted(values))
            for place, line in enumerate(result["combinations"]):
                if objective == "energy" and place > 0:
                    break
                options = [word for name, value in line["keys"].items() for word in (
                    ("--quantise", f"{name[9:]}={value}") if name.startswith("quantise.")
                    else ("--set", f"{name}={value}"))]
                alone = self.found(*options, "--errors", "--objective", objective, image="alone")
                self.assertEqual(line["cycles"], alone["cost"]["cycles"])
                self.assertEqual(line["energy_pj"], alone["cost"]["energy_pj"])
                self.assertEqual(line["image_bytes"], alone["image_bytes"])
                self.assertEqual(line["macs"], sum(x["macs"] for x in alone["layers"]))
                self.assertEqual(line["tiles"], sum(x["tiles"] for x in alone["layers"]))
                ratios = [x["sqnr_db"] for x in alone["errors"]]
                self.assertEqual(line["worst_sqnr_db"], min(ratios))
                self.assertEqual(line["output_sqnr_db"], ratios[-1])
                if place == 0:
                    self.assertEqual((self.folder / "image").read_bytes(),
                                     (self.folder / "alone").read_bytes())
            # The note beside the image leads to it again.
            options = (self.folder / "image.keys").read_text(encoding="utf-8").split()
            self.found(*options, "--objective", objective, image="again")
            self.assertEqual((self.folder / "image").read_bytes(),
                             (self.folder / "again").read_bytes())

    def test_latency_is_time_not_cycles(self):
        result = self.found("--search", "system.clock_mhz=50,100")
        self.assertEqual([line["keys"]["system.clock_mhz"] for line in result["combinations"]],
                         ["100", "50"])
        for line in result["combinations"]:
            self.assertAlmostEqual(line["latency_us"],
                                   line["cycles"] / float(line["keys"]["system.clock_mhz"]))

    def test_what_is_refused_is_told_and_the_search_goes_on(self):
        search = ("--search", "quantise.weight_bits=2,4,8", "--search", "cim.weight_bits=4")
        result = self.found(*search)
        self.assertEqual([line["keys"]["quantise.weight_bits"] for line in result["refused"]],
                         ["8"])
        self.assertIn("weights of 8 bits are beyond", result["refused"][0]["reason"])
        self.assertEqual(len(result["combinations"]), 2)
        text = self.compile(*search).stdout
        self.assertIn("refused: quantise.weight_bits=8 cim.weight_bits=4: layer", text)
        self.assertEqual(len(re.findall(r"^\d+\*", text, re.M)), 1)
        self.assert_refused(self.compile("--search", "quantise.weight_bits=7,8", "--set",
                                         "cim.weight_bits=4"), 2,
                            "None of the 2 combinations", "weights of 7 bits")

    def test_wrong_input(self):
        for words, parts in (
                (["--search", "cim.cell.bitz=1,2"], ["--search", "did you mean 'cim.cell.bits'"]),
                (["--search", "cim.cell.bits=1,99"], ["cim.cell.bits is 99", "from 1 to 4"]),
                (["--search", "quantise.weight_bitz=1"], ["did you mean 'weight_bits'"]),
                (["--search", "quantise.weight_bits=1,9"], ["from 1 to 8"]),
                (["--search", "cim.cell.bits"], ["KEY=V1,V2,..."]),
                (["--search", "cim.cell.bits=1,,2"], ["empty value"]),
                (["--search", "cim.cell.bits=1,1"], ["twice"]),
                (["--search", "cim.cell.bits=1", "--search", "cim.cell.bits=2"], ["twice"]),
                (["--search", "cim.cell.bits=1", "--set", "cim.cell.bits=2"], ["leave one out"]),
                (["--search", "quantise.weight_bits=4", "--quantise", "weight_bits=4"],
                 ["leave one out"]),
                (["--search", "system.macros=1", "--search", "nothing=1"], ["nothing"]),
                (["--search", "=1"], ["KEY=V1,V2,..."]),
                (["--search", "cim.cell.representation=differential,diferential"],
                 ["diferential"]),
                (["--search", "quantise.layers.conv9.weight_bits=2,3"], ["None of the 2", "conv9"]),
                (["--search", "system.macros=1,2,3,4,5", "--search", "quantise.weight_bits=1,2,3,4",
                  "--search", "quantise.activation_bits=1,2,3,4,5,6,7,8", "--search",
                  "quantise.scales=free,power_of_two"], ["320 combinations", "256"]),
                (["--search", "system.macros=1", "--explain"], ["--explain"]),
                (["--search", "system.macros=1", "--mapping", "x"], ["--mapping"]),
                (["--search", "system.macros=1", "--search-bits", "2:4", "--least-sqnr", 5],
                 ["two searches"]),
                (["--search", "system.macros=1,2", "--quantise", "weight_bitz=3"],
                 ["--quantise", "weight_bits"]),
                (["--search-bits", "2:4"], ["give both"]),
                (["--least-sqnr", "4"], ["give both"]),
                (["--search-bits", "4:2", "--least-sqnr", 5], ["MIN:MAX"]),
                (["--search-bits", "0:4", "--least-sqnr", 5], ["MIN:MAX"]),
                (["--search-bits", "2:4", "--least-sqnr", "nan"], ["--least-sqnr"]),
                (["--search-bits", "2:4", "--least-sqnr", 200], ["200.0 dB", "with 4 b weights"])):
            with self.subTest(words=words):
                self.assert_refused(self.compile(*words), 2, *parts)
                self.assertFalse((self.folder / "image").exists() and
                                 (self.folder / "image").stat().st_size > 0)


class SearchBits(SearchCase):
    def sqnr(self, bits):
        """Of the output with these bits, by compile --errors."""
        options = [word for name, b in bits.items()
                   for word in ("--quantise", f"layers.{name}.weight_bits={b}")]
        errors = self.found("--errors", "--objective", "none", *options, image="other")["errors"]
        return errors[-1]["sqnr_db"]

    def test_the_least_bits_that_keep_the_bound(self):
        limits = {"conv0": (2, 6), "conv2": (2, 6), "gemm5": (2, 6)}
        best = self.sqnr({name: 6 for name in limits})
        bound = best - 8
        result = self.found("--search-bits", "2:6", "--least-sqnr", bound, "--objective", "none",
                            chip="rram128")
        bits = {line["name"]: line["weight_bits"] for line in result["layers"]}
        self.assertEqual(set(bits), set(limits))
        self.assertAlmostEqual(result["most_bits_sqnr_db"], best, 9)
        self.assertAlmostEqual(result["sqnr_db"], self.sqnr(bits), 9)
        self.assertGreaterEqual(result["sqnr_db"], bound)
        self.assertLess(sum(bits.values()), 18)
        for name, taken in bits.items():  # no layer can take a bit less
            if taken > 2:
                self.assertLess(self.sqnr({**bits, name: taken - 1}), bound)
        # The block is one of a network file, and gives the same image.
        written = yaml.safe_load(self.network.read_text(encoding="utf-8"))
        written["quantisation"].update(yaml.safe_load(result["yaml"])["quantisation"])
        self.network.write_text(yaml.safe_dump(written), encoding="utf-8")
        self.found("--objective", "none", image="pasted")
        self.assertEqual((self.folder / "image").read_bytes(),
                         (self.folder / "pasted").read_bytes())

    def test_a_low_bound_takes_the_least_and_a_mapping_is_chosen(self):
        result = self.found("--search-bits", "2:4", "--least-sqnr", -100)
        self.assertEqual({line["weight_bits"] for line in result["layers"]}, {2})
        text = self.compile("--search-bits", "2:4", "--least-sqnr", -100).stdout
        self.assertEqual(yaml.safe_load(text), yaml.safe_load(result["yaml"]))


if __name__ == "__main__":
    unittest.main()
