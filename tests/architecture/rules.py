"""The rules of docs/internals.md as functions over a source tree; each returns its violations."""

from __future__ import annotations

import re
from pathlib import Path

SOURCES = (".h", ".cpp", ".c", ".S")
LINES_AT_MOST = 600

# What a folder may include besides itself. A path that ends in .h is that file alone.
_MODEL = ("models/base/", "registers/")
ALLOWED = {
    "models/base/": (),
    "models/bus/": _MODEL,
    "models/memory/": _MODEL,
    "models/cpu/": _MODEL,
    "models/dma/": _MODEL,
    "models/cim/": _MODEL + ("models/memory/lmem_port.h", "models/memory/beat_port.h"),
    "models/vector/": _MODEL + ("models/memory/lmem_port.h", "models/memory/beat_port.h"),
    "models/peripherals/": _MODEL,
    "platform/blocks/": ("models/", "leyden/"),
    "platform/chip/": ("models/", "registers/", "platform/blocks/", "firmware/include/leyden/image.h"),
    "platform/cosim/": ("models/", "registers/", "platform/chip/block_factory.h"),
    "platform/coverage/": ("models/base/", "platform/report/text_table.h"),
    "platform/debug/": ("models/base/", "models/cpu/", "platform/chip/"),
    "platform/compiler/": ("models/base/", "models/cim/", "models/vector/", "registers/",
                           "models/memory/bank_load.h",
                           "firmware/include/leyden/core_step.h",
                           "firmware/include/leyden/image.h", "platform/chip/chip_file.h",
                           "generated/onnx/"),
    "platform/report/": ("models/base/", "platform/chip/", "registers/"),
    "platform/trace/": ("models/", "platform/chip/", "platform/coverage/", "registers/"),
    "platform/run/": ("models/", "platform/chip/", "platform/compiler/", "platform/cosim/",
                      "platform/debug/",
                      "platform/report/", "platform/trace/", "registers/",
                      "firmware/include/leyden/image.h"),
    "platform/sweep/": ("models/", "platform/chip/", "platform/compiler/", "platform/report/",
                        "platform/run/", "firmware/include/leyden/image.h"),
    "platform/vectors/": ("models/", "registers/", "platform/chip/", "platform/compiler/",
                          "platform/cosim/", "platform/run/"),
    "platform/validate/": ("models/base/", "models/cim/"),
    "platform/python/": ("models/base/", "models/cim/", "models/vector/"),
    "platform/golden/": ("models/base/", "models/cim/", "models/vector/", "registers/",
                         "platform/chip/chip_file.h", "platform/chip/chip_parameters.h"),
    "platform/cli/": ("models/", "platform/", "registers/"),
    "firmware/": (),
}
# Libraries that must do without SystemC (the table of docs/internals.md).
PLAIN = (
    "leyden_base",
    "leyden_chip_area",
    "leyden_cim_arithmetic",
    "leyden_cim_components",
    "leyden_compiler",
    "leyden_cosim_difference",
    "leyden_fault_list",
    "leyden_functional_coverage",
    "leyden_golden_model",
    "leyden_memory_arithmetic",
    "leyden_plugins",
    "leyden_program",
    "leyden_registers",
    "leyden_report",
    "leyden_report_diff",
    "leyden_sweep_plan",
    "leyden_sweep_points",
    "leyden_sweep_results",
    "leyden_sweep_slurm",
    "leyden_sweep_store",
    "leyden_sweep_wire",
    "leyden_sweep_workers",
    "leyden_text_table",
    "leyden_trace_options",
    "leyden_validate",
    "leyden_vector_arithmetic",
    "leyden_vector_files",
)
# Models know nothing of files, ONNX, YAML or the command line.
FOREIGN_TO_MODELS = re.compile(
    r"<(fstream|filesystem|CLI/.*|yaml-cpp/.*|onnx/.*|nlohmann/.*|google/protobuf/.*|sqlite3\.h)>")
SYSTEMC = re.compile(r"<(systemc|systemc\.h|tlm|tlm\.h|tlm_utils/.*|sysc/.*|tlm_core/.*)>")
_INCLUDE = re.compile(r'^\s*#\s*include\s+(<[^>]+>|"[^"]+")', re.MULTILINE)


def sources(root: Path, *folders: str) -> list[str]:
    """Source files below the folders, relative to the root."""
    found = []
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in SOURCES and path.is_file():
                found.append(path.relative_to(root).as_posix())
    return found


