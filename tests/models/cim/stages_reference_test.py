"""Macros of random stages against a reference in numpy: values, counts and time.

Usage: stages_reference_test.py JOB_TOOL [unittest arguments]
"""

import math
import pathlib
import random
import sys
import unittest
from collections import Counter

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "scripts" / "reference"))
import stages_reference as reference  # noqa: E402

from stages_cases import CLOCK_HZ, Case  # noqa: E402
from job_tool import rows_of_output, run_tool  # noqa: E402


class Values(unittest.TestCase):
    def check(self, cases, fidelity, **more):
        lines = [{**case.line(fidelity, **more), "cold": True} for case in cases]
        answers = run_tool(lines)
        seen = set()
        for number, (case, answer) in enumerate(zip(cases, answers)):
            text = f"case {number}: {case.macro['set']} {case.job}"
            self.assertIn("output", answer, f"{answer} {text}")
            got = rows_of_output(answer["output"], case.job)
            self.assertEqual(got, case.expected(fidelity == "ideal"), text)
            seen.update(value for row in got for value in row)
        return seen

    def test_quantised_on_random_stages(self):
        rng = random.Random(4001)
        seen = self.check([Case(rng) for _ in range(400)], "quantised")
        self.assertGreater(len(seen), 150)

    def test_ideal_on_random_stages(self):
        rng = random.Random(4002)
        self.check([Case(rng) for _ in range(120)], "ideal")

    def test_without_errors_analog_is_quantised(self):
        rng = random.Random(4003)
        cases = [Case(rng) for _ in range(80)]
        self.check(cases, "analog", **NO_ERRORS)

    def test_a_converter_of_full_precision_loses_nothing(self):
        rng = random.Random(4004)
        cases = []
        while len(cases) < 60:
            case = Case(rng)
            bits = full_precision(case)
            if bits > 12 or case.macro["post"] not in ("digital_scale", "adder_tree"):
                continue
            case.macro["converter_bits"] = case.macro["set"]["cim.converter.bits"] = bits
            case.macro["range_shift"] = case.macro["set"]["cim.converter.range_shift"] = 0
            cases.append(case)
        lines = [case.line("quantised") for case in cases]
        lines += [{**case.line("analog", **NO_ERRORS), "cold": True} for case in cases]
        for case, answer in zip(cases + cases, run_tool(lines)):
            exact = case.x @ np.array(case.weights, dtype=np.int64)
            expected = reference.codes(case.macro, case.job, exact, 0, case.gamma, case.beta)
            got = rows_of_output(answer["output"], case.job)
            self.assertEqual(got, expected, f"{case.macro['set']} {case.job}")
        # It does lose something with a bit less.
        lossy = 0
        for case in cases:
            bits = case.macro["converter_bits"] - 1
            if bits == 0:
                continue
            case.macro["converter_bits"] = case.macro["set"]["cim.converter.bits"] = bits
            exact = case.x @ np.array(case.weights, dtype=np.int64)
            total = reference.totals(case.macro, case.job, case.x, case.weights)
            lossy += not np.array_equal(total, exact << reference.step_bits(case.macro))
        self.assertGreater(lossy, 20)

    def test_every_instruction_set_gives_the_same(self):
        rng = random.Random(4007)
        lines = [Case(rng).line("analog") for _ in range(20)]
        answers = run_tool(lines)
        self.assertTrue(all("output" in answer for answer in answers))
        for isa in ("SSE41", "AVX2", "AVX512_CORE", "AVX512_CORE_VNNI"):
            self.assertEqual(run_tool(lines, isa), answers, isa)

    def test_the_order_of_digits_changes_nothing_but_words(self):
        rng = random.Random(4005)
        cases = [case for case in (Case(rng) for _ in range(60)) if case.macro["inputs"] == "digital"]
        key = "cim.drive.order"
        first = run_tool([case.line("quantised", **{key: "lsb_first"}) for case in cases])
        last = run_tool([case.line("quantised", **{key: "msb_first"}) for case in cases])
        self.assertEqual(first, last)


def full_precision(case):
    """Least converter bits at which every value of a conversion has a code of its own."""
    most = 1
    _, groups = case.columns_of(0)
    for _, _, line_rows in reference.segments(case.macro, case.job):
        for _, bits in reference.input_groups(case.macro, case.job):
            if case.macro["column_combine"] != "digital":
                most = max(most, bits + case.job["weight_bits"] + math.ceil(math.log2(line_rows)))
                continue
            for _, signed, highest, _ in groups:
                if signed:
                    values = (line_rows << bits) * 2 * highest
                else:
                    values = line_rows * ((1 << bits) - 1) * highest + 1
                most = max(most, math.ceil(math.log2(values)))
    return most


