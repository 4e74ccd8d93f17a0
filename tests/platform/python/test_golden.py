"""Golden arithmetic against numpy written from the equations, and against PyTorch's convolution."""

import unittest
from fractions import Fraction
from math import floor

import numpy as np
import package  # PyTorch first
import torch

from leyden import golden

SEED = 6


def weights_of(rng, bits, shape):
    low, high = (0, 1) if bits == 1 else (-2**(bits - 1), 2**(bits - 1) - 1)
    style = rng.random()
    if style < 0.2:
        return np.full(shape, low if style < 0.1 else high)
    return rng.integers(low, high + 1, shape)


def codes_of(rng, bits, shape):
    if rng.random() < 0.2:
        return rng.choice([0, 2**bits - 1], shape)
    return rng.integers(0, 2**bits, shape)


def code(dot, gamma, beta, rows, bx, bw, b, r):
    """clamp(floor(gamma (v - v_ref) / LSB + beta + 1/2)) in fractions (docs/models/cim.md)."""
    lsb = Fraction(rows) * Fraction(2)**(bx + bw - b - r)
    value = floor(Fraction(float(gamma)) * int(dot) / lsb + Fraction(float(beta)) + Fraction(1, 2))
    return min(max(value, 0), 2**b - 1)


def requantised(value, shift, low=0, high=255):
    half = 2**(shift - 1) if shift else 0
    return np.clip((value + half) >> shift, low, high)


def windows(x, kernel, stride, padding, fill):
    """(y, x, window) of images N x H x W x C, for a reduction over the window."""
    top, left, bottom, right = padding
    x = np.pad(x.astype(object), ((0, 0), (top, bottom), (left, right), (0, 0)),
               constant_values=fill)
    for oy, y in enumerate(range(0, x.shape[1] - kernel[0] + 1, stride[0])):
        for ox, z in enumerate(range(0, x.shape[2] - kernel[1] + 1, stride[1])):
            yield oy, ox, x[:, y:y + kernel[0], z:z + kernel[1], :]


class Macro(unittest.TestCase):
    def setUp(self):
        self.rng = np.random.default_rng(SEED)

    def test_dot_products(self):
        for _ in range(60):
            bx, bw = self.rng.integers(1, 9, 2)
            m, k, n = self.rng.integers(1, 40), self.rng.integers(1, 400), self.rng.integers(1, 40)
            x = codes_of(self.rng, bx, (m, k))
            w = weights_of(self.rng, bw, (k, n))
            got = golden.dot_product(x, w, input_bits=int(bx), weight_bits=int(bw))
            self.assertEqual(got.dtype, np.int32)
            np.testing.assert_array_equal(got, x @ w)

    def test_extremes_of_a_dot_product(self):
        x = np.full((1, 8192), 255)
        for value in (-128, 127):
            got = golden.dot_product(x, np.full((8192, 3), value), weight_bits=8)
            np.testing.assert_array_equal(got, np.full((1, 3), 8192 * 255 * value))

    def test_codes(self):
        for _ in range(80):
            bx, bw, b = (int(v) for v in self.rng.integers(1, 9, 3))
            r, rows, n = int(self.rng.integers(0, 9)), int(self.rng.integers(1, 1153)), 5
            most = rows * (2**bx - 1)
            low, high = (0, 1) if bw == 1 else (-2**(bw - 1), 2**(bw - 1) - 1)
            d = self.rng.integers(most * low, most * high + 1, (6, n))
            d[0] = [most * low, most * high, 0, 0, most * high]
            # Near the steps of the staircase, where a wrong rounding would show.
            gamma = self.rng.choice([1, 255, 256, 257, 4096, 65535], n) / 256
            beta = self.rng.choice([-32768, -8, 0, 8, 24, 2**(b + 3), 32767], n) / 16
            lsb = rows * 2.0**(bx + bw - b - r)
            d[1] = np.clip((np.round(d[1] * gamma / lsb) + 0.5 - beta) * lsb / gamma,
                           most * low, most * high).astype(int)
            expected = [[code(v, gamma[j], beta[j], rows, bx, bw, b, r)
                         for j, v in enumerate(row)] for row in d]
            settings = dict(rows=rows, gamma=gamma, beta=beta, input_bits=bx, weight_bits=bw,
                            output_bits=b, range_shift=r)
            got = golden.convert(d, **settings)
            np.testing.assert_array_equal(got, expected)
            words = golden.convert(d, partial=True, **settings)
            np.testing.assert_array_equal(words, np.array(expected) - 2**(b - 1))
            self.assertEqual((got.dtype, words.dtype), (np.uint8, np.int32))

    def test_convolutions_are_those_of_pytorch(self):
        for _ in range(25):
            bx, bw = (int(v) for v in self.rng.integers(1, 9, 2))
            kernel, stride = self.rng.integers(1, 4, 2), self.rng.integers(1, 3, 2)
            dilation = self.rng.integers(1, 3, 2)
            channels, outputs = self.rng.integers(1, 8, 2)
            top, left = (int(self.rng.integers(0, k)) for k in kernel)
            shape = (2, *(self.rng.integers(7, 11, 2)), channels)
            x = codes_of(self.rng, bx, shape)
            w = weights_of(self.rng, bw, (outputs, *kernel, channels))
            got = golden.convolution(
                x, w, input_bits=bx, weight_bits=bw, stride=stride, dilation=dilation,
                padding=(top, left, top, left), rows_per_unit=9, partial=True, exact=True)
            expected = torch.nn.functional.conv2d(
                torch.tensor(x.transpose(0, 3, 1, 2), dtype=torch.float64),
                torch.tensor(w.transpose(0, 3, 1, 2), dtype=torch.float64), stride=tuple(stride),
                padding=(top, left), dilation=tuple(dilation))
            np.testing.assert_array_equal(got, expected.numpy().transpose(0, 2, 3, 1))

    def test_a_convolution_is_dot_products_and_conversions(self):
        x = codes_of(self.rng, 8, (3, 9, 8, 5))
        w = weights_of(self.rng, 4, (6, 3, 3, 5))
        gamma, beta = self.rng.integers(256, 2000, 6) / 256, self.rng.integers(0, 3000, 6) / 16
        settings = dict(padding=(1, 0, 2, 1), pad_value=7, rows_per_unit=36)
        got = golden.convolution(x, w, gamma=gamma, beta=beta, range_shift=1, **settings)
        dots = golden.convolution(x, w, partial=True, exact=True, **settings)
        flat = golden.convert(dots.reshape(-1, 6), rows=72, gamma=gamma, beta=beta, range_shift=1)
        np.testing.assert_array_equal(got, flat.reshape(dots.shape))
        self.assertGreater(len(np.unique(got)), 20)

    def test_threads_of_pytorch_stay(self):
        torch.set_num_threads(2)
        try:
            golden.dot_product(np.ones((1, 2), int), np.ones((2, 1), int))
            self.assertEqual(torch.get_num_threads(), 2)
        finally:
            torch.set_num_threads(1)


