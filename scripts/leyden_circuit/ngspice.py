"""A netlist in the making, and one run of ngspice over it: transient or noise."""

import subprocess
import tempfile
from pathlib import Path

EDGE = 1e-12  # s: rise and fall time of every control signal
PULSE = 100e-12  # s: duration of an injected charge
LIMIT = 50  # s of one run
OFF = 1e18  # ohm: a switch that is open

# Charges here are some 1e-16 C and held on floating nodes: ngspice's own tolerances (1e-14 C,
# 1e-12 S from every node to ground) would swallow them.
OPTIONS = "reltol=1e-6 vntol=1e-9 abstol=1e-18 chgtol=1e-16 gmin=1e-21 method=gear maxord=2"


class NgspiceError(Exception):
    """ngspice did not run, or a measurement is missing."""


class Netlist:
    """Elements, control signals and what to measure; values in SI units, times in seconds."""

    def __init__(self, title):
        self._title = title
        self._lines = []
        self._models = {}
        self._measures = {}
        self._number = 0

    def _add(self, kind, text):
        self._number += 1
        self._lines.append(f"{kind}{self._number} {text}")

    def capacitor(self, a, b, farad):
        """A capacitor; left out where its value is zero."""
        if farad > 0:
            self._add("C", f"{a} {b} {farad:.12g}")

    def resistor(self, a, b, ohm):
        """A resistor."""
        self._add("R", f"{a} {b} {ohm:.12g}")

    def voltage(self, node, volt):
        """A constant source from ground."""
        self._add("V", f"{node} 0 {volt:.12g}")

    def steps(self, node, levels):
        """A source from ground: levels is a list of (time, volt), each held until the next."""
        points = []
        last = None
        for time, volt in levels:
            if last is None:
                points += [(0.0, volt)]
            elif volt != last:
                points += [(time, last), (time + EDGE, volt)]
            last = volt
        text = " ".join(f"{time:.9g} {volt:.12g}" for time, volt in points)
        self._add("V", f"{node} 0 PWL({text})")

    def pulses(self, node, windows, high=1.0, low=0.0):
        """A source from ground that is `high` in every (start, end) of windows."""
        levels = [(0.0, low)]
        for start, end in windows:
            levels += [(start, high), (end, low)]
        self.steps(node, levels if windows[0][0] > 0 else levels[1:])

    def switch(self, a, b, control, on_ohm, threshold=0.5):
        """A switch closed while `control` is above `threshold` volts."""
        model = self._models.setdefault((on_ohm, threshold), f"switch{len(self._models)}")
        self._add("S", f"{a} {b} {control} 0 {model}")

    def follower(self, node, above, control, gain):
        """A source that holds `node` gain times the voltage of `control` above node `above`."""
        self._add("E", f"{node} {above} {control} 0 {gain:.12g}")

    def injected(self, node, coulomb, time):
        """A charge pushed into a node by a constant current of PULSE seconds."""
        if coulomb != 0:
            current = coulomb / PULSE
            points = ((0, 0), (time, 0), (time + EDGE, 1), (time + PULSE, 1), (time + PULSE + EDGE, 0))
            text = " ".join(f"{t:.9g} {current * on:.12g}" for t, on in points)
            self._add("I", f"0 {node} PWL({text})")

    def measure(self, name, node, time):
        """Asks for the voltage of a node at a time under a name (small letters, digits, _)."""
        self._measures[name] = (node, time)

    def text(self, stop, step, waves=None):
        """The netlist with its run."""
        models = [
            f".model {name} sw(vt={threshold:g} vh=0 ron={on:.9g} roff={OFF:g})"
            for (on, threshold), name in self._models.items()
        ]
        nodes = sorted({node for node, _ in self._measures.values()} | set(waves or []))
        lines = [
            self._title,
            *self._lines,
            *models,
            f".options {OPTIONS}",
            ".save " + " ".join(f"v({node})" for node in nodes),
            ".control",
            # uic: every capacitor begins empty; floating nodes have no operating point.
            f"tran {step:g} {stop:g} 0 {step:g} uic",
            *(
                f"meas tran {name} find v({node}) at={time:.9g}"
                for name, (node, time) in self._measures.items()
            ),
        ]
        if waves:
            lines += ["set wr_singlescale", "wrdata waves " + " ".join(f"v({n})" for n in waves)]
        return "\n".join([*lines, ".endc", ".end", ""])

    def run(self, stop, step, waves=None):
        """Runs to `stop` with steps of at most `step`.

        @param waves nodes whose whole waveforms are wanted
        @return the measured voltages by name; with waves also rows of (time, volt, volt, ...)
        """
        printed, data = _run(self.text(stop, step, waves))
        values = {}
        for line in printed.splitlines():
            words = line.replace("=", " ").split()
            if len(words) == 2 and words[0] in self._measures:
                values[words[0]] = float(words[1])
        missing = sorted(set(self._measures) - set(values))
        if missing:
            raise NgspiceError(f"{len(missing)} measurements are missing, {missing[0]} first")
        if not waves:
            return values
        return values, [[float(word) for word in line.split()] for line in data.splitlines()]

    def noise(self, node, kelvin):
        """Thermal noise of all resistors at a node, volts rms over all frequencies that matter."""
        celsius = f"{kelvin - 273.15:.9g}"
        lines = [
            self._title,
            *self._lines,
            "Vdrive drive 0 dc 0 ac 1",  # an analysis of noise wants an input
            "Rdrive drive 0 1e9",
            f".options {OPTIONS} temp={celsius} tnom={celsius}",
            ".control",
            f"noise v({node}) Vdrive dec 20 1e3 1e17",
            "setplot noise2",
            "print onoise_total",
            ".endc",
            ".end",
            "",
        ]
        for line in _run("\n".join(lines))[0].splitlines():
            if line.startswith("onoise_total"):
                return float(line.split("=")[1])
        raise NgspiceError("the noise of node " + node + " is missing")


def _run(text):
    """Runs a netlist.

    @return what ngspice printed, and the waveforms it wrote ("" if none)
    """
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "netlist.cir").write_text(text, encoding="ascii")
        try:
            done = subprocess.run(
                ["ngspice", "-n", "-b", "netlist.cir"],
                cwd=folder,
                capture_output=True,
                text=True,
                check=False,
                timeout=LIMIT,
            )
        except subprocess.TimeoutExpired as error:
            raise NgspiceError(f"ngspice has not ended after {LIMIT} s") from error
        except FileNotFoundError as error:
            raise NgspiceError("ngspice is not installed (Debian package ngspice)") from error
        if "aborted" in done.stderr or "Error" in done.stderr:
            raise NgspiceError("ngspice failed:\n" + "\n".join(done.stderr.splitlines()[:8]))
        waves = Path(folder) / "waves"
        return done.stdout, waves.read_text(encoding="ascii") if waves.exists() else ""
