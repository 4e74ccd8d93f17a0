"""Columns of the macro as circuits: cells, split line, accumulator; combination of columns.

Every cell is a capacitor between its unit's piece of the line and its row, if the cell is set, or
ground. A step resets the line, drives one bit of every row, and shares the line's charge with the
accumulator, an equal capacitor, LSB first.
"""

from dataclasses import dataclass, field

from leyden_circuit.ngspice import Netlist

# Of a step: where it resets, drives, shares.
RESET_END, DRIVE, SHARE, SHARE_END = 0.2, 0.22, 0.6, 0.97
LINE_READ, HELD_READ = 0.58, 0.99
PLATE = 1e-6  # a combining part's plate to ground over the part


@dataclass
class Column:
    """One column of `used` units out of `units`; rows of the used ones only have inputs."""

    inputs: list  # a row of the units in use each, 0 to 2^bits - 1
    cells: list  # 0 or 1, likewise
    bits: int
    used: int
    units: int
    supply: float = 0.6  # V
    cell_farad: float = 1.91e-15
    deviation: list = field(default_factory=list)  # dC/C of each cell; empty: none
    parasitic_ratio: float = 0.0  # line to ground over the cells' capacitance
    driver_ohm: float = 0.0  # of every cell
    share_ohm: float = 1.0
    held_ratio: float = 1.0  # accumulator over the line with its parasitic
    injected_v: float = 0.0  # step of an ideal line when its reset switch opens
    leak_s: float = 0.0  # time constant of line and accumulator to ground; 0: none

    @property
    def rows(self):
        """Rows of a unit."""
        return len(self.inputs) // self.used

    def capacitance(self, row):
        """Farad of a cell of a unit in use."""
        return self.cell_farad * (1 + (self.deviation[row] if self.deviation else 0))

    @property
    def cells_farad(self):
        """Farad of all cells of the units in use."""
        return sum(self.capacitance(row) for row in range(len(self.inputs)))

    @property
    def line_farad(self):
        """Farad of the line with its parasitic, units in use only."""
        return self.cells_farad * (1 + self.parasitic_ratio)


def _clocks(netlist, steps, step):
    starts = [step * (1 + k) for k in range(steps)]  # a first step clears everything
    netlist.pulses("clear", [(0.0, 0.9 * step)])
    netlist.pulses(
        "reset", [(0.0, 0.95 * step)] + [(t, t + RESET_END * step) for t in starts]
    )
    netlist.pulses("share", [(t + SHARE * step, t + SHARE_END * step) for t in starts])
    netlist.voltage("on", 1.0)
    netlist.voltage("off", 0.0)
    return starts


def _cells(netlist, i, column, starts, step):
    """Cells and pieces of the line of column i; a row's bits are driven in the steps `starts`."""
    for u in range(column.units):
        piece = f"piece{i}_{u}"
        rows = [u * column.rows + r for r in range(column.rows)]
        used = u < column.used
        netlist.switch(piece, f"line{i}", "on" if used else "off", 1.0)
        cells = [column.capacitance(row) if used else column.cell_farad for row in rows]
        netlist.capacitor(piece, "0", sum(cells) * column.parasitic_ratio)
        for row, farad in zip(rows, cells):
            bottom = "0"
            if used and column.cells[row]:
                bottom = f"row{i}_{row}"
                levels = [(0.0, 0.0)]
                for k, t in enumerate(starts):
                    volt = column.supply * ((column.inputs[row] >> k) & 1)
                    levels += [(t + DRIVE * step, volt), (t + step, 0.0)]
                netlist.steps(bottom, levels)
            if used and column.driver_ohm > 0:
                netlist.resistor(f"plate{i}_{row}", bottom, column.driver_ohm)
                bottom = f"plate{i}_{row}"
            netlist.capacitor(piece, bottom, farad)


def _column(netlist, i, column, starts, step, held_parts=()):
    """A column up to its accumulator held<i>; `held_parts` farad of it are put elsewhere.

    A column of fewer bits than steps begins later, its accumulator at zero until then.
    """
    starts = starts[len(starts) - column.bits :]
    line, held = f"line{i}", f"held{i}"
    _cells(netlist, i, column, starts, step)
    netlist.switch(line, "0", "reset", 1.0)
    netlist.switch(held, "0", "clear", 1.0)
    netlist.switch(line, held, "share", column.share_ohm)
    held_farad = column.line_farad * column.held_ratio
    netlist.capacitor(held, "0", held_farad - sum(held_parts))
    if column.leak_s > 0:
        for node, farad in ((line, column.line_farad), (held, held_farad)):
            netlist.resistor(node, "0", column.leak_s / farad)
    for k in range(column.bits):
        charge = column.injected_v * column.cells_farad
        netlist.injected(line, charge, starts[k] + (RESET_END + 0.005) * step)


