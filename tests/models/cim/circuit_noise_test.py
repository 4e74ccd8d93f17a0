"""kT/C of the stages in ngspice against the model's variances and the closed form."""

import random
import unittest

from circuit_support import QUIET, ask_raw
from leyden_circuit import noise

BOLTZMANN = 1.380649e-23  # J/K


class Noise(unittest.TestCase):
    def test_line_and_sharing(self):
        rng = random.Random(31)
        for _ in range(12):
            rows, ratio = rng.randint(4, 200), rng.uniform(0, 0.5)
            farad, kelvin = rng.uniform(0.2, 5) * 1e-15, rng.uniform(230, 400)
            settings = {**QUIET, "cell.capacitance_ff": farad * 1e15, "temperature_k": kelvin,
                        "dot_product.parasitic_ratio": ratio}
            model = ask_raw([{"stage": "noise", "rows": rows,
                              "set": {f"cim.{key}": str(v) for key, v in settings.items()}}])[0]
            line = noise.line(rows, farad, ratio, kelvin)
            total = rows * farad * (1 + ratio)
            sharing = noise.sharing(total, total, kelvin)
            # The analysis ends at a finite frequency and steps through it: some 0.1 %.
            self.assertAlmostEqual(line / model["line_v2"], 1, delta=5e-3)
            self.assertAlmostEqual(sharing / model["sharing_v2"], 1, delta=5e-3)

    def test_what_the_combination_adds(self):
        # Not in the model: a part f of an accumulator C, cut off from the rest, freezes
        # kT/C (1 - f)/f, and counts f^2 in the sum: kT/C f (1 - f).
        farad, kelvin = 70e-15, 300.0
        for bits in (1, 2, 4, 8):
            added = 0
            for c in range(bits):
                f = 2.0 ** (c - bits)
                added += f**2 * noise.sharing((1 - f) * farad, f * farad, kelvin)
            unit = BOLTZMANN * kelvin / farad
            closed = 1 - 2.0**-bits - (1 - 4.0**-bits) / 3
            self.assertAlmostEqual(added / unit / closed, 1, delta=5e-3)
            self.assertLess(closed, 2 / 3)


if __name__ == "__main__":
    unittest.main()
