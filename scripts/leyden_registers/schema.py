"""Reads and checks register files. Every fault is one sentence: file, register, what would be right."""

from __future__ import annotations

import difflib
import re
from pathlib import Path

import yaml

from .model import Field, OwnBlock, Register, RegisterFile, Unit, Window, pascal

ACCESSES = ("rw", "ro", "wo", "w1c")
# Names that the generated headers use for themselves, and the C++ keywords a namespace could meet.
RESERVED_REGISTERS = {
    "BASE", "SIZE", "INSTANCES", "IRQ", "IRQS", "BLOCKS", "BLOCK_STRIDE", "BLOCK_BASE",
    "JOB_FIRST", "JOB_WORDS", "TABLE",
    "AND", "ASM", "AUTO", "BOOL", "BREAK", "CASE", "CATCH", "CHAR", "CLASS", "CONST", "CONTINUE",
    "DEFAULT", "DELETE", "DO", "DOUBLE", "ELSE", "ENUM", "EXPLICIT", "EXPORT", "EXTERN", "FALSE",
    "FLOAT", "FOR", "FRIEND", "GOTO", "IF", "INLINE", "INT", "LONG", "MUTABLE", "NAMESPACE", "NEW",
    "NOT", "OPERATOR", "OR", "PRIVATE", "PROTECTED", "PUBLIC", "REGISTER", "RETURN", "SHORT",
    "SIGNED", "SIZEOF", "STATIC", "STRUCT", "SWITCH", "TEMPLATE", "THIS", "THROW", "TRUE", "TRY",
    "TYPEDEF", "TYPEID", "TYPENAME", "UNION", "UNSIGNED", "USING", "VIRTUAL", "VOID", "VOLATILE",
    "WHILE", "XOR",
}
# Prefixes of firmware/include/leyden/image.h and of the generated C header.
RESERVED_UNITS = {"image", "layer", "unit", "wait", "space", "step", "irq", "memory_map", "tables"}


class RegisterFileError(Exception):
    """A register file that cannot be used; the text is one sentence."""


class _Loader(yaml.SafeLoader):
    """YAML that refuses the same key twice (plain YAML silently keeps the last)."""

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                line = key_node.start_mark.line + 1
                raise RegisterFileError(f"line {line}: the key '{key}' stands twice; keep one")
            seen.add(key)
        return super().construct_mapping(node, deep)


class _Checker:
    """Checks of one file; `at` names the register under way."""

    def __init__(self, path: Path):
        self.file = path.name
        self.at = ""

    def fail(self, text: str):
        place = f"{self.file}: {self.at}: " if self.at else f"{self.file}: "
        raise RegisterFileError(place + text)

    def mapping(self, value, what: str, required: set[str], optional: set[str]):
        if not isinstance(value, dict):
            self.fail(f"{what} must be a mapping of keys to values")
        for key in value:
            if key not in required | optional:
                near = difflib.get_close_matches(str(key), sorted(required | optional), 1)
                hint = f"did you mean '{near[0]}'?" if near else (
                    "known are " + ", ".join(sorted(required | optional)))
                self.fail(f"{what} has the unknown key '{key}'; {hint}")
        for key in sorted(required - set(value)):
            self.fail(f"{what} lacks the key '{key}'")

    def listing(self, value, what: str):
        if not isinstance(value, list) or not value:
            self.fail(f"{what} must be a list with at least one entry")
        return value

    def integer(self, entry: dict, key: str, default: int, low: int, high: int) -> int:
        value = entry.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.fail(f"{key} is {value!r}; it must be a whole number from {low:#x} to {high:#x}")
        return value

    def text(self, entry: dict, key: str) -> str:
        value = entry.get(key, "")
        if not isinstance(value, str) or (key in entry and not value):
            self.fail(f"{key} must be a text")
        return value

    def name(self, entry: dict, what: str, pattern: str, reserved: set[str]) -> str:
        value = entry.get("name")
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            self.fail(f"{what} has the name {value!r}; it must match {pattern}")
        if value in reserved:
            self.fail(f"the name '{value}' is reserved for the generated headers; choose another")
        return value

    def access(self, value) -> str:
        if value not in ACCESSES:
            self.fail(f"access is {value!r}; it must be one of {', '.join(ACCESSES)}")
        return value


