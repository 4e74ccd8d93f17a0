"""Every bad input ends in one sentence: what, where, what would be right."""
import json
import tempfile
import unittest
from pathlib import Path

import numpy as np
import onnx
import yaml
from onnx import TensorProto, helper, numpy_helper

from tool import Refused, run

GEOMETRY = {"rows": 144, "columns": 64, "rows_per_unit": 36, "abn_entries": 64, "macros": 1,
            "lmem_bank_bytes": 4096}
value = helper.make_tensor_value_info
node = helper.make_node


def weights(*shape, seed=0):
    return np.random.default_rng(seed).normal(0, 1, shape).astype(np.float32)


def model(nodes, constants, shape=(1, 2, 8, 8), output="y", opset=13, inputs=None, outputs=None):
    graph = helper.make_graph(
        nodes, "g", inputs or [value("x", TensorProto.FLOAT, shape)],
        outputs or [value(output, TensorProto.FLOAT, None)],
        initializer=[numpy_helper.from_array(v, k) for k, v in constants.items()])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])


def conv(name="c", **attributes):
    return node("Conv", ["x", "w"], ["y"], name, **attributes)


W = {"w": weights(3, 2, 3, 3)}
SUPPORTED = (
    "Abs, Add, ArgMax, ArgMin, AveragePool, BatchNormalization, Cast, Celu, Clip, Concat, Conv, "
    "Div, Dropout, Elu, Exp, Flatten, Gemm, GlobalAveragePool, GlobalMaxPool, HardSigmoid, "
    "HardSwish, Identity, LeakyRelu, LogSoftmax, MatMul, Max, MaxPool, Mean, Min, Mul, Neg, PRelu, "
    "Pad, ReduceMax, ReduceMean, ReduceSum, Relu, Reshape, Selu, Sigmoid, Softmax, Softplus, "
    "Softsign, Sqrt, Squeeze, Sub, Sum, Tanh, ThresholdedRelu, Transpose, Unsqueeze")


