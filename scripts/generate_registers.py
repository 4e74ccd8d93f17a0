#!/usr/bin/python3
"""Generates everything that is known about registers from configs/registers/*.yaml.

The build calls it with --build; `--docs docs/registers` renews the committed pages and SVD file,
`--check` tells whether they are in step. --unit is for a block of one's own (docs/tutorials).
A faulty register file ends with one sentence, status 2.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "scripts"))

from leyden_registers import render, schema  # noqa: E402


def write_changed(folder: Path, files: dict[str, str]) -> None:
    """Writes only what differs, so that nothing is rebuilt without need."""
    for name, text in files.items():
        path = folder / name
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def remove_others(folder: Path, files: dict[str, str]) -> None:
    for path in folder.iterdir():
        if path.name not in files and path.suffix in (".md", ".svd"):
            path.unlink()


def out_of_step(folder: Path, files: dict[str, str]) -> list[str]:
    """Names below `folder` that are missing, different, or no longer generated."""
    names = [n for n, text in files.items()
             if not (folder / n).exists() or (folder / n).read_text(encoding="utf-8") != text]
    present = [p.name for p in folder.glob("*") if p.suffix in (".md", ".svd")]
    return sorted(names + [n for n in present if n not in files])


def generate_own(options: argparse.Namespace) -> int:
    """Headers of blocks that are not leyden's own. @raises RegisterFileError"""
    if not options.build or options.docs or options.check:
        raise schema.RegisterFileError("--unit and --chip go with --build FOLDER, and only with it")
    files = render.own_files([schema.load_file(path) for path in options.unit])
    if options.chip:
        files.update(render.chip_files(options.chip.name, schema.load_own_blocks(options.chip)))
    write_changed(options.build, files)
    return 0


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", type=Path, default=ROOT / "configs" / "registers",
                        help="folder of the register files")
    parser.add_argument("--build", type=Path, help="write headers and tables below this folder")
    parser.add_argument("--docs", type=Path, help="write pages and SVD file into this folder")
    parser.add_argument("--check", type=Path, help="status 1 if this folder is out of step")
    parser.add_argument("--unit", type=Path, action="append", default=[],
                        help="a register file of a block of your own, with --build only")
    parser.add_argument("--chip", type=Path,
                        help="a chip file with such blocks: where firmware finds them")
    options = parser.parse_args(arguments)
    try:
        if options.unit or options.chip:
            return generate_own(options)
        units = schema.load_all(options.source)
    except schema.RegisterFileError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if options.build:
        write_changed(options.build, render.build_files(units))
    if options.docs:
        options.docs.mkdir(parents=True, exist_ok=True)
        files = render.docs_files(units)
        write_changed(options.docs, files)
        remove_others(options.docs, files)
    if options.check:
        stale = out_of_step(options.check, render.docs_files(units))
        if stale:
            print(f"error: {', '.join(stale)} in {options.check} out of step with the register "
                  "files; run scripts/generate_registers.py --docs docs/registers",
                  file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
