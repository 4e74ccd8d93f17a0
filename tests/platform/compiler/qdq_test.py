"""Quantised ONNX graphs (QDQ, QLinear, Integer) against onnxruntime-web: the float executor with
fake quantisation, and the compiled network's host reference, code by code."""
import os
import tempfile
import unittest
from pathlib import Path

import numpy as np
import onnx

import onnxruntime_web
from quantised_networks import LOWEST, QuantisedBuilder
from tool import Compiled, Refused, run

SEEDS = int(os.environ.get("LEYDEN_QDQ_SEEDS", "2"))
IMAGES = 3
GEOMETRY = {"rows": 1152, "columns": 512, "rows_per_unit": 36, "macros": 4}


def conv(*given, **options):
    def make(b):
        rng = b.rng
        kernel = tuple(int(k) for k in rng.integers(1, 4, 2))
        b.conv(int(rng.integers(2, 12)), kernel, tuple(int(s) for s in rng.integers(1, 3, 2)),
               tuple(int(p) for p in rng.integers(0, min(kernel), 4)), *given, **options)
    return make


def gemm(**options):
    return lambda b: b.gemm(int(b.rng.integers(3, 20)), **options)


def residual(clamp=None):
    def make(b):
        b.conv(4, (3, 3), pads=(1, 1, 1, 1), clamp="relu" if b.form == "qdq" else None)
        trunk = b.last
        b.conv(4, (3, 3), pads=(1, 1, 1, 1))
        b.add(trunk, clamp)
    return make


def joined(b):
    b.conv(3, (1, 1))
    first = b.last
    b.conv(5, (3, 3), pads=(1, 1, 1, 1))
    b.concat(first)


# Name, form, what is appended.
CASES = [
    ("conv", "qdq", conv()),
    ("conv per tensor", "qdq", conv(per_channel=False)),
    ("conv uint8 weights", "qdq", conv(weight_type="uint8")),
    ("conv without bias", "qdq", conv(bias=False)),
    ("conv relu", "qdq", conv(clamp="relu")),
    ("conv clip", "qdq", conv(clamp="clip")),
    ("gemm", "qdq", gemm()),
    ("gemm not transposed", "qdq", gemm(transposed=False)),
    ("matmul", "qdq", gemm(transposed=False, bias=False)),
    ("add", "qdq", residual()),
    ("add relu", "qdq", residual("relu")),
    ("max pool", "qdq", lambda b: b.max_pool((3, 2), (2, 2))),
    ("max pool to other codes", "qdq", lambda b: b.max_pool((2, 2), (2, 2), True)),
    ("average pool", "qdq", lambda b: b.average_pool((2, 3), (2, 1))),
    ("global average pool", "qdq", lambda b: b.global_average_pool()),
    ("QLinearConv", "qlinear", conv()),
    ("QLinearConv per tensor", "qlinear", conv(per_channel=False, bias=False)),
    ("QLinearMatMul", "qlinear", gemm(transposed=False)),
    ("QGemm", "qlinear", gemm()),
    ("QLinearAdd", "qlinear", residual()),
    ("MaxPool of codes", "qlinear", lambda b: b.max_pool((2, 2), (2, 2))),
    ("QLinearAveragePool", "qlinear", lambda b: b.average_pool((2, 2), (2, 2))),
    ("QLinearGlobalAveragePool", "qlinear", lambda b: b.global_average_pool()),
    ("ConvInteger", "integer", conv(weight_type="uint8", clamp="relu")),
    ("ConvInteger per tensor", "integer", conv(False, "uint8", False)),
    ("MatMulInteger", "integer", gemm()),
]
CONCAT = [("concat", "qdq", joined), ("QLinearConcat", "qlinear", joined)]


def builder(case, seed):
    """A network that ends in the tensor under test."""
    name, form, append = case
    rng = np.random.default_rng([seed, sum(map(ord, name))])
    # onnxruntime multiplies uint8 codes in the Integer operators, ConvInteger by uint8 weights.
    types = ("uint8",) if form == "integer" else ("uint8", "int8")
    b = QuantisedBuilder(rng, (int(rng.integers(1, 5)), 8, 7), form, types,
                         input_codes=bool(form == "qlinear" and rng.integers(2)))
    if form == "qlinear":
        b.types = (b.input.type,)  # its integer operators take one type throughout
    append(b)
    return b


def unsigned(array, codes):
    return array.astype(int).ravel() - LOWEST[codes.type]


def gain_error(compiled, layer):
    """Codes that the rounding of each output's gain can cost, at most."""
    if "gamma" not in layer:
        return np.zeros(1)
    scale_x = compiled.tensor(layer["inputs"][0])["scale"]
    scale_y = compiled.tensor(layer["output"])["scale"]
    units = layer["units"] * GEOMETRY["rows_per_unit"]
    lsb = units * 2.0 ** (8 + layer["weight_bits"] - layer["converter_bits"])
    exact = np.array(layer["weight_scale"]) * scale_x / scale_y * lsb
    rounded = np.array(layer["gamma"]) / 256
    return np.floor(256 * abs(rounded / exact - 1))


