"""Quantised networks that others made, against the outputs that came with them."""
import os
import tempfile
import unittest
from pathlib import Path

import numpy as np
import onnx
import yaml

from tool import Compiled, run

SHARED = Path(os.environ.get("LEYDEN_SHARED_DATA",
                             Path(__file__).resolve().parents[4] / "shared" / "data"))
MODELS = SHARED / "models"
IMAGINE = {"rows": 1152, "columns": 256, "rows_per_unit": 36, "range_shift": 1,
           "abn_entries": 1024}
# Output scale and zero point (signed codes) of the last layer before the Softmax.
LOGITS = {"resnet8_int8_qdq": (0.17185351, 24), "dscnn_int8_qdq": (0.14469251, 14)}
INPUTS = {"resnet8_int8_qdq": (1.0, 0), "dscnn_int8_qdq": (0.5847029, 211)}  # of u8 codes


@unittest.skipUnless(MODELS.is_dir(), f"no networks of others in {MODELS}")
class QuantisedModelsTest(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = Path(self.temporary.name)

    def logits(self, name):
        """The network without its Softmax."""
        model = onnx.load(MODELS / f"{name}.onnx")
        nodes = model.graph.node
        while nodes[-1].op_type != "Softmax":
            nodes.pop()
        model.graph.output[0].name = nodes.pop().input[0]
        onnx.save(model, self.folder / "logits.onnx")
        return self.folder / "logits.onnx"

    def test_fake_quantisation_gives_the_logits(self):
        """Float sums in another order move a code that lies at a tie, and so a few behind it."""
        for name, (scale, zero) in LOGITS.items():
            data = np.load(MODELS / f"{name}.npz")
            data["inputs"].tofile(self.folder / "x.f32")
            run("float", self.logits(name), self.folder / "x.f32", self.folder / "y.f32")
            values = np.fromfile(self.folder / "y.f32", np.float32).reshape(len(data["inputs"]), -1)
            codes = np.round(values / np.float32(scale)).astype(int) + zero
            with self.subTest(network=name):
                self.assertLessEqual(abs(codes - data["logits_codes"]).max(), 2)
                np.testing.assert_array_equal(codes.argmax(1), data["logits_codes"].argmax(1))
                print(name, "equal logits:", np.mean(codes == data["logits_codes"]))

    def compiled(self, name, geometry):
        data = np.load(MODELS / f"{name}.npz")
        scale, zero = INPUTS[name]
        images = data["input_codes"].astype(int) + 128
        np.testing.assert_allclose(np.clip(np.round(data["inputs"] / scale) + zero, 0, 255), images)
        channels, height, width = images.shape[1:]
        (self.folder / "network.yaml").write_text(yaml.safe_dump({
            "name": name, "onnx": str(self.logits(name)),
            "input": {"height": height, "width": width, "channels": channels, "scale": scale,
                      "zero_point": zero}, "classes": data["logits"].shape[1]}))
        compiled = Compiled(self.folder, self.folder / "network.yaml", geometry,
                            images.astype(np.uint8).transpose(0, 2, 3, 1))
        return data, compiled

    def agree(self, name, geometry, most, mean):
        data, compiled = self.compiled(name, geometry)
        logits = compiled.codes["quantised"][-1].astype(int) - 128
        error = abs(logits - data["logits_codes"])
        print(name, "logits off by codes:", np.bincount(error.ravel()))
        self.assertLessEqual(error.max(), most)
        self.assertLessEqual(error.mean(), mean)
        best = np.sort(data["logits_codes"].astype(int), axis=1)
        clear = best[:, -1] - best[:, -2] > 2 * error.max(1)
        self.assertGreaterEqual(np.count_nonzero(clear), 3)
        np.testing.assert_array_equal(logits.argmax(1)[clear],
                                      data["logits_codes"].argmax(1)[clear])
        np.testing.assert_array_equal(compiled.codes["ideal"][-1], compiled.codes["quantised"][-1])

    def test_host_reference_of_resnet8(self):
        """Every layer may be one code off, and gains have 8 fraction bits."""
        self.agree("resnet8_int8_qdq", IMAGINE, 6, 2)

    def test_host_reference_of_dscnn(self):
        self.agree("dscnn_int8_qdq", IMAGINE, 6, 2)


if __name__ == "__main__":
    unittest.main()
