"""The importer and the float executor on ONNX's own operator test data (libonnx-testdata).

docs/compiler-operators.md says which cases are used and why the others are not; it is written from
this test's result, with LEYDEN_WRITE_PAGES=1 in the environment, and held to it otherwise.
"""
import os
import re
import tempfile
import textwrap
import unittest
from collections import defaultdict
from pathlib import Path

import numpy as np

from onnx_cases import DATA, all_cases
from tool import run

LEAST = 150  # cases that must be used
PAGE = Path(__file__).resolve().parents[3] / "docs" / "compiler-operators.md"

# What the importer says of what it does not support on purpose; any other refusal is a failure.
REFUSALS = {
    "refused: operator not supported": r"this operator.* is not supported",
    "refused: reduction, Softmax or ArgMax not along channels or over pixels":
        r"runs along the channels|reduces height and width|inputs of shapes .* cannot be added",
    "refused: product or quotient of two computed tensors":
        r"product of two computed|dividing by a computed",
    "refused: Max or Min with a tensor": r"input 1 must be a constant of one value",
    "refused: a constant for each element": r"one value, or one a channel, is supported",
    "refused: a slope for each channel (PRelu)": r"supported form is one slope",
    "refused: joined along pixels": r"supported form joins the channels",
    "refused: three spatial dimensions":
        r"weights of shape \[\d+(, \d+){4}\] are not|shape \[\d+(, \d+){4}\] is not supported",
    "refused: too large": r"is too large",
    "refused: training": r"training_mode",
    "refused: padding that is not constant": r"attribute mode (reflect|edge)",
    "refused: matrices in a batch": r"matrix over the last dimension|a matrix has two dimensions",
    "refused: a computed bias": r"input 2 must be a constant of float values",
    "refused: type of values": r"data type \d+ is not|supported for a computed tensor",
    "refused: nothing depends on the image": r"no node computes the output",
}


class Outcome:
    """What came of all cases."""

    def __init__(self):
        self.used = []
        self.skipped = defaultdict(list)  # reason: cases
        self.operators = defaultdict(int)  # not supported: cases
        self.failed = []

    def refuse(self, case, sentence):
        for reason, pattern in REFUSALS.items():
            if re.search(pattern, sentence):
                self.skipped[reason].append(case)
                if reason == "refused: operator not supported":
                    self.operators[re.search(r"\((\w+)\): this operator", sentence).group(1)] += 1
                return
        self.failed.append(f"{case}: {sentence}")

    def compare(self, case, runs, folder):
        for i, made in enumerate(runs):
            y = np.fromfile(folder / f"{i}.out", np.float32)
            expected = made.expected.ravel().astype(np.float64)
            if y.size != expected.size or not np.allclose(y, expected, rtol=1e-4, atol=1e-5):
                self.failed.append(f"{case}: image {i} gives {y[:8]}, stored is {expected[:8]}")
                return
        self.used.append(case)

    def page(self):
        total = len(self.used) + sum(map(len, self.skipped.values()))
        lines = [
            "# ONNX's operator test data: what is used, and why not",
            "",
            f"Debian's `libonnx-testdata` holds {total} cases of single operators and small models "
            "(folders `node`, `simple`,",
            "`pytorch-converted`, `pytorch-operator`). Those that can be a network of one image "
            "run through the importer",
            "and the float executor and are compared with the stored outputs. This page is "
            "written by",
            "`tests/platform/compiler/onnx_data_test.py` and held to its result.",
            "",
            f"- used, and equal to the stored outputs: {len(self.used)}",
            f"- not used: {total - len(self.used)}",
            "",
            "| why a case is not used | cases | for example |",
            "|---|---|---|",
        ]
        for reason, cases in sorted(self.skipped.items()):
            lines.append(f"| {reason} | {len(cases)} | `{cases[0]}` |")
        refused = ", ".join(f"{name} {count}" for name, count in sorted(self.operators.items()))
        used = ", ".join(f"`{case}`" for case in self.used)
        lines += [
            "",
            "`outside` and `batch`: the case is no network of one image. `form`: its data is not. "
            "`refused`: the importer says",
            "so in a sentence. A refusal that is not in this table fails the test.",
            "",
            *textwrap.wrap(f"Operators that are not supported, with their cases: {refused}.", 100),
            "",
            *textwrap.wrap(f"Used: {used}.", 100, break_on_hyphens=False),
        ]
        return "\n".join(lines) + "\n"


def run_all():
    outcome = Outcome()
    pending = []
    with tempfile.TemporaryDirectory() as name:
        lines = []
        for case in all_cases():
            if case.skipped:
                outcome.skipped[case.skipped].append(case.name)
                continue
            folder = Path(name) / str(len(pending))
            folder.mkdir()
            for i, made in enumerate(case.runs):
                (folder / f"{i}.onnx").write_bytes(made.model.SerializeToString())
                np.ascontiguousarray(made.x, np.float32).tofile(folder / f"{i}.in")
                lines.append(" ".join(str(folder / f"{i}.{end}") for end in ("onnx", "in", "out")))
            pending.append((case, folder))
        (Path(name) / "list").write_text("\n".join(lines))
        answers = iter(run("floats", Path(name) / "list").split("\n"))
        for case, folder in pending:
            said = [next(answers) for _ in case.runs]
            refused = next(filter(None, said), None)
            if refused:
                outcome.refuse(case.name, refused)
            else:
                outcome.compare(case.name, case.runs, folder)
    return outcome


@unittest.skipUnless(DATA.is_dir(), f"no ONNX operator test data in {DATA}")
class OnnxDataTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.outcome = run_all()

    def test_every_case_gives_the_stored_outputs_or_is_refused_for_a_known_reason(self):
        self.assertEqual(self.outcome.failed, [])
        self.assertGreaterEqual(len(self.outcome.used), LEAST)

    def test_page_says_what_is_used(self):
        page = self.outcome.page()
        print(page)
        if os.environ.get("LEYDEN_WRITE_PAGES"):
            PAGE.write_text(page)
        self.assertEqual(PAGE.read_text(), page)


if __name__ == "__main__":
    unittest.main()
