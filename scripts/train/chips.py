"""What a chip's conversions add to a dot product, as the training draws it."""
import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Errors:
    """Standard deviations of what is added to D, in units of D for weights in -1..1, codes 0..255.

    temporal: drawn for every output value; static: for every output channel of a die.
    """

    temporal: float
    static: float


@dataclass(frozen=True)
class LineChip:
    """One conversion an output: D is read in steps of 2^-(b + r) of its span (docs/models/cim.md).

    Deviations are in steps of the converter, those that `column_error_lsb_rms` tells of.
    """

    name: str
    rows_per_unit: int = 36
    rows: int = 1152
    steps_log2: int = 9         # b + r: 8 bits over half the span
    temporal_lsb: float = 0.45
    static_lsb: float = 0.48

    def errors(self, rows):
        """Return the Errors of a dot product of `rows` products."""
        parts = math.ceil(rows / self.rows)
        units = math.ceil(math.ceil(rows / self.rows_per_unit) / parts)
        # the span of D is N * 2^8 * 2 for weights of -1..1
        step = units * self.rows_per_unit * 2 ** 9 / 2 ** self.steps_log2 * math.sqrt(parts)
        return Errors(self.temporal_lsb * step, self.static_lsb * step)


@dataclass(frozen=True)
class DigitalChip:
    """A conversion for every part of the rows, digit of a code and bit of a weight.

    Their errors, in steps of the converter, are added with the significance of digit and bit.
    """

    name: str
    rows: int = 64              # of a part
    digit_bits: int = 4
    weight_bits: int = 4
    steps_log2: int = 8         # converter bits and range shift
    temporal_lsb: float = 0.55  # rounding, noise, and what depends on the input of a conversion
    static_lsb: float = 0.1

    def errors(self, rows):
        """Return the Errors of a dot product of `rows` products."""
        parts = math.ceil(rows / self.rows)
        step = max(1.0, self.rows * (2 ** self.digit_bits - 1) / 2 ** self.steps_log2)
        digits = sum(4 ** first for first in range(0, 8, self.digit_bits))
        columns = sum(4 ** bit for bit in range(self.weight_bits))
        share = step * math.sqrt(parts * digits * columns) / (2 ** (self.weight_bits - 1) - 1)
        return Errors(self.temporal_lsb * share, self.static_lsb * share)


CHIPS = {chip.name: chip for chip in (LineChip("imagine"), DigitalChip("capram"))}