class Vector(unittest.TestCase):
    def setUp(self):
        self.rng = np.random.default_rng(SEED + 1)

    def settings(self):
        shift = int(self.rng.choice([0, 1, 7, 16, 31]))
        return shift, dict(shift=shift, low=int(self.rng.integers(0, 20)),
                           high=int(self.rng.integers(200, 256)))

    def factor(self, size=None):
        return self.rng.choice([-2**31, 2**31 - 1, 0, 1, -1, 1234567, -98765], size)

    def test_pooling(self):
        for _ in range(20):
            kernel, stride = self.rng.integers(1, 4, 2), self.rng.integers(1, 4, 2)
            padding = [int(self.rng.integers(0, k)) for k in (*kernel, *kernel)]
            x = self.rng.integers(0, 256, (2, 7, 8, 3))
            greatest = golden.max_pool(x, kernel=kernel, stride=stride, padding=padding)
            for oy, ox, window in windows(x, kernel, stride, padding, -1):
                np.testing.assert_array_equal(greatest[:, oy, ox], window.max(axis=(1, 2)))
            shift, settings = self.settings()
            multiplier, offset = int(self.factor()), int(self.factor())
            mean = golden.average_pool(x, kernel=kernel, stride=stride, padding=padding,
                                       multiplier=multiplier, offset=offset, **settings)
            for oy, ox, window in windows(x, kernel, stride, padding, 0):
                value = window.sum(axis=(1, 2)) * multiplier + offset
                np.testing.assert_array_equal(
                    mean[:, oy, ox], requantised(value, shift, settings["low"], settings["high"]))

    def test_element_by_element(self):
        for _ in range(40):
            a, b = (self.rng.integers(0, 256, (4, 5, 6)).astype(object) for _ in "ab")
            shift, settings = self.settings()
            p, q, offset = (int(self.factor()) for _ in range(3))
            limits = settings["low"], settings["high"]
            np.testing.assert_array_equal(
                golden.add(a.astype(int), b.astype(int), multiplier_a=p, multiplier_b=q,
                           offset=offset, **settings),
                requantised(a * p + b * q + offset, shift, *limits))
            multipliers, offsets = self.factor(6), self.factor(6)
            np.testing.assert_array_equal(
                golden.scale(a.astype(np.uint8), multiplier=multipliers, offset=offsets,
                             **settings),
                requantised(a * multipliers.astype(object) + offsets.astype(object), shift,
                            *limits))
            table = self.rng.integers(0, 256, 256)
            np.testing.assert_array_equal(golden.lookup(a.astype(int), table),
                                          table[a.astype(int)])

    def test_sums_of_parts(self):
        for _ in range(40):
            parts = self.rng.integers(-2**31, 2**31, (3, 2, 4, 5)).astype(object)
            shift, settings = self.settings()
            multipliers, offsets = self.factor(5), self.factor(5)
            np.testing.assert_array_equal(
                golden.accumulate(parts.astype(np.int64), multiplier=multipliers, offset=offsets,
                                  **settings),
                requantised(parts.sum(axis=0) * multipliers.astype(object) +
                            offsets.astype(object), shift, settings["low"], settings["high"]))

    def test_sums_of_exact_parts(self):
        for _ in range(20):
            bx, bw, b = (int(v) for v in self.rng.integers(1, 9, 3))
            units, rows, r = (int(v) for v in (self.rng.integers(1, 33),
                                               self.rng.integers(1, 37), self.rng.integers(0, 5)))
            most = units * rows * (2**bx - 1) * 2**(bw - 1)
            parts = self.rng.integers(-most, most + 1, (3, 4, 2))
            gamma = self.rng.choice([1, 256, 300, 65535], 2) / 256
            multipliers = self.rng.integers(1, 2**20, 2)
            offsets = self.rng.integers(-2**20, 2**20, 2)
            shift = 18
            got = golden.accumulate_ideal(
                parts, gamma=gamma, multiplier=multipliers, offset=offsets, units=units,
                rows_per_unit=rows, input_bits=bx, weight_bits=bw, output_bits=b, range_shift=r,
                shift=shift)
            lsb = Fraction(units * rows) * Fraction(2)**(bx + bw - b - r)
            for i, j in np.ndindex(4, 2):
                total = int(parts[:, i, j].sum()) * Fraction(float(gamma[j])) / lsb
                value = floor((total * int(multipliers[j]) + int(offsets[j]) + 2**(shift - 1)) /
                              Fraction(2)**shift)
                self.assertEqual(got[i, j], min(max(value, 0), 255))


