"""Accumulation over input bits in ngspice against the model's own voltages."""

import random
import unittest
from dataclasses import replace
from math import exp, log

from circuit_support import IDEAL, SUPPLY, Stage, ask, circuit, draw, request


class Accumulation(Stage):
    def held(self, columns, step=20e-9, points=40):
        return [steps[-1][1] for steps in circuit.accumulate(columns, step, points)]

    def model(self, columns, **terms):
        return [2 * answer["volts"] for answer in ask([request([c], **terms) for c in columns])]

    def test_every_step_of_an_ideal_one(self):
        rng = random.Random(11)
        columns = [draw(rng) for _ in range(50)]
        found, requests = [], []
        for column, steps in zip(columns, circuit.accumulate(columns)):
            found += [held for _, held in steps]
            requests += [request([column], k + 1) for k in range(column.bits)]
        volts = [2 * answer["volts"] for answer in ask(requests)]
        self.compare("ideal accumulation, every step", found, volts, IDEAL)

    def test_parasitics_and_injection(self):
        rng = random.Random(12)
        columns = [draw(rng, parasitic_ratio=0.2, injected_v=3e-3) for _ in range(50)]
        self.compare("accumulation with parasitics and injection", self.held(columns), self.model(
            columns, dot_product__parasitic_ratio=0.2, dot_product__charge_injection_mv=3), IDEAL)

    def test_full_columns_of_the_preset(self):
        # 1152 rows in 32 units of 36 at the step, parasitics, injection and leakage of `imagine`.
        rng = random.Random(15)
        columns = [circuit.Column([rng.randrange(256) for _ in range(36 * used)],
                                  [int(rng.random() < 0.5) for _ in range(36 * used)], 8, used, 32,
                                  supply=SUPPLY, parasitic_ratio=0.08, injected_v=0.2e-3,
                                  leak_s=1e-3) for used in (32, 3)]
        volts = self.model(columns, dot_product__parasitic_ratio=0.08,
                           dot_product__charge_injection_mv=0.2, dot_product__step_time_ns=16.8,
                           dot_product__leakage_tau_us=1000, dot_product__settling_tau_ns=1)
        for found, volt in zip(self.held(columns, 16.8e-9), volts):
            self.assertLess(abs(found - volt), IDEAL)

    def test_mismatched_cells(self):
        rng = random.Random(16)
        columns = [draw(rng) for _ in range(50)]
        answers = ask([request([c], die=die, cell__mismatch_percent_sqrt_ff=3)
                       for die, c in enumerate(columns)])
        uneven = [replace(c, deviation=[row[0] for row in answer["deviation"]])
                  for c, answer in zip(columns, answers)]
        self.compare("accumulation of mismatched cells", self.held(uneven),
                     [2 * answer["volts"] for answer in answers], IDEAL)

    def test_sharing_that_has_not_settled(self):
        # The model scales all bits alike; the circuit carries some of the past over. With e left
        # over of a sharing, bit n from the end counts (1-e)/2 ((1+e)/2)^n, not (1-e) 2^-(n+1); the
        # excess, all of one sign, adds up to less than e.
        step = 20e-9
        time = (circuit.SHARE_END - circuit.SHARE) * step
        rng = random.Random(13)
        columns, volts, bounds = [], [], []
        for left in (0.001, 0.01, 0.05):
            taus = -log(left)
            some = [draw(rng) for _ in range(17)]
            some.append(replace(some[0], inputs=[255] * len(some[0].inputs), bits=8,
                                cells=[1] * len(some[0].cells)))
            columns += [replace(c, share_ohm=time / taus / (c.line_farad / 2)) for c in some]
            volts += self.model(some, dot_product__step_time_ns=time * 1e9,
                                dot_product__settling_tau_ns=time * 1e9 / taus)
            bounds += [(1 - ((1 + left) / 2) ** c.bits - (1 - left) * (1 - 2.0**-c.bits)) * SUPPLY
                       + IDEAL for c in some]
            self.assertLess(max(bounds), (left + 1e-3) * SUPPLY)
        worst = self.compare("unsettled sharing", self.held(columns, step, 150), volts, bounds)
        self.assertGreater(worst, 0.9 * (max(bounds) - IDEAL))  # the full column reaches the bound

    def test_unequal_accumulator(self):
        # Not in the model. With an accumulator of 1 + d lines a sharing takes 1/(2 + d) of the
        # line, about 1/2 - d/4; bit n from the end changes by d/4 2^-n (n - 1), the bits of
        # either sign by at most d/4 in sum.
        rng = random.Random(17)
        off = 0.01
        columns = [draw(rng, held_ratio=1 + off) for _ in range(50)]
        only_last = [replace(columns[0], bits=8, cells=[1] * len(columns[0].cells),
                             inputs=[128] * len(columns[0].inputs))]
        volts = self.model(columns + only_last)
        bound = off / 4 * SUPPLY
        worst = self.compare("unequal accumulator", self.held(columns + only_last), volts,
                             bound * (1 + off) + IDEAL)
        self.assertGreater(worst, 0.95 * bound)

    def test_leakage(self):
        # Bit n from the end is n + f steps old, f from its drive to the end of its step; the model
        # takes one mean age A for all. |sum over the bits of either sign of 2^-(n+1) (n + f - A)|
        # times step/tau bounds the difference, to first order.
        step, tau = 20e-9, 2e-6
        rng = random.Random(14)
        columns = [draw(rng, leak_s=tau) for _ in range(49)]
        columns.append(replace(columns[0], inputs=[255] * len(columns[0].inputs), bits=8,
                               cells=[1] * len(columns[0].cells)))
        volts = self.model(columns, dot_product__leakage_tau_us=tau * 1e6,
                           dot_product__step_time_ns=step * 1e9)
        fraction = circuit.HELD_READ - circuit.DRIVE
        bounds = []
        for column in columns:
            weights = [2.0 ** -(n + 1) for n in range(column.bits)]
            mean = sum((n + 1) * w for n, w in enumerate(weights)) / sum(weights)
            spread = [w * (exp(-(n + fraction) * step / tau) - exp(-mean * step / tau))
                      for n, w in enumerate(weights)]
            bounds.append(SUPPLY * max(sum(s for s in spread if s > 0),
                                       -sum(s for s in spread if s < 0)) + IDEAL)
        self.assertLess(max(bounds), 0.7 * step / tau * SUPPLY)
        self.compare("leaking accumulation", self.held(columns, step), volts, bounds)
        # A full column's droop, the difference of the fractions of a step taken out, is the mean's.
        droop = 1 - self.held(columns[-1:], step)[0] / (SUPPLY * (1 - 2.0**-8))
        modelled = 1 - volts[-1] / (SUPPLY * (1 - 2.0**-8))
        self.assertAlmostEqual(droop / modelled, (mean - 1 + fraction) / mean, delta=0.01)


if __name__ == "__main__":
    unittest.main()
