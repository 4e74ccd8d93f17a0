"""The SAR's capacitor array as a circuit: capacitors, switches, an ideal comparator.

An instance is a dict: bits, top_plate (where the input is sampled), deviation (units, LSB first),
terminator and parasitic (units). Every node carries the instance's number, so that one netlist
holds many of them.
"""

from leyden_circuit.ngspice import Netlist

UNIT = 1e-15  # F
REFERENCE = 1.0  # V
ON = 100.0  # ohm
STORE = 100e-15  # F: what remembers a decision
TRIAL = 2e-9  # s
SAMPLED = 2e-9  # s: the top plate is free from here on


def _array(netlist, i, sar):
    """Capacitors from the top plate top<i> to the bottom plates bot<i>_<k> and end<i>."""
    total = 1 + sar["terminator"]
    for k in range(sar["bits"]):
        units = 2**k + sar["deviation"][k]
        netlist.capacitor(f"top{i}", f"bot{i}_{k}", units * UNIT)
        total += units
    netlist.capacitor(f"top{i}", f"end{i}", (1 + sar["terminator"]) * UNIT)
    netlist.capacitor(f"top{i}", "0", sar["parasitic"] * UNIT)
    return total


def trial_levels(instances, codes):
    """The level, in LSB, that each instance's array compares with when its code is on trial.

    A linear circuit: the top plate is grounded, then set free; the code's bits are driven to the
    reference, later everything to the reference, which is what an input of full scale would do.
    """
    netlist = Netlist("trial levels")
    netlist.pulses("sample", [(0.0, 1e-9)])
    for i, (sar, code) in enumerate(zip(instances, codes)):
        _array(netlist, i, sar)
        netlist.switch(f"top{i}", "0", "sample", ON)
        for k in range(sar["bits"]):
            bit = REFERENCE if (code >> k) & 1 else 0.0
            netlist.steps(f"bot{i}_{k}", [(0, 0.0), (SAMPLED, bit), (4e-9, REFERENCE)])
        netlist.steps(f"end{i}", [(0, 0.0), (4e-9, REFERENCE)])
        netlist.measure(f"step{i}", f"top{i}", 3.9e-9)
        netlist.measure(f"full{i}", f"top{i}", 5.9e-9)
    volts = netlist.run(6e-9, 0.05e-9)
    levels = []
    for i, sar in enumerate(instances):
        # On the top plate the input itself is there, undivided.
        full = REFERENCE if sar["top_plate"] else volts[f"full{i}"]
        levels.append(volts[f"step{i}"] / full * 2 ** sar["bits"])
    return levels


def search(instances, volts, waves=None):
    """Codes that the whole search ends with, decisions made and stored in the circuit.

    @param volts input of each instance, 0 to REFERENCE for the range
    @return the codes; with waves (nodes) also their waveforms
    """
    netlist = Netlist("successive approximation")
    most = max(sar["bits"] for sar in instances)
    starts = [SAMPLED + n * TRIAL for n in range(most)]
    netlist.voltage("one", 1.0)
    netlist.pulses("sample", [(0.0, 1e-9)])
    netlist.pulses("clear", [(0.0, 0.5e-9)] + [(t, t + 0.2e-9) for t in starts])
    # Added to the comparator's input: far below everything but while it compares.
    netlist.pulses("compare", [(t + 0.8e-9, t + 1.2e-9) for t in starts], 0.0, -1e3)
    for k, start in zip(reversed(range(most)), starts):  # the LSB of all instances comes last
        netlist.pulses(f"try{k}", [(start, start + 0.3e-9)])
        netlist.pulses(f"decide{k}", [(start + 1.4e-9, start + 1.8e-9)])
    stop = SAMPLED + (most + 1) * TRIAL
    for i, (sar, volt) in enumerate(zip(instances, volts)):
        _array(netlist, i, sar)
        # The rail of a bit at 0 carries the input while the bottom plates sample it. On the top
        # plate the input is sampled against the reference on all bits, a bit at 1 is at ground.
        zero = f"zero{i}"
        if sar["top_plate"]:
            netlist.voltage(zero, REFERENCE)
            netlist.voltage(f"in{i}", volt)
            netlist.voltage(f"end{i}", 0.0)
            netlist.switch(f"top{i}", f"in{i}", "sample", ON)
            gain = -1.0
        else:
            netlist.steps(zero, [(0, volt), (1.5e-9, 0.0)])
            netlist.resistor(f"end{i}", zero, ON)
            netlist.switch(f"top{i}", "0", "sample", ON)
            gain = 1.0
        # The comparator charges drop<i> when the bit on trial is too much; then drop<i> clears it.
        netlist.follower(f"too_much{i}", "compare", f"top{i}", gain)
        netlist.switch(f"drop{i}", "one", f"too_much{i}", ON, threshold=0.0)
        netlist.switch(f"drop{i}", "0", "clear", ON)
        netlist.capacitor(f"drop{i}", "0", STORE)
        for k in range(sar["bits"]):
            bit = f"bit{i}_{k}"
            netlist.capacitor(bit, "0", STORE)
            netlist.switch(bit, "0", "sample", ON)
            netlist.switch(bit, "one", f"try{k}", ON)
            netlist.follower(f"erase{i}_{k}", f"decide{k}", f"drop{i}", 1.0)
            netlist.switch(bit, "0", f"erase{i}_{k}", ON, threshold=1.5)
            step = -REFERENCE if sar["top_plate"] else REFERENCE
            netlist.follower(f"bot{i}_{k}", zero, bit, step)
            netlist.measure(f"b{i}_{k}", bit, stop - 0.1e-9)
    done = netlist.run(stop, 0.2e-9, waves=waves)
    bits = done[0] if waves else done
    codes = [
        sum(2**k for k in range(sar["bits"]) if bits[f"b{i}_{k}"] > 0.5)
        for i, sar in enumerate(instances)
    ]
    return (codes, done[1]) if waves else codes