_NAME = "[A-Z][A-Z0-9]*(_[A-Z0-9]+)*"
_UNIT_NAME = "[a-z][a-z0-9]*(_[a-z0-9]+)*"


def _load_yaml(path: Path):
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except RegisterFileError as error:
        raise RegisterFileError(f"{path.name}: {error}") from None
    except OSError as error:
        raise RegisterFileError(f"{path.name}: cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise RegisterFileError(f"{path.name}: is not valid YAML: {reason}") from None


def _field(check: _Checker, entry, register_bits: int) -> Field:
    check.mapping(entry, "a field", {"name", "bits", "access", "description"}, {"side_effect"})
    name = check.name(entry, "a field", _NAME, set())
    bits = entry["bits"]
    match = re.fullmatch(r"(\d+)(?::(\d+))?", bits) if isinstance(bits, str) else None
    if not match:
        check.fail(f"field {name}: bits is {bits!r}; it must be a quoted 'high:low' or 'bit'")
    high = int(match[1])
    low = int(match[2]) if match[2] else high
    if low > high or high >= register_bits:
        check.fail(f"field {name}: bits {bits} do not lie as high:low in {register_bits} bits")
    access = check.access(entry["access"])
    return Field(name, low, high - low + 1, access, check.text(entry, "description"),
                 check.text(entry, "side_effect"))


def _register(check: _Checker, entry) -> Register:
    check.at = ""
    if isinstance(entry, dict) and isinstance(entry.get("name"), str):
        check.at = entry["name"]
    check.mapping(entry, "a register", {"name", "offset", "description"},
                  {"access", "reset", "bytes", "count", "stride", "fields", "side_effect"})
    name = check.name(entry, "a register", _NAME, RESERVED_REGISTERS)
    size = check.integer(entry, "bytes", 4, 1, 4)
    if size not in (1, 4):
        check.fail(f"bytes is {size}; a register has 1 or 4")
    offset = check.integer(entry, "offset", 0, 0, 0xFFFFFFFF)
    if offset % size:
        check.fail(f"offset {offset:#x} is not a multiple of its {size} bytes")
    count = check.integer(entry, "count", 1, 1, 65536)
    if ("count" in entry) != ("stride" in entry):
        check.fail("count and stride go together; give both or neither")
    stride = check.integer(entry, "stride", 0, 0, 65536)
    if "stride" in entry and (stride < size or stride % size):
        check.fail(f"stride {stride} is not a multiple of its {size} bytes")

    whole = "fields" not in entry
    if whole:
        if "access" not in entry:
            check.fail("has neither access nor fields; give one")
        fields = [Field("VALUE", 0, 8 * size, check.access(entry["access"]),
                        check.text(entry, "description"))]
    else:
        if "access" in entry:
            check.fail("has fields and an access of its own; access belongs to the fields")
        fields = [_field(check, f, 8 * size) for f in check.listing(entry["fields"], "fields")]
    fields.sort(key=lambda f: f.low)
    for first, second in zip(fields, fields[1:]):
        if first.mask & second.mask:
            check.fail(f"the fields {first.name} ({first.bits}) and {second.name} "
                       f"({second.bits}) overlap")
    reset = check.integer(entry, "reset", 0, 0, (1 << 8 * size) - 1)
    register = Register(name, offset, size, reset, check.text(entry, "description"), fields,
                        whole, count, stride, check.text(entry, "side_effect"))
    if reset & ~register.readable:
        check.fail(f"the reset value {reset:#x} sets bits {reset & ~register.readable:#x} that "
                   "cannot be read")
    return register


def _check_identifiers(check: _Checker, file: RegisterFile):
    """Different entries must not lead to one identifier of a generated header."""
    seen: dict[str, str] = {}

    def add(identifier: str, owner: str):
        if identifier in seen:
            check.at = owner
            check.fail(f"its generated name '{identifier}' is also that of {seen[identifier]}")
        seen[identifier] = owner

    for register in file.registers:
        add(register.name, register.name)
        if register.count > 1:
            add(register.name + "_COUNT", register.name)
            add(register.name + "_STRIDE", register.name)
        if register.reset:
            add(register.name + "_RESET", register.name)
        for field in [] if register.whole else register.fields:
            add(f"{register.name}_{field.name}", f"{register.name}.{field.name}")
            add(f"{register.name}_{field.name}_SHIFT", f"{register.name}.{field.name}")
    for window in file.windows:
        add(window.name + "_WINDOW", f"window {window.name}")
    cpp: dict[str, str] = {}
    for register in file.registers:
        other = cpp.setdefault(pascal(register.name), register.name)
        if other != register.name:
            check.at = register.name
            check.fail(f"its C++ name 'k{pascal(register.name)}' is also that of {other}")


def _check_layout(check: _Checker, file: RegisterFile):
    taken: list[tuple[int, int, Register]] = []
    for register in file.registers:
        for index in range(register.count):
            start = register.offset + index * register.stride
            taken.append((start, start + register.bytes, register))
    taken.sort(key=lambda t: t[0])
    for (_, end, first), (start, _, second) in zip(taken, taken[1:]):
        if start < end:
            check.at = second.name
            check.fail(f"overlaps {first.name} at offset {start:#x}")
    if file.block_stride:
        for register in file.registers:
            if register.end > file.block_stride:
                check.at = register.name
                check.fail(f"ends at {register.end:#x}, outside its block of "
                           f"{file.block_stride:#x} bytes")


def _job(check: _Checker, entry, file: RegisterFile) -> tuple[str, str]:
    check.at = "job"
    check.mapping(entry, "job", {"first", "last"}, set())
    offsets = {r.offset: r for r in file.registers if r.count == 1 and r.bytes == 4}
    by_name = {r.name: r for r in offsets.values()}
    for key in ("first", "last"):
        if entry[key] not in by_name:
            check.fail(f"{key} names {entry[key]!r}, which is not a single word register")
    first, last = by_name[entry["first"]].offset, by_name[entry["last"]].offset
    if last < first:
        check.fail("last stands before first")
    for offset in range(first, last + 4, 4):
        if offset not in offsets:
            check.fail(f"no register at offset {offset:#x}; the job words must be consecutive")
    return entry["first"], entry["last"]


def load_file(path: Path) -> RegisterFile:
    """@raises RegisterFileError with one sentence"""
    check = _Checker(path)
    data = _load_yaml(path)
    check.mapping(data, "the file", {"name", "description", "registers"},
                  {"blocks", "job", "windows"})
    name = check.name(data, "the file", _UNIT_NAME, RESERVED_UNITS)
    if name != path.stem:
        check.fail(f"the name is '{name}'; it must be the file's, '{path.stem}'")
    file = RegisterFile(name, check.text(data, "description"), path.name, [])
    for entry in check.listing(data["registers"], "registers"):
        register = _register(check, entry)
        if any(r.name == register.name for r in file.registers):
            check.fail("is described twice; keep one")
        file.registers.append(register)
    file.registers.sort(key=lambda r: r.offset)
    check.at = ""
    if "blocks" in data:
        check.at = "blocks"
        check.mapping(data["blocks"], "blocks", {"count", "stride"}, set())
        file.blocks = check.integer(data["blocks"], "count", 1, 2, 256)
        file.block_stride = check.integer(data["blocks"], "stride", 0, 4, 0x10000)
    for entry in check.listing(data["windows"], "windows") if "windows" in data else []:
        check.at = "windows"
        check.mapping(entry, "a window", {"name", "offset"}, set())
        window = check.name(entry, "a window", _NAME, set())
        file.windows.append(Window(window, check.integer(entry, "offset", 0, 0, 0xFFFFFFFF)))
    _check_layout(check, file)
    if "job" in data:
        file.job = _job(check, data["job"], file)
    _check_identifiers(check, file)
    return file


def _unit(check: _Checker, entry, files: dict[str, RegisterFile]) -> Unit:
    check.at = ""
    if isinstance(entry, dict) and isinstance(entry.get("name"), str):
        check.at = entry["name"]
    check.mapping(entry, "a unit", {"name", "base", "size"},
                  {"instances", "irq", "irqs", "registers", "size_from"})
    name = check.name(entry, "a unit", _UNIT_NAME, RESERVED_UNITS)
    unit = Unit(name, check.integer(entry, "base", 0, 0, 0xFFFFFFFF),
                check.integer(entry, "size", 0, 4, 0xFFFFFFFF),
                check.integer(entry, "instances", 1, 1, 256),
                check.integer(entry, "irq", 0, 1 if "irq" in entry else 0, 31),
                check.integer(entry, "irqs", 1, 1, 31), check.text(entry, "size_from"))
    if unit.end > 1 << 32:
        check.fail(f"ends at {unit.end:#x}, beyond 32 address bits")
    if unit.irq and unit.irq_end > 32:
        check.fail(f"its interrupts end at source {unit.irq_end - 1}; the last is 31")
    if "registers" not in entry:
        return unit
    if entry["registers"] not in files:
        check.fail(f"registers names '{entry['registers']}', but there is no such file")
    if entry["registers"] != name:
        check.fail(f"registers names '{entry['registers']}'; it must be the unit's own name")
    unit.file = files[entry["registers"]]
    end = max(r.end for r in unit.file.registers)
    end = max(end, unit.file.blocks * unit.file.block_stride)
    if end > unit.size:
        check.fail(f"its registers end at {end:#x}, outside its window of {unit.size:#x} bytes")
    return unit


def load_all(folder: Path) -> list[Unit]:
    """The memory map with its register files. @raises RegisterFileError with one sentence"""
    map_path = folder / "memory_map.yaml"
    files = {p.stem: load_file(p) for p in sorted(folder.glob("*.yaml")) if p != map_path}
    check = _Checker(map_path)
    data = _load_yaml(map_path)
    check.mapping(data, "the file", {"units"}, set())
    units: list[Unit] = []
    for entry in check.listing(data["units"], "units"):
        unit = _unit(check, entry, files)
        for other in units:
            if other.name == unit.name:
                check.fail("is described twice; keep one")
            if unit.base < other.end and other.base < unit.end:
                check.fail(f"its window overlaps that of {other.name}")
            if unit.irq and other.irq and unit.irq < other.irq_end and other.irq < unit.irq_end:
                check.fail(f"its interrupts overlap those of {other.name}")
        units.append(unit)
    check.at = ""
    used = {u.file.name for u in units if u.file}
    for name in files:
        if name not in used:
            check.fail(f"no unit uses {name}.yaml; add the unit or remove the file")
    return sorted(units, key=lambda u: u.base)


def load_own_blocks(path: Path) -> list[OwnBlock]:
    """Where the blocks of a chip file lie; leyden itself checks the rest of it.

    @raises RegisterFileError with one sentence
    """
    check = _Checker(path)
    data = _load_yaml(path)
    blocks = data.get("blocks", {}) if isinstance(data, dict) else None
    if not isinstance(blocks, dict):
        check.fail("blocks must be a mapping of the blocks' names")
    own = []
    for name, entry in blocks.items():
        check.at = f"blocks.{name}"
        if not isinstance(name, str) or not re.fullmatch(_UNIT_NAME, name):
            check.fail(f"the name must match {_UNIT_NAME}")
        if not isinstance(entry, dict) or "base" not in entry:
            check.fail("lacks the key 'base'")
        own.append(OwnBlock(name, check.integer(entry, "base", 0, 0, 0xFFFFFFFF),
                            check.integer(entry, "irq", 0, 1 if "irq" in entry else 0, 31)))
    return own