def includes(root: Path, file: str) -> list[str]:
    """What a file includes, as written: <x> or "x"."""
    return _INCLUDE.findall((root / file).read_text(encoding="utf-8"))


def _folder_of(file: str) -> str | None:
    return next((folder for folder in ALLOWED if file.startswith(folder)), None)


def wrong_directions(root: Path) -> list[str]:
    """Includes against the direction of the dependencies."""
    wrong = []
    for file in sources(root, "models", "platform", "firmware"):
        folder = _folder_of(file)
        if folder is None:
            wrong.append(f"{file} lies in a folder without a rule")
            continue
        for include in includes(root, file):
            target = include[1:-1]
            if include[0] == "<" or target.startswith(folder):
                continue
            # Firmware has include paths of its own; a bare name lies beside the file.
            if folder == "firmware/" and not target.startswith(("models/", "platform/")):
                continue
            if not any(target == a if a.endswith(".h") else target.startswith(a)
                       for a in ALLOWED[folder]):
                wrong.append(f"{file} includes {target}")
    return wrong


def foreign_to_models(root: Path) -> list[str]:
    return [f"{file} includes {include}" for file in sources(root, "models")
            for include in includes(root, file) if FOREIGN_TO_MODELS.fullmatch(include)]


def libraries(root: Path) -> dict[str, dict]:
    """Libraries as the CMakeLists.txt declare them: sources, links, systemc."""
    found: dict[str, dict] = {}
    for path in sorted([*root.glob("models/**/CMakeLists.txt"),
                        *root.glob("platform/**/CMakeLists.txt"),
                        *root.glob("configs/registers/CMakeLists.txt")]):
        text = re.sub(r"#.*", "", path.read_text(encoding="utf-8"))
        folder = path.parent.relative_to(root).as_posix()
        for match in re.finditer(r"leyden_library\(\s*(\w+)([^)]*)\)", text):
            words = match[2].split()
            links = words[words.index("LINKS") + 1:] if "LINKS" in words else []
            names = [w for w in words if w.endswith(".cpp") and not w.startswith("$")]
            found[match[1]] = {"links": list(links), "systemc": False,
                               "sources": [f"{folder}/{name}" for name in names]}
        for match in re.finditer(r"target_link_libraries\(\s*(\w+)([^)]*)\)", text):
            if match[1] in found:
                found[match[1]]["links"] += match[2].split()
        for match in re.finditer(r"leyden_systemc\(\s*(\w+)\s*\)", text):
            if match[1] in found:
                found[match[1]]["systemc"] = True
    return found


def _reaches_systemc(library: str, all_libraries: dict[str, dict]) -> list[str]:
    """Path of links from a library to one with SystemC, [] when there is none."""
    if library not in all_libraries:
        return []
    if all_libraries[library]["systemc"]:
        return [library]
    for link in all_libraries[library]["links"]:
        path = _reaches_systemc(link, all_libraries)
        if path:
            return [library, *path]
    return []


def _systemc_include(root: Path, file: str, seen: set[str]) -> list[str]:
    """Path of includes from a file to a SystemC header, [] when there is none."""
    if file in seen or not (root / file).is_file():
        return []
    seen.add(file)
    for include in includes(root, file):
        if SYSTEMC.fullmatch(include):
            return [file, include]
        path = _systemc_include(root, include[1:-1], seen) if include[0] == '"' else []
        if path:
            return [file, *path]
    return []


def systemc_in_plain(root: Path) -> list[str]:
    """Plain libraries that reach SystemC, by link or by include."""
    found = []
    declared = libraries(root)
    for name in PLAIN:
        if name not in declared:
            found.append(f"{name} is not declared by any CMakeLists.txt")
            continue
        path = _reaches_systemc(name, declared)
        if path:
            found.append(f"{name} links SystemC: {' -> '.join(path)}")
    for name, library in declared.items():
        if _reaches_systemc(name, declared):
            continue
        for source in library["sources"]:
            path = _systemc_include(root, source, set())
            if path:
                found.append(f"{name} includes SystemC: {' -> '.join(path)}")
    return found


def too_long(root: Path) -> list[str]:
    """Files that do more than one thing, by their length."""
    found = []
    for folder in ("models", "platform", "firmware", "tests", "scripts", "cmake"):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in SOURCES + (".py", ".cmake") or not path.is_file():
                continue
            lines = path.read_text(encoding="utf-8").count("\n")
            if lines > LINES_AT_MOST:
                found.append(f"{path.relative_to(root)} has {lines} lines")
    return found