class OnnxErrorsTest(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = Path(self.temporary.name)
        self.file = self.folder / "m.onnx"

    def sentence(self, what):
        if isinstance(what, bytes):
            self.file.write_bytes(what)
        elif what is not None:
            onnx.save(what, self.file)
        np.zeros(1, np.float32).tofile(self.folder / "x.f32")
        with self.assertRaises(Refused) as caught:
            run("float", self.file, self.folder / "x.f32", self.folder / "y.f32")
        text = str(caught.exception)
        self.assertTrue(text.startswith(f"{self.file}: "), text)
        self.assertNotIn("\n", text)
        return text[len(f"{self.file}: "):]

    def test_files(self):
        self.assertEqual(self.sentence(None), "cannot be read; an ONNX file is needed")
        for junk in (b"", b"hello", b"\x7fELF" + bytes(100)):
            self.assertEqual(self.sentence(junk), "is not an ONNX file, or holds no network")
        good = model([conv()], W).SerializeToString()
        self.assertEqual(self.sentence(good[:len(good) // 2]),
                         "is not an ONNX file, or holds no network")

    def test_graphs(self):
        self.assertEqual(self.sentence(model([conv()], W, opset=6)),
                         "opset 6 is not supported; convert the model to opset 7 or later")
        self.assertEqual(
            self.sentence(model([conv()], W, shape=(4, 2, 8, 8))),
            "input 'x' of shape 4x2x8x8 is not supported; 1 x channels x height x width with "
            "fixed sizes is")
        two = [value("x", 1, (1, 2, 8, 8)), value("z", 1, (1, 2, 8, 8))]
        self.assertEqual(self.sentence(model([conv()], W, inputs=two)),
                         "has more than one input ('x' and 'z'); one image is supported")
        outputs = [value("y", 1, None), value("y2", 1, None)]
        self.assertEqual(self.sentence(model([conv()], W, outputs=outputs)),
                         "a network with one input and one output is needed; it has 2 outputs and "
                         "one input")
        self.assertEqual(self.sentence(model([conv()], W, output="z")),
                         "no node computes the output 'z'")
        self.assertEqual(
            self.sentence(model([node("Relu", ["nothing"], ["y"], "r")], {})),
            "node 'r' (Relu): input 'nothing' must depend on the image, and be computed before it")
        self.assertEqual(
            self.sentence(model([node("Conv", ["x", "v"], ["y"], "c")], W)),
            "node 'c' (Conv): input 1 must be a constant of float values for its weights to be "
            "written into a macro")

    def test_operators_and_attributes(self):
        cases = [
            (node("DepthToSpace", ["x"], ["y"], "s", blocksize=2, mode="CRD"), {},
             "node 's' (DepthToSpace): this operator with attributes blocksize 2, mode 'CRD' is "
             f"not supported; supported are {SUPPORTED}"),
            (node("LRN", ["x"], ["y"], "l", size=3), {},
             "node 'l' (LRN): this operator with attributes size 3 is not supported; the nearest "
             "supported form is BatchNormalization"),
            (conv(dilations=[2, 17]), W,
             "node 'c' (Conv): attribute dilations [2, 17] is not supported; it needs 2 values of "
             "1 to 16"),
            (conv(group=2), W,
             "node 'c' (Conv): attribute group 2 does not fit weights of shape [3, 2, 3, 3] and 2 "
             "input channels; it must divide both"),
            (conv(strides=[0, 1]), W,
             "node 'c' (Conv): attribute strides [0, 1] is not supported; it needs 2 values of 1 "
             "to 255"),
            (conv(pads=[1, 1]), W,
             "node 'c' (Conv): attribute pads [1, 1] is not supported; it needs 4 values of 0 to "
             "255"),
            (conv(auto_pad="SAME"), W,
             "node 'c' (Conv): attribute auto_pad SAME is not supported; the nearest supported "
             "forms are NOTSET, VALID, SAME_UPPER and SAME_LOWER"),
            (conv(kernel_shape=[5, 5]), W,
             "node 'c' (Conv): attribute kernel_shape [5, 5] does not fit weights of shape "
             "[3, 2, 3, 3]"),
            (conv(), {"w": weights(3, 2, 3)},
             "node 'c' (Conv): weights of shape [3, 2, 3] do not fit an input of shape "
             "[1, 2, 8, 8]"),
            (conv(), {"w": weights(3, 2, 3, 3, 3)},
             "node 'c' (Conv): weights of shape [3, 2, 3, 3, 3] are not supported; a 2-D "
             "convolution has [out, in, height, width]"),
            (conv(alpha=1.0), W,
             "node 'c' (Conv): attribute alpha is not supported; leave it out"),
            (node("MaxPool", ["x"], ["y"], "p", kernel_shape=[2, 2], pads=[2, 0, 0, 0]), {},
             "node 'p' (MaxPool): window number 0 holds nothing but padding; pads must be smaller "
             "than the kernel"),
            (node("Flatten", ["x"], ["y"], "f", axis=5), {},
             "node 'f' (Flatten): attribute axis 5 does not fit an input of 4 dimensions"),
            (node("Reshape", ["x", "s"], ["y"], "r"), {"s": np.array([2, 65])},
             "node 'r' (Reshape): reshaping [1, 2, 8, 8] to [2, 65] is not possible; the new shape "
             "must hold 128 values"),
            (node("Gemm", ["x", "w"], ["y"], "g", transA=1), {"w": weights(128, 3)},
             "node 'g' (Gemm): an input of shape [1, 2, 8, 8] with transA 1 is not supported; the "
             "nearest supported form is [1, 128] with transA 0"),
            (node("Add", ["x", "c"], ["y"], "a"), {"c": weights(1, 2, 8, 8)},
             "node 'a' (Add): a constant of shape [1, 2, 8, 8] cannot be applied to a tensor of "
             "shape 2x8x8; one value, or one a channel, is supported"),
            (node("Mul", ["x", "x"], ["y"], "m"), {},
             "node 'm' (Mul): the product of two computed tensors is not supported; the nearest "
             "supported forms are Mul by a constant, and HardSwish"),
            (node("Div", ["c", "x"], ["y"], "d"), {"c": weights(1)},
             "node 'd' (Div): dividing by a computed tensor is not supported; the nearest "
             "supported form is Div by a constant"),
            (node("Div", ["x", "c"], ["y"], "d"), {"c": np.zeros(1, np.float32)},
             "node 'd' (Div): dividing by 0 is not possible"),
            (node("Max", ["x", "x"], ["y"], "m"), {},
             "node 'm' (Max): of two computed tensors is not supported; the nearest supported form "
             "is Max of a tensor and a constant of one value"),
            (node("PRelu", ["x", "c"], ["y"], "p"), {"c": weights(2, 1, 1)},
             "node 'p' (PRelu): slopes of shape [2, 1, 1] with different values are not supported; "
             "the nearest supported form is one slope"),
            (node("Concat", ["x", "x"], ["y"], "j", axis=2), {},
             "node 'j' (Concat): joining an input of shape [1, 2, 8, 8] along axis 2 is not "
             "supported; the nearest supported form joins the channels"),
            (node("Softmax", ["x"], ["y"], "s", axis=-1), {},
             "node 's' (Softmax): an input of shape [1, 2, 8, 8] with axis 3 is not supported; the "
             "nearest supported form runs along the channels"),
            (node("ReduceMean", ["x"], ["y"], "m", axes=[1]), {},
             "node 'm' (ReduceMean): reducing an input of shape [1, 2, 8, 8] so is not supported; "
             "the nearest supported form reduces height and width"),
            (node("ReduceMean", ["x"], ["y"], "m", axes=[4]), {},
             "node 'm' (ReduceMean): axis 4 does not fit an input of 4 dimensions"),
            (node("Pad", ["x", "p"], ["y"], "p", mode="reflect"), {"p": np.ones(8, np.int64)},
             "node 'p' (Pad): attribute mode reflect is not supported; the nearest supported form "
             "is constant"),
            (node("Pad", ["x", "p"], ["y"], "p"), {"p": np.ones(8, np.int64)},
             "node 'p' (Pad): padding [1, 1, 1, 1, 1, 1, 1, 1] is not supported; only height and "
             "width may be padded"),
            (node("Cast", ["x"], ["y"], "c", to=6), {},
             "node 'c' (Cast): attribute to 6 is not supported for a computed tensor; the nearest "
             "supported form is a cast to float"),
            (node("Relu", ["x"], ["y"], "r", domain="com.example"), {},
             "node 'r' (Relu): operators of domain 'com.example' are not supported"),
        ]
        for made, constants, sentence in cases:
            with self.subTest(sentence=sentence):
                self.assertEqual(self.sentence(model([made], constants)), sentence)

    def test_shapes(self):
        cases = [
            ([node("Conv", ["x", "w"], ["y"], "c")], {"w": weights(3, 5, 3, 3)},
             "node 'c' (Conv): weights for 5 input channels do not fit the input of shape 2x8x8"),
            ([node("Flatten", ["x"], ["f"]), node("Gemm", ["f", "w"], ["y"], "g")],
             {"w": weights(127, 3)},
             "node 'g' (Gemm): weights for 127 inputs do not fit the input of shape 2x8x8"),
            ([node("Transpose", ["x"], ["t"], perm=[0, 2, 1, 3]),
              node("Relu", ["t"], ["r"]), node("GlobalAveragePool", ["r"], ["y"], "g")], {},
             "node 'g' (GlobalAveragePool): its input of shape [1, 8, 2, 8] is tensor 'r' of shape "
             "2x8x8 with its values in another order; a Transpose or Reshape before it is "
             "supported where it only relabels channels x height x width"),
            ([node("Relu", ["x"], ["r"]), node("Transpose", ["r"], ["t"], perm=[0, 2, 3, 1]),
              node("Flatten", ["t"], ["y"])], {},
             "the values of output 'y' are in another order than channels, height, width; leave "
             "out the Transpose before it"),
            ([node("Relu", ["x"], ["r"]), node("Concat", ["x", "r"], ["y"], "j", axis=-3),
              node("Reshape", ["y", "s"], ["z"], "s")], {"s": np.array([1.5], np.float32)},
             "node 's' (Reshape): its shape (input 1) must be a constant of integers"),
            ([node("Conv", ["x", "w"], ["z"], "c"), node("Add", ["x", "z"], ["y"], "a")], W,
             "node 'a' (Add): inputs of shapes 2x8x8 and 3x6x6 cannot be added; both must have the "
             "same shape"),
            ([node("MaxPool", ["x"], ["y"], "p", kernel_shape=[9, 9])], {},
             "node 'p' (MaxPool): a kernel of 9x9 does not fit the padded input of shape 2x8x8"),
            ([node("Conv", ["x", "w", "b"], ["y"], "c")], {**W, "b": weights(4)},
             "node 'c' (Conv): input 'b' holds 4 values where 3 are needed"),
        ]
        for nodes, constants, sentence in cases:
            with self.subTest(sentence=sentence):
                self.assertEqual(self.sentence(model(nodes, constants)), sentence)

    def test_constants(self):
        bad = weights(3, 2, 3, 3)
        bad[0, 0, 0, 0] = np.nan
        self.assertEqual(self.sentence(model([conv()], {"w": bad})),
                         "constant 'w': holds a value that is not finite")
        bad[0, 0, 0, 0] = np.inf
        self.assertEqual(self.sentence(model([conv()], {"w": bad})),
                         "constant 'w': holds a value that is not finite")
        self.assertEqual(self.sentence(model([conv()], {"w": W["w"].astype(np.complex64)})),
                         "constant 'w': data type 14 is not supported; use float32 values")
        short = model([conv()], W)
        short.graph.initializer[0].dims[0] = 4
        self.assertEqual(self.sentence(short),
                         "constant 'w': holds 54 values where its shape needs 72")

    def test_data_beside_the_file(self):
        size = W["w"].nbytes
        good = [("location", "data.bin"), ("offset", "4"), ("length", str(size))]
        W["w"].tofile(self.folder / "w.bin")
        (self.folder / "data.bin").write_bytes(bytes(4) + (self.folder / "w.bin").read_bytes())
        (self.folder / "link.bin").symlink_to("/etc/hostname")
        inside = "must lie inside the model's folder"
        cases = [
            ({"location": "../data.bin"}, f"its external data '../data.bin' {inside}"),
            ({"location": "/etc/hostname"}, f"its external data '/etc/hostname' {inside}"),
            ({"location": "link.bin"}, f"its external data 'link.bin' {inside}"),
            ({"location": "none.bin"}, "its external data 'none.bin' cannot be read"),
            ({"location": "."}, "its external data '.' must lie inside the model's folder"),
            ({"location": ""}, "the location of its external data is missing"),
            ({"offset": "5"}, f"its external data at offset 5 of length {size} goes beyond the "
                              f"{size + 4} bytes of 'data.bin'"),
            ({"offset": "-1"}, "the offset '-1' of its external data is no whole number"),
            ({"length": str(2 ** 64 - 1)}, f"its external data at offset 4 of length {2 ** 64 - 1} "
                                           f"goes beyond the {size + 4} bytes of 'data.bin'"),
            ({"length": "8"}, "holds 2 values where its shape needs 54"),
        ]
        for change, sentence in cases:
            made = model([conv()], W)
            tensor = made.graph.initializer[0]
            tensor.ClearField("raw_data")
            tensor.data_location = TensorProto.EXTERNAL
            for key, text in {**dict(good), **change}.items():
                tensor.external_data.add(key=key, value=text)
            with self.subTest(sentence=sentence):
                self.assertEqual(self.sentence(made.SerializeToString()),
                                 f"constant 'w': {sentence}")


class CompileErrorsTest(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = Path(self.temporary.name)

    def network(self, nodes, constants, shape=(2, 8, 8), classes=3, **keys):
        onnx.save(model(nodes, constants, (1, *shape)), self.folder / "m.onnx")
        c, h, w = shape
        content = {"name": "n", "onnx": "m.onnx", "classes": classes,
                   "input": {"height": h, "width": w, "channels": c, "scale": 0.01}, **keys}
        (self.folder / "network.yaml").write_text(yaml.safe_dump(content))

    def sentence(self, geometry=None, images=1):
        (self.folder / "g.json").write_text(json.dumps({**GEOMETRY, **(geometry or {})}))
        rng = np.random.default_rng(0)
        rng.integers(0, 256, 1000000 if images else 0, np.uint8).tofile(self.folder / "i.u8")
        with self.assertRaises(Refused) as caught:
            run("compile", self.folder / "network.yaml", self.folder / "g.json",
                self.folder / "i.u8", self.folder)
        self.assertNotIn("\n", str(caught.exception))
        return str(caught.exception)

    FLAT = [node("Flatten", ["x"], ["f"]), node("Gemm", ["f", "w"], ["y"], "fc")]
    FLAT_W = {"w": weights(128, 3)}

    def test_network_and_graph_must_fit(self):
        self.network(self.FLAT, self.FLAT_W)
        text = (self.folder / "network.yaml").read_text()
        (self.folder / "network.yaml").write_text(text.replace("height: 8", "height: 9"))
        self.assertEqual(self.sentence(), "network 'n': its file states an input of 2x9x8 and its "
                                          "graph takes 2x8x8 (channels x height x width)")
        self.network(self.FLAT, self.FLAT_W, classes=10)
        self.assertEqual(self.sentence(),
                         "network 'n': its file states 10 classes and its graph computes 3x1x1 "
                         "values")
        logits = [self.FLAT[0], node("Gemm", ["f", "w"], ["logits"]), node("Softmax", ["logits"], ["y"])]
        self.network(logits, self.FLAT_W, activation_ranges={"logit": {"min": -1, "max": 1}})
        self.assertEqual(self.sentence(), "network 'n': activation_ranges names 'logit', which no "
                                          "layer computes; did you mean 'logits'?")
        relu = [*self.FLAT[:1], node("Gemm", ["f", "w"], ["g"]), node("Relu", ["g"], ["y"])]
        self.network(relu, self.FLAT_W, activation_ranges={"y": {"min": -1, "max": 1}})
        self.assertEqual(self.sentence(), "network 'n': activation_ranges.y.min must be 0, for the "
                                          "tensor comes out of a Relu")

    def test_calibration_images_are_asked_for(self):
        self.network(self.FLAT, self.FLAT_W)
        self.assertEqual(self.sentence(images=0),
                         "tensor 'y' has no activation range; give one under "
                         "activation_ranges, or calibration images")
        self.network([node("Flatten", ["x"], ["f"]), node("Gemm", ["f", "w"], ["y"], "fc")],
                     {"w": weights(512, 3)}, (2, 16, 16),
                     activation_ranges={"y": {"min": -8, "max": 8}})
        self.assertEqual(self.sentence(images=0),
                         "layer 'fc': its 512 rows are split over several tiles, whose range must "
                         "be chosen from data; give calibration images")

    def test_chip_limits(self):
        self.network(self.FLAT, self.FLAT_W)
        cases = [
            ({"rows_per_unit": 35}, "chip geometry: rows_per_unit 35 is not possible; it must "
                                    "divide the rows of the macro"),
            ({"columns": 60}, "chip geometry: columns 60 is not possible; a multiple of 8 up to "
                              "65528 is needed"),
            ({"macros": 17}, "chip geometry: macros 17 is not possible; 1 to 16 are addressed"),
            ({"weight_bits": 2}, "layer 'fc': weights of 4 bits are beyond the chip's 2 bits"),
            ({"input_bits": 4}, "layer 'fc': input codes of 8 bits are beyond the chip's 4 bits"),
            ({"output_bits": 7},
             "layer 'fc': output codes of 8 bits are beyond the chip's 7 bits"),
            ({"pages": 3}, "chip geometry: pages 3 is not possible; each must hold the same number "
                           "of whole units"),
            ({"cell_bits": 5}, "chip geometry: cell_bits 5 is not possible; 1 to 4 are possible"),
            ({"representation": 1, "weight_bits": 1},
             "chip geometry: weight_bits 1 is not possible; a sign and a magnitude take at least 2"),
        ]
        for geometry, sentence in cases:
            self.assertEqual(self.sentence(geometry), sentence)

    def test_lmem_that_is_too_small(self):
        big = {"w": weights(3, 2, 3, 3), "v": weights(3, 3 * 62 * 62)}
        nodes = [node("Conv", ["x", "w"], ["c"], "conv"), node("Flatten", ["c"], ["f"]),
                 node("Gemm", ["f", "v"], ["y"], "fc", transB=1)]
        self.network(nodes, big, (2, 64, 64))
        self.assertEqual(self.sentence({"lmem_bank_bytes": 4096}),
                         "layer 'fc': its whole input with what belongs to it takes 12896 bytes of "
                         "LMEM, and the chip's has 8192; a chip with larger LMEM banks is needed")

    def test_network_file(self):
        file = self.folder / "network.yaml"
        self.network(self.FLAT, self.FLAT_W)
        good = yaml.safe_load(file.read_text())
        cases = [
            ({"oonx": "m.onnx"}, "key 'oonx' is not a known key; did you mean 'onnx'?"),
            ({"classes": None}, "key 'classes' must be a whole number from 1 to 65535"),
            ({"classes": 0}, "key 'classes' must be a whole number from 1 to 65535"),
            ({"input": 3}, "input must be a map of keys to values"),
            ({"input": {**good["input"], "scal": 1}},
             "input: key 'scal' is not a known key; did you mean 'scale'?"),
            ({"input": {"height": 8, "width": 8, "channels": 2}},
             "input: key 'scale' is missing"),
            ({"quantisation": {"weight_bits": 9}},
             "quantisation: key 'weight_bits' must be a whole number from 1 to 8"),
            ({"quantisation": {"weight_bits": 4.5}},
             "quantisation: key 'weight_bits' must be a whole number from 1 to 8"),
            ({"quantisation": {"activation_percentile": 200}},
             "quantisation: key 'activation_percentile' must be a number from 50 to 100"),
            ({"activation_ranges": {"y": {"min": 1, "max": 2}}},
             "activation_ranges.y must have min below max, with 0 in the range"),
        ]
        for change, sentence in cases:
            with self.subTest(sentence=sentence):
                file.write_text(yaml.safe_dump({**good, **change}))
                self.assertEqual(self.sentence(), f"{file}: {sentence}")
        file.write_text("name: [")
        self.assertRegex(self.sentence(), r"^.*network.yaml: line \d+ is not valid YAML \(.*\)$")
        file.unlink()
        self.assertEqual(self.sentence(),
                         f"{file}: cannot be read; a network file (network.yaml) is needed")


class ImageErrorsTest(unittest.TestCase):
    def test_damaged_images(self):
        with tempfile.TemporaryDirectory() as name:
            file = Path(name) / "image.bin"
            cases = [
                (b"", "is not a network image: 0 bytes are less than its header"),
                (bytes(128), "is not a network image: wrong magic"),
                (b"LYDN" + (9).to_bytes(4, "little") + bytes(120),
                 "image version 9 is not supported; compile the network again for version 2"),
                (b"LYDN" + (2).to_bytes(4, "little") + bytes(120),
                 "has 128 bytes where its header states 0 (a multiple of 16)"),
                (b"LYDN" + (2).to_bytes(4, "little") + (128).to_bytes(4, "little")
                 + (1).to_bytes(4, "little") + bytes(112),
                 "its checksum is wrong: the file is damaged; compile the network again"),
            ]
            for content, sentence in cases:
                file.write_bytes(content)
                with self.assertRaises(Refused) as caught:
                    run("read", file)
                self.assertEqual(str(caught.exception), f"{file}: {sentence}")


if __name__ == "__main__":
    unittest.main()
