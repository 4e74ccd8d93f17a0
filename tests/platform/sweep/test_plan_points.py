"""Points and expressions of sweeps against SciPy and Python, and the page that describes them."""

import json
import math
import os
import random
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

import numpy as np
from scipy.stats import qmc

TOOL = Path(os.environ["LEYDEN_BINARY_DIR"]) / "tests/platform/sweep/sweep_plan_tool"
PAGE = Path("docs/sweep.md")


def points(text: str) -> list[dict[str, str]]:
    """Settings of the points of a sweep file's plan."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sweep.yaml"
        file.write_text(text, encoding="utf-8")
        done = subprocess.run([TOOL, "points", file], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


def evaluated(expressions: list[str]) -> list[str]:
    """Values of expressions over x = 3.5, y = -2, z = 7."""
    done = subprocess.run([TOOL, "evaluate"], input="\n".join(expressions) + "\n", text=True,
                          capture_output=True, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return done.stdout.splitlines()


def logarithm(function, x):
    """As C computes it: of 0 minus infinity, below 0 not a number."""
    if x == 0 or math.isinf(x):
        return np.float64(-math.inf if x <= 0 and x == 0 else math.inf if x > 0 else math.nan)
    return np.float64(function(x) if x > 0 else math.nan)


class SobolTest(unittest.TestCase):
    """The sequence of Boost against SciPy's, both with the direction numbers of Joe and Kuo."""

    KEYS = ("cim.cell.capacitance_ff", "cim.dot_product.step_time_ns", "cim.dot_product.leakage_tau_us",
            "system.clock_mhz", "cim.leakage_uw")

    def check(self, seed: int, count: int) -> None:
        variables = "".join(f"  - {{key: {key}, range: {{from: 1, to: 2}}}}\n" for key in self.KEYS)
        given = points("base: {chip: imagine, network: resnet20-cifar10}\ndepth: cost\n"
                       f"variables:\n{variables}plan: {{kind: sobol, points: {count}, seed: {seed}}}\n")
        sequence = qmc.Sobol(len(self.KEYS), scramble=False)
        if seed:
            sequence.fast_forward(seed)
        expected = sequence.random(count)
        self.assertEqual(len(given), count)
        for point, shares in zip(given, expected):
            for key, share in zip(self.KEYS, shares):
                self.assertAlmostEqual(float(point[key]), 1 + share, delta=2e-8)

    def test_from_the_first(self) -> None:
        self.check(0, 1024)

    def test_skips_as_many_as_the_seed(self) -> None:
        self.check(777, 64)


