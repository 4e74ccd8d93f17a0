"""Leyden from Python: run networks on chips, sweep designs, read what came of it.

The simulator is a program of its own: `run`, `compile`, `sweep` and `diff` start it and read its
results as pandas frames whose columns carry their units. The arithmetic of the macro and of the
vector unit is in `golden`, bound directly, for numpy. See docs/python.md.
"""

from . import golden
from ._compile import Compiled, compile
from ._diff import Diff, diff
from ._report import Run, read_report
from ._run import run
from ._runner import Error, FirmwareError, LimitError, ModelError, UsageError, program, version
from ._sweep import Sweep, read_sweep, sweep

__all__ = [
    "Compiled", "Diff", "Error", "FirmwareError", "LimitError", "ModelError", "Run", "Sweep",
    "UsageError", "compile", "diff", "golden", "program", "read_report", "read_sweep", "run",
    "sweep", "version",
]
