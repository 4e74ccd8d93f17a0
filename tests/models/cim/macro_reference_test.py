"""The macro against a scalar reference in fractions, and against PyTorch's convolution.

Usage: macro_reference_test.py JOB_TOOL [unittest arguments]
"""

import pathlib
import random
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "scripts" / "reference"))
import macro_reference as reference  # noqa: E402
from job_tool import rows_of_output, run_tool  # noqa: E402


class Case:
    """A random job with everything the tool and the reference need."""

    def __init__(self, rng, bits=None, partial=None, dense=False, dilation=None):
        self.rows_per_unit = rng.choice([4, 9, 36])
        self.units = rng.choice([4, 6])
        self.rows = self.rows_per_unit * self.units
        self.columns = 64
        self.range_shift = rng.choice([0, 1, 1, 2, 4])
        bx, bw, b = bits or (rng.randint(1, 8), rng.randint(1, 8), rng.randint(1, 8))
        job = self.job = {}
        job["in_bits"], job["weight_bits"], job["out_bits"] = bx, bw, b
        job["kernel_width"], job["kernel_height"] = rng.randint(1, 4), rng.randint(1, 4)
        job["stride_x"], job["stride_y"] = rng.randint(1, 3), rng.randint(1, 3)
        for axis in "xy":
            job[f"dilation_{axis}"] = 1 if dilation is None else rng.choice(dilation)
        across = (job["kernel_width"] - 1) * job["dilation_x"] + 1
        down = (job["kernel_height"] - 1) * job["dilation_y"] + 1
        taps = job["kernel_width"] * job["kernel_height"]
        job["in_channels"] = rng.randint(1, 6)
        while taps * job["in_channels"] > 4 * self.rows:
            job["in_channels"] -= 1
        job["in_pixel_stride"] = job["in_channels"] + (0 if dense else rng.choice([0, 0, 3]))
        job["in_width"], job["in_height"] = rng.randint(4, 8), rng.randint(4, 8)
        job["in_width"] = max(job["in_width"], across)
        job["in_height"] = max(job["in_height"], down)
        job["pad_left"] = rng.randint(0, job["kernel_width"] - 1)
        job["pad_top"] = rng.randint(0, job["kernel_height"] - 1)
        job["pad_value"] = rng.choice([0, rng.randint(0, 2**bx - 1)])
        job["out_width"] = (job["in_width"] + 2 * job["pad_left"] - across) // job[
            "stride_x"
        ] + 1
        job["out_height"] = (job["in_height"] + 2 * job["pad_top"] - down) // job[
            "stride_y"
        ] + 1
        whole = taps * job["in_channels"]
        job["window_first"] = 0 if whole <= self.rows and rng.random() < 0.6 else rng.randint(
            0, whole - 1
        )
        most = min(whole - job["window_first"], self.rows)
        job["window_count"] = most if rng.random() < 0.6 else rng.randint(1, most)
        needed = -(-job["window_count"] // self.rows_per_unit)
        job["unit_count"] = rng.randint(needed, self.units)
        job["unit_first"] = rng.randint(0, self.units - job["unit_count"])
        job["outputs"] = rng.randint(1, min(12, self.columns // bw))
        job["column_first"] = rng.randint(0, self.columns - job["outputs"] * bw)
        job["partial"] = rng.random() < 0.3 if partial is None else partial
        job["abn_first"] = rng.randint(0, 20)
        self.pixels = [
            rng.choice([0, 2**bx - 1, rng.randint(0, 2**bx - 1)])
            for _ in range(job["in_width"] * job["in_height"] * job["in_pixel_stride"])
        ]
        low, high = (0, 1) if bw == 1 else (-(2 ** (bw - 1)), 2 ** (bw - 1) - 1)
        style = rng.random()
        self.weights = [
            [
                low if style < 0.15 else high if style < 0.3 else rng.randint(low, high)
                for _ in range(job["outputs"])
            ]
            for _ in range(job["window_count"])
        ]
        self.gamma = [rng.choice([1, 256, 65535, rng.randint(1, 65535)]) for _ in range(job["outputs"])]
        self.beta = [
            rng.choice([-32768, 32767, 0, 8, -8, 2 ** (b + 3), rng.randint(-5000, 5000)])
            for _ in range(job["outputs"])
        ]

    @property
    def line_rows(self):
        return self.job["unit_count"] * self.rows_per_unit

    def line(self, fidelity):
        cells = reference.cells_of_weights(
            self.weights,
            self.job["weight_bits"],
            self.rows,
            self.columns,
            self.job["unit_first"] * self.rows_per_unit,
            self.job["column_first"],
        )
        return {
            "set": {
                "cim.rows": str(self.rows),
                "cim.columns": str(self.columns),
                "cim.rows_per_unit": str(self.rows_per_unit),
                "cim.converter.range_shift": str(self.range_shift),
            },
            "fidelity": fidelity,
            "job": self.job,
            "input": bytes(self.pixels).hex(),
            "cells": cells.hex(),
            "abn": [g | ((h & 0xFFFF) << 16) for g, h in zip(self.gamma, self.beta)],
        }

    def expected(self, exact_partial=False):
        return reference.run(
            self.job,
            self.pixels,
            self.weights,
            self.gamma,
            self.beta,
            self.line_rows,
            self.range_shift,
            exact_partial,
        )


class ScalarReference(unittest.TestCase):
    def check(self, cases, fidelity, exact_partial=False):
        answers = run_tool([case.line(fidelity) for case in cases])
        seen = set()
        for number, (case, answer) in enumerate(zip(cases, answers)):
            self.assertIn("output", answer, f"case {number} was refused: {answer} {case.job}")
            got = rows_of_output(answer["output"], case.job)
            self.assertEqual(got, case.expected(exact_partial), f"case {number}: {case.job}")
            seen.update(value for row in got for value in row)
        return seen

    def test_quantised_on_random_tiles(self):
        rng = random.Random(20250101)
        seen = self.check([Case(rng) for _ in range(120)], "quantised")
        dilated = [Case(rng, dilation=[1, 2, 4, 16]) for _ in range(40)]
        self.check(dilated, "quantised")
        self.assertGreater(len(seen), 100)  # clamped and unclamped codes alike

    def test_every_pair_of_precisions(self):
        rng = random.Random(7)
        cases = []
        for bx in range(1, 9):
            for bw in range(1, 9):
                case = Case(rng, bits=(bx, bw, rng.randint(1, 8)))
                cases.append(case)
        self.check(cases, "quantised")

    def test_ties_round_up(self):
        # One row of value D on a line of 4: level = gamma D 2^(b+r) / (4 2^(bx+bw)) + beta + 1/2.
        rng = random.Random(3)
        cases = []
        for d in range(-8, 8):
            case = Case(rng, bits=(4, 4, 4), partial=False)
            case.rows_per_unit, case.units, case.rows, case.range_shift = 4, 4, 16, 0
            case.job.update(
                kernel_width=1, kernel_height=1, stride_x=1, stride_y=1, pad_left=0, pad_top=0,
                in_channels=1, in_pixel_stride=1, in_width=1, in_height=1, out_width=1,
                out_height=1, window_first=0, window_count=1, unit_first=0, unit_count=1, outputs=2,
                column_first=0,
            )
            case.pixels, case.weights = [8], [[d, -d if d > -8 else 7]]
            case.gamma, case.beta = [1024, 256], [8 * 16, 8 * 16]  # half an LSB a unit of d
            cases.append(case)
        levels = [reference.voltage([8], c.weights, 0, 4, 4, 4) * 4 * 16 for c in cases]
        self.assertTrue(any((2 * level).denominator == 1 and level.denominator == 2 for level in levels))
        self.check(cases, "quantised")

    def test_unsplit_tiles_are_the_same_in_ideal(self):
        rng = random.Random(11)
        self.check([Case(rng, partial=False) for _ in range(20)], "ideal")

    def test_partial_tiles_give_exact_sums_in_ideal(self):
        rng = random.Random(12)
        self.check([Case(rng, partial=True) for _ in range(20)], "ideal", exact_partial=True)

    def test_counts_are_sums_over_bits_and_cells(self):
        rng = random.Random(13)
        cases = [Case(rng) for _ in range(12)]
        for case, answer in zip(cases, run_tool([case.line("quantised") for case in cases])):
            job = case.job
            driven = charged = 0
            for oy in range(job["out_height"]):
                for ox in range(job["out_width"]):
                    for x, row in zip(reference.window(job, case.pixels, ox, oy), case.weights):
                        set_cells = sum(
                            bin(w & (2 ** job["weight_bits"] - 1)).count("1") for w in row
                        )
                        driven += bin(x).count("1") * job["outputs"] * job["weight_bits"]
                        charged += bin(x).count("1") * set_cells
            positions = job["out_width"] * job["out_height"]
            self.assertEqual(
                answer["counts"],
                {
                    "driven_bits": driven // job["outputs"] // job["weight_bits"],
                    "driven_digits": driven // job["outputs"] // job["weight_bits"],
                    "adds": 0,
                    "scales": 0,
                    "mvms": positions,
                    "macs": positions * job["window_count"] * job["outputs"],
                    "driven_cells": driven,
                    "charged_cells": charged,
                    "combine_steps": positions
                    * job["in_bits"]
                    * job["outputs"]
                    * job["weight_bits"],
                    "conversions": positions * job["outputs"],
                },
            )


class InstructionSets(unittest.TestCase):
    """The same bits whatever the host can do."""

    def test_analog_jobs_are_the_same_on_each(self):
        rng = random.Random(14)
        lines = [Case(rng, bits=(8, 8, 8)).line("analog") for _ in range(10)]
        answers = run_tool(lines)
        self.assertTrue(all("output" in answer for answer in answers))
        for isa in ("SSE41", "AVX2", "AVX512_CORE", "AVX512_CORE_VNNI"):
            self.assertEqual(run_tool(lines, isa), answers, isa)


class Convolution(unittest.TestCase):
    """Exact partial sums of whole layers against torch.nn.functional.conv2d in float64."""

    def test_random_layers(self):
        import torch

        rng = random.Random(99)
        cases = []
        while len(cases) < 25:
            case = Case(rng, partial=True, dense=True, dilation=[1, 2, 3])
            job = case.job
            whole = job["kernel_width"] * job["kernel_height"] * job["in_channels"]
            if job["window_first"] == 0 and job["window_count"] == whole:
                cases.append(case)
        for case, answer in zip(cases, run_tool([case.line("ideal") for case in cases])):
            job = case.job
            pixels = torch.tensor(case.pixels, dtype=torch.float64).reshape(
                1, job["in_height"], job["in_width"], job["in_channels"]
            )
            weights = torch.tensor(case.weights, dtype=torch.float64).reshape(
                job["kernel_height"], job["kernel_width"], job["in_channels"], job["outputs"]
            )
            left, top = job["pad_left"], job["pad_top"]
            padded = torch.nn.functional.pad(
                pixels.permute(0, 3, 1, 2), (left, left, top, top), value=job["pad_value"]
            )
            result = torch.nn.functional.conv2d(
                padded, weights.permute(3, 2, 0, 1), stride=(job["stride_y"], job["stride_x"]),
                dilation=(job["dilation_y"], job["dilation_x"])
            )
            self.assertEqual(result.shape[2:], (job["out_height"], job["out_width"]))
            expected = result[0].permute(1, 2, 0).reshape(-1, job["outputs"]).long().tolist()
            self.assertEqual(rows_of_output(answer["output"], job), expected, job)


if __name__ == "__main__":
    unittest.main()
