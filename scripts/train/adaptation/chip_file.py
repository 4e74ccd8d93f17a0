"""Reader of a chip's YAML file: flat keys with what is changed on the command line."""
from pathlib import Path

import yaml

CHIP_FOLDER = Path(__file__).resolve().parents[3] / "configs" / "chips"

# Keys that a chip file may leave out, as `leyden list parameters` tells them.
DEFAULTS = {
    "cim.spare_columns": 0, "cim.input_bits": 8, "cim.weight_bits": 8,
    "cim.drive.bits": 1,
    "cim.cell.bits": 1, "cim.cell.pages": 1, "cim.cell.representation": "twos_complement",
    "cim.dot_product.rows_active": 0, "cim.dot_product.parasitic_ratio": 0.0,
    "cim.dot_product.step_time_ns": 1.0, "cim.dot_product.settling_tau_ns": 0.0,
    "cim.combine.inputs": "charge_sharing", "cim.combine.columns": "charge_sharing",
    "cim.converter.reference": "replica", "cim.converter.range_shift": 0,
    "cim.converter.range_bits": 0, "cim.converter.sharing": 1,
    "cim.converter.noise_mv": 0.0, "cim.converter.offset_mv": 0.0,
    "cim.converter.gain_percent": 0.0, "cim.converter.inl_lsb": 0.0,
    "cim.post.kind": "abn", "cim.post.range_shift": 0,
    "cim.weight_write.row_cycles": 1, "system.macros": 1,
}
NEEDED = ("cim.rows", "cim.columns", "cim.rows_per_unit", "cim.abn_entries", "cim.converter.bits",
          "cim.supply_v")


class ChipFileError(Exception):
    """A chip file cannot be used; the message is one sentence for the user."""


def flatten(content, prefix=""):
    """Return {key path: value} of nested mappings whose leaves are {value: ..., unit: ...}."""
    found = {}
    for key, value in content.items():
        path = f"{prefix}{key}"
        if isinstance(value, dict) and "value" not in value:
            found.update(flatten(value, path + "."))
        else:
            found[path] = value["value"] if isinstance(value, dict) else value
    return found


def path_of(chip):
    """Return the file of a preset's name or of a path."""
    name = str(chip)
    preset = CHIP_FOLDER / f"{name}.yaml"
    if "/" not in name and preset.is_file():
        return preset
    if Path(name).is_file():
        return Path(name)
    presets = ", ".join(sorted(path.stem for path in CHIP_FOLDER.glob("*.yaml")))
    raise ChipFileError(f"{name}: this is neither a chip file nor one of the presets {presets}.")


def changed(key, text, known):
    """Return the value of an override in the type of the key's value."""
    value = yaml.safe_load(text)
    if isinstance(known, str):
        return text
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ChipFileError(f"{key}={text}: the value must be a number.")
    if isinstance(known, int) and value != int(value):
        raise ChipFileError(f"{key}={text}: the value must be a whole number.")
    return type(known)(value) if isinstance(known, int) else float(value)


def read_chip_file(chip, overrides=()):
    """Return (name, {key path: value}) of a chip.

    chip: a preset's name or a file; overrides: texts KEY=VALUE, as `--set` of leyden.
    """
    path = path_of(chip)
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        raise ChipFileError(f"{path}: this is not a readable YAML file.") from None
    if not isinstance(content, dict) or not isinstance(content.get("cim"), dict):
        raise ChipFileError(f"{path}: there is no group 'cim'; a chip file has one.")
    values = {**DEFAULTS, **flatten(content)}
    for key in NEEDED:
        if key not in values:
            raise ChipFileError(f"{path}: {key} is missing.")
    for override in overrides:
        key, equals, text = override.partition("=")
        if not equals or not text:
            raise ChipFileError(f"'{override}': a change of the chip is KEY=VALUE.")
        if key not in values:
            raise ChipFileError(f"{key}: the chip {path.stem} has no such parameter.")
        values[key] = changed(key, text, values[key])
    return str(content.get("chip", path.stem)), values
