"""Sweeps: started, and their results read from SQLite."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import sqlite3
from pathlib import Path
from typing import Any, Dict, List, Optional

import pandas

from ._runner import PathLike, UsageError, options as _options, start, text

SCHEMA_VERSION = 1
APPLICATION_ID = 0x4C59444E  # "LYDN"


@dataclasses.dataclass(frozen=True, repr=False)
class Sweep:
    """Results of a sweep.

    Attributes
    ----------
    about : dict
        What was swept: ``sweep_yaml``, ``depth``, ``plan``, ``seed``, ``variables``,
        ``objectives``, ``base``, ``leyden_version`` and the like.
    points : pandas.DataFrame
        A row a point: ``stage``, ``number``, ``status``, ``message``, a column a variable, a
        column a metric, its unit at the end of the name.
    path : pathlib.Path
        The file they are read from.
    """

    about: Dict[str, Any]
    points: pandas.DataFrame
    path: Path

    @property
    def objectives(self) -> List[Dict[str, Any]]:
        """``{"metric": name, "better": -1 or 1}`` of what is to be got."""
        return list(self.about.get("objectives") or [])

    @property
    def variables(self) -> List[str]:
        """Names of the variables."""
        return [variable["name"] for variable in self.about.get("variables") or []]

    @property
    def done(self) -> pandas.DataFrame:
        """The points of the plan that were evaluated."""
        points = self.points
        return points[(points["status"] == "done") & (points["stage"] == "plan")]

    @property
    def failed(self) -> pandas.DataFrame:
        """The points that failed, ``message`` tells why."""
        return self.points[self.points["status"] == "failed"]

    @property
    def front(self) -> pandas.DataFrame:
        """Points of the plan no other is as good as in every objective and better in one.

        A point whose objectives are not all known is on no front. Without objectives it is empty.
        """
        names = [objective["metric"] for objective in self.objectives]
        if not names:
            return self.done.iloc[0:0]
        known = self.done.dropna(subset=names)
        costs = known[names].to_numpy(dtype=float) * [-o["better"] for o in self.objectives]
        keep = []
        for row in costs:
            as_good = (costs <= row).all(axis=1)
            keep.append(not (as_good & (costs < row).any(axis=1)).any())
        return known[keep]

    def parameters(self, number: int, stage: str = "plan") -> pandas.DataFrame:
        """The whole effective configuration of a point.

        Parameters
        ----------
        number : int
            Of the point.
        stage : str
            ``plan`` or ``confirm``.

        Returns
        -------
        pandas.DataFrame
            Index the key, columns ``value`` and ``unit``.
        """
        with _open(self.path) as database:
            return pandas.read_sql_query(
                "SELECT key, value, unit FROM parameters WHERE stage = ? AND number = ? "
                "ORDER BY key", database, params=(stage, int(number)), index_col="key")

    def layers(self, number: int, stage: str = "plan") -> pandas.DataFrame:
        """Cycles and energy of each layer of a point.

        Parameters
        ----------
        number : int
            Of the point.
        stage : str
            ``plan`` or ``confirm``.

        Returns
        -------
        pandas.DataFrame
            Columns ``layer``, ``name``, ``kind``, ``cycles``, ``energy_nj``.
        """
        with _open(self.path) as database:
            return pandas.read_sql_query(
                "SELECT layer, name, kind, cycles, energy_nj FROM layers "
                "WHERE stage = ? AND number = ? ORDER BY layer", database,
                params=(stage, int(number)))

    def __repr__(self) -> str:
        return (f"<leyden.Sweep {self.path}: {len(self.points)} points, "
                f"{len(self.failed)} failed>")


@contextlib.contextmanager
def _open(path: Path):
    """The database, for reading; errors of SQLite are those of the file."""
    if not path.is_file():
        raise UsageError(f"There is no file {path} of sweep results.", 2)
    try:
        with contextlib.closing(
                sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            yield database
    except (sqlite3.Error, pandas.errors.DatabaseError) as error:
        raise UsageError(f"{path} cannot be read as sweep results: {error}.", 2) from None


def _value(value: Optional[str]) -> Any:
    """A value of the table `about`: JSON where it is an object or a list, else text."""
    if value and value[:1] in "[{":
        try:
            return json.loads(value)
        except ValueError:
            pass
    return value


def read_sweep(file: PathLike) -> Sweep:
    """Reads the results of a sweep, of one that still runs too.

    Parameters
    ----------
    file : path
        The SQLite file of ``leyden sweep``.

    Returns
    -------
    Sweep
        What is in it now.

    Raises
    ------
    UsageError
        It is no such file, or one of another version.
    """
    path = Path(file)
    with _open(path) as database:
        (identity,) = database.execute("PRAGMA application_id").fetchone()
        (found,) = database.execute("PRAGMA user_version").fetchone()
        if identity != APPLICATION_ID:
            raise UsageError(f"{path} holds no results of leyden sweep.", 2)
        if found != SCHEMA_VERSION:
            raise UsageError(
                f"{path} has the schema version {found}, but this package reads version "
                f"{SCHEMA_VERSION}.", 2)
        about = {key: _value(value) for key, value in
                 database.execute("SELECT key, value FROM about")}
        points = pandas.read_sql_query("SELECT * FROM points ORDER BY stage DESC, number", database)
    kinds = {variable["name"]: variable.get("kind") for variable in about.get("variables") or []}
    chosen = [json.loads(row) for row in points["variables"]]
    for place, (name, kind) in enumerate(kinds.items()):
        column = name
        while column in points.columns:  # as the view `results` names it
            column += "_variable"
        values = pandas.Series([row.get(name) for row in chosen], index=points.index, dtype=object)
        if kind == "number":
            values = pandas.to_numeric(values)
        points.insert(4 + place, column, values)
    return Sweep(about, points, path)


def sweep(file: PathLike, output: PathLike, **options: object) -> Sweep:
    """Runs a sweep, as ``leyden sweep`` does.

    Parameters
    ----------
    file : path
        The sweep file, or the name of one that comes with Leyden (docs/sweep.md).
    output : path
        The SQLite file the results go to.
    **options
        Any other option of ``leyden sweep``: ``jobs=2``, ``resume=True``, ``data="mnist"``.

    Returns
    -------
    Sweep
        The results.

    Raises
    ------
    Error
        The sweep could not be run. A point that fails is no error: see `Sweep.failed`.
    """
    start(["sweep", text(file), "--output", text(output), *_options(options), "--quiet"])
    return read_sweep(output)
