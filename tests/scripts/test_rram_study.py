"""scripts/bench rram-study: its network files, its points and its verdicts, without running any."""
import contextlib
import io
import json
import sys
import tempfile
import types
import unittest
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from leyden_bench import rram_runs, rram_statements, rram_study, rram_subject  # noqa: E402

FULL = rram_runs.FULL_BITS


def folder(case):
    """Return a folder that lasts as long as a test."""
    holder = tempfile.TemporaryDirectory()
    case.addCleanup(holder.cleanup)
    return Path(holder.name)


def report(bits, energy=1.0, time=1.0, share=0.5, driven=100, accuracy=90.0, conv=(1, 1, 1, 1)):
    """Return what a point tells: four convolutions and a matrix, in parts of an image's cost."""
    parts = dict.fromkeys(rram_runs.COMPONENTS, 0.0)
    layers = [{"name": name, "kind": "macro", "macs": 1000, "latency_ns": time * 1000,
               "array_share": share / 5, "energy_pj": {**parts, "adc": energy * bits * weight}}
              for name, weight in zip(("conv1", "conv2", "conv3", "conv4", "fc"), (*conv, 1))]
    return {"layers": layers, "chip": {"macros": 16}, "warnings": [],
            "accuracy": {"accuracy_percent": accuracy},
            "total": {"event_counts_sum": {"conv1.drive.driven_cell": driven, "other": 7}}}


class Fake(rram_runs.Study):
    """A study whose points are told by a function of case, cells, bits, format, fidelity."""

    def __init__(self, tell, accuracies):
        subject = types.SimpleNamespace(macro=lambda cell: {"cim.columns": 1024})
        self.subject, self.formats, self.tell, self.narrow = subject, "dynamic", tell, "fixed1"
        self.chip = yaml.safe_load(rram_runs.CHIP.read_text(encoding="utf-8"))
        self.curves = {(case, cell): {bits: (accuracies(case, cell, bits), "minmax")
                                      for bits in (3, 4, 5, 6, FULL[cell])}
                       for case in rram_runs.CASES for cell in rram_runs.CELLS}
        self.full = {key: curve[FULL[key[1]]] for key, curve in self.curves.items()}
        self.least = {key: rram_statements.lowest_bits(curve, self.full[key][0])
                      for key, curve in self.curves.items()}

    def run(self, case, cell, bits, ranges, formats="dynamic", fidelity="quantised", choose=False,
            more=()):
        return self.tell(case, cell, bits, formats, fidelity)


def published(case, cell, bits, formats, fidelity):
    """A chip as the study tells of one."""
    energy = {"case 1": 1.0, "case 2": 1.4, "case 3": 1.05}[case]
    energy *= 1.02 if formats.startswith("fixed") else 1.0
    fails = fidelity == "analog" and case == "case 1" and cell == 4
    pair = case == "case 2"
    return report(bits, energy, (bits + 1) * (1.15 if pair else 1), 1.2 if pair else 0.7,
                  120 if formats.startswith("fixed") else 100, 10.0 if fails else 90.0, (2, 2, 0.9, 0.9))


def published_accuracy(case, _, bits):
    """Pairs keep their accuracy down to 4 b, others to 5 b; all fall at 3 b."""
    return 50.0 if bits == 3 else 88.0 if bits == 4 and case != "case 2" else 90.0


class Statements(unittest.TestCase):
    def test_what_is_published_is_reproduced(self):
        study = Fake(published, published_accuracy)
        told = {row[0]: row for row in rram_statements.all_statements(study)}
        self.assertEqual(list(told), list("abcdefgh"))
        self.assertEqual({letter for letter, row in told.items() if row[4] == "reproduced"},
                         set("abcdfgh"), told)
        self.assertIn("TOPS/W +2.0 %, -17 % set input bits", told["a"][3])
        self.assertIn("case 1 +80.0, case 2 +0.0, case 3 +0.0; case 1 at on/off 100 +80.0",
                      told["b"][3])
        self.assertIn("case 1 5/5/5; case 2 4/4/4; case 3 5/5/5", told["c"][3])
        self.assertIn("(case 1 5 b, case 3 5 b, case 3 5 b", told["e"][3])

    def test_the_other_way_round_is_not(self):
        def tell(case, cell, bits, formats, fidelity):
            other = "fixed" if formats == "dynamic" else "dynamic"
            found = published("case 1" if case == "case 2" else "case 2", cell, bits, other, "ideal")
            found["layers"].reverse()
            return found
        study = Fake(tell, lambda case, cell, bits: 90.0 if case != "case 2" or bits > 5 else 20.0)
        told = {row[0]: row[4] for row in rram_statements.all_statements(study)}
        for letter in "abcdf":
            self.assertEqual(told[letter], "not reproduced", letter)

    def test_a_trend_of_time_is_one_in_every_case(self):
        study = Fake(published, lambda case, cell, bits: 90.0)
        study.least = {key: 3 + key[1] for key in study.least}
        for bits in (4, 5, 7):
            for curve in study.curves.values():
                curve[bits] = (90.0, "minmax")
        self.assertEqual(rram_statements.throughput_statement(study)[4], "not reproduced")
        study.least["case 2", 4] = 3
        self.assertEqual(rram_statements.throughput_statement(study)[4], "reproduced")

    def test_fewest_bits_are_those_above_the_first_loss(self):
        self.assertEqual(rram_statements.lowest_bits({8: (90, 0), 6: (89, 0), 5: (88.9, 0),
                                                      4: (90, 0)}, 90), 6)
        self.assertEqual(rram_statements.lowest_bits({8: (90, 0), 3: (91, 0)}, 90), 3)

    def test_gains_by_hand(self):
        self.assertEqual(rram_statements.gains((4.0, 3.0, 2.0), (2.0, 2.0, 1.5)), (100, 50, 25))
        self.assertEqual(rram_statements.span([1, 1.2]), "1 %")
        self.assertEqual(rram_statements.span([1, 2.6], "x", 1), "1.0 to 2.6 x")