class Counts(unittest.TestCase):
    """Counts and time by walking over positions, segments, digits, rows and columns."""

    @classmethod
    def setUpClass(cls):
        rng = random.Random(4006)
        cls.cases = [Case(rng) for _ in range(120)]
        cls.answers = run_tool([case.line("quantised") for case in cls.cases])

    @staticmethod
    def steps(case, x):
        """(digits driven, all digits) of each segment of a position, as lists of digits' shifts."""
        taken = []
        for first, end, _ in reference.segments(case.macro, case.job):
            for _, significance, bits in reference.digits(0, case.job["in_bits"], case.macro["digit_bits"]):
                values = [(int(v) // significance) & ((1 << bits) - 1) for v in x[first:end]]
                if any(values) or not case.macro["skipping"]:
                    taken.append((first, values, bits))
        return taken

    def test_events(self):
        for case, answer in zip(self.cases, self.answers):
            m, job = case.macro, case.job
            _, groups = case.columns_of(0)
            dummy = sum(group[3] for group in groups)
            columns = job["outputs"] * case.width + (1 if dummy else 0)
            digital = m["post"] in ("digital_scale", "adder_tree")
            apart = digital and m["column_combine"] == "digital"
            n_digits = len(reference.digits(0, job["in_bits"], m["digit_bits"]))
            levels = [
                sum(level for w in row for level, _, _ in case.columns_of(w)[0]) for row in case.weights
            ]
            expected = dict.fromkeys(answer["counts"], 0)
            for x in case.x:
                taken = self.steps(case, x)
                expected["mvms"] += 1
                expected["macs"] += job["window_count"] * job["outputs"]
                for first, values, bits in taken:
                    for i, digit in enumerate(values):
                        driven = digit << (m["digit_bits"] - bits)
                        expected["driven_bits"] += driven
                        expected["driven_digits"] += digit != 0
                        expected["driven_cells"] += driven * columns
                        expected["charged_cells"] += driven * (levels[first + i] + dummy)
                    expected["combine_steps"] += columns
                conversions = len(taken) if m["inputs"] == "digital" else len(taken) // n_digits
                if apart:
                    conversions *= job["outputs"] * len(groups) + (1 if dummy else 0)
                else:
                    conversions *= job["outputs"]
                expected["conversions"] += conversions
                if digital:
                    expected["adds"] += conversions
                    expected["scales"] += job["outputs"]
            self.assertEqual(answer["counts"], expected, f"{m['set']} {job}")

    def conversions_in_turn(self, case):
        """Most conversions one converter makes: those whose first column is among its columns."""
        m, job = case.macro, case.job
        digital = m["post"] in ("digital_scale", "adder_tree")
        served = {}
        for j in range(job["outputs"]):
            firsts = {}
            for c, (_, _, group) in enumerate(case.columns_of(0)[0]):
                firsts.setdefault(group if digital and m["column_combine"] == "digital" else 0, c)
            for first in firsts.values():
                converter = (job["column_first"] + j * case.width + first) // m["sharing"]
                served[converter] = served.get(converter, 0) + 1
        return max(served.values())

    def test_time(self):
        for case, answer in zip(self.cases, self.answers):
            m, job = case.macro, case.job
            digital = m["post"] in ("digital_scale", "adder_tree")
            bits = m["converter_bits"] if digital else job["out_bits"]

            def cycles(ns):
                return math.ceil(round(ns * CLOCK_HZ * 1e-9, 6))

            convert = cycles(m["time_base_ns"] + bits * m["time_per_bit_ns"])
            convert *= self.conversions_in_turn(case)
            pieces = len(reference.segments(m, job))
            n_digits = len(reference.digits(0, job["in_bits"], m["digit_bits"]))
            busy = []
            for x in case.x:
                if m["inputs"] == "digital" or m["skipping"]:
                    busy.append(len(self.steps(case, x)) * (cycles(m["step_ns"]) + convert))
                else:
                    busy.append(pieces * (cycles(n_digits * m["step_ns"]) + convert))
            port = 16
            run = job["kernel_width"] * job["in_channels"]
            held = range(job["window_first"], job["window_first"] + job["window_count"])
            fresh = []  # a tap that the tile holds stride_x taps further on was there before
            for e in held:
                after = e + job["stride_x"] * job["in_channels"]
                if after not in held or after // run != e // run:
                    fresh.append(e)

            def beats(elements):
                """Pixels that lie apart share none."""
                dense = job["in_pixel_stride"] == job["in_channels"]
                pixels = Counter(0 if dense else e // job["in_channels"] for e in elements)
                return sum(-(-count // port) for count in pixels.values())

            feeds = [
                beats(held if p % job["out_width"] == 0 else fresh) for p in range(len(busy))
            ]
            write = -(-job["outputs"] * (4 if job["partial"] else 1) // port)
            total = feeds[0] + write
            for p, macro_cycles in enumerate(busy):
                feed = feeds[p + 1] if p + 1 < len(busy) else 0
                total += max(feed, macro_cycles, write if p > 0 else 0)
            text = f"{m['set']} {job}"
            self.assertEqual(answer["timing"]["macro_cycles"], sum(busy), text)
            self.assertEqual(answer["timing"]["cycles"], total, text)


NO_ERRORS = {
    "cim.cell.mismatch_percent_sqrt_ff": 0,
    "cim.dot_product.charge_injection_mv": 0,
    "cim.dot_product.parasitic_ratio": 0,
    "cim.dot_product.settling_tau_ns": 0,
    "cim.converter.noise_mv": 0,
    "cim.converter.offset_mv": 0,
    "cim.converter.gain_percent": 0,
    "cim.converter.inl_lsb": 0,
}


if __name__ == "__main__":
    unittest.main()
