"""The register generator: what is generated is in step and right, what is faulty is refused.

The oracle for the generated C header is the C preprocessor, for the SVD file an XML parser, both
against the register files read here in the plainest way.
"""

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent.parent
SOURCE = ROOT / "configs" / "registers"
GENERATOR = ROOT / "scripts" / "generate_registers.py"
sys.path.insert(0, str(ROOT / "scripts"))
import generate_registers  # noqa: E402


def generate(*arguments):
    return subprocess.run([sys.executable, str(GENERATOR), *map(str, arguments)],
                          capture_output=True, text=True, check=False)


def units():
    """(unit of the memory map, its register file or None), straight from YAML."""
    for unit in yaml.safe_load((SOURCE / "memory_map.yaml").read_text())["units"]:
        name = unit.get("registers")
        yield unit, yaml.safe_load((SOURCE / f"{name}.yaml").read_text()) if name else None


class Temporary(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)


class InStep(Temporary):
    def test_committed_pages(self):
        result = generate("--check", ROOT / "docs" / "registers")
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_files_of_the_build(self):
        """Nobody edited a generated file, and the build ran the generator after the last change."""
        built = Path(os.environ["LEYDEN_BINARY_DIR"]) / "generated"
        self.assertEqual(generate("--build", self.folder).returncode, 0)
        fresh = [p for p in self.folder.rglob("*") if p.is_file()]
        self.assertGreater(len(fresh), 10)
        for path in fresh:
            name = path.relative_to(self.folder)
            self.assertEqual((built / name).read_text(), path.read_text(), name)

    def test_a_changed_a_missing_and_a_left_over_page_are_found(self):
        docs = self.folder / "registers"
        shutil.copytree(ROOT / "docs" / "registers", docs)
        (docs / "dma.md").write_text((docs / "dma.md").read_text() + "\n")
        (docs / "leyden.svd").unlink()
        (docs / "gone.md").write_text("left over")
        result = generate("--check", docs)
        self.assertEqual(result.returncode, 1)
        self.assertIn("dma.md, gone.md, leyden.svd in ", result.stderr)
        self.assertEqual(generate("--docs", docs).returncode, 0)
        self.assertEqual(generate("--check", docs).returncode, 0)
        self.assertFalse((docs / "gone.md").exists())

    def test_a_changed_register_file_is_found(self):
        source = self.folder / "source"
        shutil.copytree(SOURCE, source)
        text = (source / "perf.yaml").read_text()
        (source / "perf.yaml").write_text(text.replace("offset: 0x18", "offset: 0x1c"))
        result = generate("--source", source, "--check", ROOT / "docs" / "registers")
        self.assertEqual(result.returncode, 1)
        self.assertIn("perf.md", result.stderr)


class CHeader(Temporary):
    def macros(self, expressions):
        """Values of C expressions under the generated header, from the host's C compiler."""
        self.assertEqual(generate("--build", self.folder).returncode, 0)
        program = self.folder / "print.c"
        lines = "\n".join(f'  printf("%llx\\n", (unsigned long long)(unsigned)({e}));'
                          for e in expressions)
        program.write_text("#include <stdio.h>\n#include <leyden/registers.h>\n"
                           f"int main(void) {{\n{lines}\n  return 0;\n}}\n")
        subprocess.run(["cc", "-std=c11", "-Wall", "-Werror", "-pedantic",
                        "-I", str(self.folder / "firmware"), str(program), "-o",
                        str(self.folder / "print")], check=True)
        output = subprocess.run([str(self.folder / "print")], capture_output=True, text=True,
                                check=True).stdout
        return dict(zip(expressions, (int(line, 16) for line in output.split())))

    def test_every_macro_says_what_the_files_say(self):
        expected = {}
        for unit, file in units():
            prefix = "LEYDEN_" + unit["name"].upper()
            if unit.get("instances", 1) > 1:
                expected[f"{prefix}_BASE(3)"] = unit["base"] + 3 * unit["size"]
                if "irq" in unit:
                    expected[f"LEYDEN_IRQ_{unit['name'].upper()}(3)"] = unit["irq"] + 3
            else:
                expected[f"{prefix}_BASE"] = unit["base"]
                if "irq" in unit and "irqs" not in unit:
                    expected[f"LEYDEN_IRQ_{unit['name'].upper()}"] = unit["irq"]
            for register in file["registers"] if file else []:
                name = f"{prefix}_{register['name']}"
                expected[name] = register["offset"]
                for field in register.get("fields", []):
                    bits = [int(b) for b in field["bits"].split(":")]
                    expected[f"{name}_{field['name']}_SHIFT"] = bits[-1]
                    expected[f"{name}_{field['name']}"] = sum(
                        1 << b for b in range(bits[-1], bits[0] + 1))
        expected["LEYDEN_DMA_BLOCK_BASE(1)"] = 0x10030100
        expected["LEYDEN_IRQ_DMA(1)"] = 2
        expected["LEYDEN_CIM_JOB_FIRST"] = 0x40
        expected["LEYDEN_CIM_JOB_WORDS"] = 12
        expected["LEYDEN_CIM_ABN_TABLE_WINDOW"] = 0x80000
        expected["LEYDEN_CIM_ID_RESET"] = 0x4C43494D
        self.assertGreater(len(expected), 200)
        self.assertEqual(self.macros(list(expected)), expected)

    def test_no_macro_is_defined_twice(self):
        self.assertEqual(generate("--build", self.folder).returncode, 0)
        text = (self.folder / "firmware" / "leyden" / "registers.h").read_text()
        names = re.findall(r"#define (\w+)", text)
        self.assertEqual(len(names), len(set(names)))


