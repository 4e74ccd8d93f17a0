"""Bit lines with wire resistance against the nodal equations of the whole ladder."""

import os
import subprocess
import unittest
from pathlib import Path

import numpy as np

TOOL = Path(os.environ["LEYDEN_BINARY_DIR"]) / "tests/models/cim/cim_wire_tool"


def solve(inputs, conductance, near_rows, resistance):
    """Current into the converter: nodal analysis with every node of the line, rows that are off too.

    Node 0 is the converter's (held at 0 V), node 1 + near_rows + i that of row i.
    """
    nodes = near_rows + len(inputs)
    wire = 1.0 / resistance
    matrix = np.zeros((nodes, nodes))
    sources = np.zeros(nodes)
    for node in range(nodes):
        matrix[node, node] += wire  # towards the converter
        if node > 0:
            matrix[node, node - 1] -= wire
            matrix[node - 1, node] -= wire
            matrix[node - 1, node - 1] += wire
    for row, (value, g) in enumerate(zip(inputs, conductance)):
        if value > 0:
            matrix[near_rows + row, near_rows + row] += g
            sources[near_rows + row] += g * value
    return np.linalg.solve(matrix, sources)[0] * wire


class WireTest(unittest.TestCase):
    """The ladder's one pass against numpy.linalg.solve."""

    def test_equals_the_solved_network(self):
        """Random cells, inputs of one and several bits, weak and strong wires."""
        rng = np.random.default_rng(7)
        cases = []
        for rows, columns, near, resistance, most in (
            (1, 1, 0, 0.01, 1),
            (16, 3, 0, 1e-4, 1),
            (128, 4, 0, 1e-3, 1),
            (128, 2, 128, 1e-5, 15),
            (64, 2, 7, 0.5, 3),
            (300, 2, 0, 1e-2, 255),
        ):
            inputs = rng.integers(0, most + 1, rows)
            conductance = rng.uniform(0, 15, (rows, columns))
            cases.append((inputs, conductance, near, resistance))
        text = ""
        for inputs, conductance, near, resistance in cases:
            text += f"{len(inputs)} {conductance.shape[1]} {near} {resistance!r}\n"
            text += " ".join(map(str, inputs)) + "\n"
            text += "\n".join(" ".join(map(repr, map(float, row))) for row in conductance) + "\n"
        run = subprocess.run([TOOL], input=text, capture_output=True, text=True, check=True)
        lines = run.stdout.splitlines()
        self.assertEqual(len(lines), len(cases))
        for line, (inputs, conductance, near, resistance) in zip(lines, cases):
            deficits = np.array(line.split(), float)
            ideal = inputs @ conductance
            solved = [solve(inputs, g, near, resistance) for g in conductance.T]
            np.testing.assert_allclose(ideal - deficits, solved, rtol=1e-9)
            self.assertTrue(np.all(deficits >= 0))

    def test_first_order_of_a_weak_wire(self):
        """All cells on, a weak wire: the deficit is r g^2 v sum_k k^2 (closed form)."""
        rows, resistance, level = 32, 1e-9, 3.0
        text = f"{rows} 1 0 {resistance!r}\n" + "1 " * rows + "\n" + f"{level}\n" * rows
        run = subprocess.run([TOOL], input=text, capture_output=True, text=True, check=True)
        expected = resistance * level**2 * rows * (rows + 1) * (2 * rows + 1) / 6
        np.testing.assert_allclose(float(run.stdout), expected, rtol=1e-4)


if __name__ == "__main__":
    unittest.main()