def accumulate(columns, step=20e-9, points=40, waves=None):
    """Voltages of lines and accumulators, all columns in one run.

    @param points least time points of a step; slopes that matter need more
    @return per column a list of (line, accumulator) volts, one a bit: before the sharing of the
            step, and at its end; with waves (nodes) also their waveforms
    """
    steps = max(column.bits for column in columns)
    netlist = Netlist("accumulation over input bits")
    starts = _clocks(netlist, steps, step)
    for i, column in enumerate(columns):
        _column(netlist, i, column, starts, step)
        for k in range(column.bits):
            start = starts[steps - column.bits + k]
            netlist.measure(f"l{i}_{k}", f"line{i}", start + LINE_READ * step)
            netlist.measure(f"h{i}_{k}", f"held{i}", start + HELD_READ * step)
    done = netlist.run((steps + 1) * step, step / points, waves=waves)
    volts = done[0] if waves else done
    answer = [
        [(volts[f"l{i}_{k}"], volts[f"h{i}_{k}"]) for k in range(column.bits)]
        for i, column in enumerate(columns)
    ]
    return (answer, done[1]) if waves else answer


def _combining_parts(netlist, name, columns, farad, on_ohm, parasitic_ratio):
    """The binary-weighted parts of one output's columns and their switches.

    Part c has the share 2^(c - columns) of `farad`, an empty part the rest. While `sample` is high
    part c stands between <name>_<c> and ground. Then the parts share on sum<name>: all with the
    plate that was sampled, the MSB's with the other one, which subtracts it.
    @return the farad of every part
    """
    total = f"sum{name}"
    parts = [farad * 2.0 ** (c - columns) for c in range(columns)]
    netlist.switch(total, "0", "sample", on_ohm)
    netlist.capacitor(total, "0", farad * 2.0**-columns)
    netlist.capacitor(total, "0", farad * parasitic_ratio)
    for c, part in enumerate(parts):
        top, bottom = f"top{name}_{c}", f"bottom{name}_{c}"
        netlist.capacitor(top, bottom, part)
        for plate in (top, bottom):  # both float for a moment: without it the matrix is singular
            netlist.capacitor(plate, "0", PLATE * part)
        netlist.switch(f"{name}_{c}", top, "sample", on_ohm)
        netlist.switch(bottom, "0", "sample", on_ohm)
        subtracted = columns > 1 and c == columns - 1
        netlist.switch(bottom if subtracted else top, total, "combine", on_ohm)
        netlist.switch(top if subtracted else bottom, "0", "combine", on_ohm)
    return parts


def combine(outputs, farad=70e-15, on_ohm=1.0, parasitic_ratio=0.0, window=8e-9):
    """Combined voltages of outputs, each a list of its columns' voltages, LSB column first.

    @param window seconds that the parts share before the voltage is read
    """
    netlist = Netlist("combination of weight columns")
    netlist.pulses("sample", [(0.0, 8e-9)])
    netlist.pulses("combine", [(10e-9, 12e-9 + window)])
    for i, volts in enumerate(outputs):
        for c, volt in enumerate(volts):
            netlist.voltage(f"{i}_{c}", volt)
        _combining_parts(netlist, str(i), len(volts), farad, on_ohm, parasitic_ratio)
        netlist.measure(f"s{i}", f"sum{i}", 10e-9 + window)
    done = netlist.run(12e-9 + window, 0.2e-9)
    return [done[f"s{i}"] for i in range(len(outputs))]


def output(outputs, step=20e-9):
    """Voltages of whole outputs, each a list of Columns, LSB column first: accumulation, then the
    accumulators' own parts shared."""
    steps = max(column.bits for columns in outputs for column in columns)
    netlist = Netlist("whole outputs")
    starts = _clocks(netlist, steps, step)
    last = (steps + 1) * step
    netlist.pulses("sample", [(0.0, last)])
    netlist.pulses("combine", [(last + 0.1 * step, last + 2 * step)])
    number = 0
    for i, columns in enumerate(outputs):
        farad = columns[0].line_farad
        parts = _combining_parts(netlist, str(i), len(columns), farad, 1.0, 0.0)
        for c, column in enumerate(columns):
            _column(netlist, number, column, starts, step, [parts[c]])
            netlist.resistor(f"held{number}", f"{i}_{c}", 1.0)
            number += 1
        netlist.measure(f"s{i}", f"sum{i}", last + step)
    done = netlist.run(last + 2 * step, step / 40)
    return [done[f"s{i}"] for i in range(len(outputs))]
