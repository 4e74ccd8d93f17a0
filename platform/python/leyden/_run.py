"""Runs a network on a chip in a process of its own."""

from __future__ import annotations

import dataclasses
import tempfile
from typing import Mapping, Optional

from ._report import Run, read_report
from ._runner import PathLike, Value, options as _options, pairs, start, text


def run(chip: PathLike, network: PathLike, data: PathLike, *, images: int = 100,
        set: Optional[Mapping[str, Value]] = None,  # pylint: disable=redefined-builtin
        quantise: Optional[Mapping[str, Value]] = None, fidelity: str = "analog", die: int = 1,
        jobs: int = 1, report: Optional[PathLike] = None, **options: object) -> Run:
    """Runs a network on a chip over test images, as ``leyden run`` does.

    Parameters
    ----------
    chip : path
        A preset's name or a chip file.
    network : path
        A preset's name, a network's folder or an ONNX file.
    data : path
        Folder of IDX or CIFAR-10 files.
    images : int
        Number of test images.
    set : mapping, optional
        Parameters of the chip: ``{"cim.converter.bits": 6}``.
    quantise : mapping, optional
        Keys of the network's quantisation.
    fidelity : str
        ``ideal``, ``quantised`` or ``analog``.
    die : int
        Seed of what is frozen in the die.
    jobs : int
        Worker processes; results do not depend on it.
    report : path, optional
        Folder that keeps the report; without it the report is read and removed.
    **options
        Any other option of ``leyden run``: ``first_image=5``, ``calibrate=True``, ``trace="t.json"``.

    Returns
    -------
    Run
        What was measured.

    Raises
    ------
    Error
        The run failed: `UsageError`, `FirmwareError`, `LimitError` or `ModelError` with the
        program's sentence.
    """
    with tempfile.TemporaryDirectory(prefix="leyden-run-") as scratch:
        folder = text(report) if report is not None else scratch
        start(["run", "--chip", text(chip), "--network", text(network), "--data", text(data),
               "--images", text(images), "--fidelity", fidelity, "--die", text(die), "--jobs",
               text(jobs), *pairs("set", set), *pairs("quantise", quantise), *_options(options),
               "--quiet", "--report", folder])
        result = read_report(folder)
        return result if report is not None else dataclasses.replace(result, folder=None)
