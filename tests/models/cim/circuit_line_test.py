"""Charge sharing on the split line in ngspice against the model's own voltages."""

import random
import unittest
from dataclasses import replace

from circuit_support import IDEAL, LSB, Stage, ask, circuit, draw, lines_of_model, request


class Line(Stage):
    def test_units_in_use_alone_load_it(self):
        rng = random.Random(1)
        columns = [draw(rng, bits=1) for _ in range(60)]
        volts = [steps[0][0] for steps in circuit.accumulate(columns)]
        self.compare("ideal line", volts, lines_of_model(columns), IDEAL)
        # A line that all units load would miss by far: the test can tell.
        whole = [v * c.used / c.units for v, c in zip(volts, columns)]
        self.assertGreater(max(abs(a - b) for a, b in zip(volts, whole)), 100 * LSB)

    def test_parasitics(self):
        rng = random.Random(2)
        columns, volts = [], []
        for ratio in (0.08, 0.5):
            some = [draw(rng, bits=1, parasitic_ratio=ratio) for _ in range(30)]
            columns += some
            volts += lines_of_model(some, dot_product__parasitic_ratio=ratio)
        found = [steps[0][0] for steps in circuit.accumulate(columns)]
        self.compare("line with parasitics", found, volts, IDEAL)

    def test_mismatched_cells(self):
        rng = random.Random(3)
        columns = [draw(rng, bits=1, parasitic_ratio=0.08) for _ in range(60)]
        terms = {"cell__mismatch_percent_sqrt_ff": 5, "dot_product__parasitic_ratio": 0.08}
        answers = ask([request([c], 1, die, **terms) for die, c in enumerate(columns)])
        uneven = [replace(c, deviation=[row[0] for row in answer["deviation"]])
                  for c, answer in zip(columns, answers)]
        found = [steps[0][0] for steps in circuit.accumulate(uneven)]
        self.compare("line of mismatched cells", found, [4 * a["volts"] for a in answers], IDEAL)
        even = [steps[0][0] for steps in circuit.accumulate(columns)]
        self.assertGreater(max(abs(a - b) for a, b in zip(found, even)), LSB)

    def test_settling_is_one_exponential(self):
        # Cells behind a resistor each charge the line's parasitic: tau = R C rho / (1 + rho).
        rng = random.Random(4)
        step, ratio = 20e-9, 0.5
        time = (circuit.LINE_READ - circuit.DRIVE) * step
        columns, volts = [], []
        for taus in (1.5, 3.0, 6.0):
            some = [draw(rng, bits=1, parasitic_ratio=ratio) for _ in range(20)]
            ohm = time / taus / (some[0].cell_farad * ratio / (1 + ratio))
            columns += [replace(c, driver_ohm=ohm) for c in some]
            volts += lines_of_model(
                some, dot_product__parasitic_ratio=ratio, dot_product__step_time_ns=time * 1e9,
                dot_product__settling_tau_ns=time * 1e9 / taus)
        found = [steps[0][0] for steps in circuit.accumulate(columns, step, 200)]
        self.compare("settling line", found, volts, IDEAL)

    def test_charge_injection(self):
        rng = random.Random(5)
        columns, volts = [], []
        for millivolt in (0.2, -3, 10):
            some = [draw(rng, bits=1, parasitic_ratio=0.3, injected_v=millivolt * 1e-3)
                    for _ in range(20)]
            columns += some
            volts += lines_of_model(some, dot_product__parasitic_ratio=0.3,
                                    dot_product__charge_injection_mv=millivolt)
        found = [steps[0][0] for steps in circuit.accumulate(columns)]
        self.compare("line with injected charge", found, volts, IDEAL)


if __name__ == "__main__":
    unittest.main()
