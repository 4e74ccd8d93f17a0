"""Scalar reference of the charge-domain macro, written from docs/models/cim.md in exact fractions.

Nothing here is shared with the C++ model: it computes every input bit and every weight column as
the equations say, one number at a time.
"""

from fractions import Fraction
from math import floor


def cells_of_weights(weights, weight_bits, rows, columns, row_first, column_first):
    """Bytes of the weight window for weights[i][j] in two's complement.

    Row r lies at r * columns / 8, column c is bit c % 8 of byte c / 8; output j uses columns
    column_first + j * weight_bits + k, k = 0 the least significant bit. With one bit the only
    column counts +1.
    """
    cells = bytearray(rows * columns // 8)
    for i, row in enumerate(weights):
        for j, weight in enumerate(row):
            for k in range(weight_bits):
                if (weight >> k) & 1:
                    column = column_first + j * weight_bits + k
                    cells[(row_first + i) * columns // 8 + column // 8] |= 1 << (column % 8)
    return bytes(cells)


def window(job, pixels, ox, oy):
    """The tile's part of the im2col row of output (ox, oy); pixels is the input as in memory."""
    row = []
    for ky in range(job["kernel_height"]):
        for kx in range(job["kernel_width"]):
            y = oy * job["stride_y"] + ky * job.get("dilation_y", 1) - job["pad_top"]
            x = ox * job["stride_x"] + kx * job.get("dilation_x", 1) - job["pad_left"]
            for channel in range(job["in_channels"]):
                if 0 <= y < job["in_height"] and 0 <= x < job["in_width"]:
                    pixel = y * job["in_width"] + x
                    row.append(pixels[pixel * job["in_pixel_stride"] + channel])
                else:
                    row.append(job["pad_value"])
    return row[job["window_first"] : job["window_first"] + job["window_count"]]


def voltage(x, weights, output, line_rows, in_bits, weight_bits):
    """v - v_ref of one output in units of V_dd: equations 1 to 3."""
    combined = Fraction(0)
    for c in range(weight_bits):
        accumulated = Fraction(0)
        for k in range(in_bits):
            products = sum(
                ((x_i >> k) & 1) * ((w[output] >> c) & 1) for x_i, w in zip(x, weights)
            )
            accumulated = (accumulated + Fraction(products, line_rows)) / 2
        sign = -1 if weight_bits > 1 and c == weight_bits - 1 else 1
        combined += sign * Fraction(2**c, 2**weight_bits) * accumulated
    return combined


def code(volts, gamma, beta, out_bits, range_shift):
    """Equation 4: gamma in 1/256, beta in 1/16 codes, volts in units of V_dd."""
    lsb = Fraction(1, 2**range_shift) / 2**out_bits
    level = Fraction(gamma, 256) * volts / lsb + Fraction(beta, 16) + Fraction(1, 2)
    return min(max(floor(level), 0), 2**out_bits - 1)


def run(job, pixels, weights, gamma, beta, line_rows, range_shift, exact_partial=False):
    """Outputs of a job, [position][output], fidelity `quantised` (or the exact partial sums)."""
    outputs = []
    for oy in range(job["out_height"]):
        for ox in range(job["out_width"]):
            x = window(job, pixels, ox, oy)
            row = []
            for j in range(job["outputs"]):
                if exact_partial:
                    row.append(sum(x_i * w[j] for x_i, w in zip(x, weights)))
                    continue
                volts = voltage(x, weights, j, line_rows, job["in_bits"], job["weight_bits"])
                value = code(volts, gamma[j], beta[j], job["out_bits"], range_shift)
                row.append(value - 2 ** (job["out_bits"] - 1) if job["partial"] else value)
            outputs.append(row)
    return outputs
