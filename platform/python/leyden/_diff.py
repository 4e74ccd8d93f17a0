"""Compares two reports."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from pathlib import Path
import tempfile
from typing import Any, Dict, Optional, Union

import pandas

from ._report import Run
from ._runner import PathLike, start, text

_FIGURES = ["scope", "layer", "figure", "unit", "a", "b", "difference", "difference_percent",
            "judged", "above"]


@dataclasses.dataclass(frozen=True, repr=False)
class Diff:
    """What changed from one report to another (docs/diff.md).

    Attributes
    ----------
    json : dict
        What ``leyden diff --json`` tells.
    figures : pandas.DataFrame
        A row a figure that differs: ``scope``, ``layer``, ``figure``, ``unit``, ``a``, ``b``,
        ``difference``, ``difference_percent``, ``judged``, ``above``.
    config : pandas.DataFrame
        Keys of the configuration that differ: ``key``, ``unit``, ``a``, ``b``.
    run : pandas.DataFrame
        What else differs of the runs: ``key``, ``a``, ``b``.
    """

    json: Dict[str, Any]
    figures: pandas.DataFrame
    config: pandas.DataFrame
    run: pandas.DataFrame

    @property
    def above(self) -> int:
        """How many figures differ by more than the bounds."""
        return self.json["above"]

    @property
    def within(self) -> bool:
        """Whether nothing differs by more than the bounds."""
        return self.above == 0

    def __repr__(self) -> str:
        return f"<leyden.Diff {len(self.figures)} figures differ, {self.above} above the bound>"


def diff(a: Union[Run, PathLike], b: Union[Run, PathLike], *,
         fail_above_percent: Optional[float] = None,
         fail_above_accuracy_points: Optional[float] = None, all: bool = False) -> Diff:
    """Tells what changed from one report to another, as ``leyden diff`` does.

    Parameters
    ----------
    a, b : Run or path
        Results of `run`, or report folders.
    fail_above_percent : float, optional
        Bound of the costs, for `Diff.within`.
    fail_above_accuracy_points : float, optional
        Bound of the accuracy in percentage points.
    all : bool
        Figures that are equal too.

    Returns
    -------
    Diff
        The differences. A figure above a bound is no exception.

    Raises
    ------
    UsageError
        One is no report, or they share no layer.
    """
    words = ["--json"]
    if fail_above_percent is not None:
        words.append(f"--fail-above={fail_above_percent!r}")
    if fail_above_accuracy_points is not None:
        words.append(f"--fail-above-accuracy={fail_above_accuracy_points!r}")
    if all:
        words.append("--all")
    with contextlib.ExitStack() as stack:
        folders = []
        for side in (a, b):
            if isinstance(side, Run):
                scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="leyden-diff-"))
                folders.append(str(side.write(Path(scratch))))
            else:
                folders.append(text(side))
        told = json.loads(start(["diff", *folders, *words], good=(0, 3)))
    return Diff(
        told, pandas.DataFrame(told["figures"], columns=_FIGURES),
        pandas.DataFrame(told["config"], columns=["key", "unit", "a", "b"]),
        pandas.DataFrame(told["run"], columns=["key", "a", "b"]))
