"""The accuracies that were promised, on whole test sets and ten dies."""

import json
import unittest

import support

MNIST = support.SOURCE.parent / "shared" / "data" / "mnist"
IMAGES = 10000
DIES = range(1, 11)


class Accuracy(support.Case):
    def report(self, network, data, *arguments):
        folder = self.folder / "-".join(map(str, (network, *arguments)))
        result = support.leyden("run", "--chip", "imagine", "--network", network, "--data", data,
                                "--images", IMAGES, "--jobs", 2, "-q", "--report", folder,
                                *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        self.assertEqual(report["accuracy"]["images"], IMAGES)
        return report

    def percent(self, *arguments):
        return self.report(*arguments)["accuracy"]["accuracy_percent"]

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


if __name__ == "__main__":
    unittest.main()
