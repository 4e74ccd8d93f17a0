"""Compiles a network for a chip."""

from __future__ import annotations

import dataclasses
import json
import tempfile
from pathlib import Path
from typing import Any, Dict, Mapping, Optional

import pandas

from ._runner import PathLike, Value, options as _options, pairs, start, text


@dataclasses.dataclass(frozen=True, repr=False)
class Compiled:
    """A network image and what the compiler knows of it.

    Attributes
    ----------
    json : dict
        What ``leyden compile --json`` tells.
    layers : pandas.DataFrame
        A row a layer, index its name: work, tiles, share of the arrays.
    image : bytes
        The network image.
    path : pathlib.Path or None
        The file it was written to, where one was asked for.
    """

    json: Dict[str, Any]
    layers: pandas.DataFrame
    image: bytes
    path: Optional[Path]

    def __repr__(self) -> str:
        return f"<leyden.Compiled {len(self.layers)} layers, {len(self.image)} bytes>"


def compile(chip: PathLike, network: PathLike, data: PathLike,  # pylint: disable=redefined-builtin
            *, output: Optional[PathLike] = None, set: Optional[Mapping[str, Value]] = None,
            quantise: Optional[Mapping[str, Value]] = None, **options: object) -> Compiled:
    """Compiles a network to an image for a chip, as ``leyden compile`` does.

    Parameters
    ----------
    chip, network, data : path
        As for `run`; training images of the data calibrate the quantisation.
    output : path, optional
        File that keeps the image.
    set, quantise : mapping, optional
        As for `run`.
    **options
        Any other option of ``leyden compile``: ``objective="energy"``, ``errors=True``.

    Returns
    -------
    Compiled
        The image, and what the compiler tells of each layer.

    Raises
    ------
    Error
        It does not compile; the text tells why.
    """
    with tempfile.TemporaryDirectory(prefix="leyden-compile-") as scratch:
        path = Path(output) if output is not None else Path(scratch) / "network.img"
        told = json.loads(start(
            ["compile", "--chip", text(chip), "--network", text(network), "--calibrate",
             text(data), "-o", str(path), *pairs("set", set), *pairs("quantise", quantise),
             *_options(options), "--json"]))
        layers = pandas.DataFrame(told.get("layers", []))
        if "name" in layers:
            layers = layers.set_index("name").rename_axis("layer")
        return Compiled(told, layers, path.read_bytes(), path if output is not None else None)