class Svd(unittest.TestCase):
    ACCESS = {"rw": "read-write", "ro": "read-only", "wo": "write-only", "w1c": "read-write"}

    def test_registers_and_fields(self):
        device = ElementTree.parse(ROOT / "docs" / "registers" / "leyden.svd").getroot()
        peripherals = {p.findtext("name"): p for p in device.find("peripherals")}
        for unit, file in units():
            if not file:
                continue
            several = unit.get("instances", 1) > 1
            first = peripherals[unit["name"].upper() + ("0" if several else "")]
            self.assertEqual(int(first.findtext("baseAddress"), 16), unit["base"])
            if several:
                last = peripherals[f"{unit['name'].upper()}{unit['instances'] - 1}"]
                self.assertEqual(last.get("derivedFrom"), first.findtext("name"))
                self.assertEqual(int(last.findtext("baseAddress"), 16),
                                 unit["base"] + (unit["instances"] - 1) * unit["size"])
            registers = {r.findtext("name").removesuffix("[%s]"): r
                         for r in first.iter("register")}
            self.assertEqual(sorted(registers), sorted(r["name"] for r in file["registers"]))
            for register in file["registers"]:
                self.check(registers[register["name"]], register)

    def check(self, element, register):
        self.assertEqual(int(element.findtext("addressOffset"), 16), register["offset"])
        self.assertEqual(int(element.findtext("size")), 8 * register.get("bytes", 4))
        self.assertEqual(int(element.findtext("resetValue"), 16), register.get("reset", 0))
        fields = {f.findtext("name"): f for f in element.find("fields")}
        for field in register.get("fields", []):
            found = fields[field["name"]]
            low = int(field["bits"].split(":")[-1])
            high = int(field["bits"].split(":")[0])
            self.assertEqual(int(found.findtext("bitOffset")), low)
            self.assertEqual(int(found.findtext("bitWidth")), high - low + 1)
            self.assertEqual(found.findtext("access"), self.ACCESS[field["access"]])
            clears = found.findtext("modifiedWriteValues") == "oneToClear"
            self.assertEqual(clears, field["access"] == "w1c")


GOOD = """
name: probe
description: A unit
registers:
  - name: CTRL
    offset: 0x0
    description: Control
    fields:
      - {name: START, bits: '0', access: wo, description: Starts}
      - {name: MODE, bits: '7:4', access: rw, description: Mode}
  - {name: DATA, offset: 0x4, access: rw, description: Data}
  - {name: MORE, offset: 0x8, access: rw, count: 4, stride: 4, description: More}
"""
MAP = "units:\n  - {name: probe, base: 0x1000, size: 0x1000, registers: probe, irq: 3}\n"


