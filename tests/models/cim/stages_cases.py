"""Random jobs on random macros, as the reference and as the job tool take them."""

import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "scripts" / "reference"))
import macro_reference  # noqa: E402
import stages_reference as reference  # noqa: E402

CLOCK_HZ = 400e6


def random_macro(rng):
    """A permitted combination of stages, as reference and as keys."""
    m = {}
    m["rows_per_unit"] = rng.choice([3, 4, 9])
    rram = rng.random() < 0.25
    m["pages"] = 1 if rram else rng.choice([1, 1, 2, 3])
    page_units = rng.choice([2, 4, 6])
    m["rows"] = m["rows_per_unit"] * page_units * m["pages"]
    m["columns"] = 64
    m["representation"] = rng.choice(
        ["twos_complement", "differential", "shifted_unsigned", "ternary_pair"]
    )
    m["cell_bits"] = 1 if m["representation"] == "ternary_pair" else rng.choice([1, 1, 2, 3, 4])
    dac = rng.random() < 0.5
    m["digit_bits"] = rng.randint(1, 8) if dac else 1
    m["inputs"] = rng.choice(["digital", "digital", "charge_sharing"])
    m["input_bits"] = 8
    if m["inputs"] == "charge_sharing" and m["digit_bits"] > 1:
        m["input_bits"] = m["digit_bits"]
    single = m["digit_bits"] >= m["input_bits"]
    m["column_combine"] = rng.choice(["digital", "charge_sharing"])
    several = m["column_combine"] == "digital" or (m["inputs"] == "digital" and not single)
    m["rows_active"] = 0
    if rng.random() < 0.4 and page_units > 2:
        m["rows_active"] = m["rows_per_unit"] * rng.randint(1, page_units - 1)
    if m["rows_active"]:
        m["post"] = "adder_tree"
    elif several:
        m["post"] = rng.choice(["digital_scale", "adder_tree"])
    else:
        m["post"] = rng.choice(["abn", "none", "digital_scale"])
    digital = m["post"] in ("digital_scale", "adder_tree")
    m["converter_bits"] = rng.randint(1, 12 if digital else 8)
    m["range_shift"] = rng.choice([0, 0, 1, 2, 4])
    m["range_bits"] = rng.choice([0, 1, 3, 8]) if digital else 0
    m["post_range_shift"] = rng.choice([0, 1, 2, 5]) if digital else 0
    m["skipping"] = (m["inputs"] == "digital" or single) and rng.random() < 0.5
    m["order"] = "lsb_first"
    if m["inputs"] == "digital" or single:
        m["order"] = rng.choice(["lsb_first", "msb_first"])
    m["sharing"] = rng.choice([1, 1, 2, 4, 8])
    m["step_ns"], m["time_base_ns"], m["time_per_bit_ns"] = rng.choice([1.3, 4, 7.1]), 0.7, 0.9
    m["set"] = {
        "cim.rows": m["rows"],
        "cim.columns": m["columns"],
        "cim.rows_per_unit": m["rows_per_unit"],
        "cim.input_bits": m["input_bits"],
        "cim.drive.kind": "dac" if dac else "bit_serial",
        "cim.drive.bits": m["digit_bits"],
        "cim.drive.order": m["order"],
        "cim.drive.zero_skipping": "yes" if m["skipping"] else "no",
        "cim.cell.kind": "rram" if rram else "charge",
        "cim.cell.bits": m["cell_bits"],
        "cim.cell.pages": m["pages"],
        "cim.cell.representation": m["representation"],
        "cim.dot_product.kind": "current_summing" if rram else "charge_sharing",
        "cim.dot_product.rows_active": m["rows_active"],
        "cim.dot_product.step_time_ns": m["step_ns"],
        "cim.combine.inputs": m["inputs"],
        "cim.combine.columns": m["column_combine"],
        "cim.converter.bits": m["converter_bits"],
        "cim.converter.range_shift": m["range_shift"],
        "cim.converter.range_bits": m["range_bits"],
        "cim.converter.sharing": m["sharing"],
        "cim.converter.time_base_ns": m["time_base_ns"],
        "cim.converter.time_per_bit_ns": m["time_per_bit_ns"],
        "cim.post.kind": m["post"],
        "cim.post.range_shift": m["post_range_shift"],
    }
    if rram:
        m["set"].update(
            {
                "cim.cell.on_conductance_us": 50,
                "cim.dot_product.read_voltage_v": 0.2,
                "cim.combine.capacitance_ff": 20,
                "cim.converter.reference": "supply",
            }
        )
    if m["representation"] in ("differential", "ternary_pair"):
        m["least_weight_bits"] = 2
    else:
        m["least_weight_bits"] = 1
    return m


