"""Kernels of the core against PyTorch's integers over random shapes, softmax against float64, and
what the firmware refuses."""
import math
import os
import struct
import subprocess
import unittest

import numpy as np
import torch
import torch.nn.functional as F

torch.set_num_threads(1)
TOOL = os.environ["LEYDEN_BINARY_DIR"] + "/tests/firmware/core_kernels_tool"
LMEM = 0x20000000
(COPY, FLATTEN, PAD, MAX_POOL, AVERAGE_POOL, SOFTMAX, LOG_SOFTMAX, ARG_MAX, CONV) = range(9)
HEADER_BYTES = 128


def run(records):
    """[(spaces, words, lmem, image)] to [(accepted, lmem)]."""
    data = b"".join(struct.pack("<16I", spaces, *words, len(lmem), len(image))
                    + bytes(lmem) + bytes(image) for spaces, words, lmem, image in records)
    done = subprocess.run([TOOL], input=data, capture_output=True, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stderr.decode())
    results, at = [], 0
    for _, _, lmem, _ in records:
        accepted = struct.unpack_from("<I", done.stdout, at)[0]
        results.append((accepted, np.frombuffer(done.stdout, np.uint8, len(lmem), at + 4)))
        at += 4 + len(lmem)
    return results


class Step:
    """A step and its memory: source, then result, then tables; odd places now and then."""

    def __init__(self, rng, kernel, x, out_shape, data=b"", in_image=False, **words):
        height, width, channels = x.shape
        self.out_shape = out_shape
        source = int(rng.integers(0, 8))
        self.destination = source + x.size + int(rng.integers(0, 8))
        table = -(-(self.destination + int(np.prod(out_shape))) // 4) * 4
        lmem = rng.integers(0, 256, table + len(data)).astype(np.uint8)
        lmem[source:source + x.size] = x.ravel()
        image = b""
        place = 0
        if data and in_image:
            image = bytes(HEADER_BYTES) + data
            place = HEADER_BYTES
        elif data:
            lmem[table:] = np.frombuffer(data, np.uint8)
            place = LMEM + table
        w = {"low": 0, "high": 255, "shift": 0, "window": (1, 1, 1, 1), "pad": (0, 0, 1, 1),
             "groups": 1, "fill": 0, "flag": 0, "factor": 0, "second": 0, "offset": 0, **words}
        quad = lambda q: q[0] | q[1] << 8 | q[2] << 16 | q[3] << 24  # noqa: E731
        self.words = [
            quad((kernel, w["low"], w["high"], w["shift"])), LMEM + source,
            LMEM + self.destination, place, width | height << 16,
            out_shape[1] | out_shape[0] << 16, channels | out_shape[2] << 16, quad(w["window"]),
            quad(w["pad"]), w["groups"] | w["fill"] << 16 | w["flag"] << 24,
            w["factor"] & 0xffffffff, w["second"] & 0xffffffff, w["offset"] & 0xffffffff]
        self.record = (1 if image else 0, self.words, lmem, image)

    def result(self, memory):
        count = int(np.prod(self.out_shape))
        return memory[self.destination:self.destination + count].reshape(self.out_shape)


def check(test, cases):
    """cases: [(step, expected codes)]"""
    for (step, want), (accepted, memory) in zip(cases, run([step.record for step, _ in cases])):
        test.assertEqual(accepted, 1)
        np.testing.assert_array_equal(step.result(memory), want)
        before = step.record[2].copy()
        count = int(np.prod(step.out_shape))
        before[step.destination:step.destination + count] = want.ravel()
        np.testing.assert_array_equal(memory, before)  # nothing else was written


def shifted(value, shift):
    """(value + half) >> shift; Python's integers floor."""
    return (value + (1 << shift >> 1)) >> shift


def nchw(x):
    return torch.from_numpy(x.astype(np.float64)).permute(2, 0, 1)[None]


def hwc(t):
    return t[0].permute(1, 2, 0).numpy()


def random_window(rng, height, width, dilated=True):
    kernel = [int(rng.integers(1, min(4, n) + 1)) for n in (height, width)]
    dilation = [int(rng.integers(1, (n - 1) // (k - 1) + 1)) if dilated and k > 1 else 1
                for n, k in zip((height, width), kernel)]
    stride = [int(s) for s in rng.integers(1, 4, 2)]
    return kernel, dilation, stride


class CoreKernelsTest(unittest.TestCase):
    def setUp(self):
        self.rng = np.random.default_rng(20240611)

    def codes(self, most=8, channels=12):
        shape = (*self.rng.integers(1, most + 1, 2), self.rng.integers(1, channels + 1))
        return self.rng.integers(0, 256, shape).astype(np.uint8)

    def test_copy_flatten_and_pad(self):
        cases = []
        for _ in range(60):
            x = self.codes()
            cases.append((Step(self.rng, COPY, x, x.shape), x))
            flat = x.transpose(2, 0, 1).reshape(1, 1, -1)
            cases.append((Step(self.rng, FLATTEN, x, flat.shape), flat))
            top, left, bottom, right = (int(n) for n in self.rng.integers(0, 5, 4))
            fill = int(self.rng.integers(0, 256))
            padded = hwc(F.pad(nchw(x), (left, right, top, bottom), value=fill)).astype(np.uint8)
            cases.append((Step(self.rng, PAD, x, padded.shape, pad=(left, top, 1, 1), fill=fill),
                          padded))
        check(self, cases)

    def test_max_pool(self):
        cases = []
        for _ in range(80):
            x = self.codes()
            kernel, dilation, stride = random_window(self.rng, *x.shape[:2])
            pads = [int(self.rng.integers(0, k // 2 + 1)) for k in kernel]
            y = hwc(F.max_pool2d(nchw(x), kernel, stride, pads, dilation)).astype(np.uint8)
            cases.append((Step(self.rng, MAX_POOL, x, y.shape,
                               window=(kernel[1], kernel[0], stride[1], stride[0]),
                               pad=(pads[1], pads[0], dilation[1], dilation[0])), y))
        check(self, cases)

    def test_average_pool(self):
        cases = []
        for trial in range(120):
            x = self.codes()
            kernel, _, stride = random_window(self.rng, *x.shape[:2], dilated=False)
            pads = [int(self.rng.integers(0, k // 2 + 1)) for k in kernel]
            counted = bool(trial % 2)
            fill, offset = (int(n) for n in self.rng.integers(0, 256, 2))
            factor, shift = int(self.rng.integers(1 << 20, 1 << 22)), int(self.rng.integers(20, 23))
            # Sums and numbers of taps of PyTorch: its averages times its divisors.
            real = nchw(x) - fill
            area = kernel[0] * kernel[1]
            total = hwc(F.avg_pool2d(real, kernel, stride, pads, divisor_override=1))
            ones = hwc(F.avg_pool2d(torch.ones_like(real), kernel, stride, pads,
                                    divisor_override=1))
            taps = np.full_like(ones, area) if counted else ones
            want = np.zeros(total.shape, np.uint8)
            for at in np.ndindex(*total.shape):
                n = int(taps[at])
                code = shifted(int(total[at]) * ((factor + n // 2) // n), shift) + offset
                want[at] = min(max(code, 3), 250)
            cases.append((Step(self.rng, AVERAGE_POOL, x, want.shape, low=3, high=250,
                               shift=shift, factor=factor, offset=offset, fill=fill,
                               flag=int(counted),
                               window=(kernel[1], kernel[0], stride[1], stride[0]),
                               pad=(pads[1], pads[0], 1, 1)), want))
        check(self, cases)

    def test_conv(self):
        cases = []
        for trial in range(120):
            groups = int(self.rng.choice([1, 1, 2, 3, 4]))
            per_group = int(self.rng.choice([1, 3, 4, 8]))
            x = self.rng.integers(0, 256, (*self.rng.integers(1, 9, 2), groups * per_group))
            x = x.astype(np.uint8)
            outputs = groups * int(self.rng.integers(1, 4))
            kernel, dilation, stride = random_window(self.rng, *x.shape[:2])
            pads = [int(self.rng.integers(0, (k - 1) * d + 1)) for k, d in zip(kernel, dilation)]
            zero = int(self.rng.integers(0, 256))
            weights = self.rng.integers(-128, 128, (outputs, *kernel, per_group)).astype(np.int8)
            sums = hwc(F.conv2d(nchw(x) - zero,
                                torch.from_numpy(weights.astype(np.float64)).permute(0, 3, 1, 2),
                                None, stride, pads, dilation, groups))
            shift = int(self.rng.integers(0, 32))
            multiplier = self.rng.integers(-1 << 14, 1 << 14, outputs)
            offset = self.rng.integers(-1 << 30, 1 << 30, outputs)
            want = np.zeros(sums.shape, np.uint8)
            for at in np.ndindex(*sums.shape):
                o = at[2]
                code = shifted(int(sums[at]) * int(multiplier[o]) + int(offset[o]), shift)
                want[at] = min(max(code, 0), 200)
            table = np.stack([multiplier, offset, 0 * offset, 0 * offset], 1).astype("<i4")
            cases.append((Step(self.rng, CONV, x, want.shape, table.tobytes() + weights.tobytes(),
                               in_image=bool(trial % 2), high=200, shift=shift, fill=zero,
                               groups=groups, window=(kernel[1], kernel[0], stride[1], stride[0]),
                               pad=(pads[1], pads[0], dilation[1], dilation[0])), want))
        check(self, cases)

    def test_arg_max(self):
        cases = []
        for trial in range(60):
            x = self.rng.integers(0, 4 if trial % 2 else 256, (2, 3, self.rng.integers(1, 257)))
            x = x.astype(np.uint8)
            first = x.argmax(2)[..., None]
            last = x.shape[2] - 1 - x[..., ::-1].argmax(2)[..., None]
            cases.append((Step(self.rng, ARG_MAX, x, (2, 3, 1)), first.astype(np.uint8)))
            cases.append((Step(self.rng, ARG_MAX, x, (2, 3, 1), flag=1), last.astype(np.uint8)))
        check(self, cases)

    def test_softmax_is_within_a_rounding_of_the_real_one(self):
        cases, reals = [], []
        for trial in range(60):
            x = self.rng.integers(0, 256, (1, 2, self.rng.integers(1, 40))).astype(np.uint8)
            scale = 10 ** self.rng.uniform(-3, 0)
            exponents = 2 ** 15 * np.exp(-scale * np.arange(256))
            tables = np.concatenate([np.round(exponents), np.round(exponents * 256)]).astype("<u4")
            e, n = tables[:256].astype(int), tables[256:].astype(int)
            below = x.max(2, keepdims=True).astype(int) - x
            total = e[below].sum(2, keepdims=True)
            want = np.minimum((n[below] + total // 2) // total, 255).astype(np.uint8)
            cases.append((Step(self.rng, SOFTMAX, x, x.shape, tables.tobytes(),
                               in_image=bool(trial % 2)), want))
            reals.append(torch.softmax(torch.from_numpy(x.astype(np.float64) * scale), 2).numpy())
        check(self, cases)
        for (_, want), real in zip(cases, reals):
            self.assertLess(np.abs(want - np.minimum(256 * real, 255)).max(), 0.6)

    def test_log_softmax_is_within_a_rounding_of_the_real_one(self):
        cases, reals = [], []
        for _ in range(60):
            x = self.rng.integers(0, 256, (1, 2, self.rng.integers(1, 40))).astype(np.uint8)
            scale = 10 ** self.rng.uniform(-3, 0)
            real = torch.log_softmax(torch.from_numpy(x.astype(np.float64) * scale), 2).numpy()
            out_scale = max(-real.min(), 1e-3) / 255
            shift = min(31, math.floor(30 - math.log2(scale / out_scale)))
            factor = round(scale / out_scale * 2 ** shift)
            second = round(math.log(2) / out_scale / 65536 * 2 ** shift)
            e = np.round(2 ** 15 * np.exp(-scale * np.arange(256))).astype(int)
            t = np.round(2 ** 16 * np.log2(1 + np.arange(257) / 256)).astype(int)
            want = np.zeros(x.shape, np.uint8)
            for pixel in range(2):
                codes = [int(v) for v in x[0, pixel]]
                total = sum(int(e[max(codes) - v]) for v in codes)
                exponent = total.bit_length() - 1
                mantissa = (total << 24 >> exponent) - (1 << 24)
                i, part = mantissa >> 16, mantissa & 0xffff
                logarithm = ((exponent - 15) << 16) + int(t[i]) \
                    + (int(t[i + 1] - t[i]) * part >> 16)
                for c, v in enumerate(codes):
                    value = factor * (v - max(codes)) - second * logarithm
                    want[0, pixel, c] = min(max(shifted(value, shift) + 255, 0), 255)
            tables = np.concatenate([e, t]).astype("<u4").tobytes()
            cases.append((Step(self.rng, LOG_SOFTMAX, x, x.shape, tables, shift=shift,
                               factor=factor, second=second, offset=255), want))
            reals.append(np.maximum(real / out_scale + 255, 0))
        check(self, cases)
        for (_, want), real in zip(cases, reals):
            self.assertLess(np.abs(want - real).max(), 0.75)

    def test_refuses_what_reaches_outside_or_does_not_fit(self):
        x = self.codes(6)
        good = Step(self.rng, PAD, x, (x.shape[0] + 1, x.shape[1], x.shape[2]))
        size = len(good.record[2])
        softmax = Step(self.rng, SOFTMAX, x, x.shape, bytes(2048))
        conv = Step(self.rng, CONV, x, (*x.shape[:2], 1), bytes(16 + x.shape[2]))
        damages = [
            (good, 0, 9), (good, 0, 32 << 24 | PAD), (good, 0, 1 << 8 | PAD),  # LOW above HIGH
            (good, 1, LMEM - 4), (good, 1, LMEM + size - x.size + 1), (good, 1, 0xffffffff),
            (good, 2, LMEM + size), (good, 2, good.words[1]), (good, 2, 0),
            (good, 3, LMEM), (good, 4, 0), (good, 4, 0xffffffff), (good, 5, 0xffffffff),
            (good, 5, 0), (good, 6, 0), (good, 6, good.words[6] ^ 0x10000),
            (softmax, 3, softmax.words[3] + 4), (softmax, 3, softmax.words[3] - 2),
            (softmax, 3, 0), (softmax, 5, softmax.words[5] + 1),
            (conv, 3, conv.words[3] + 4), (conv, 7, 0x01010001), (conv, 7, 0x01000101),
            (conv, 7, 0x01010102), (conv, 8, 0), (conv, 9, 0), (conv, 9, x.shape[2] + 1),
        ]
        records = [step.record for step in (good, softmax, conv)]
        for step, word, value in damages:
            spaces, words, lmem, image = step.record
            words = list(words)
            words[word] = value
            records.append((spaces, words, lmem, image))
        records.append((2, *good.record[1:]))
        accepted = [done[0] for done in run(records)]
        self.assertEqual(accepted, [1, 1, 1] + [0] * (len(records) - 3))

    def test_random_words_never_reach_outside(self):
        # The tool ends with status 1 when an accepted step leaves its memory.
        records = []
        for _ in range(2500):
            x = self.codes(4, 6)
            step = Step(self.rng, int(self.rng.integers(0, 9)), x, x.shape, bytes(2052),
                        in_image=bool(self.rng.integers(2)), factor=1 << 20)
            spaces, words, lmem, image = step.record
            for _ in range(int(self.rng.integers(1, 4))):
                word = int(self.rng.integers(0, 13))
                words[word] = int(self.rng.choice([
                    self.rng.integers(0, 1 << 32), words[word] ^ (1 << int(self.rng.integers(32))),
                    words[word] + 1, 0]) & 0xffffffff)
            records.append((spaces, words, lmem, image))
        accepted = sum(done[0] for done in run(records))
        self.assertGreater(accepted, 100)


if __name__ == "__main__":
    unittest.main()
