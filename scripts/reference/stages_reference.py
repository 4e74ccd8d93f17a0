"""Reference of a macro with any stages, written from the equations of docs/models/cim-stages.md.

Integers and numpy only; nothing is shared with the C++ model.
"""

import numpy as np


def digits(value, bits, width):
    """Digits of `width` bits of a number of `bits` bits: (digit, significance, bits of the digit)."""
    return [
        ((value >> first) & ((1 << min(width, bits - first)) - 1), 1 << first, min(width, bits - first))
        for first in range(0, bits, width)
    ]


def weight_columns(representation, cell_bits, weight_bits, weight):
    """Columns of one output for a weight, least significant digit first.

    Each is (level, sign in its group, group); then the groups (significance, signed, highest level,
    dummy level).
    """
    half = 1 << (weight_bits - 1)
    columns, groups = [], []
    if representation == "twos_complement":
        low = weight_bits if weight_bits == 1 else weight_bits - 1
        for digit, significance, bits in digits(weight & ((1 << low) - 1), low, cell_bits):
            columns.append((digit, 1, len(groups)))
            groups.append((significance, False, (1 << bits) - 1, 0))
        if weight_bits > 1:
            columns.append((int(weight < 0), 1, len(groups)))
            groups.append((-half, False, 1, 0))
    elif representation in ("differential", "ternary_pair"):
        for digit, significance, bits in digits(abs(weight), weight_bits - 1, cell_bits):
            columns.append((digit if weight > 0 else 0, 1, len(groups)))
            columns.append((digit if weight < 0 else 0, -1, len(groups)))
            groups.append((significance, True, (1 << bits) - 1, 0))
    else:
        parts = digits(weight + half, weight_bits, cell_bits)
        for position, (digit, significance, bits) in enumerate(parts):
            columns.append((digit, 1, len(groups)))
            last = position + 1 == len(parts)
            groups.append((significance, False, (1 << bits) - 1, half // significance if last else 0))
    return columns, groups


def weight_range(representation, weight_bits):
    half = 1 << (weight_bits - 1)
    if representation == "twos_complement" and weight_bits == 1:
        return 0, 1
    if representation in ("differential", "ternary_pair"):
        return 1 - half, half - 1
    return -half, half - 1


def window_bytes(macro, job, weights):
    """The weight window for weights[i][j]: bit by bit, column c in bits c * cell_bits on."""
    row_bits = macro["columns"] * macro["cell_bits"]
    bits = np.zeros((macro["rows"], row_bits), dtype=np.uint8)
    for i, row in enumerate(weights):
        at = job["column_first"]
        for weight in row:
            columns, _ = weight_columns(
                macro["representation"], macro["cell_bits"], job["weight_bits"], weight
            )
            for level, _, _ in columns:
                for k in range(macro["cell_bits"]):
                    bits[job["unit_first"] * macro["rows_per_unit"] + i, at * macro["cell_bits"] + k] = (
                        level >> k
                    ) & 1
                at += 1
    return np.packbits(bits, axis=1, bitorder="little").tobytes()


def segments(macro, job):
    """(first row, end, rows that load the line) of the rows that are on together."""
    at_once = macro["rows_active"] or macro["rows"] // macro["pages"]
    line = job["unit_count"] * macro["rows_per_unit"]
    count = job["window_count"]
    return [
        (first, min(first + at_once, count), min(first + at_once, line) - first)
        for first in range(0, count, at_once)
    ]


def input_groups(macro, job):
    """(significance as a shift, bits) of what one conversion takes of a code."""
    if macro["inputs"] != "digital":
        return [(0, job["in_bits"])]
    return [
        (shift, min(macro["digit_bits"], job["in_bits"] - shift))
        for shift in range(0, job["in_bits"], macro["digit_bits"])
    ]


def convert(u, full_scale, signed, bits, shift):
    """(q, numerator of the step over 2^shift) of sums u.

    shift = b + r + n; full_scale = F m, of all sums or of every column of them.
    """
    levels = 1 << shift
    step = np.maximum(full_scale, levels)
    q = (2 * u * levels + step) // (2 * step)  # u itself where a step is 1
    low = -(1 << (bits - 1)) if signed else 0
    return np.clip(q, low, low + (1 << bits) - 1), step


def range_codes(macro, job, column):
    """m of every output's converter whose first column is `column` of its own, and m of the job."""
    whole = 1 << macro["range_bits"]
    job_code = job.get("range", 0) or whole
    width = len(weight_columns(macro["representation"], macro["cell_bits"], job["weight_bits"], 0)[0])
    table = job.get("ranges") or [0] * macro["columns"]
    own = [table[job["column_first"] + j * width + column] or job_code for j in range(job["outputs"])]
    return np.array(own, dtype=np.int64), job_code


def step_bits(macro):
    """Bits behind the binary point of D^, b + r + n."""
    return macro["converter_bits"] + macro["range_shift"] + macro["range_bits"]


def totals(macro, job, x, weights):
    """D^ times 2^(b + r + n) of all positions and outputs."""
    b, shift_of_step = macro["converter_bits"], step_bits(macro)
    w = np.array(weights, dtype=np.int64)
    result = np.zeros((x.shape[0], w.shape[1]), dtype=np.int64)
    coded = [
        [weight_columns(macro["representation"], macro["cell_bits"], job["weight_bits"], v) for v in row]
        for row in weights
    ]
    groups = coded[0][0][1]
    for first, end, line_rows in segments(macro, job):
        for shift, bits in input_groups(macro, job):
            digit = (x[:, first:end] >> shift) & ((1 << bits) - 1)
            if macro["column_combine"] != "digital":
                full = line_rows << (bits + job["weight_bits"])
                own, _ = range_codes(macro, job, 0)
                q, step = convert(digit @ w[first:end], full * own, True, b, shift_of_step)
                result += (q << shift) * step
                continue
            for g, (significance, signed, highest, dummy) in enumerate(groups):
                values = np.array(
                    [
                        [sum(s * level for level, s, h in columns if h == g) for columns, _ in row]
                        for row in coded[first:end]
                    ],
                    dtype=np.int64,
                )
                if signed:
                    full = (line_rows << bits) * 2 * highest
                else:
                    full = line_rows * ((1 << bits) - 1) * highest
                column = next(c for c, (_, _, h) in enumerate(coded[0][0][0]) if h == g)
                own, job_code = range_codes(macro, job, column)
                q, step = convert(digit @ values, full * own, signed, b, shift_of_step)
                result += significance * (q << shift) * step
                if dummy:
                    off, step = convert(
                        dummy * digit.sum(axis=1), full * job_code, False, b, shift_of_step
                    )
                    result -= significance * (off[:, None] << shift) * step
    return result


def codes(macro, job, total, fraction_bits, gamma, beta):
    """Codes of D^ = total / 2^fraction_bits, one Python integer at a time; less half if partial."""
    line = job["unit_count"] * macro["rows_per_unit"]
    b = job["out_bits"]
    digital = macro["post"] in ("digital_scale", "adder_tree")
    r = macro["post_range_shift"] if digital else macro["range_shift"]
    rows = []
    for values in total.tolist():
        row = []
        for value, g, h in zip(values, gamma, beta):
            if macro["post"] == "none":
                g, h = 256, 16 << (b - 1)
            # gamma/256 value 2^(b+r) / (line 2^(bx+bw+fraction)) + beta/16 + 1/2, over one denominator
            denominator = line << (job["in_bits"] + job["weight_bits"] + fraction_bits + 8 + 4)
            numerator = (g * value << (b + r + 4)) + (h + 8) * (denominator >> 4)
            code = min(max(numerator // denominator, 0), (1 << b) - 1)
            row.append(code - (1 << (b - 1)) if job["partial"] else code)
        rows.append(row)
    return rows


def run(macro, job, x, weights, gamma, beta, ideal=False):
    """Outputs of a job, [position][output]. x: positions x rows of codes."""
    exact = x @ np.array(weights, dtype=np.int64)
    digital = macro["post"] in ("digital_scale", "adder_tree")
    if ideal and job["partial"]:
        return exact.tolist()
    if ideal or not digital:
        return codes(macro, job, exact, 0, gamma, beta)
    total = totals(macro, job, x, weights)
    return codes(macro, job, total, step_bits(macro), gamma, beta)