class Case:
    """A random job on a random macro."""

    def __init__(self, rng, macro=None):
        m = self.macro = macro or random_macro(rng)
        job = self.job = {}
        job["in_bits"] = rng.randint(1, m["input_bits"])
        job["weight_bits"] = rng.randint(m["least_weight_bits"], 8)
        job["partial"] = rng.random() < 0.3
        digital = m["post"] in ("digital_scale", "adder_tree")
        most = (15 if job["partial"] else 8) if digital else m["converter_bits"]
        job["out_bits"] = rng.randint(1, most)
        job["kernel_width"], job["kernel_height"] = rng.randint(1, 3), rng.randint(1, 2)
        job["stride_x"], job["stride_y"] = rng.randint(1, 2), rng.randint(1, 2)
        job["in_channels"] = rng.randint(1, 6)
        job["in_pixel_stride"] = job["in_channels"] + rng.choice([0, 3])
        job["in_width"], job["in_height"] = rng.randint(3, 7), rng.randint(2, 5)
        job["pad_left"], job["pad_top"] = 0, 0
        job["pad_value"] = 0
        job["out_width"] = (job["in_width"] - job["kernel_width"]) // job["stride_x"] + 1
        job["out_height"] = (job["in_height"] - job["kernel_height"]) // job["stride_y"] + 1
        page_units = m["rows"] // m["rows_per_unit"] // m["pages"]
        whole = job["kernel_width"] * job["kernel_height"] * job["in_channels"]
        job["window_first"] = 0 if rng.random() < 0.7 else rng.randint(0, whole - 1)
        room = page_units * m["rows_per_unit"]
        job["window_count"] = min(whole - job["window_first"], room)
        needed = -(-job["window_count"] // m["rows_per_unit"])
        job["unit_count"] = rng.randint(needed, page_units)
        page = rng.randrange(m["pages"])
        job["unit_first"] = page * page_units + rng.randint(0, page_units - job["unit_count"])
        self.width = len(self.columns_of(0)[0])
        job["outputs"] = rng.randint(1, min(11, m["columns"] // self.width))
        job["column_first"] = rng.randint(0, m["columns"] - job["outputs"] * self.width)
        job["column_first"] -= job["column_first"] % m["sharing"]
        job["abn_first"] = rng.randint(0, 20)
        top = 2 ** job["in_bits"] - 1
        sparse = rng.choice([0.0, 0.5, 0.95])
        self.pixels = [
            0 if rng.random() < sparse else rng.choice([top, rng.randint(0, top), rng.randint(0, top)])
            for _ in range(job["in_width"] * job["in_height"] * job["in_pixel_stride"])
        ]
        low, high = reference.weight_range(m["representation"], job["weight_bits"])
        style = rng.random()
        self.weights = [
            [
                low if style < 0.15 else high if style < 0.3 else rng.randint(low, high)
                for _ in range(job["outputs"])
            ]
            for _ in range(job["window_count"])
        ]
        self.gamma = [rng.choice([1, 256, 3000, rng.randint(1, 20000)]) for _ in range(job["outputs"])]
        half = 16 << min(job["out_bits"] - 1, 10)
        self.beta = [rng.choice([0, half, rng.randint(-5000, 5000)]) for _ in range(job["outputs"])]
        # Of the job, and in half of the cases of columns.
        whole = 1 << m["range_bits"]
        job["range"] = rng.choice([0, whole, rng.randint(1, whole)])
        job["ranges"] = []
        if whole > 1 and rng.random() < 0.5:
            job["ranges"] = [rng.choice([0, rng.randint(1, whole)]) for _ in range(m["columns"])]
        self.x = np.array(
            [
                macro_reference.window(job, self.pixels, ox, oy)
                for oy in range(job["out_height"])
                for ox in range(job["out_width"])
            ],
            dtype=np.int64,
        )

    def columns_of(self, weight):
        m = self.macro
        return reference.weight_columns(
            m["representation"], m["cell_bits"], self.job["weight_bits"], weight
        )

    def line(self, fidelity, **more):
        settings = {**self.macro["set"], **more}
        return {
            "set": {key: str(value) for key, value in settings.items()},
            "fidelity": fidelity,
            "job": self.job,
            "clock_hz": CLOCK_HZ,
            "input": bytes(self.pixels).hex(),
            "cells": reference.window_bytes(self.macro, self.job, self.weights).hex(),
            "abn": [g | ((h & 0xFFFF) << 16) for g, h in zip(self.gamma, self.beta)],
        }

    def expected(self, ideal=False):
        return reference.run(
            self.macro, self.job, self.x, self.weights, self.gamma, self.beta, ideal
        )