class Refused(unittest.TestCase):
    def test_one_sentence_for_each(self):
        x, w, d = np.zeros((2, 4), int), np.zeros((4, 3), int), np.zeros((2, 3), int)
        images = np.zeros((1, 4, 4, 1), int)
        for call, part in (
                (lambda: golden.dot_product(x * 1.0, w), "whole numbers"),
                (lambda: golden.dot_product(x == 0, w), "type bool"),
                (lambda: golden.dot_product(x[0], w), "has 1 dimensions, but 2"),
                (lambda: golden.dot_product(x - 1, w), "codes holds -1, but 0 to 255"),
                (lambda: golden.dot_product(x + 16, w, input_bits=4), "0 to 15"),
                (lambda: golden.dot_product(x, w + 8), "weights holds 8, but -8 to 7"),
                (lambda: golden.dot_product(x, w - 1, weight_bits=1), "0 to 1"),
                (lambda: golden.dot_product(x, w[:3]), "as many would be right"),
                (lambda: golden.dot_product(x[:0], w), "is empty"),
                (lambda: golden.dot_product(np.full((1, 1), 2**63, np.uint64), w[:1]),
                 "9223372036854775808"),
                (lambda: golden.dot_product(x, w, input_bits=9), "input_bits is 9, but 1 to 8"),
                (lambda: golden.dot_product("text", w), "whole numbers"),
                (lambda: golden.convert(d, rows=0), "rows is 0"),
                (lambda: golden.convert(d + 10**6, rows=4), "dot_products holds 1000000"),
                (lambda: golden.convert(d, rows=4, gamma=0), "gamma holds 0.0"),
                (lambda: golden.convert(d, rows=4, gamma=1.001), "multiple of 1/256"),
                (lambda: golden.convert(d, rows=4, gamma=float("nan")), "gamma holds nan"),
                (lambda: golden.convert(d, rows=4, beta=[0, 1]), "one for each of 3"),
                (lambda: golden.convert(d, rows=4, beta=0.01), "multiple of 1/16"),
                (lambda: golden.convolution(images, np.zeros((1, 5, 5, 1), int)), "span 5 pixels"),
                (lambda: golden.convolution(images, np.zeros((1, 2, 2, 2), int)), "channels"),
                (lambda: golden.convolution(images, np.zeros((1, 2, 2, 1), int), stride=0),
                 "stride is 0"),
                (lambda: golden.convolution(images, np.zeros((1, 2, 2, 1), int), stride=1.5),
                 "no whole number"),
                (lambda: golden.convolution(images, np.zeros((1, 2, 2, 1), int), padding=(1, 2)),
                 "one or four"),
                (lambda: golden.max_pool(images, kernel=5), "larger than the padded"),
                (lambda: golden.max_pool(images, kernel=1, padding=2), "without a pixel"),
                (lambda: golden.add(x, w), "different shapes"),
                (lambda: golden.add(x, x, shift=32), "shift is 32"),
                (lambda: golden.add(x, x, low=9, high=8), "low is 9, above high"),
                (lambda: golden.scale(x, multiplier=2**31), "multiplier holds 2147483648"),
                (lambda: golden.lookup(x, np.zeros(255, int)), "255 entries"),
                (lambda: golden.accumulate(np.zeros(3, int), multiplier=1), "no dimensions")):
            with self.assertRaises(ValueError) as caught:
                call()
            self.assertIn(part, str(caught.exception))
            self.assertNotIn("\n", str(caught.exception))


if __name__ == "__main__":
    unittest.main()
