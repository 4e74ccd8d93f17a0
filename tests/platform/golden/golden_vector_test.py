"""Vector unit and whole layers of the golden library against plain Python integers."""

import ctypes
import pathlib
import random
import struct
import sys
import unittest
from fractions import Fraction
from math import floor

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[2] / "scripts" / "reference")]
import macro_reference as reference  # noqa: E402
import golden_library as golden  # noqa: E402

MAX_POOL, AVERAGE_POOL, ADD, ACCUMULATE, SCALE, LOOKUP = range(6)
SOURCE, SOURCE1 = golden.LMEM, golden.LMEM + 0x4000
TABLE, TARGET = golden.LMEM + 0x8000, golden.LMEM + 0xC000


def finish(value, shift, low, high):
    """clamp((value + half) >> shift), exactly, also of a fraction."""
    half = 2 ** (shift - 1) if shift else 0
    return min(max(floor((value + half) / Fraction(2**shift)), low), high)


def signed(rng, bits):
    return rng.choice([rng.randint(-(2**bits), 2**bits - 1), rng.randint(-9, 9)])


def settings(rng):
    low, high = sorted((rng.randint(0, 255), rng.randint(0, 255)))
    return dict(shift=rng.randint(0, 31), low=rng.choice([0, low]), high=rng.choice([255, high]))


def beats(address, count):
    return (address + count - 1) // 16 - address // 16 + 1 if count else 0


