"""Weights in cells, and what converters make of their sums: from docs/models/cim.md, in Python."""
import numpy as np

TWOS_COMPLEMENT, DIFFERENTIAL, SHIFTED_UNSIGNED, TERNARY_PAIR = range(4)


def layout(representation, cell_bits, weight_bits):
    """[(significance, level bits, columns, dummy level)] of each digit, columns as +-1, and offset."""
    digits = []

    def cut(bits, signs):
        for first in range(0, bits, cell_bits):
            digits.append([1 << first, min(cell_bits, bits - first), signs, 0])

    offset = 0
    if representation == SHIFTED_UNSIGNED:
        cut(weight_bits, [1])
        offset = 1 << (weight_bits - 1)
        digits[-1][3] = offset // digits[-1][0]
    elif representation in (DIFFERENTIAL, TERNARY_PAIR):
        cut(weight_bits - 1, [1, -1])
    elif weight_bits == 1:
        cut(1, [1])
    else:
        cut(weight_bits - 1, [1])
        digits.append([-(1 << (weight_bits - 1)), 1, [1], 0])
    return digits, offset


def width(digits):
    return sum(len(digit[2]) for digit in digits)


def read_levels(row_bytes, cell_bits, first, count):
    """Levels of `count` columns from column `first`, of rows of bytes."""
    bits = np.unpackbits(row_bytes, axis=1, bitorder="little")
    bits = bits[:, first * cell_bits:(first + count) * cell_bits]
    weights = 1 << np.arange(cell_bits)
    return bits.reshape(len(row_bytes), count, cell_bits).astype(np.int64) @ weights


def groups_of(levels, digits, outputs):
    """[(significance, span, signed, dummy level, value [row, output])] of each digit."""
    levels = levels.reshape(len(levels), outputs, -1)
    at = 0
    groups = []
    for significance, bits, signs, dummy in digits:
        value = sum(sign * levels[:, :, at + i] for i, sign in enumerate(signs))
        span = ((1 << bits) - 1) * len(signs)  # a pair spans both signs
        groups.append((significance, span, len(signs) > 1, dummy, value))
        at += len(signs)
    return groups


def weights_of(groups, offset):
    return sum(significance * value for significance, _, _, _, value in groups) - offset


def step_and_code(u, full, converter_bits, shift, signed):
    """The converter's step times 2^shift, and its codes for sums u; full = F m, shift = b + r + n."""
    scale = 1 << shift
    low, high = (-(1 << (converter_bits - 1)), (1 << (converter_bits - 1)) - 1) if signed \
        else (0, (1 << converter_bits) - 1)
    step = np.maximum(scale, full)
    return step, np.clip(np.floor_divide(2 * u * scale + step, 2 * step), low, high)


def scale_shift(combining):
    return combining["converter_bits"] + combining["range_shift"] + combining.get("range_bits", 0)


def combine(x, groups, combining, in_bits, line_rows, ranges, job_range):
    """D^ * 2^(b+r+n) of codes x [position, row] and the tile's groups, as groups_of() gives them.

    `ranges` are m of [group, output], `job_range` is that of dummy columns.
    """
    b, shift = combining["converter_bits"], scale_shift(combining)
    rows = combining["rows_active"] or line_rows
    digit = combining["digit_bits"] if combining["inputs"] else in_bits
    total = 0
    for row in range(0, x.shape[1], rows):
        loaded = min(rows, line_rows - row)
        for low in range(0, in_bits, digit):
            bits = min(digit, in_bits - low)
            part = x[:, row:row + rows] >> low & ((1 << bits) - 1)
            for (significance, span, signed, dummy, value), own in zip(groups, ranges):
                full = (loaded << bits) * span if signed else loaded * ((1 << bits) - 1) * span
                step, q = step_and_code(part @ value[row:row + rows], full * own, b, shift, signed)
                taken = 0
                if dummy:
                    other, taken = step_and_code(part.sum(1, keepdims=True) * dummy,
                                                 full * job_range, b, shift, signed)
                    taken = other * taken
                total = total + (significance << low) * (step * q - taken)
    return total
