"""Combination of weight columns, and whole outputs, in ngspice against the model's own voltages."""

import random
import unittest
from dataclasses import replace
from math import exp

from circuit_support import IDEAL, LSB, SUPPLY, Stage, ask, circuit, draw, request
from leyden_circuit import sar


class Combination(Stage):
    def test_model_voltages_combined(self):
        # Columns' voltages and their combination both come from the model.
        rng = random.Random(21)
        outputs = []
        for _ in range(55):
            first = draw(rng)
            outputs.append([replace(first, cells=[rng.randint(0, 1) for _ in first.cells])
                            for _ in range(rng.randint(1, 8))])
        held = iter(ask([request([c]) for columns in outputs for c in columns]))
        volts = [[2 * next(held)["volts"] for _ in columns] for columns in outputs]
        model = [answer["volts"] for answer in ask([request(columns) for columns in outputs])]
        self.compare("ideal combination", circuit.combine(volts), model, IDEAL)
        self.assertLess(min(model), -20 * LSB)

        # A capacitance of the common line is not in the model: it attenuates all alike.
        ratio = 0.05
        scaled = [v / (1 + ratio) for v in model]
        self.compare("combination, line capacitance as a gain",
                     circuit.combine(volts, parasitic_ratio=ratio), scaled, IDEAL)
        # Two switches R in series with a part of at most half the capacitance C: no part is
        # slower than R C, so what is left after t is below exp(-t / (R C)) of the swing.
        farad, window = 70e-15, 8e-9
        for taus in (2, 4, 9):
            found = circuit.combine(volts, farad, window / taus / farad, window=window)
            self.compare(f"combination after {taus} R C", found, model, exp(-taus) * SUPPLY + IDEAL)

    def test_whole_outputs(self):
        # From cells to the combined voltage in one circuit, at the preset's parasitics.
        rng = random.Random(22)
        outputs = []
        for _ in range(50):
            first = draw(rng, 4, 4, parasitic_ratio=0.08, injected_v=0.2e-3, leak_s=1e-3)
            outputs.append([replace(first, cells=[rng.randint(0, 1) for _ in first.cells])
                            for _ in range(rng.randint(1, 4))])
        answers = ask([request(
            columns, dot_product__parasitic_ratio=0.08, dot_product__charge_injection_mv=0.2,
            dot_product__leakage_tau_us=1000, dot_product__settling_tau_ns=1) for columns in outputs])
        found = circuit.output(outputs)
        self.compare("whole outputs at the preset's values", found,
                     [answer["volts"] for answer in answers], IDEAL)

        # And through the converter: half the supply about mid-scale, decisions at codes - 1/2.
        ideal = {"bits": 8, "top_plate": False, "deviation": [0] * 8, "terminator": 0,
                 "parasitic": 40}
        codes = sar.search([ideal] * len(found), [(v / LSB + 128.5) / 256 for v in found])
        self.assertEqual(codes, [answer["code"] for answer in answers])
        self.assertGreater(len(set(codes)), 25)


if __name__ == "__main__":
    unittest.main()
