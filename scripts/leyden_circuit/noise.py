"""Thermal noise of the stages' switches, volts squared, by ngspice's noise analysis.

A switch that opens freezes the noise it had while it was closed, so a closed one, a resistor, is
what the netlists hold; its value does not matter.
"""

from leyden_circuit.ngspice import Netlist

ON = 1000.0  # ohm


def line(rows, cell_farad, parasitic_ratio, kelvin):
    """Of a line of `rows` cells that its reset switch holds at ground."""
    netlist = Netlist("noise of the line")
    for _ in range(rows):
        netlist.capacitor("line", "0", cell_farad)
    netlist.capacitor("line", "0", rows * cell_farad * parasitic_ratio)
    netlist.resistor("line", "0", ON)
    return netlist.noise("line", kelvin) ** 2


def sharing(line_farad, held_farad, kelvin):
    """Of the second of two capacitors that a switch joins: line and accumulator, or a combining
    part and the rest of its accumulator."""
    netlist = Netlist("noise of a sharing")
    netlist.capacitor("line", "0", line_farad)
    netlist.capacitor("held", "0", held_farad)
    netlist.resistor("line", "held", ON)
    return netlist.noise("held", kelvin) ** 2
