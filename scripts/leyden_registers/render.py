"""Renders the templates: one text per generated file."""

from __future__ import annotations

from pathlib import Path

import jinja2

from .model import OwnBlock, RegisterFile, Unit, pascal

_TEMPLATES = Path(__file__).parent / "templates"


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES), trim_blocks=True, lstrip_blocks=True,
        keep_trailing_newline=True, undefined=jinja2.StrictUndefined, autoescape=False)
    environment.globals.update(
        hex=lambda value: f"0x{value:02x}", hex8=lambda value: f"0x{value:08x}", pascal=pascal,
        cell=lambda text: text.replace("|", "\\|"))
    return environment


def build_files(units: list[Unit]) -> dict[str, str]:
    """Path below the build's `generated` folder -> text: headers and tables."""
    environment = _environment()
    with_registers = [u for u in units if u.file]
    files = {
        f"registers/{u.name}.h":
            environment.get_template("header.h.j2").render(unit=u, file=u.file)
        for u in with_registers
    }
    for u in with_registers:
        files[f"registers/leyden_{u.file.name}_pkg.sv"] = environment.get_template(
            "package.sv.j2").render(unit=u, file=u.file)
    tables = sorted((u.file for u in with_registers), key=lambda f: f.name)
    files["registers/memory_map.h"] = environment.get_template("memory_map.h.j2").render(units=units)
    files["registers/tables.cpp"] = environment.get_template("tables.cpp.j2").render(
        units=units, files=tables)
    files["firmware/leyden/registers.h"] = environment.get_template("firmware.h.j2").render(
        units=units)
    return files


def docs_files(units: list[Unit]) -> dict[str, str]:
    """Path below docs/registers -> text: one page a unit, the memory map, the SVD file."""
    environment = _environment()
    files = {
        f"{u.name}.md": environment.get_template("unit.md.j2").render(unit=u, file=u.file)
        for u in units if u.file
    }
    files["README.md"] = environment.get_template("README.md.j2").render(units=units)
    files["leyden.svd"] = environment.get_template("leyden.svd.j2").render(units=units)
    return files


def own_files(files: list[RegisterFile]) -> dict[str, str]:
    """Path -> text for register files of a user's own: headers for C++ and firmware, package."""
    environment = _environment()
    texts = {}
    for file in files:
        texts[f"registers/{file.name}.h"] = environment.get_template("block.h.j2").render(file=file)
        texts[f"firmware/{file.name}.h"] = environment.get_template("block_firmware.h.j2").render(
            file=file)
        texts[f"registers/leyden_{file.name}_pkg.sv"] = environment.get_template(
            "package.sv.j2").render(file=file)
    return texts


def chip_files(path: str, blocks: list[OwnBlock]) -> dict[str, str]:
    """Path -> text: where the blocks of a chip file lie, for firmware."""
    return {"firmware/blocks.h": _environment().get_template("blocks_firmware.h.j2").render(
        path=path, blocks=blocks)}
