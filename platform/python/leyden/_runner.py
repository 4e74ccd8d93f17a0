"""Starts the program `leyden`, and its failures as exceptions."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Iterable, List, Mapping, Optional, Union

PathLike = Union[str, os.PathLike]
Value = Union[str, int, float, bool]


class Error(RuntimeError):
    """The program failed; the text is its one sentence.

    Parameters
    ----------
    sentence : str
        What is wrong and what would be right.
    status : int
        Exit status of the program (docs/cli.md), or the negative number of the signal that ended
        it.

    Attributes
    ----------
    status : int
        The same.
    """

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.status = status

    def __reduce__(self):
        return (type(self), (str(self), self.status))


class FirmwareError(Error):
    """The firmware failed (status 1)."""


class UsageError(Error):
    """Wrong usage, configuration or input file (status 2)."""


class LimitError(Error):
    """A limit was reached: cycles or host time (status 3)."""


class ModelError(Error):
    """A model found itself inconsistent, or a worker died (status 4)."""


_BY_STATUS = {1: FirmwareError, 2: UsageError, 3: LimitError, 4: ModelError}


def program() -> Path:
    """The program that is started.

    Returns
    -------
    pathlib.Path
        The file that the environment variable ``LEYDEN_PROGRAM`` names; else the program of the
        build tree or of the prefix this package lies in; else ``leyden`` of the search path.

    Raises
    ------
    UsageError
        There is none.
    """
    named = os.environ.get("LEYDEN_PROGRAM")
    if named:
        if not os.access(named, os.X_OK):
            raise UsageError(f"LEYDEN_PROGRAM is {named}, which is no program.", 2)
        return Path(named)
    here = Path(__file__).resolve().parent
    for folder in here.parents:  # build/release/python/leyden; lib/python3/dist-packages/leyden
        candidate = folder / "bin" / "leyden"
        if candidate.is_file() and os.access(candidate, os.X_OK):
            return candidate
    found = shutil.which("leyden")
    if found:
        return Path(found)
    raise UsageError(
        "There is no program leyden beside this package or in the search path; "
        "set LEYDEN_PROGRAM to it.", 2)


def version() -> str:
    """Version of the program, as ``leyden --version`` tells it.

    Returns
    -------
    str
        For example ``0.1.0``.
    """
    return start(["--version"]).split()[-1]


def _sentence(stderr: str) -> str:
    """The sentence of a failure: the last line the program says it with."""
    lines = [line for line in stderr.splitlines() if line.startswith("leyden: ")]
    if lines:
        return lines[-1][len("leyden: "):]
    rest = stderr.strip().splitlines()
    return rest[-1] if rest else "The program said nothing."


def start(arguments: Iterable[str], good: Iterable[int] = (0,)) -> str:
    """Runs the program to its end.

    Parameters
    ----------
    arguments : iterable of str
        Its command line.
    good : iterable of int
        Exit statuses that are no failure.

    Returns
    -------
    str
        What it wrote to standard output.

    Raises
    ------
    Error
        It failed; the class follows its exit status.
    """
    path = program()
    done = subprocess.run(
        [str(path), *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, errors="replace", check=False)
    status = done.returncode
    if status in tuple(good):
        return done.stdout
    if status < 0:
        try:
            name = signal.Signals(-status).name
        except ValueError:
            name = f"signal {-status}"
        raise Error(f"The program was ended by {name}: {_sentence(done.stderr)}", status)
    raise _BY_STATUS.get(status, Error)(_sentence(done.stderr), status)


def pairs(option: str, values: Optional[Mapping[str, Value]]) -> List[str]:
    """``{key: value}`` as ``--option key=value`` words."""
    words: List[str] = []
    for key, value in (values or {}).items():
        words += [f"--{option}", f"{key}={text(value)}"]
    return words


def text(value: object) -> str:
    """A value as the command line takes it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return os.fspath(value) if isinstance(value, os.PathLike) else str(value)


def options(values: Mapping[str, object]) -> List[str]:
    """Keyword arguments as options: ``first_image=5`` is ``--first-image 5``.

    True is an option without a value; False and None leave it out; a list repeats it.
    """
    words: List[str] = []
    for name, value in values.items():
        option = "--" + name.rstrip("_").replace("_", "-")
        if value is True:
            words.append(option)
        elif isinstance(value, (list, tuple)):
            for one in value:
                words += [option, text(one)]
        elif value is not None and value is not False:
            words += [option, text(value)]
    return words
