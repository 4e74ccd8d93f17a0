"""The accuracies that were promised, on whole test sets and ten dies."""

import json
import unittest

import support

MNIST = support.SOURCE.parent / "shared" / "data" / "mnist"
CIFAR = support.SOURCE.parent / "shared" / "data" / "cifar10"
IMAGES = 10000
DIES = range(1, 11)


class Accuracy(support.Case):
    def report(self, network, data, *arguments, images=IMAGES, chip="imagine"):
        folder = self.folder / "-".join(map(str, (network, *arguments)))
        result = support.leyden("run", "--chip", chip, "--network", network, "--data", data,
                                "--images", images, "--jobs", 2, "-q", "--report", folder,
                                *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        self.assertEqual(report["accuracy"]["images"], images)
        return report

    def percent(self, *arguments, images=IMAGES):
        return self.report(*arguments, images=images)["accuracy"]["accuracy_percent"]

    def test_fashion_mnist(self):
        """At least 90 % noise-free, the mean of ten noisy dies within 1 point of it."""
        quantised = self.percent("lenet5-fashion", support.FASHION, "--fidelity", "quantised")
        self.assertGreaterEqual(quantised, 90.0)
        dies = []
        for die in DIES:
            report = self.report("lenet5-fashion", support.FASHION, "--die", die)
            dies.append(report["accuracy"]["accuracy_percent"])
            self.assertGreaterEqual(report["column_noise_lsb_rms"]["total"], 0.5)
        self.assertGreaterEqual(sum(dies) / len(dies), quantised - 1.0)
        self.assertGreater(len(set(dies)), 1, "dies do not differ")

    @unittest.skipUnless(MNIST.is_dir(), "MNIST is not at hand beside the checkout")
    def test_mnist(self):
        """At least 98.8 % on every one of ten noisy dies."""
        for die in DIES:
            self.assertGreaterEqual(self.percent("lenet5-mnist", MNIST, "--die", die), 98.8)

    @unittest.skipUnless(MNIST.is_dir(), "MNIST is not at hand beside the checkout")
    def test_mnist_in_one_macro(self):
        """CAP-RAM's 98.8 % for LeNet-5, no weight loaded for an image."""
        for die in (1, 2, 3):
            report = self.report("lenet5-capram", MNIST, "--die", die, "--fidelity", "analog",
                                 chip="capram")
            self.assertGreaterEqual(report["accuracy"]["accuracy_percent"], 98.8)
            self.assertEqual(report["total"]["busy_cycles_sum"]["weight_load"], 0)

    @unittest.skipUnless(CIFAR.is_dir(), "CIFAR-10 is not at hand beside the checkout")
    def test_cifar_adapted(self):
        """VGG-8 with 7 % of its weights and 5 b converters: its card's 89.24 %, less a point."""
        data = support.unpack_cifar(CIFAR, self.folder / "cifar")
        report = self.report("vgg8-adapt256", data, "--fidelity", "quantised", images=1000,
                             chip="adapt256")
        self.assertGreaterEqual(report["accuracy"]["accuracy_percent"], 88.2)

    @unittest.skipUnless(CIFAR.is_dir(), "CIFAR-10 is not at hand beside the checkout")
    def test_cifar_adapted_on_dies(self):
        """The same, trained with the chip's errors: its card's accuracies, less a point."""
        data = support.unpack_cifar(CIFAR, self.folder / "cifar")
        for die, told in ((1, 78.0), (2, 83.6), (3, 72.8)):
            report = self.report("vgg8-adapt256-analog", data, "--die", die, images=500,
                                 chip="adapt256")
            self.assertGreaterEqual(report["accuracy"]["accuracy_percent"], told - 1)

    @unittest.skipUnless(CIFAR.is_dir(), "CIFAR-10 is not at hand beside the checkout")
    def test_cifar(self):
        """The first 1,000 test images on a calibrated die: as their cards say, less a point."""
        data = support.unpack_cifar(CIFAR, self.folder / "cifar")
        for network, least in (("resnet8-cifar10", 83.2), ("resnet20-cifar10", 88.2)):
            self.assertGreaterEqual(self.percent(network, data, "--calibrate", images=1000), least)


if __name__ == "__main__":
    unittest.main()
