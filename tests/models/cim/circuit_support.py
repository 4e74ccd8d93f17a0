"""What the tests of analog stages against ngspice share: the model's side and random columns.

The model's side is a job of fidelity analog: its level, in volts at the converter. One input bit
and one weight bit leave a quarter of the line's voltage, one weight bit half of the accumulator's.
"""

import json
import os
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "scripts"))
from leyden_circuit import column as circuit  # noqa: E402

TOOL = Path(os.environ["LEYDEN_BINARY_DIR"]) / "tests/models/cim/cim_stage_tool"
SUPPLY = 0.6
LSB = SUPPLY / 2 / 256  # V: 8 bits over half the supply
IDEAL = 0.1 * LSB
QUIET = {
    "cell.mismatch_percent_sqrt_ff": 0, "dot_product.parasitic_ratio": 0,
    "dot_product.settling_tau_ns": 0, "dot_product.charge_injection_mv": 0,
    "dot_product.leakage_tau_us": 1e12, "converter.offset_mv": 0, "converter.gain_percent": 0,
    "converter.inl_lsb": 0, "converter.reference": "supply", "supply_v": SUPPLY,
}


def request(columns, bits=None, die=1, **terms):
    """The model's job for the columns of one output (LSB first), of the first `bits` input bits."""
    first = columns[0]
    bits = bits or first.bits
    geometry = {"rows": first.rows * first.units, "rows_per_unit": first.rows, "columns": 64}
    settings = {**QUIET, **geometry,
                **{key.replace("__", "."): value for key, value in terms.items()}}
    return {
        "stage": "column", "units": first.used, "in_bits": bits, "weight_bits": len(columns),
        "die": die, "input": [x % 2**bits for x in first.inputs],
        "weights": [sum(column.cells[row] << c for c, column in enumerate(columns))
                    for row in range(len(first.inputs))],
        "set": {f"cim.{key}": str(value) for key, value in settings.items()},
    }


def ask_raw(requests):
    """The model's answers, one a request."""
    done = subprocess.run(
        [TOOL], input="".join(json.dumps(line) + "\n" for line in requests),
        capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def ask(requests):
    """The model's answers to jobs; both of its paths must agree to start with."""
    answers = ask_raw(requests)
    for answer in answers:
        assert abs(answer["volts"] - answer["volts_bitwise"]) < 1e-12, answer
        assert abs(answer["lsb_v"] - LSB) < 1e-15, answer
    return answers


def draw(rng, rows=4, units=6, bits=None, **given):
    """A random column; inputs and cells of all densities, so that lines swing from 0 to full."""
    bits = bits or rng.randint(1, 8)
    used = rng.randint(1, units)
    high, dense = rng.random(), rng.random()
    inputs = [rng.choice([rng.randrange(2**bits), (2**bits - 1) * (rng.random() < high)])
              for _ in range(rows * used)]
    cells = [int(rng.random() < dense) for _ in inputs]
    return circuit.Column(inputs, cells, bits, used, units, supply=SUPPLY, **given)


def lines_of_model(columns, **terms):
    """Line volts of each column's first input bit."""
    return [4 * answer["volts"] for answer in ask([request([c], 1, **terms) for c in columns])]


class Stage(unittest.TestCase):
    def compare(self, what, circuit_volts, model_volts, bound):
        """Every pair within bound volts (a number or one each); prints the worst."""
        self.assertGreaterEqual(len(circuit_volts), 50)
        self.assertEqual(len(circuit_volts), len(model_volts))
        self.assertGreater(max(model_volts) - min(model_volts), SUPPLY / 4)
        bounds = bound if isinstance(bound, list) else [bound] * len(model_volts)
        errors = [abs(a - b) for a, b in zip(circuit_volts, model_volts)]
        print(f"{what}: worst {max(errors) / LSB:.2g} LSB, bound {max(bounds) / LSB:.2g} LSB",
              file=sys.stderr)
        for error, limit in zip(errors, bounds):
            self.assertLessEqual(error, limit)
        return max(errors)
