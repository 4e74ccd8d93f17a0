"""Tests of scripts/train: readers, quantisers against integer references, export, command line."""
import contextlib
import gzip
import io
import struct
import sys
import tempfile
import unittest
from fractions import Fraction
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "train"))

import augment  # noqa: E402
import data  # noqa: E402
import evaluate  # noqa: E402
import export  # noqa: E402
import quantise  # noqa: E402
import train  # noqa: E402
from networks import RECIPES, LeNet5, Recipe  # noqa: E402

NETWORKS = ROOT / "configs" / "networks"
TOY = Recipe("toy", "idx", "toy", "bars for a test")

torch.set_num_threads(1)


def idx_bytes(array, magic=None):
    """Return `array` as an IDX file, written out by hand."""
    array = np.asarray(array, np.uint8)
    magic = 0x0800 + array.ndim if magic is None else magic
    return struct.pack(f">{1 + array.ndim}I", magic, *array.shape) + array.tobytes()


def bars(count, seed=3):
    """Return `count` noisy images of a bar at one of ten heights, and the height's number."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 10, count).astype(np.uint8)
    images = random.integers(0, 60, (count, 1, 28, 28)).astype(np.uint8)
    for image, label in zip(images, labels):
        image[0, 4 + 2 * label:6 + 2 * label] = 230
    return images, labels


def randomise(network, seed=5):
    """Give the normalisations of `network` statistics as a trained network has them."""
    torch.manual_seed(seed)
    for layer in network.layers():
        layer.norm.running_mean.uniform_(-3, 3)
        layer.norm.running_var.uniform_(2, 40)
        layer.norm.weight.data.uniform_(0.5, 1.5)
        layer.norm.bias.data.uniform_(-0.5, 0.5)
    return network


class InFolder(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)

    def write(self, name, content):
        """Write a file into the folder and return its path."""
        path = self.folder / name
        path.write_bytes(content)
        return path

    def refuses(self, sentence, call, *arguments):
        """Expect `call` to raise a DataError that says exactly `sentence`."""
        with self.assertRaises(data.DataError) as caught:
            call(*arguments)
        self.assertEqual(str(caught.exception), sentence)


class IdxTest(InFolder):
    IMAGES = np.arange(24).reshape(2, 3, 4)

    def test_plain_and_packed_files_give_the_same_array(self):
        plain = self.write("a", idx_bytes(self.IMAGES))
        packed = self.write("a.gz", gzip.compress(idx_bytes(self.IMAGES)))
        for path in (plain, packed):
            read = data.read_idx(path, 3)
            self.assertEqual(read.dtype, np.uint8)
            np.testing.assert_array_equal(read, self.IMAGES)

    def test_missing_file(self):
        path = self.folder / "absent"
        self.refuses(f"{path}: there is no such file.", data.read_idx, path, 3)

    def test_wrong_magic(self):
        path = self.write("a", idx_bytes(self.IMAGES, magic=0x0D03))
        self.refuses(f"{path}: the IDX magic is 0x00000d03 where 0x00000803 (3-dimensional "
                     "unsigned bytes) is needed.", data.read_idx, path, 3)

    def test_labels_where_images_are_needed(self):
        path = self.write("a", idx_bytes([1, 2]))
        self.refuses(f"{path}: the IDX magic is 0x00000801 where 0x00000803 (3-dimensional "
                     "unsigned bytes) is needed.", data.read_idx, path, 3)

    def test_file_ends_in_the_magic(self):
        path = self.write("a", b"\0\0")
        self.refuses(f"{path}: the file has 2 bytes, too few for an IDX magic of 4.",
                     data.read_idx, path, 3)

    def test_file_ends_in_the_header(self):
        path = self.write("a", idx_bytes(self.IMAGES)[:9])
        self.refuses(f"{path}: the file is truncated: its 9 bytes end within the IDX header "
                     "of 16.", data.read_idx, path, 3)

    def test_file_ends_in_the_data(self):
        path = self.write("a", idx_bytes(self.IMAGES)[:-5])
        self.refuses(f"{path}: the file is truncated: the header promises 24 bytes of data and "
                     "19 follow.", data.read_idx, path, 3)

    def test_bytes_left_over(self):
        path = self.write("a", idx_bytes(self.IMAGES) + b"x")
        self.refuses(f"{path}: the header promises 24 bytes of data and 25 follow.",
                     data.read_idx, path, 3)

    def test_damaged_gzip(self):
        packed = gzip.compress(idx_bytes(self.IMAGES))
        path = self.write("a.gz", packed[:-10])
        self.refuses(f"{path}: the gzip data are damaged (Compressed file ended before the "
                     "end-of-stream marker was reached).", data.read_idx, path, 3)
        path = self.write("b.gz", b"plain text")
        with self.assertRaisesRegex(data.DataError, "the gzip data are damaged"):
            data.read_idx(path, 3)

    def test_folder_of_a_split(self):
        self.write("t10k-images-idx3-ubyte", idx_bytes(self.IMAGES))
        self.write("t10k-labels-idx1-ubyte.gz", gzip.compress(idx_bytes([7, 9])))
        images, labels = data.load("idx", self.folder, "test")
        self.assertEqual(images.shape, (2, 1, 3, 4))
        self.assertEqual(labels.tolist(), [7, 9])

    def test_folder_without_the_split(self):
        self.refuses(f"{self.folder}: there is neither train-images-idx3-ubyte nor "
                     "train-images-idx3-ubyte.gz in this folder.",
                     data.load, "idx", self.folder, "train")

    def test_missing_folder(self):
        path = self.folder / "absent"
        self.refuses(f"{path}: there is no such folder; give the folder of the data set with "
                     "--data.", data.load, "idx", path, "train")

    def test_labels_do_not_match_the_images(self):
        self.write("t10k-images-idx3-ubyte", idx_bytes(self.IMAGES))
        path = self.write("t10k-labels-idx1-ubyte", idx_bytes([7]))
        self.refuses(f"{path}: there are 1 labels for the 2 images of t10k-images-idx3-ubyte.",
                     data.load, "idx", self.folder, "test")

    def test_unknown_format(self):
        self.refuses("data format 'png' is unknown; known are cifar10, idx.",
                     data.load, "png", self.folder, "test")


class CifarTest(InFolder):
    def record(self, label):
        return bytes([label]) + bytes(range(256)) * 12

    def test_batches_are_joined_in_order(self):
        self.write("data_batch_1.bin", self.record(3) + self.record(4))
        self.write("data_batch_2.bin", self.record(5))
        images, labels = data.load("cifar10", self.folder, "train")
        self.assertEqual(labels.tolist(), [3, 4, 5])
        self.assertEqual(images.shape, (3, 3, 32, 32))
        self.assertEqual(images[1, 0, 7, 31], 255)      # red, byte 7 * 32 + 31
        self.assertEqual(images[1, 2, 0, 1], 1)         # blue, byte 2 * 1024 + 1

    def test_truncated_batch(self):
        path = self.write("test_batch.bin", self.record(3)[:-1])
        self.refuses(f"{path}: the file is truncated: 3072 bytes are not a whole number of "
                     "CIFAR-10 records of 3073.", data.load, "cifar10", self.folder, "test")

    def test_label_out_of_range(self):
        path = self.write("test_batch.bin", self.record(10))
        self.refuses(f"{path}: a record has label 10 where CIFAR-10 has 0 to 9.",
                     data.load, "cifar10", self.folder, "test")

    def test_missing_batches(self):
        self.refuses(f"{self.folder}: there is no data_batch_*.bin in this folder.",
                     data.load, "cifar10", self.folder, "train")


class AugmentTest(unittest.TestCase):
    def test_shift_moves_whole_pixels_and_flip_mirrors(self):
        image = torch.zeros(64, 1, 28, 28, dtype=torch.uint8)
        image[:, 0, 10, 4] = 200
        varied = augment.augment(image, Recipe("a", "idx", "a", "", shift=1, flip=True))
        places = {tuple(place) for place in torch.nonzero(varied)[:, 2:].tolist()}
        self.assertEqual(int((varied == 200).sum()), 64)
        self.assertTrue(places <= {(row, column) for row in (9, 10, 11)
                                   for column in (3, 4, 5, 22, 23, 24)})
        self.assertTrue({column < 14 for _, column in places} == {True, False})

    def test_rotated_codes_are_whole(self):
        images = torch.tensor(bars(8)[0])
        varied = augment.augment(images, RECIPES["lenet5-mnist"])
        self.assertEqual(varied.shape, images.shape)
        self.assertTrue(torch.equal(varied, varied.round()))
        self.assertTrue(0 <= varied.min() and varied.max() <= 255)


class QuantiserTest(unittest.TestCase):
    def test_converter_lsb_is_288_per_unit(self):
        self.assertEqual([quantise.units(rows) for rows in (1, 25, 36, 37, 400, 512, 96, 1152)],
                         [1, 1, 1, 2, 12, 15, 3, 32])
        self.assertEqual([quantise.converter_lsb(rows) for rows in (25, 400)], [288, 3456])

    def test_weight_codes_are_symmetric_and_use_seven(self):
        torch.manual_seed(0)
        latent = torch.cat((torch.randn(4, 3, 5, 5) * 0.05, torch.randn(4, 3, 5, 5) * 2))
        codes = quantise.weight_codes(latent)
        self.assertTrue(torch.equal(codes, codes.round()))
        self.assertEqual(codes.abs().flatten(1).amax(1).tolist(), [7] * 8)

    def test_gradient_passes_rounding_and_stops_at_saturation(self):
        x = torch.tensor([-5.0, 3.3, 250.0, 300.0], requires_grad=True)
        quantise.to_code(x).sum().backward()
        self.assertEqual(x.grad.tolist(), [0, 1, 1, 0])

    def test_noise_has_the_stated_deviation(self):
        torch.manual_seed(1)
        noise = quantise.ChipNoise()
        spread = quantise.add_noise(torch.zeros(200, 100, 5, 5), noise, 288.0) / 288
        self.assertAlmostEqual(spread.mean((2, 3)).std().item(),
                               (0.42 ** 2 + 0.40 ** 2 / 25) ** 0.5, delta=0.01)
        self.assertAlmostEqual((spread - spread.mean((2, 3), True)).std().item(),
                               0.40 * (24 / 25) ** 0.5, delta=0.005)
        weights = quantise.vary_weights(torch.full((500, 400), 7.0), noise) / 7
        self.assertAlmostEqual(weights.std().item(), (0.003 ** 2 + 0.005 ** 2) ** 0.5,
                               delta=2e-4)
        self.assertAlmostEqual(weights.mean(1).std().item(), 0.003, delta=3e-4)

    def test_layer_equals_exact_rational_arithmetic(self):
        network = randomise(LeNet5()).eval()
        layer = network.fc1
        random = np.random.default_rng(2)
        codes = random.integers(0, 256, (6, 512))
        with torch.no_grad():
            result = layer(torch.tensor(codes).float()).numpy().astype(int)
            weights = quantise.weight_codes(layer.latent).numpy().astype(int)
            gamma, beta = (register.numpy() for register in layer.registers())
        for sample in range(len(codes)):
            for channel in range(96):
                product = sum(int(x) * int(w) for x, w in zip(codes[sample], weights[channel]))
                exact = (Fraction(float(gamma[channel])) * Fraction(product, 288 * 15)
                         + Fraction(float(beta[channel])) + Fraction(1, 2))
                expected = min(255, max(0, exact.numerator // exact.denominator))
                # float32 may miss a tie by one code, never by more
                self.assertLessEqual(abs(result[sample, channel] - expected),
                                     int(abs(exact - round(exact)) < Fraction(1, 1000)))

    def test_registers_stay_on_their_grids_and_in_their_ranges(self):
        layer = LeNet5().fc1
        layer.norm.running_var.fill_(1e-6)
        layer.norm.weight.data.fill_(9)
        layer.norm.running_mean.fill_(99)
        gamma, beta = layer.registers()
        self.assertEqual({256 - 2 ** -8}, set(gamma.tolist()))
        self.assertEqual({-2048 + 2 ** -4}, set(beta.tolist()))


class TrainingTest(unittest.TestCase):
    def test_twenty_steps_lower_the_loss(self):
        images, labels = bars(256)
        trainer = train.Trainer(TOY, images, labels, epochs=40, seed=1, device="cpu")
        self.assertEqual(trainer.steps_per_epoch, 1)
        losses = [trainer.run_epoch()["loss"] for _ in range(20)]
        self.assertLess(losses[-1], 0.6 * losses[0])


class ExportTest(InFolder):
    def setUp(self):
        super().setUp()
        self.network = randomise(LeNet5()).eval()
        export.export(self.network, RECIPES["lenet5-fashion"], self.folder)
        self.graph, self.description = evaluate.read_network(self.folder)
        self.images = torch.tensor(bars(20)[0])

    def test_integers_and_registers_come_back(self):
        layers = evaluate.chip_layers(self.graph, self.description)
        self.assertEqual([layer.lsb for layer in layers], [288, 3456, 4320, 864])
        for mine, back in zip(self.network.layers(), layers):
            gamma, beta = mine.registers()
            self.assertTrue(torch.equal(quantise.weight_codes(mine.latent), back.weight))
            self.assertTrue(torch.equal((gamma * 256).long(), back.gamma))
            self.assertTrue(torch.equal(((beta + mine.zero) * 16).long(), back.beta))

    def test_integer_evaluator_equals_the_training_layers(self):
        layers = evaluate.chip_layers(self.graph, self.description)
        with torch.no_grad():
            trained = self.network(self.images.float())
        codes = evaluate.classify(layers, self.images)
        self.assertLessEqual(((codes - 128) / 8 - trained).abs().max().item(), 1 / 8)

    def test_die_without_noise_equals_the_integers(self):
        layers = evaluate.chip_layers(self.graph, self.description)
        die = evaluate.Die(layers, quantise.ChipNoise().scaled(0), 1)
        difference = evaluate.classify(layers, self.images, die) - evaluate.classify(
            layers, self.images)
        self.assertLessEqual(difference.abs().max().item(), 1)

    def test_float_graph_equals_the_unquantised_network(self):
        x = self.images.double() / 255
        step_in = 1 / 255
        for index, layer in enumerate(self.network.layers()):
            step = 1 / 255 if index < 3 else 1 / 8
            gamma, beta = (register.detach().double() for register in layer.registers())
            weight = quantise.weight_codes(layer.latent.detach()).double()
            scale = gamma * step / (step_in * quantise.converter_lsb(layer.rows))
            if weight.dim() == 4:
                x = torch.nn.functional.conv2d(x, weight * scale.reshape(-1, 1, 1, 1),
                                               beta * step)
            else:
                x = x.flatten(1) @ (weight * scale[:, None]).T + beta * step
            x = torch.relu(x) if index < 3 else x
            x = torch.nn.functional.max_pool2d(x, 2) if layer.pool else x
            step_in = step
        output = evaluate.float_forward(self.graph, self.images.float() / 255)
        torch.testing.assert_close(output.double(), x, rtol=1e-4, atol=1e-4)

    def test_graph_holds_only_plain_nodes(self):
        model = onnx.load(str(self.folder / "network.onnx"))
        self.assertEqual(model.opset_import[0].version, 13)
        self.assertEqual([node.op_type for node in model.graph.node],
                         ["Conv", "Relu", "MaxPool", "Conv", "Relu", "MaxPool", "Flatten",
                          "Gemm", "Relu", "Gemm"])
        self.assertEqual([dim.dim_value for dim in
                          model.graph.input[0].type.tensor_type.shape.dim], [1, 1, 28, 28])
        self.assertEqual(model.graph.input[0].name, "input")


class CommandLineTest(InFolder):
    def run_main(self, program, *arguments):
        """Return (exit status, standard error) of a program's main."""
        errors = io.StringIO()
        with contextlib.redirect_stderr(errors):
            status = program.main([str(argument) for argument in arguments])
        return status, errors.getvalue()

    def test_missing_data_folder(self):
        absent = self.folder / "absent"
        status, text = self.run_main(train, "--network", "lenet5-mnist", "--out", self.folder,
                                     "--data", absent)
        self.assertEqual((status, text),
                         (2, f"train.py: error: {absent}: there is no such folder; give the "
                             "folder of the data set with --data.\n"))

    def test_mnist_has_no_default_folder(self):
        status, text = self.run_main(train, "--network", "lenet5-mnist", "--out", self.folder)
        self.assertEqual((status, text),
                         (2, "train.py: error: network lenet5-mnist needs the folder of the "
                             "mnist data set: give it with --data.\n"))

    def test_no_epochs(self):
        status, text = self.run_main(train, "--network", "lenet5-mnist", "--out", self.folder,
                                     "--epochs", "0")
        self.assertEqual((status, text),
                         (2, "train.py: error: --epochs is 0; it must be at least 1.\n"))

    def test_evaluating_a_folder_without_a_network(self):
        status, text = self.run_main(evaluate, self.folder)
        self.assertEqual((status, text),
                         (2, f"evaluate.py: error: {self.folder}/network.yaml: the file cannot "
                             "be read (No such file or directory).\n"))

    def test_training_from_files_and_resuming(self):
        for prefix in ("train", "t10k"):
            images, labels = bars(150)
            self.write(f"{prefix}-images-idx3-ubyte", idx_bytes(images[:, 0]))
            self.write(f"{prefix}-labels-idx1-ubyte", idx_bytes(labels))
        out = self.folder / "out"
        command = ("--network", "lenet5-mnist", "--data", self.folder, "--out", out,
                   "--epochs", "1")
        status, text = self.run_main(train, *command, "--resume")
        self.assertEqual((status, text),
                         (2, f"train.py: error: {out}/checkpoint.pt: there is no checkpoint to "
                             "resume from.\n"))
        with contextlib.redirect_stdout(io.StringIO()):
            self.assertEqual(self.run_main(train, *command), (0, ""))
            self.assertEqual(self.run_main(train, *command, "--resume"), (0, ""))
        self.assertEqual(sorted(path.name for path in out.iterdir()),
                         ["card.md", "checkpoint.pt", "curve.csv", "network.onnx",
                          "network.yaml"])
        status, text = self.run_main(train, *command, "--resume", "--seed", "2")
        self.assertEqual((status, text),
                         (2, f"train.py: error: {out}/checkpoint.pt: the checkpoint was made "
                             "with seed 1 and not 2.\n"))


class ShippedNetworksTest(unittest.TestCase):
    def test_weights_are_on_the_grid(self):
        for name in ("lenet5-fashion", "lenet5-mnist"):
            folder = NETWORKS / name
            with self.subTest(network=name):
                self.assertLess((folder / "network.onnx").stat().st_size, 300_000)
                graph, description = evaluate.read_network(folder)
                self.assertEqual(description["name"], name)
                for item in graph.initializer:
                    if item.name.endswith("_weight"):
                        self.check_grid(numpy_helper.to_array(item).astype(np.float64))
                self.assertEqual(len(evaluate.chip_layers(graph, description)), 4)

    def check_grid(self, weight):
        """Expect every channel of `weight` to be whole multiples of a seventh of its peak."""
        flat = weight.reshape(len(weight), -1)
        codes = 7 * flat / np.abs(flat).max(1, keepdims=True)
        np.testing.assert_allclose(codes, np.round(codes), atol=1e-5)


if __name__ == "__main__":
    unittest.main()
