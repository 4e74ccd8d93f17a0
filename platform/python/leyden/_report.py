"""Reports of `leyden run` as frames."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any, Dict, List, Optional

import pandas
import yaml

from ._runner import PathLike, UsageError

SCHEMA_VERSION = 1


@dataclasses.dataclass(frozen=True, repr=False)
class Run:
    """What a run measured.

    Attributes
    ----------
    json : dict
        The whole report (docs/report.md).
    layers : pandas.DataFrame
        A row a layer in their order, index its name; the columns of report.csv with ``kind``,
        ``input_bits`` and ``weight_bits``. Means over images, the unit at the end of each name.
    total : pandas.Series
        The sum of the rows, the same columns but ``kind`` and the bits.
    config : pandas.DataFrame
        The effective chip: index the key, columns ``value``, ``unit``, ``source``, ``note``.
    classes : pandas.Series or None
        The class of every image, index its number; None for a network that is no classifier.
    folder : pathlib.Path or None
        Where the report lies; None when it was made in passing.
    """

    json: Dict[str, Any]
    layers: pandas.DataFrame
    total: pandas.Series
    config: pandas.DataFrame
    classes: Optional[pandas.Series]
    folder: Optional[Path]
    config_text: str = ""

    @property
    def accuracy_percent(self) -> Optional[float]:
        """Images classified as they are labelled, in percent; None where that is not told."""
        return self.json.get("accuracy", {}).get("accuracy_percent")

    @property
    def energy_uj(self) -> float:
        """Energy of an image in microjoules, all components."""
        return self.json["chip"]["energy_per_image_uj"]

    @property
    def latency_us(self) -> float:
        """From the post of an image to its result, in microseconds."""
        return self.json["chip"]["image_latency_ns"] / 1000

    @property
    def cycles(self) -> float:
        """Cycles of an image, the sum of all rows."""
        return self.json["total"]["cycles"]["total"]

    @property
    def warnings(self) -> List[str]:
        """What the models warned of."""
        return list(self.json.get("warnings", []))

    def __repr__(self) -> str:
        told = self.json["run"]
        accuracy = self.accuracy_percent
        words = f"{told['network']} on {told['chip']}, {told['fidelity']}, {told['images']} images"
        if accuracy is not None:
            words += f": {accuracy:.2f} %"
        return f"<leyden.Run {words}, {self.latency_us:.3f} us, {self.energy_uj:.4f} uJ>"

    def write(self, folder: PathLike) -> Path:
        """Writes report.json and config.yaml, for `diff` or for the program.

        Parameters
        ----------
        folder : path
            Made where it is not there.

        Returns
        -------
        pathlib.Path
            The folder.
        """
        path = Path(folder)
        path.mkdir(parents=True, exist_ok=True)
        (path / "report.json").write_text(
            json.dumps(self.json, indent=2) + "\n", encoding="utf-8")
        if self.config_text:
            (path / "config.yaml").write_text(self.config_text, encoding="utf-8")
        return path


def _costs(row: Dict[str, Any]) -> Dict[str, Any]:
    """A row's figures under the names of report.csv."""
    flat = {key: row[key] for key in
            ("macs", "mvms", "tiles", "array_utilisation", "array_share") if key in row}
    flat.update({f"cycles_{cause}": value for cause, value in row["cycles"].items()})
    flat["latency_ns"] = row["latency_ns"]
    flat.update({f"energy_{part}_pj": value for part, value in row["energy_pj"].items()})
    for precision in ("native", "normalised_1b"):
        if "throughput_tops" in row:
            flat[f"throughput_{precision}_tops"] = row["throughput_tops"][precision]
            flat[f"efficiency_{precision}_tops_per_w"] = row["efficiency_tops_per_w"][precision]
    return flat


def layers_of(report: Dict[str, Any]) -> pandas.DataFrame:
    """The frame of the layers."""
    rows = [{"kind": layer["kind"], "input_bits": layer["input_bits"],
             "weight_bits": layer["weight_bits"], **_costs(layer)} for layer in report["layers"]]
    names = pandas.Index([layer["name"] for layer in report["layers"]], name="layer")
    return pandas.DataFrame(rows, index=names)


def _number(value: Any) -> Any:
    """1e-5 is a number in a chip file, but a word in YAML 1.1."""
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value
    return value


def config_of(text: str) -> pandas.DataFrame:
    """The effective chip as a frame; empty for no text."""
    rows: Dict[str, Dict[str, Any]] = {}

    def walk(node: Any, key: str) -> None:
        if isinstance(node, dict) and "value" not in node:
            for name, child in node.items():
                walk(child, f"{key}.{name}" if key else str(name))
        else:
            leaf = node if isinstance(node, dict) else {"value": node}
            rows[key] = {"value": _number(leaf["value"]),
                         **{name: leaf.get(name, "") for name in ("unit", "source", "note")}}

    # yes and no are words of a chip file, not truth values.
    walk(yaml.load(text, Loader=_Words) or {}, "")
    frame = pandas.DataFrame.from_dict(
        rows, orient="index", columns=["value", "unit", "source", "note"])
    frame.index.name = "key"
    return frame


class _Words(yaml.SafeLoader):
    """YAML whose words stay words."""


_Words.yaml_implicit_resolvers = {
    first: [entry for entry in entries if entry[0] != "tag:yaml.org,2002:bool"]
    for first, entries in yaml.SafeLoader.yaml_implicit_resolvers.items()}


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UsageError(
            f"There is no report {path}; a folder that leyden run --report wrote would be right.",
            2) from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The report {path} cannot be read: {error}.", 2) from None


def read_report(folder: PathLike) -> Run:
    """Reads a report.

    Parameters
    ----------
    folder : path
        A folder that ``leyden run --report`` wrote, or its report.json.

    Returns
    -------
    Run
        The report.

    Raises
    ------
    UsageError
        It is none, or one of another version.
    """
    path = Path(folder)
    file = path / "report.json" if path.is_dir() else path
    try:
        report = json.loads(_read(file))
    except ValueError:
        raise UsageError(f"{file} is no JSON; is it cut off?", 2) from None
    found = report.get("schema_version") if isinstance(report, dict) else None
    if found != SCHEMA_VERSION:
        raise UsageError(
            f"{file} has the schema version {found}, but this package reads version "
            f"{SCHEMA_VERSION}; a report of leyden run would be right.", 2)
    try:
        layers = layers_of(report)
        total = pandas.Series(_costs(report["total"]), name="total")
    except (KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{file} is no report of leyden run: {error!r} is missing.", 2) from None
    config = file.parent / "config.yaml"
    text = _read(config) if config.exists() else ""
    classes = file.parent / "classes.csv"
    return Run(
        json=report, layers=layers, total=total, config=config_of(text),
        classes=pandas.read_csv(classes, index_col="image")["class"] if classes.exists() else None,
        folder=file.parent, config_text=text)
