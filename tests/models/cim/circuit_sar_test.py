"""The SAR's capacitor array in ngspice against models/cim/sar_array."""

import random
import sys
import unittest

from circuit_support import ask_raw as ask
from leyden_circuit import sar

BOUND = 0.1  # LSB


def draw_array(rng, bits, sigma):
    """An array whose bits are sums of 2^k units with a relative spread of sigma."""
    return {
        "bits": bits,
        "top_plate": rng.random() < 0.5,
        "deviation": [rng.gauss(0, sigma * 2 ** (k / 2)) for k in range(bits)],
        "terminator": rng.gauss(0, sigma),
        "parasitic": rng.uniform(0, 0.3) * 2**bits,
    }


class SarArray(unittest.TestCase):
    def check_levels(self, instances, codes):
        volts = sar.trial_levels(instances, codes)
        requests = [{"stage": "sar", "levels": [], "codes": [code], **instance}
                    for instance, code in zip(instances, codes)]
        model = [answer["trial_levels"][0] for answer in ask(requests)]
        worst = max(abs(a - b) for a, b in zip(volts, model))
        self.assertLess(worst, BOUND)
        print(f"worst {worst:.2g} LSB", file=sys.stderr)
        return model

    def test_ideal_levels_are_the_codes(self):
        rng = random.Random(1)
        instances, codes = [], []
        for _ in range(60):
            bits = rng.randint(1, 8)
            instances.append({"bits": bits, "top_plate": rng.random() < 0.5,
                              "deviation": [0] * bits, "terminator": 0, "parasitic": 0})
            codes.append(rng.randint(1, 2**bits - 1))
        self.assertEqual(self.check_levels(instances, codes), codes)

    def test_mismatched_levels(self):
        rng = random.Random(2)
        instances = [draw_array(rng, rng.randint(3, 8), 0.1) for _ in range(60)]
        codes = [rng.randint(1, 2 ** array["bits"] - 1) for array in instances]
        self.check_levels(instances, codes)

    def test_search_with_mismatch(self):
        rng = random.Random(3)
        instances = [draw_array(rng, rng.randint(3, 8), 0.1) for _ in range(60)]
        volts = [rng.uniform(-0.02, 1.02) for _ in instances]
        codes = sar.search(instances, volts)
        requests = [{"stage": "sar", "codes": [], **array,
                     "levels": [2 ** array["bits"] * volt + shift for shift in (-BOUND, 0, BOUND)]}
                    for array, volt in zip(instances, volts)]
        exact = 0
        for code, answer in zip(codes, ask(requests)):
            low, same, high = answer["converted"]
            self.assertTrue(low <= code <= high, (low, code, high))
            exact += code == same
        self.assertGreaterEqual(exact, len(codes) - 1)
        self.assertGreater(len(set(codes)), 30)

    def test_transfer_curve_with_missing_codes(self):
        rng = random.Random(4)
        array = {**draw_array(rng, 5, 0.0), "deviation": [0.2, -0.3, 0.9, -1.6, 2.4]}
        curve = ask([{"stage": "sar", "codes": [], "levels": [], **array}])[0]["thresholds"]
        missing = [c for c in range(1, 31) if curve[c] == curve[c - 1]]
        self.assertTrue(missing)
        levels = [level + side for level in curve for side in (-BOUND / 2, BOUND / 2)]
        codes = sar.search([array] * len(levels), [level / 32 for level in levels])
        for level, code in zip(levels, codes):
            self.assertEqual(code, sum(threshold <= level for threshold in curve), level)
        self.assertFalse(set(missing) & set(codes))


if __name__ == "__main__":
    unittest.main()
