"""Jobs and stages of the golden library against a scalar reference in fractions."""

import pathlib
import random
import struct
import sys
import unittest
from fractions import Fraction
from math import ceil, floor, gcd

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[2] / "scripts" / "reference"),
                str(HERE.parents[1] / "models" / "cim")]
import macro_reference as reference  # noqa: E402
import golden_library as golden  # noqa: E402
import stages_cases  # noqa: E402

ROWS_PER_UNIT, UNITS, COLUMNS = 9, 8, 64
ROWS = ROWS_PER_UNIT * UNITS


def overrides(range_shift=1):
    return (f"cim.rows={ROWS} cim.columns={COLUMNS}\ncim.rows_per_unit={ROWS_PER_UNIT} "
            f"cim.converter.range_shift={range_shift}")


class Case:
    """A random job, its pixels, weights and table, and what must come out."""

    def __init__(self, rng, range_shift=1, partial=None):
        self.range_shift = range_shift
        job = self.job = {}
        bx, bw, b = rng.randint(1, 8), rng.randint(1, 8), rng.randint(1, 8)
        job.update(in_bits=bx, weight_bits=bw, out_bits=b)
        job["partial"] = rng.random() < 0.3 if partial is None else partial
        for axis, edge in (("x", "width"), ("y", "height")):
            job[f"kernel_{edge}"] = rng.randint(1, 3)
            job[f"stride_{axis}"] = rng.randint(1, 3)
            job[f"dilation_{axis}"] = rng.choice([1, 1, 2, 3])
        job["pad_left"] = rng.randint(0, job["kernel_width"] - 1)
        job["pad_top"] = rng.randint(0, job["kernel_height"] - 1)
        job["pad_value"] = rng.randint(0, 2**bx - 1)
        for axis, edge, pad in (("x", "width", "left"), ("y", "height", "top")):
            span = (job[f"kernel_{edge}"] - 1) * job[f"dilation_{axis}"] + 1
            job[f"in_{edge}"] = span + rng.randint(0, 4)
            room = job[f"in_{edge}"] + 2 * job[f"pad_{pad}"] - span
            job[f"out_{edge}"] = room // job[f"stride_{axis}"] + 1
        job["in_channels"] = rng.randint(1, 7)
        job["in_pixel_stride"] = job["in_channels"] + rng.choice([0, 0, 2])
        window = job["kernel_width"] * job["kernel_height"] * job["in_channels"]
        job["window_first"] = rng.choice([0, rng.randrange(window)])
        job["window_count"] = rng.randint(1, window - job["window_first"])
        job["unit_count"] = rng.randint(-(-job["window_count"] // ROWS_PER_UNIT), UNITS)
        job["unit_first"] = rng.randint(0, UNITS - job["unit_count"])
        job["outputs"] = rng.randint(1, COLUMNS // bw if bw > 4 else 12)
        job["column_first"] = rng.randint(0, COLUMNS - job["outputs"] * bw)
        job["abn_first"] = rng.randint(0, 20)
        job["tile"] = rng.randint(0, 65535)
        gap = rng.choice([0, 4])
        job["out_pixel_stride"] = job["outputs"] * (4 if job["partial"] else 1) + gap
        size = job["in_width"] * job["in_height"] * job["in_pixel_stride"]
        self.pixels = [rng.randint(0, 2**bx - 1) for _ in range(size)]
        low, high = (0, 1) if bw == 1 else (-(2 ** (bw - 1)), 2 ** (bw - 1) - 1)
        self.weights = [[rng.randint(low, high) for _ in range(job["outputs"])]
                        for _ in range(job["window_count"])]
        self.gamma = [rng.choice([1, 256, 65535, rng.randint(1, 4000)])
                      for _ in range(job["outputs"])]
        self.beta = [rng.choice([-32768, 32767, 0, 2 ** (b + 3)]) for _ in range(job["outputs"])]
        self.words = golden.cim_words(job)

    @property
    def line_rows(self):
        return self.job["unit_count"] * ROWS_PER_UNIT

    def load(self, chip):
        job = self.job
        cells = reference.cells_of_weights(self.weights, job["weight_bits"], ROWS, COLUMNS,
                                           job["unit_first"] * ROWS_PER_UNIT, job["column_first"])
        chip.write_weights(0, cells)
        table = [g | (h & 0xFFFF) << 16 for g, h in zip(self.gamma, self.beta)]
        chip.write_weights(golden.ABN_TABLE + 4 * job["abn_first"],
                           struct.pack(f"<{len(table)}I", *table))
        chip.write(golden.LMEM, self.pixels)

    def output(self, chip):
        """Values [position][output]; what lies between the pixels is left alone."""
        job = self.job
        count = job["out_width"] * job["out_height"] * job["out_pixel_stride"]
        data = chip.read(golden.LMEM + 0x8000, count)
        size = job["outputs"] * (4 if job["partial"] else 1)
        rows = []
        for at in range(0, count, job["out_pixel_stride"]):
            pixel = data[at : at + size]
            assert all(byte == 0xA5 for byte in data[at + size : at + job["out_pixel_stride"]])
            rows.append(list(struct.unpack(f"<{size // 4}i", pixel)) if job["partial"]
                        else list(pixel))
        return rows

    def expected(self, exact):
        return reference.run(self.job, self.pixels, self.weights, self.gamma, self.beta,
                             self.line_rows, self.range_shift, exact and self.job["partial"])


def run_case(chip, case):
    case.load(chip)
    chip.write(golden.LMEM + 0x8000, b"\xa5" * 0x8000)
    cycles = chip.run(case.words)
    return case.output(chip), cycles


class Jobs(unittest.TestCase):
    def test_quantised_and_ideal(self):
        rng = random.Random(71)
        seen = set()
        for shift in (0, 1, 4):
            for fidelity in (golden.QUANTISED, golden.IDEAL):
                with golden.Chip(overrides=overrides(shift), fidelity=fidelity) as chip:
                    for number in range(25):
                        case = Case(rng, shift)
                        got, _ = run_case(chip, case)
                        self.assertEqual(got, case.expected(fidelity == golden.IDEAL),
                                         f"{shift} {fidelity} {number}: {case.job}")
                        seen.update(value for row in got for value in row)
        self.assertGreater(len(seen), 100)

    def test_ranges_of_converters(self):
        """By job and by column, on random macros that combine digitally."""
        rng = random.Random(79)
        own = 0
        for _ in range(60):
            case = stages_cases.Case(rng)
            job, macro = case.job, case.macro
            if macro["range_bits"] == 0:
                continue
            keys = "\n".join(f"{key}={value}" for key, value in macro["set"].items())
            with golden.Chip(overrides=keys) as chip:
                chip.write_weights(0, stages_cases.reference.window_bytes(macro, job, case.weights))
                table = [g | (h & 0xFFFF) << 16 for g, h in zip(case.gamma, case.beta)]
                chip.write_weights(golden.ABN_TABLE + 4 * job["abn_first"],
                                   struct.pack(f"<{len(table)}I", *table))
                if job["ranges"]:
                    chip.write_weights(golden.RANGE_TABLE,
                                       struct.pack(f"<{len(job['ranges'])}I", *job["ranges"]))
                    own += 1
                chip.write(golden.LMEM, case.pixels)
                job["out_pixel_stride"] = job["outputs"] * (4 if job["partial"] else 1)
                chip.run(golden.cim_words(job))
                count = job["out_width"] * job["out_height"] * job["outputs"]
                data = chip.read(golden.LMEM + 0x8000, count * (4 if job["partial"] else 1))
                got = struct.unpack(f"<{count}{'i' if job['partial'] else 'B'}", data)
                expected = [value for row in case.expected() for value in row]
                self.assertEqual(list(got), expected, f"{macro['set']} {job}")
                job["range"] = 2 ** macro["range_bits"] + 1
                self.assertEqual(chip.check(golden.cim_words(job)), 4)
                with self.assertRaises(golden.Failed):
                    chip.write_weights(golden.RANGE_TABLE, struct.pack("<I", job["range"]))
        self.assertGreater(own, 5)

    def test_cycles_by_hand(self):
        # 3 x 3 window of 4 channels over 6 x 5 pixels, one-cycle macro: the feeder bounds it.
        job = dict(in_width=6, in_height=5, in_channels=4, in_pixel_stride=4, kernel_width=3,
                   kernel_height=3, stride_x=1, stride_y=1, pad_left=1, pad_top=1, pad_value=0,
                   window_first=0, window_count=36, out_width=6, out_height=5, unit_first=0,
                   unit_count=4, column_first=0, outputs=3, in_bits=8, weight_bits=4, out_bits=8,
                   partial=False, abn_first=0)
        words = golden.cim_words(job)
        with golden.Chip(overrides=overrides()) as chip:
            step = chip.parameter("cim.dot_product.step_time_ns")
            clock = chip.parameter("system.clock_mhz") * 1e-3
            mvm = ceil(8 * step * clock - 1e-9)
            self.assertEqual(chip.timing(words, golden.MVM_CYCLES), mvm)
            convert = chip.timing(words, golden.CONVERT_CYCLES)
            macro = mvm + convert
            # A full window is 36 bytes, 3 beats; a new column 12 bytes, 1 beat; a pixel out 1 beat.
            self.assertEqual(chip.timing(words, golden.READ_BEATS), 5 * 3 + 25)
            self.assertEqual(chip.timing(words, golden.FEED_BYTES), 5 * 36 + 25 * 12)
            self.assertEqual(chip.timing(words, golden.WRITE_BEATS), 30)
            slots = 29 * max(macro, 1) + macro if macro >= 3 else None
            self.assertIsNotNone(slots, "the macro is meant to be slower than the feeder here")
            self.assertEqual(chip.timing(words, golden.CYCLES), 3 + slots + 1)
            self.assertEqual(chip.timing(words, golden.FEED_END), 3 + 29 * macro)


class Stages(unittest.TestCase):
    def test_feeder(self):
        rng = random.Random(72)
        with golden.Chip(overrides=overrides()) as chip:
            for _ in range(40):
                case = Case(rng)
                job = case.job
                case.load(chip)
                total = 0
                for position in range(job["out_width"] * job["out_height"]):
                    oy, ox = divmod(position, job["out_width"])
                    row = reference.window(job, case.pixels, ox, oy)
                    self.assertEqual(chip.feeder_row(case.words, position, len(row)), row, job)
                    element = rng.randrange(len(row))
                    self.assertEqual(chip.feeder_element(case.words, position, element),
                                     row[element])
                    total += chip.feeder_beats(case.words, position)
                self.assertEqual(total, chip.timing(case.words, golden.READ_BEATS), job)

    def test_feeder_beats_by_counting(self):
        """Beats of dense pixels: bytes of the taps that no register holds yet, 16 a beat."""
        rng = random.Random(73)
        with golden.Chip(overrides=overrides()) as chip:
            for _ in range(30):
                case = Case(rng)
                job = case.job
                job["in_pixel_stride"] = job["in_channels"]
                window = job["kernel_width"] * job["kernel_height"] * job["in_channels"]
                job["window_first"], job["window_count"] = 0, window
                job["unit_first"], job["unit_count"] = 0, UNITS
                if window > ROWS:
                    continue
                words = golden.cim_words(job)
                registers = job["dilation_x"] // gcd(job["stride_x"], job["dilation_x"])
                held = [set() for _ in range(registers)]
                for position in range(job["out_width"] * job["out_height"]):
                    ox = position % job["out_width"]
                    if ox == 0:
                        held = [set() for _ in range(registers)]
                    columns = {ox * job["stride_x"] + k * job["dilation_x"]
                               for k in range(job["kernel_width"])}
                    fresh = columns - held[ox % registers]
                    held[ox % registers] = columns
                    taken = len(fresh) * job["kernel_height"] * job["in_channels"]
                    self.assertEqual(chip.feeder_beats(words, position), -(-taken // 16),
                                     (position, job))

    def test_codes_of_dot_products(self):
        rng = random.Random(74)
        with golden.Chip(overrides=overrides(2)) as chip:
            for _ in range(40):
                case = Case(rng, 2)
                job = case.job
                case.load(chip)
                most = job["window_count"] * 2 ** (job["in_bits"] + job["weight_bits"] - 1)
                sums = [rng.randint(-most, most) for _ in range(3 * job["outputs"])]
                expected = []
                for i, total in enumerate(sums):
                    j = i % job["outputs"]
                    volts = Fraction(total, case.line_rows
                                     * 2 ** (job["in_bits"] + job["weight_bits"]))
                    code = reference.code(volts, case.gamma[j], case.beta[j], job["out_bits"], 2)
                    expected.append(code - (2 ** (job["out_bits"] - 1) if job["partial"] else 0))
                self.assertEqual(chip.codes(case.words, sums), expected, job)
                j = rng.randrange(job["outputs"])
                self.assertEqual(chip.code(case.words, j, sums[j]), expected[j])

    def test_a_whole_job_is_its_stages(self):
        """Rows of the feeder, a product, codes: the job."""
        rng = random.Random(75)
        with golden.Chip(overrides=overrides()) as chip:
            for _ in range(20):
                case = Case(rng)
                job = case.job
                got, _ = run_case(chip, case)
                for position, values in enumerate(got):
                    row = chip.feeder_row(case.words, position, job["window_count"])
                    sums = [sum(x * w[j] for x, w in zip(row, case.weights))
                            for j in range(job["outputs"])]
                    self.assertEqual(chip.codes(case.words, sums), values)

    def test_abn(self):
        rng = random.Random(76)
        ends = 0
        for _ in range(3000):
            rows = rng.choice([1, 36, 8192, rng.randint(1, 8192)])
            bx, bw, b, r = (rng.randint(1, 8), rng.randint(1, 8), rng.randint(1, 8),
                            rng.randint(0, 8))
            gamma = rng.choice([1, 256, 65535, rng.randint(1, 65535)])
            beta = rng.choice([-32768, 32767, 0, rng.randint(-2000, 2000)])
            most = rows << (bx + bw)
            dot = rng.choice([-most, most, 0, rng.randint(-most, most), rng.randint(-99, 99)])
            lsb = Fraction(rows) * Fraction(2) ** (bx + bw - b - r)
            if rng.random() < 0.6:  # near some code
                dot = round((rng.uniform(0, 2**b) - beta / 16) * 256 / gamma * lsb)
            dot = min(max(dot, -most), most)
            partial = rng.randint(0, 1)
            code = golden.i32()
            golden.call("leyden_abn", golden.u32(gamma | (beta & 0xFFFF) << 16), golden.i64(dot),
                        golden.u32(rows), golden.u32(bx), golden.u32(bw), golden.u32(b),
                        golden.u32(r), golden.u32(partial), golden.ctypes.byref(code))
            level = Fraction(gamma, 256) * dot / lsb + Fraction(beta, 16) + Fraction(1, 2)
            expected = min(max(floor(level), 0), 2**b - 1)
            ends += expected in (0, 2**b - 1)
            self.assertEqual(code.value, expected - (partial << (b - 1)))
        self.assertLess(ends, 2200)  # many are neither end

    def test_converter_ideal(self):
        with golden.Chip(overrides=overrides()) as chip:
            for bits in range(1, 9):
                for level in (-1e300, -0.5, 0, 0.999, 1, 2**bits - 1 - 1e-9, 2**bits, 1e300):
                    expected = 0 if level < 0 else min(floor(min(level, 1e9)), 2**bits - 1)
                    self.assertEqual(chip.converter(3, bits, level), expected)

    def test_trims(self):
        """value * GAIN + OFFSET LSB / 16, before gamma (docs/calibration.md)."""
        rng = random.Random(77)
        with golden.Chip(overrides=overrides(1)) as chip:
            case = Case(rng, 1, partial=False)
            while case.job["weight_bits"] < 2 or case.job["out_bits"] < 4:
                case = Case(rng, 1, partial=False)
            job = case.job
            case.gamma = [256] * job["outputs"]
            case.beta = [16 << (job["out_bits"] - 1)] * job["outputs"]
            case.load(chip)
            gain, offset = 0x8000 + 1500, -21
            column = job["column_first"]  # of output 0
            word = gain | (offset & 0xFFFF) << 16
            chip.write_weights(golden.TRIM_TABLE + 4 * column, struct.pack("<I", word))
            converter_bits = int(chip.parameter("cim.converter.bits"))
            scale = case.line_rows * 2 ** (job["in_bits"] + job["weight_bits"])
            most = case.line_rows * 2 ** (job["in_bits"] + job["weight_bits"] - 2)
            changed = 0
            for _ in range(300):
                dot = rng.randint(-most, most)
                # To a step of an LSB of the converter at its most bits, in units of D.
                step = Fraction(scale, 2 ** (converter_bits + 1)) / 16
                value = dot * Fraction(gain, 32768) + offset * step
                expected = reference.code(value / scale, 256, case.beta[0], job["out_bits"], 1)
                plain = reference.code(Fraction(dot, scale), 256, case.beta[0], job["out_bits"], 1)
                changed += expected != plain
                self.assertEqual(chip.code(case.words, 0, dot), expected)
            self.assertGreater(changed, 10)


class Windows(unittest.TestCase):
    def test_read_back(self):
        rng = random.Random(78)
        with golden.Chip(overrides=overrides()) as chip:
            cells = rng.randbytes(ROWS * COLUMNS // 8)
            chip.write_weights(0, cells)
            chip.write_weights(5, b"\x11\x22\x33")
            self.assertEqual(chip.read_weights(0, len(cells)),
                             cells[:5] + b"\x11\x22\x33" + cells[8:])
            for table in (golden.ABN_TABLE, golden.TRIM_TABLE):
                words = rng.randbytes(32)
                chip.write_weights(table + 8, words)
                self.assertEqual(chip.read_weights(table + 8, 32), words)
            word = golden.u32()
            golden.call("leyden_weights_get", chip.handle, golden.u32(0), golden.u32(8),
                        golden.ctypes.byref(word))
            self.assertEqual(word.value, int.from_bytes(cells[8:12], "little"))

    def test_macros_differ(self):
        with golden.Chip(overrides=overrides() + " system.macros=3") as chip:
            for macro in range(3):
                chip.write_weights(0, bytes([macro + 1] * 8), macro)
            self.assertEqual([chip.read_weights(0, 1, macro)[0] for macro in range(3)], [1, 2, 3])


if __name__ == "__main__":
    unittest.main()