class Operations(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.chip = golden.Chip()

    @classmethod
    def tearDownClass(cls):
        cls.chip.close()

    def check(self, operation, expected, reads, elements, **fields):
        words = golden.vector_words(operation, **fields)
        cycles = self.chip.run_vector(words)
        self.assertEqual(list(self.chip.read(TARGET, len(expected))), expected, fields)
        port = sum(beats(*read) for read in reads) + beats(TARGET, len(expected))
        lanes = int(self.chip.parameter("vector.lanes"))
        start = int(self.chip.parameter("vector.start_up_cycles"))
        self.assertEqual(cycles, start + max(-(-elements // lanes), port))

    def test_pooling(self):
        rng = random.Random(81)
        for _ in range(60):
            kw, kh = rng.randint(1, 4), rng.randint(1, 4)
            pl, pt = rng.randint(0, kw - 1), rng.randint(0, kh - 1)
            sx, sy = rng.randint(1, 3), rng.randint(1, 3)
            w, h, c = rng.randint(kw, 8), rng.randint(kh, 8), rng.randint(1, 5)
            ow, oh = (w + pl - 1) // sx + 1, (h + pt - 1) // sy + 1
            data = rng.randbytes(w * h * c)
            self.chip.write(SOURCE, data)
            scale, offset, limits = signed(rng, 31), signed(rng, 31), settings(rng)
            tops, means = [], []
            for oy in range(oh):
                for ox in range(ow):
                    for k in range(c):
                        taps = [data[(y * w + x) * c + k]
                                for y in range(oy * sy - pt, oy * sy - pt + kh)
                                for x in range(ox * sx - pl, ox * sx - pl + kw)
                                if 0 <= y < h and 0 <= x < w]
                        tops.append(max(taps))
                        means.append(finish(sum(taps) * scale + offset, **limits))
            shape = dict(in_width=w, in_height=h, out_width=ow, out_height=oh, channels=c,
                         kernel_width=kw, kernel_height=kh, stride_x=sx, stride_y=sy, pad_left=pl,
                         pad_top=pt)
            reads, taps = [(SOURCE, w * h * c)], len(tops) * kw * kh
            self.check(MAX_POOL, tops, reads, taps, **shape)
            self.check(AVERAGE_POOL, means, reads, taps, scale0=scale, offset=offset, **shape,
                       **limits)

    def test_element_wise(self):
        rng = random.Random(82)
        for _ in range(60):
            w, h, c = rng.randint(1, 7), rng.randint(1, 5), rng.randint(1, 9)
            count = w * h * c
            a, b = rng.randbytes(count), rng.randbytes(count)
            self.chip.write(SOURCE, a)
            self.chip.write(SOURCE1, b)
            table = [(signed(rng, 31), signed(rng, 31)) for _ in range(c)]
            lookup = rng.randbytes(256)
            m0, m1, offset, limits = (signed(rng, 31), signed(rng, 31), signed(rng, 31),
                                      settings(rng))
            shape = dict(out_width=w, out_height=h, channels=c, **limits)
            self.check(ADD, [finish(x * m0 + y * m1 + offset, **limits) for x, y in zip(a, b)],
                       [(SOURCE, count), (SOURCE1, count)], count, scale0=m0, scale1=m1,
                       offset=offset, **shape)
            self.chip.write(TABLE, b"".join(struct.pack("<iiII", *entry, 0, 0)
                                            for entry in table))
            self.check(SCALE, [finish(x * table[i % c][0] + table[i % c][1], **limits)
                               for i, x in enumerate(a)],
                       [(SOURCE, count), (TABLE, 16 * c)], count, **shape)
            self.chip.write(TABLE, lookup)
            self.check(LOOKUP, [lookup[x] for x in a], [(SOURCE, count), (TABLE, 256)], count,
                       **shape)

    def test_accumulate(self):
        rng = random.Random(83)
        for _ in range(60):
            pixels, c, parts = rng.randint(1, 9), rng.randint(1, 6), rng.randint(1, 5)
            stride = pixels * c * 4 + rng.choice([0, 16])
            partials = [[signed(rng, 31) for _ in range(pixels * c)] for _ in range(parts)]
            for part, values in enumerate(partials):
                self.chip.write(SOURCE + part * stride, struct.pack(f"<{len(values)}i", *values))
            table = [(signed(rng, 31), signed(rng, 31)) for _ in range(c)]
            self.chip.write(TABLE, b"".join(struct.pack("<iiII", *entry, 0, 0)
                                            for entry in table))
            limits = settings(rng)
            expected = [finish(sum(values) * table[i % c][0] + table[i % c][1], **limits)
                        for i, values in enumerate(zip(*partials))]
            self.check(ACCUMULATE, expected,
                       [(SOURCE + part * stride, pixels * c * 4) for part in range(parts)]
                       + [(TABLE, 16 * c)], pixels * c * parts, out_width=pixels, channels=c,
                       parts=parts, part_stride=stride, **limits)

    def test_requantise(self):
        rng = random.Random(84)
        for _ in range(3000):
            value, factor, offset, limits = (signed(rng, 31), signed(rng, 31), signed(rng, 31),
                                             settings(rng))
            code = golden.u8()
            golden.call("leyden_requantise", golden.i32(value), golden.i32(factor),
                        golden.i32(offset), golden.u32(limits["shift"]), golden.u32(limits["low"]),
                        golden.u32(limits["high"]), ctypes.byref(code))
            self.assertEqual(code.value, finish(value * factor + offset, **limits))


class Step(ctypes.Structure):
    _fields_ = [("unit", golden.u32), ("wait_mask", golden.u32), ("spaces", golden.u32),
                ("word_count", golden.u32), ("words", golden.u32 * 16)]


def step(unit, words):
    made = Step(unit=unit, word_count=len(words))
    made.words[: len(words)] = list(words)
    return made


class Layer(unittest.TestCase):
    """A 3 x 3 convolution whose window is cut into three tiles on two macros, then accumulated."""

    def setUp(self):
        rng = self.rng = random.Random(85)
        self.edge, self.channels, self.outputs = 6, 10, 7
        self.bits = dict(in_bits=6, weight_bits=4, out_bits=7)
        self.pixels = [rng.randint(0, 63) for _ in range(self.edge**2 * self.channels)]
        self.weights = [[rng.randint(-8, 7) for _ in range(self.outputs)] for _ in range(90)]
        self.cuts = [(0, 36), (36, 36), (72, 18)]  # rows of the window; two, two, one unit of 18
        self.overrides = ("cim.rows=72 cim.columns=64 cim.rows_per_unit=18 system.macros=2 "
                          "cim.converter.range_shift=2")
        self.table = [(rng.randint(1, 3000), rng.randint(-100000, 100000), rng.randint(1, 1000))
                      for _ in range(self.outputs)]
        self.limits = dict(shift=12, low=3, high=250)

    def job(self, tile):
        first, count = self.cuts[tile]
        return dict(in_width=self.edge, in_height=self.edge, in_channels=self.channels,
                    in_pixel_stride=self.channels, kernel_width=3, kernel_height=3, stride_x=1,
                    stride_y=1, pad_left=1, pad_top=1, pad_value=5, window_first=first,
                    window_count=count, out_width=self.edge, out_height=self.edge,
                    outputs=self.outputs, unit_first=0 if tile < 2 else 2,
                    unit_count=2 if tile < 2 else 1, column_first=8, partial=True,
                    abn_first=self.outputs * (tile // 2), tile=tile, **self.bits)

    def prepare(self, chip):
        """Weights and ABN entries; the layer's steps."""
        part = self.edge**2 * self.outputs * 4
        chip.write(golden.LMEM, self.pixels)
        chip.write(TABLE, b"".join(struct.pack("<iiII", m, o, g, 0) for m, o, g in self.table))
        steps = []
        self.gammas, self.betas = [], []
        for tile, (first, count) in enumerate(self.cuts):
            job, macro = self.job(tile), tile % 2
            rows = self.weights[first : first + count]
            cells = reference.cells_of_weights(rows, 4, 72, 64, job["unit_first"] * 18, 8)
            row_first = job["unit_first"] * 18 * 8
            chip.write_weights(row_first, cells[row_first : row_first + count * 8], macro)
            gammas = [self.rng.randint(100, 2000) for _ in range(self.outputs)]
            entries = [gamma | (16 << 6) << 16 for gamma in gammas]
            self.gammas.append(gammas)
            chip.write_weights(golden.ABN_TABLE + 4 * job["abn_first"],
                               struct.pack(f"<{self.outputs}I", *entries), macro)
            words = golden.cim_words(job, out_address=SOURCE1 + tile * part)
            steps.append(step(macro << 8, words))
        steps.append(step(1, golden.vector_words(
            ACCUMULATE, source=SOURCE1, part_stride=part, parts=3, out_width=self.edge,
            out_height=self.edge, channels=self.outputs, units=2, destination=TARGET, in_bits=6,
            weight_bits=4, out_bits=7, **self.limits)))
        return (Step * 4)(*steps)

    def run_layer(self, chip):
        steps, done = self.prepare(chip), ctypes.c_size_t()
        golden.call("leyden_layer_run", chip.handle, steps, ctypes.c_size_t(4),
                    ctypes.byref(done), None)
        self.assertEqual(done.value, 4)
        return list(chip.read(TARGET, self.edge**2 * self.outputs))

    def test_quantised(self):
        with golden.Chip(overrides=self.overrides) as chip:
            got = self.run_layer(chip)
        sums = [[0] * self.outputs for _ in range(self.edge**2)]
        for tile, (first, count) in enumerate(self.cuts):
            job = self.job(tile)
            partial = reference.run(job, self.pixels, self.weights[first : first + count],
                                    self.gammas[tile], [16 << 6] * self.outputs,
                                    job["unit_count"] * 18, 2)
            for total, row in zip(sums, partial):
                for j, value in enumerate(row):
                    total[j] += value
        expected = [finish(value * self.table[j][0] + self.table[j][1], **self.limits)
                    for row in sums for j, value in enumerate(row)]
        self.assertGreater(len(set(expected)), 20)
        self.assertEqual(got, expected)

    def test_ideal_is_the_whole_convolution(self):
        with golden.Chip(overrides=self.overrides, fidelity=golden.IDEAL) as chip:
            got = self.run_layer(chip)
        whole = dict(self.job(0), window_first=0, window_count=90)
        lsb = Fraction(2 * 18) * Fraction(2) ** (6 + 4 - 7 - 2)
        expected = []
        for row in reference.run(whole, self.pixels, self.weights, None, None, 0, 0, True):
            for j, total in enumerate(row):
                m, o, gamma = self.table[j]
                expected.append(finish(Fraction(total * gamma, 256) / lsb * m + o, **self.limits))
        self.assertGreater(len(set(expected)), 20)
        self.assertEqual(got, expected)

    def test_stops_at_the_step_that_is_refused(self):
        with golden.Chip(overrides=self.overrides) as chip:
            steps, done, error = self.prepare(chip), ctypes.c_size_t(), golden.u32()
            steps[2].words[9] = 3 | 2 << 8  # units 3 and 4 of 4
            with self.assertRaisesRegex(golden.Failed, "Step 2: The CIM unit refuses the job with "
                                        "ERROR_CODE 2: rows or columns outside the array"):
                golden.call("leyden_layer_run", chip.handle, steps, ctypes.c_size_t(4),
                            ctypes.byref(done), ctypes.byref(error))
            self.assertEqual((done.value, error.value), (2, 2))
            for unit, status in ((2, golden.UNSUPPORTED), (3, golden.UNSUPPORTED),
                                 (2 << 8, golden.BAD_VALUE)):
                steps[0].unit = unit
                with self.assertRaises(golden.Failed) as failed:
                    golden.call("leyden_layer_run", chip.handle, steps, ctypes.c_size_t(4),
                                ctypes.byref(done), None)
                self.assertEqual((failed.exception.status, done.value), (status, 0))


if __name__ == "__main__":
    unittest.main()
