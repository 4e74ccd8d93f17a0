"""The float executor against PyTorch, and against networks that others made."""
import tempfile
import unittest
from pathlib import Path

import numpy as np
import onnx
import torch

from networks import Builder, random_network
from tool import run

MODELS = Path(__file__).resolve().parents[4] / "shared" / "data" / "models"


def execute(folder, model, x):
    """Output of the float executor for one image x, (C, H, W)."""
    path = model
    if not isinstance(model, Path):
        path = folder / "model.onnx"
        onnx.save(model, path)
    np.ascontiguousarray(x, np.float32).tofile(folder / "x.f32")
    notes = run("float", path, folder / "x.f32", folder / "y.f32")
    return np.fromfile(folder / "y.f32", np.float32), notes


class FloatExecutorTest(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = Path(self.temporary.name)

    def test_random_networks_agree_with_pytorch(self):
        for seed in range(60):
            rng = np.random.default_rng(1000 + seed)
            b = random_network(rng, opset=int(rng.choice([7, 9, 11, 13, 17])))
            x = rng.normal(0, 1, (1, *b.input_shape)).astype(np.float32)
            expected = b.evaluate(x)[b.last].numpy().ravel()
            with self.subTest(seed=seed):
                y, _ = execute(self.folder, b.model(), x[0])
                np.testing.assert_allclose(y, expected, rtol=1e-4,
                                           atol=1e-4 * max(1, abs(expected).max()))

    def test_padding_strides_and_ceil_mode_one_by_one(self):
        cases = [
            lambda b: b.conv(3, (3, 2), (2, 1), (2, 0, 0, 1)),
            lambda b: b.conv(2, (1, 1), (2, 2), (0, 0, 0, 0)),
            lambda b: b.conv(2, (3, 3), (2, 2), auto_pad="SAME_UPPER"),
            lambda b: b.conv(2, (2, 4), (1, 2), auto_pad="SAME_LOWER"),
            lambda b: b.max_pool((3, 2), (2, 2), (1, 0, 1, 1)),
            lambda b: b.max_pool((3, 3), (2, 2), ceil=True),
            lambda b: b.average_pool((2, 3), (2, 1), (1, 0, 0, 2)),
            lambda b: b.global_average_pool(),
        ]
        for i, case in enumerate(cases):
            rng = np.random.default_rng(i)
            b = Builder(rng, (2, 7, 8))
            case(b)
            x = rng.normal(0, 1, (1, 2, 7, 8)).astype(np.float32)
            with self.subTest(case=i):
                y, _ = execute(self.folder, b.model(), x[0])
                np.testing.assert_allclose(y, b.evaluate(x)[b.last].numpy().ravel(), atol=1e-5)

    def test_identity_dropout_constant_and_softmax(self):
        rng = np.random.default_rng(5)
        weight = rng.normal(0, 1, (6, 4)).astype(np.float32)
        helper = onnx.helper
        nodes = [
            helper.make_node("Identity", ["input"], ["same"]),
            helper.make_node("Constant", [], ["w"], value=onnx.numpy_helper.from_array(weight)),
            helper.make_node("Gemm", ["same", "w"], ["sum"], "fc", alpha=0.5),
            helper.make_node("Dropout", ["sum"], ["kept"]),
            helper.make_node("Softmax", ["kept"], ["probability"], "softmax", axis=1),
        ]
        value = helper.make_tensor_value_info
        graph = helper.make_graph(nodes, "g", [value("input", 1, ["batch", 6])],
                                  [value("probability", 1, ["batch", 4])])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
        x = rng.normal(0, 1, 6).astype(np.float32)
        y, notes = execute(self.folder, model, x)
        expected = torch.softmax(torch.from_numpy(0.5 * x @ weight), 0).numpy()
        np.testing.assert_allclose(y, expected, atol=1e-6)
        self.assertEqual(notes, "")

    @unittest.skipUnless(MODELS.is_dir(), f"no networks of others in {MODELS}")
    def test_networks_of_others(self):
        for stem, model in (("mnist_test_data_0", "mnist_model_opset13"),
                            ("mnist_test_data_1", "mnist_model_opset13"),
                            ("mnist_test_data_2", "mnist_model_opset13"),
                            ("resnet8_float", "resnet8_float"),
                            ("dscnn_float", "dscnn_float")):
            data = np.load(MODELS / f"{stem}.npz")
            inputs = data["inputs"].reshape(-1, *data["inputs"].shape[-3:])
            outputs = data["outputs"]
            for x, expected in zip(inputs, outputs, strict=True):
                y, _ = execute(self.folder, MODELS / f"{model}.onnx", x)
                np.testing.assert_allclose(y, expected, rtol=1e-4,
                                           atol=1e-4 * abs(expected).max())


if __name__ == "__main__":
    unittest.main()