class ExpressionTest(unittest.TestCase):
    """Random expressions have the values that Python gives them."""

    NAMES = {"x": np.float64(3.5), "y": np.float64(-2), "z": np.float64(7)}
    FUNCTIONS = {"floor": np.floor, "ceil": np.ceil, "sqrt": np.sqrt, "abs": abs, "min": min,
                 "max": max, "pow": np.power,
                 "log2": lambda x: logarithm(math.log2, x),
                 "log10": lambda x: logarithm(math.log10, x)}

    def drawn(self, draw: random.Random, depth: int) -> tuple[str, str]:
        """An expression as a sweep file has it, and as Python reads it."""
        kind = draw.randrange(9) if depth > 0 else 0
        if kind == 0:
            leaf = draw.choice(["x", "y", "z", "1", "2.5", "0.125", "1e2", "3"])
            return leaf, leaf if leaf in self.NAMES else f"number({leaf})"
        ours, python = self.drawn(draw, depth - 1)
        if kind == 1:
            return f"({ours})", f"({python})"
        if kind == 2:
            name = draw.choice(["floor", "ceil", "sqrt", "log2", "abs", "log10"])
            return f"{name}({ours})", f"{name}({python})"
        right, python_right = self.drawn(draw, depth - 1)
        if kind == 3:
            name = draw.choice(["min", "max", "pow"])
            return f"{name}({ours}, {right})", f"{name}({python}, {python_right})"
        if kind == 4:
            sign = draw.choice(["<", "<=", ">", ">=", "==", "!="])
            return f"(({ours}) {sign} ({right}))", f"number(({python}) {sign} ({python_right}))"
        if kind == 5:
            sign, word = draw.choice([("&&", "and"), ("||", "or")])
            return (f"(({ours}) {sign} ({right}))",
                    f"number(bool({python}) {word} bool({python_right}))")
        if kind == 6:
            third, python_third = self.drawn(draw, depth - 1)
            return (f"(({ours}) ? ({right}) : ({third}))",
                    f"(({python_right}) if ({python}) else ({python_third}))")
        sign = draw.choice(["+", "-", "*", "/"])  # the precedence is the same
        return f"{ours} {sign} {right}", f"{python} {sign} {python_right}"

    def test_random_ones(self) -> None:
        draw = random.Random(4)
        pairs = [self.drawn(draw, 4) for _ in range(3000)]
        pairs = [pair for pair in pairs if len(pair[0]) <= 1000]
        lines = evaluated([ours for ours, _ in pairs])
        names = {**self.NAMES, **self.FUNCTIONS, "number": np.float64}
        finite = 0
        for (ours, python), line in zip(pairs, lines, strict=True):
            with np.errstate(all="ignore"):
                expected = float(eval(python, {"__builtins__": {"bool": bool}}, names))
            if math.isfinite(expected):
                finite += 1
                self.assertAlmostEqual(float(line), expected, delta=1e-12 * abs(expected), msg=ours)
            else:
                self.assertTrue(math.isnan(float(line)), msg=f"{ours} is {line}")
        self.assertGreater(finite, 2000)

    def test_precedence_of_the_operators_that_python_has_otherwise(self) -> None:
        table = {"-x ^ 2": -12.25, "2 ^ 3 ^ 2": 512, "z % 4 * 2": 6, "1 + z % 4": 4,
                 "1 < 2 == 1": 1, "!0 + 1": 2, "!z ^ 0": 0, "-2 * 3 ^ 2": -18,
                 "0 && 1 || 1": 1, "1 || 1 && 0": 1, "2 < 1 || 3 > 2": 1, "!1 || 1": 1, "2 * x ^ 2": 24.5, "y % 5": 3}
        lines = evaluated(list(table))
        for (text, value), line in zip(table.items(), lines, strict=True):
            self.assertEqual(float(line), value, msg=text)


class PageTest(unittest.TestCase):
    """docs/sweep.md tells what there is."""

    TEXT = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""

    def test_every_example_is_a_sweep_file(self) -> None:
        examples = re.findall(r"^```yaml\n(.*?)^```$", self.TEXT, re.MULTILINE | re.DOTALL)
        self.assertGreater(len(examples), 0)
        for example in examples:
            self.assertGreater(len(points(example)), 1, msg=example)

    def test_the_example_has_the_points_that_it_tells(self) -> None:
        example = re.search(r"^```yaml\n(.*?)^```$", self.TEXT, re.MULTILINE | re.DOTALL)
        told = re.search(r"([0-9,]+) points are left of ([0-9,]+)", self.TEXT)
        left, every = (int(number.replace(",", "")) for number in told.groups())
        self.assertEqual(len(points(example[1])), left)
        free = re.sub(r"^constraints:\n( .*\n)+", "", example[1], flags=re.MULTILINE)
        self.assertNotEqual(free, example[1])
        self.assertEqual(len(points(free)), every)

    def test_metrics_are_those_of_the_program(self) -> None:
        done = subprocess.run([TOOL, "metrics"], capture_output=True, text=True, check=True)
        rows = re.findall(r"^\| `(\w+)` \| (\S+) \| (\S+) \| (.*) \|$", self.TEXT, re.MULTILINE)
        self.assertEqual(["\t".join(row) for row in rows], done.stdout.splitlines())

    def test_functions_are_those_of_the_program(self) -> None:
        done = subprocess.run([TOOL, "functions"], capture_output=True, text=True, check=True)
        told = re.search(r"Functions: (.*?)\.\n", self.TEXT, re.DOTALL)[1]
        self.assertEqual(re.findall(r"`(\w+)`", told), done.stdout.split())


if __name__ == "__main__":
    unittest.main()