class Refused(Temporary):
    """Each fault ends with one sentence that names file and register, and status 2."""

    def sentence(self, text=GOOD, memory_map=MAP):
        (self.folder / "probe.yaml").write_text(text)
        (self.folder / "memory_map.yaml").write_text(memory_map)
        told = io.StringIO()
        with contextlib.redirect_stderr(told):
            status = generate_registers.main(["--source", str(self.folder),
                                              "--build", str(self.folder / "out")])
        self.assertEqual(status, 2 if told.getvalue() else 0)
        self.assertLessEqual(told.getvalue().count("\n"), 1, told.getvalue())
        return told.getvalue().strip()

    def test_the_good_file_is_accepted(self):
        self.assertEqual(self.sentence(), "")

    def test_faults_of_a_register_file_bad(self):
        for old, new, expected in (
            ("access: wo, d", "acess: wo, d",
             "probe.yaml: CTRL: a field has the unknown key 'acess'; did you mean 'access'?"),
            ("offset: 0x4, access", "offset: 0x4, width: 3, access",
             "probe.yaml: DATA: a register has the unknown key 'width'; known are access, bytes, "
             "count, description, fields, name, offset, reset, side_effect, stride"),
            ("bits: '7:4'", "bits: '7:0'",
             "probe.yaml: CTRL: the fields START (0) and MODE (7:0) overlap"),
            ("bits: '7:4'", "bits: '32:4'",
             "probe.yaml: CTRL: field MODE: bits 32:4 do not lie as high:low in 32 bits"),
            ("bits: '7:4'", "bits: 7:4",
             "probe.yaml: CTRL: field MODE: bits is 424; it must be a quoted 'high:low' or 'bit'"),
            ("offset: 0x4,", "offset: 0x0,", "probe.yaml: DATA: overlaps CTRL at offset 0x0"),
            ("offset: 0x4,", "offset: 0xc,", "probe.yaml: DATA: overlaps MORE at offset 0xc"),
            ("offset: 0x4,", "offset: 0x6,",
             "probe.yaml: DATA: offset 0x6 is not a multiple of its 4 bytes"),
            ("    description: Control", "    description: Control\n    reset: 0x11",
             "probe.yaml: CTRL: the reset value 0x11 sets bits 0x1 that cannot be read"),
            ("name: DATA", "name: BASE", "probe.yaml: BASE: the name 'BASE' is reserved for the "
             "generated headers; choose another"),
            ("name: DATA", "name: INT", "probe.yaml: INT: the name 'INT' is reserved for the "
             "generated headers; choose another"),
            ("name: DATA", "name: data", "probe.yaml: data: a register has the name 'data'; it must "
             "match [A-Z][A-Z0-9]*(_[A-Z0-9]+)*"),
            ("name: DATA", "name: CTRL", "probe.yaml: CTRL: is described twice; keep one"),
            ("name: DATA", "name: CTRL_MODE", "probe.yaml: CTRL_MODE: its generated name "
             "'CTRL_MODE' is also that of CTRL.MODE"),
            ("access: rw, description: Data", "access: read, description: Data",
             "probe.yaml: DATA: access is 'read'; it must be one of rw, ro, wo, w1c"),
            ("access: rw, description: Data", "description: Data",
             "probe.yaml: DATA: has neither access nor fields; give one"),
            (", stride: 4", "", "probe.yaml: MORE: count and stride go together; give both or "
             "neither"),
            ("name: probe", "name: other",
             "probe.yaml: the name is 'other'; it must be the file's, 'probe'"),
            ("registers:", "job: {first: CTRL, last: NONE}\nregisters:",
             "probe.yaml: job: last names 'NONE', which is not a single word register"),
            ("registers:", "description: Again\nregisters:",
             "probe.yaml: line 4: the key 'description' stands twice; keep one"),
            ("registers:", "registers: [", None),
        ):
            self.assertIn(old, GOOD)
            with self.subTest(new=new):
                found = self.sentence(GOOD.replace(old, new, 1))
                if expected is None:
                    self.assertIn("probe.yaml: is not valid YAML", found)
                else:
                    self.assertEqual(found, f"error: {expected}")

    def test_faults_of_the_memory_map_bad(self):
        other = "  - {name: other, base: 0x1800, size: 0x100}\n"
        for memory_map, expected in (
            (MAP + other, "memory_map.yaml: other: its window overlaps that of probe"),
            (MAP.replace("irq: 3", "irq: 32"),
             "memory_map.yaml: probe: irq is 32; it must be a whole number from 0x1 to 0x1f"),
            (MAP + other.replace("0x1800", "0x4000").replace("}", ", irq: 3}"),
             "memory_map.yaml: other: its interrupts overlap those of probe"),
            (MAP.replace("size: 0x1000", "size: 0x10"),
             "memory_map.yaml: probe: its registers end at 0x18, outside its window of 0x10 bytes"),
            (MAP.replace("registers: probe", "registers: none"),
             "memory_map.yaml: probe: registers names 'none', but there is no such file"),
            (other.replace("  -", "units:\n  -"),
             "memory_map.yaml: no unit uses probe.yaml; add the unit or remove the file"),
        ):
            with self.subTest(expected=expected):
                self.assertEqual(self.sentence(memory_map=memory_map), f"error: {expected}")


if __name__ == "__main__":
    unittest.main()