class QuantisedGraphTest(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = Path(self.temporary.name)

    def networks(self, cases, seeds, classifier=False):
        """Networks of every case with their images, and onnxruntime's codes of each image."""
        made, jobs = [], []
        for case in cases:
            for seed in range(seeds):
                b = builder(case, seed)
                tested = b.last
                if classifier and tested.shape[1:] != (1, 1):
                    b.global_average_pool()
                images = b.rng.integers(0, 256, (IMAGES, *b.input.shape)).astype(np.uint8)
                path = self.folder / f"network{len(made)}.onnx"
                onnx.save(b.model(() if b.last is tested else (tested,)), path)
                made.append((case[0], seed, b, tested, images, path))
                jobs += [(path, {"input": b.oracle_input(image)}) for image in images]
        answers = iter(onnxruntime_web.run(jobs))
        for name, seed, b, tested, images, path in made:
            expected = [next(answers) for _ in images]
            for answer in expected:
                if isinstance(answer, onnxruntime_web.Failed):
                    raise AssertionError(f"{name} {seed}: {answer}")
            yield name, seed, b, tested, images, path, [
                unsigned(answer[tested.name], tested) for answer in expected]

    def executed(self, path, b, tested, images):
        """Codes of the tensor under test as the float executor gives them."""
        stored = images.astype(np.int16) + LOWEST[b.input.type]
        real = (stored - b.input.zero_point) * np.float32(b.input.scale)
        real.astype(np.float32).tofile(self.folder / "x.f32")
        run("float", path, self.folder / "x.f32", self.folder / "y.f32")
        y = np.fromfile(self.folder / "y.f32", np.float32)
        return (np.round(y / np.float32(tested.scale)).astype(int) + tested.zero_point
                - LOWEST[tested.type])

    def test_fake_quantisation_gives_the_codes_of_onnxruntime(self):
        """Both compute in float32, in another order: codes differ at ties alone."""
        equal = total = 0
        for name, seed, b, tested, images, path, expected in self.networks(
                CASES, SEEDS):
            got = self.executed(path, b, tested, images)
            want = np.concatenate(expected)
            with self.subTest(case=name, seed=seed):
                self.assertLessEqual(abs(got - want).max(), 1)
            equal += np.count_nonzero(got == want)
            total += got.size
        print(f"fake quantisation: {equal} of {total} codes equal")
        self.assertGreater(equal / total, 0.999)

    def test_host_reference_gives_the_codes_of_onnxruntime_within_one(self):
        """The chip rounds once a layer, half up, with gains of 8 and offsets of 4 fraction bits."""
        equal = total = 0
        for name, seed, b, tested, images, _, expected in self.networks(CASES, SEEDS, True):
            network = b.write(self.folder)
            compiled = Compiled(self.folder, network, GEOMETRY, images.transpose(0, 2, 3, 1))
            at = len(compiled.plan["layers"]) - (1 if b.last is tested else 2)
            layer = compiled.plan["layers"][at]
            out = compiled.tensor(layer["output"])
            with self.subTest(case=name, seed=seed):
                self.assertEqual(out["scale"], tested.scale)
                self.assertEqual(out["zero_point"], tested.zero_point - LOWEST[tested.type])
                c, h, w = out["shape"]
                want = np.stack(expected).reshape(-1, c, h * w).transpose(0, 2, 1)
                got = compiled.codes["ideal"][at].reshape(-1, h * w, c).astype(int)
                bound = 1 + gain_error(compiled, layer)
                if layer["kind"] == "add":  # each input may be one code off already
                    bound = bound + np.ceil(sum(
                        compiled.tensor(i)["scale"] for i in layer["inputs"]) / out["scale"])
                error = abs(got - want)
                self.assertTrue((error <= bound).all())
                np.testing.assert_array_equal(compiled.codes["ideal"][at],
                                              compiled.codes["quantised"][at])
            equal += np.count_nonzero(error == 0)
            total += error.size
        print(f"host reference: {equal} of {total} codes equal")
        self.assertGreater(equal / total, 0.96)

    def test_concat(self):
        for name, seed, b, tested, images, path, expected in self.networks(CONCAT, SEEDS):
            try:
                got = self.executed(path, b, tested, images)
            except Refused as refusal:
                if "(Concat): this operator is not supported" in str(refusal):
                    self.skipTest("Concat is not read yet")
                raise
            with self.subTest(case=name, seed=seed):
                self.assertLessEqual(abs(got - np.concatenate(expected)).max(), 1)


if __name__ == "__main__":
    unittest.main()
