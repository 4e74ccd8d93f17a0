"""The arrays of a chip as a training sees them: where weights lie and what a conversion takes.

Written from docs/models/cim-stages.md (columns of a weight, conversions), docs/compiler-mapping.md and the
compiler's way of cutting layers; a test compares with what the compiler tells of its mappings.
"""
import math
from dataclasses import dataclass

from adaptation.chip_file import ChipFileError, read_chip_file

REPRESENTATIONS = ("twos_complement", "differential", "shifted_unsigned", "ternary_pair")
MOST_PARTIAL_BITS = 11          # of a partial sum's code: its offset is 2^(b-1) of the ABN table


def divide_up(value, by):
    """Return value / by, rounded up."""
    return -(-value // by)


@dataclass(frozen=True)
class ColumnGroup:
    """Columns of a weight that are converted together: one column or a pair.

    significance: what its value counts in the weight; paired: plus minus minus; levels: highest
    level; dummy_level: of the dummy column that takes an offset off, 0 without.
    """

    significance: int
    paired: bool
    levels: int
    dummy_level: int = 0


@dataclass(frozen=True)
class Tile:
    """A piece of a layer's weights that lies in one array."""

    part: int
    first_row: int
    rows: int                   # that hold weights
    line_rows: int              # that load the line: whole units
    output_first: int
    outputs: int
    columns: int
    group_first: int = 0
    groups: int = 1


@dataclass(frozen=True)
class ChipArrays:
    """Geometry and converters of a chip's macros (keys of the chip file in docs/models/cim.md).

    digital: every digit of a code and every column group of a weight is converted and added
    digitally; else an output is one conversion.
    Deviations noise_mv, offset_mv (mV) and gain_percent are those of a converter.
    """

    name: str
    rows: int
    columns: int
    rows_per_unit: int
    abn_entries: int
    pages: int
    macros: int
    cell_bits: int
    representation: str
    input_bits: int             # most of a code
    weight_bits: int            # most of a weight
    drive_bits: int
    digital: bool
    rows_active: int            # of one conversion; 0: all rows of the part
    converter_bits: int
    range_shift: int            # of the converter
    range_bits: int
    output_shift: int           # of codes: LSB_D = N 2^(bx + bw - b - output_shift)
    row_cycles: int             # cycles to write a row
    supply_v: float
    line_gain: float            # of the line that the references follow
    noise_mv: float
    offset_mv: float
    gain_percent: float
    inl_lsb: float

    @staticmethod
    def read(chip, overrides=()):
        """Return the ChipArrays of a preset's name or chip file with changes KEY=VALUE."""
        name, values = read_chip_file(chip, overrides)

        def get(key):
            return values["cim." + key]

        digital = get("post.kind") in ("digital_scale", "adder_tree")
        mixed = digital and (get("combine.inputs") != "digital"
                             or get("combine.columns") != "digital")
        if get("post.kind") == "none" or mixed:
            raise ChipFileError(
                f"chip {name}: cim.post.kind {get('post.kind')} with cim.combine.inputs "
                f"{get('combine.inputs')} and columns {get('combine.columns')} is no macro that is "
                "trained for; one conversion an output, or digital combining of both, would be.")
        settled = 1.0
        if get("dot_product.settling_tau_ns") > 0:
            settled = 1 - math.exp(-get("dot_product.step_time_ns")
                                   / get("dot_product.settling_tau_ns"))
        gain = settled / (1 + get("dot_product.parasitic_ratio"))
        arrays = ChipArrays(
            name, get("rows"), get("columns"), get("rows_per_unit"), get("abn_entries"),
            get("cell.pages"), values["system.macros"], get("cell.bits"),
            get("cell.representation"), get("input_bits"), get("weight_bits"), get("drive.bits"),
            digital, get("dot_product.rows_active"), get("converter.bits"),
            get("converter.range_shift"), get("converter.range_bits"),
            get("post.range_shift") if digital else get("converter.range_shift"),
            get("weight_write.row_cycles"), float(get("supply_v")),
            gain if get("converter.reference") == "replica" else 1.0,
            float(get("converter.noise_mv")), float(get("converter.offset_mv")),
            float(get("converter.gain_percent")), float(get("converter.inl_lsb")))
        arrays.check()
        return arrays

    def check(self):
        """Refuse what no chip can be."""
        rules = (
            (self.representation in REPRESENTATIONS,
             f"cim.cell.representation is {self.representation}; one of "
             f"{', '.join(REPRESENTATIONS)} would be right"),
            (self.rows >= 1 and self.pages >= 1 and self.rows % self.pages == 0,
             f"cim.rows is {self.rows}; whole pages of which cim.cell.pages counts {self.pages} "
             "would be right"),
            (self.rows_per_unit >= 1 and self.page_rows % max(1, self.rows_per_unit) == 0,
             f"cim.rows_per_unit is {self.rows_per_unit}; it must divide the {self.page_rows} rows "
             "of a page"),
            (self.columns >= 8 and self.columns % 8 == 0,
             f"cim.columns is {self.columns}; a multiple of 8 would be right"),
            (1 <= self.cell_bits <= 4, f"cim.cell.bits is {self.cell_bits}; 1 to 4 are possible"),
            (1 <= self.drive_bits <= 8,
             f"cim.drive.bits is {self.drive_bits}; 1 to 8 are possible"),
            (1 <= self.converter_bits <= 12,
             f"cim.converter.bits is {self.converter_bits}; 1 to 12 are possible"),
            (0 <= self.range_shift <= 8,
             f"cim.converter.range_shift is {self.range_shift}; 0 to 8 are possible"),
            (0 <= self.range_bits <= 8,
             f"cim.converter.range_bits is {self.range_bits}; 0 to 8 are possible"))
        for good, sentence in rules:
            if not good:
                raise ChipFileError(f"chip {self.name}: {sentence}.")

    @property
    def page_rows(self):
        """Return the rows of one page: the most of a part."""
        return self.rows // self.pages

    @property
    def page_units(self):
        """Return the units of one page."""
        return self.page_rows // self.rows_per_unit

    @property
    def partial_bits(self):
        """Return the bits of a partial sum's code."""
        return MOST_PARTIAL_BITS if self.digital else min(self.converter_bits, MOST_PARTIAL_BITS)

    @property
    def cells(self):
        """Return the cells of all macros."""
        return self.rows * self.columns * self.macros

    def row_parts(self, rows):
        """Return [(first row, rows, rows that load the line)] of a layer of `rows` products.

        As even as whole units allow; all parts load the same number of rows.
        """
        units = divide_up(rows, self.rows_per_unit)
        parts = divide_up(units, self.page_units)
        line = divide_up(units, parts) * self.rows_per_unit
        return [(first, min(line, rows - first), line) for first in range(0, rows, line)]

    def column_groups(self, bits):
        """Return the ColumnGroups of a weight of `bits` bits, least significant first."""
        def digits(count, paired):
            return [ColumnGroup(1 << first, paired, (1 << min(self.cell_bits, count - first)) - 1)
                    for first in range(0, count, self.cell_bits)]

        if self.representation in ("differential", "ternary_pair"):
            return digits(max(bits, 2) - 1, True)
        if self.representation == "twos_complement":
            if bits == 1:
                return digits(1, False)
            return [*digits(bits - 1, False), ColumnGroup(-(1 << bits - 1), False, 1)]
        groups = digits(bits, False)
        last = groups[-1]
        groups[-1] = ColumnGroup(last.significance, False, last.levels,
                                 (1 << bits - 1) // last.significance)
        return groups

    def columns_per_weight(self, bits):
        """Return how many columns a weight of `bits` bits takes."""
        return sum(2 if group.paired else 1 for group in self.column_groups(bits))

    @property
    def column_step(self):
        """Return the columns of a whole byte of the weight window: tiles take multiples."""
        return {4: 2, 2: 4}.get(self.cell_bits, 8)

    def outputs_per_tile(self, bits):
        """Return the outputs that an array is wide."""
        most = min(self.columns // self.columns_per_weight(bits), self.abn_entries)
        if most == 0:
            raise ChipFileError(f"chip {self.name}: weights of {bits} bits do not fit the "
                                f"{self.columns} columns of a macro.")
        return most

    def groups_per_tile(self, node, bits):
        """Return how many groups of channels of a node share a tile, as the compiler chooses.

        On a chip with one conversion an output the compiler also looks at gains; here groups then
        share only the units that one of them takes.
        """
        if node.groups == 1:
            return 1
        most = max(1, min(node.groups, self.page_rows // node.rows,
                          self.outputs_per_tile(bits) // (node.channels // node.groups)))
        alone = divide_up(node.rows, self.rows_per_unit)
        best = None
        for count in range(1, most + 1):
            jobs = divide_up(node.groups, count)
            units = divide_up(count * node.rows, self.rows_per_unit)
            if count != divide_up(node.groups, jobs) or not self.keeps_resolution(units, alone):
                continue
            segments = divide_up(count * node.rows, self.rows_active) if self.rows_active else 1
            if best is None or (jobs * segments, units) < best[:2]:
                best = (jobs * segments, units, count)
        return best[2]

    def keeps_resolution(self, units, alone):
        """Return whether `units` of a conversion are no more than one group alone takes."""
        if not self.digital or self.rows_active == 0:
            return units == alone
        return (min(units * self.rows_per_unit, self.rows_active)
                <= min(alone * self.rows_per_unit, self.rows_active))

    def tiles(self, node, weight_bits):
        """Return the Tiles of a node with weights, arrays used in their whole width.

        node: an architectures.Node; the order is that of the compiler's jobs.
        """
        shared = self.groups_per_tile(node, weight_bits)
        per_group = node.channels // node.groups
        per_tile = self.outputs_per_tile(weight_bits)
        width = self.columns_per_weight(weight_bits)
        made = []
        for group in range(0, node.groups, shared):
            count = min(shared, node.groups - group)
            parts = self.row_parts(node.rows * shared)
            for first in range(0, count * per_group, per_tile):
                outputs = min(per_tile, count * per_group - first)
                columns = divide_up(outputs * width, self.column_step) * self.column_step
                made += [Tile(part, row, min(rows, node.rows * count - row), line,
                              group * per_group + first, outputs, columns, group, count)
                         for part, (row, rows, line) in enumerate(parts)]
        return made

    def load_cycles(self, tile):
        """Return the cycles in which the macro writes a tile's weights; transfers may take longer."""
        return tile.rows * self.row_cycles

    def digits(self, bits):
        """Return [(first bit, bits)] of the digits in which a code of `bits` bits is driven."""
        if not self.digital:
            return [(0, bits)]
        return [(first, min(self.drive_bits, bits - first))
                for first in range(0, bits, self.drive_bits)]

    def full_scale(self, group, line_rows, digit_bits):
        """Return F of a conversion, in products of digit and level."""
        if group.paired:
            return line_rows * 2 ** digit_bits * 2 * group.levels
        return line_rows * (2 ** digit_bits - 1) * group.levels

    def step(self, full, code=None):
        """Return the step of a conversion of full scale `full`; code: 1..2^n, None the whole."""
        whole = 2 ** self.range_bits
        code = whole if code is None else code
        return max(1.0, full * code / 2 ** (self.converter_bits + self.range_shift
                                            + self.range_bits))