class Subjects(unittest.TestCase):
    def test_networks_that_the_study_takes(self):
        for name, sentence in (("nowhere", "nowhere: there is no such network."),
                               ("resnet20-cifar10", "resnet20-cifar10: its activations have trained "
                                "ranges; the study takes lenet5-fashion, or a network in floats.")):
            with self.assertRaises(rram_subject.Failure) as caught:
                rram_subject.Subject(name)
            self.assertEqual(str(caught.exception), sentence)
            errors = io.StringIO()
            with contextlib.redirect_stderr(errors), self.assertRaises(SystemExit) as ended:
                rram_study.main(["--network", name, "--data", str(folder(self))])
            self.assertEqual(ended.exception.code, 2)
            self.assertIn(sentence, errors.getvalue())

    def test_formats_of_a_network_with_trained_ranges(self):
        path = folder(self) / "x.yaml"
        subject = rram_subject.Subject("lenet5-fashion")
        self.assertEqual((subject.formats, subject.ranges), ("fixed", "shift"))
        for formats, end in (("fixed", 1), ("dynamic", 8)):
            subject.write(path, formats)
            file = yaml.safe_load(path.read_text(encoding="utf-8"))
            self.assertEqual(file["quantisation"]["weight_bits"], 8)
            self.assertEqual(file["activation_ranges"]["conv1_relu"], {"min": 0, "max": end})
            self.assertTrue(Path(file["onnx"]).is_file())

    def test_formats_of_a_network_in_floats(self):
        path = folder(self) / "x.yaml"
        subject = rram_subject.Subject("vgg8-cifar10")
        self.assertEqual((subject.formats, subject.ranges), ("dynamic", "minmax"))
        subject.write(path, "fixed", 8)
        fixed = yaml.safe_load(path.read_text(encoding="utf-8"))
        self.assertEqual(fixed["quantisation"]["scales"], "power_of_two")
        shipped = yaml.safe_load((subject.folder / "fixed.yaml").read_text(encoding="utf-8"))
        self.assertEqual(fixed["activation_ranges"], shipped["activation_ranges"])
        self.assertEqual(set(fixed["activation_ranges"]),
                         {"conv1", "conv2", "conv3", "conv4", "conv5", "conv6", "fc1"})
        subject.write(path, "dynamic")
        self.assertNotIn("activation_ranges", yaml.safe_load(path.read_text(encoding="utf-8")))
        self.assertEqual([subject.macro(cell)["cim.columns"] for cell in (1, 2, 4)],
                         [2048, 1024, 512])

    def test_training_images_in_the_place_of_test_images(self):
        data, view = folder(self), folder(self)
        for name in ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz",
                     "t10k-images-idx3-ubyte.gz"):
            (data / name).write_text(name)
        rram_subject.Subject("lenet5-fashion").training_as_test(data, view)
        self.assertEqual((view / "t10k-images-idx3-ubyte.gz").read_text(),
                         "train-images-idx3-ubyte.gz")
        self.assertEqual(len(list(view.iterdir())), 4)

    def test_points_that_are_kept_are_not_run_again(self):
        options = types.SimpleNamespace(ranges="minmax", images=10, granularity="layer",
                                        data=str(folder(self)))
        place, subject = folder(self), rram_subject.Subject("lenet5-fashion")
        for _ in range(2):
            study = rram_runs.Study(options, subject, place)
            ran = []
            study.execute = lambda out, command, ran=ran: (
                ran.append(command), out.mkdir(),
                (out / "report.json").write_text(json.dumps(report(8, accuracy=77.0))))
            self.assertEqual(study.accuracy("case 2", 1, 8, "minmax"), 77.0)
            self.assertEqual(study.accuracy("case 2", 1, 8, "minmax"), 77.0)
        self.assertEqual(ran, [])
        options.images = 20
        with self.assertRaises(rram_subject.Failure):
            rram_runs.Study(options, subject, place)

    def test_settings_of_a_point(self):
        options = types.SimpleNamespace(ranges=None, images=10, granularity="part",
                                        data=str(folder(self)))
        study = rram_runs.Study(options, rram_subject.Subject("lenet5-fashion"), folder(self))
        pair = study.settings("case 2", 4, 11, 2)
        self.assertEqual((pair["cim.converter.sharing"], pair["cim.converter.range_shift"]), (16, 2))
        # NeuroSim's 78 fJ of 8 b: energy_linear_ff x 8 b x (0.8 V)^2
        energy = float(study.settings("case 1", 1, 8, "minmax")["cim.converter.energy_linear_ff"])
        self.assertAlmostEqual(energy * 8 * 0.64, 78, delta=0.5)
        self.assertEqual(study.settings("case 1", 1, 8, "minmax")["cim.converter.range_bits"], 8)
        self.assertAlmostEqual(rram_runs.adc_area_um2(8, 120.0), 120.0)
        self.assertLess(rram_runs.adc_area_um2(4, 120.0), 80.0)


if __name__ == "__main__":
    unittest.main()
