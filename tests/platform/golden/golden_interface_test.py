"""What the outside sees: symbols, versions, installed files, a C99 program, wrong use."""

import ctypes
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import unittest
from math import floor

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import golden_library as golden  # noqa: E402

HEADER = golden.ROOT / "platform" / "golden" / "include" / "leyden_golden.h"
PACKAGE = golden.ROOT / "platform" / "golden" / "leyden_golden_pkg.sv"
WARNINGS = ["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror"]


def output_of(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, check=True, **options).stdout


def declared():
    """Functions of the header."""
    text = re.sub(r"/\*.*?\*/", "", HEADER.read_text(encoding="utf-8"), flags=re.DOTALL)
    return set(re.findall(r"\b(leyden_\w+)\(", text))


class Symbols(unittest.TestCase):
    def test_only_the_interface_is_seen(self):
        names = output_of("nm", "--dynamic", "--defined-only", "--format=posix", golden.PATH)
        seen = {line.split()[0].split("@")[0] for line in names.splitlines()}
        self.assertEqual(seen - {"LEYDEN_GOLDEN_1"}, declared())
        self.assertGreater(len(seen), 25)

    def test_soname_and_no_systemc(self):
        told = output_of("readelf", "--dynamic", golden.PATH)
        self.assertRegex(told, r"SONAME.*\[libleyden_golden\.so\.1\]")
        self.assertNotIn("systemc", told)
        self.assertNotRegex(output_of("ldd", golden.PATH), "systemc|not found")

    def test_package_has_the_header_s_names_and_constants(self):
        text = PACKAGE.read_text(encoding="utf-8")
        imported = set(re.findall(r'import "DPI-C" function \w+(?: unsigned)? (leyden_\w+)\(', text))
        self.assertLessEqual(imported, declared())
        # Arrays of open size and structures do not go through DPI: put and get, element and step do.
        self.assertEqual(declared() - imported, {
            "leyden_weights_write", "leyden_weights_read", "leyden_lmem_write",
            "leyden_lmem_read", "leyden_feeder_row", "leyden_cim_codes", "leyden_layer_run"})
        header = HEADER.read_text(encoding="utf-8")
        constants = dict(re.findall(r"\b(LEYDEN_[A-Z_]+) = (\d+)", header))
        self.assertEqual(dict(re.findall(r"localparam int (LEYDEN_[A-Z_]+) = (\d+);", text)),
                         constants)
        major, minor = (int(re.search(rf"VERSION_{part} (\d+)", header)[1])
                        for part in ("MAJOR", "MINOR"))
        version = int(re.search(r"VERSION = 32'h([0-9a-f_]+);", text)[1].replace("_", ""), 16)
        self.assertEqual(version, major << 16 | minor)
        for unit, name in (("cim", "CIM_JOB_WORDS"), ("vector", "VECTOR_JOB_WORDS")):
            generated = (golden.BINARY / "generated" / "registers" / f"{unit}.h").read_text()
            words = re.search(r"kJobWords = (\d+)", generated)[1]
            self.assertIn(f"LEYDEN_{name} {words} ", header)
            self.assertIn(f" {name} = {words};", text)


class Programs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="leyden-test-")
        cls.prefix = pathlib.Path(cls.folder.name) / "prefix"
        subprocess.run(["cmake", "--install", golden.BINARY / "platform" / "golden", "--prefix",
                        cls.prefix], check=True, capture_output=True)
        (pkgconfig,) = cls.prefix.glob("**/leyden_golden.pc")
        # The file has the prefix of the configuration; an installation elsewhere tells its own.
        cls.pkgconfig = ["pkg-config", f"--define-variable=prefix={cls.prefix}", str(pkgconfig)]
        cls.libraries = pkgconfig.parents[1]

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def build(self, source, name, *flags):
        program = pathlib.Path(self.folder.name) / name
        told = output_of(*self.pkgconfig, "--cflags", "--libs").split()
        subprocess.run(["gcc", *WARNINGS, *flags, source, "-o", program, *told,
                        f"-Wl,-rpath,{self.libraries}"], check=True)
        return program

    def test_c99(self):
        program = self.build(HERE / "golden_program.c", "program")
        first, second, cycles = map(int, output_of(program, golden.CHIPS / "imagine.yaml").split())
        with golden.Chip() as chip:
            shift = int(chip.parameter("cim.converter.range_shift"))
        for code, weights in ((first, (7, 1, -3, 0)), (second, (-8, 2, 4, -1))):
            dot = sum(w * x for w, x in zip(weights, (200, 17, 3, 255)))
            level = dot * 2.0 ** (8 + shift) / (4 * 2**12) + 128 + 0.5  # exact in binary
            self.assertEqual(code, min(max(floor(level), 0), 255))
        self.assertGreater(cycles, 0)

    def test_header_in_cplusplus(self):
        subprocess.run(["g++", "-std=c++17", "-Wall", "-Wextra", "-pedantic", "-Werror",
                        "-fsyntax-only", "-x", "c++", HEADER], check=True)

    def test_installed_files(self):
        self.assertTrue((self.prefix / "include" / "leyden_golden.h").is_file())
        folder = output_of(*self.pkgconfig, "--variable=svdir").strip()
        self.assertTrue((pathlib.Path(folder) / "leyden_golden_pkg.sv").is_file())
        version = output_of(*self.pkgconfig, "--modversion").strip()
        library = golden.LIB.leyden_golden_version()
        self.assertEqual(version, f"{library >> 16}.{library & 0xffff}")
        self.assertTrue((self.libraries / "libleyden_golden.so.1").exists())

    def test_program_of_another_version(self):
        source = pathlib.Path(self.folder.name) / "other.c"
        text = HEADER.read_text(encoding="utf-8")
        for major, minor, good in ((1, 0, True), (2, 0, False), (1, 77, False), (0, 9, False)):
            header = re.sub(r"(VERSION_MAJOR) \d+", rf"\1 {major}", text)
            header = re.sub(r"(VERSION_MINOR) \d+", rf"\1 {minor}", header)
            source.with_name("changed.h").write_text(header, encoding="utf-8")
            source.write_text('#include "changed.h"\n#include <stdio.h>\nint main(void) {\n'
                              "  int status = leyden_golden_check(LEYDEN_GOLDEN_VERSION);\n"
                              '  printf("%s", leyden_last_error());\n  return status;\n}\n')
            done = subprocess.run([self.build(source, "other")], capture_output=True, text=True,
                                  check=False)
            self.assertEqual(done.returncode, golden.OK if good else golden.BAD_VERSION)
            self.assertEqual(done.stdout, "" if good else (
                f"The program was built with leyden_golden.h of version {major}.{minor}, but the "
                f"library is version 1.0: a library of version {major}.{minor} or a later "
                f"{major}.x would be right."))

    def test_another_soname_does_not_start(self):
        """A program linked with version 2 does not run with version 1: the loader tells."""
        program = self.build(HERE / "golden_program.c", "linked")
        data = program.read_bytes()
        self.assertEqual(data.count(b"libleyden_golden.so.1\0"), 1)
        program.write_bytes(data.replace(b"libleyden_golden.so.1\0", b"libleyden_golden.so.2\0"))
        done = subprocess.run([program], capture_output=True, text=True, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("libleyden_golden.so.2", done.stderr)


class WrongUse(unittest.TestCase):
    def refused(self, status, pattern, name, *arguments):
        with self.assertRaisesRegex(golden.Failed, pattern) as failed:
            golden.call(name, *arguments)
        self.assertEqual(failed.exception.status, status)
        self.assertRegex(str(failed.exception), r"^[^\n]{10,}$")  # one line

    def test_open(self):
        chip = ctypes.c_void_p(1)
        path = str(golden.CHIPS / "imagine.yaml").encode()
        out = ctypes.byref(chip)
        die, fidelity = golden.u32(0), golden.i32(1)
        self.refused(golden.NULL_POINTER, "path is a null", "leyden_open", None, None, fidelity,
                     die, out)
        self.assertIsNone(chip.value)
        self.refused(golden.NULL_POINTER, "chip is a null", "leyden_open", path, None, fidelity,
                     die, None)
        self.refused(golden.BAD_VALUE, "fidelity is 3", "leyden_open", path, None, golden.i32(3),
                     die, out)
        self.refused(golden.BAD_CHIP, "nowhere.yaml", "leyden_open", b"/nowhere.yaml", None,
                     fidelity, die, out)
        for wrong, told in ((b"cim.rowz=4", "did you mean"), (b"cim.rows", "cim.rows"),
                            (b"cim.rows=0", "cim.rows"), (b"cim.rows=nan", "cim.rows"),
                            (b"cim.rows=100 cim.rows_per_unit=7", "rows_per_unit")):
            self.refused(golden.BAD_CHIP, told, "leyden_open", path, wrong, fidelity, die, out)
            self.assertIsNone(chip.value)
        for text in (b"", b"{", b"chip: x\n", b"\xff\xfe\x00", b"cim: [1, 2]"):
            self.refused(golden.BAD_CHIP, ".", "leyden_open_text", text, None, fidelity, die, out)
        whole = pathlib.Path(path.decode()).read_bytes()
        golden.call("leyden_open_text", whole, b"", fidelity, die, out)
        golden.call("leyden_close", chip)

    def test_handles(self):
        chip = golden.Chip()
        value = golden.u8()
        arguments = (golden.u32(golden.LMEM), ctypes.byref(value))
        golden.call("leyden_lmem_get", chip.handle, *arguments)
        self.refused(golden.NULL_POINTER, "chip is a null", "leyden_lmem_get", None, *arguments)
        memory = (ctypes.c_uint64 * 64)()
        for wrong in (ctypes.c_void_p(1), ctypes.c_void_p(chip.handle.value + 8),
                      ctypes.cast(memory, ctypes.c_void_p)):
            self.refused(golden.BAD_HANDLE, "no open chip", "leyden_lmem_get", wrong, *arguments)
        chip.close()
        self.refused(golden.BAD_HANDLE, "it was closed", "leyden_lmem_get", chip.handle,
                     *arguments)
        with golden.Chip():  # never the same handle again
            self.refused(golden.BAD_HANDLE, "no open chip", "leyden_close", chip.handle)
        golden.call("leyden_close", None)

    def test_memories(self):
        with golden.Chip() as chip:
            size = ctypes.c_size_t
            data = (golden.u8 * 8)()
            for address, count in ((golden.LMEM - 1, 1), (0, 1), (0xFFFFFFFF, 8),
                                   (golden.LMEM, 2**64 - 1), (golden.LMEM, 2**40),
                                   (golden.LMEM + int(2 * chip.parameter("lmem.bank_bytes")), 1)):
                self.refused(golden.OUTSIDE, "not wholly in LMEM", "leyden_lmem_read",
                             chip.handle, golden.u32(address), data, size(count))
            self.refused(golden.NULL_POINTER, "bytes is a null", "leyden_lmem_write", chip.handle,
                         golden.u32(golden.LMEM), None, size(1))
            golden.call("leyden_lmem_write", chip.handle, golden.u32(golden.LMEM), None, size(0))
            for offset, count in ((0x80001, 4), (0x80000, 3), (0x7FFFF, 1), (0xFFFFFFFC, 4),
                                  (0, 2**63), (0xC0000 - 4, 8)):
                self.refused(golden.OUTSIDE, "weight window", "leyden_weights_read", chip.handle,
                             golden.u32(0), golden.u32(offset), data, size(count))
            self.refused(golden.BAD_VALUE, "macro is 99", "leyden_weights_read", chip.handle,
                         golden.u32(99), golden.u32(0), data, size(1))

    def test_values(self):
        code, out = golden.i32(), None
        out = ctypes.byref(code)
        good = dict(word=256, dot=0, rows=36, bx=8, bw=4, b=8, r=0)
        for name, wrong in (("word", 0xFFFF0000), ("dot", 36 * 2**12 + 1), ("dot", -(2**63)),
                            ("rows", 0), ("rows", 8193), ("bx", 9), ("bw", 0), ("b", 9),
                            ("r", 9)):
            v = dict(good, **{name: wrong})
            self.refused(golden.BAD_VALUE, "would be right", "leyden_abn", golden.u32(v["word"]),
                         golden.i64(v["dot"]), golden.u32(v["rows"]), golden.u32(v["bx"]),
                         golden.u32(v["bw"]), golden.u32(v["b"]), golden.u32(v["r"]),
                         golden.u32(0), out)
        byte = ctypes.byref(golden.u8())
        for shift, low, high in ((32, 0, 255), (0, 0, 256), (0, 9, 8)):
            self.refused(golden.BAD_VALUE, "would be right", "leyden_requantise", golden.i32(1),
                         golden.i32(1), golden.i32(1), golden.u32(shift), golden.u32(low),
                         golden.u32(high), byte)
        with golden.Chip() as chip:
            for level, told in ((float("nan"), "not a number"), (float("inf"), "infinite"),
                                (-float("inf"), "infinite")):
                self.refused(golden.BAD_VALUE, told, "leyden_converter_code", chip.handle,
                             golden.u32(0), golden.u32(0), golden.u32(8), golden.real(level), out)
            for column, bits in ((1 << 20, 8), (0, 0), (0, 9)):
                self.refused(golden.BAD_VALUE, "would be right", "leyden_converter_code",
                             chip.handle, golden.u32(0), golden.u32(column), golden.u32(bits),
                             golden.real(1), out)
            self.refused(golden.BAD_VALUE, "did you mean 'cim.rows'", "leyden_parameter",
                         chip.handle, b"cim.row", ctypes.byref(golden.real()))
            self.refused(golden.BAD_VALUE, "layer is 65536", "leyden_set_draws", chip.handle,
                         golden.u32(0), golden.u32(0), golden.u32(65536))

    def test_jobs(self):
        job = dict(in_width=3, in_height=3, in_channels=2, in_pixel_stride=2, kernel_width=3,
                   kernel_height=3, stride_x=1, stride_y=1, pad_left=0, pad_top=0, pad_value=0,
                   window_first=0, window_count=18, out_width=1, out_height=1, unit_first=0,
                   unit_count=1, column_first=0, outputs=2, in_bits=8, weight_bits=4, out_bits=8,
                   partial=False, abn_first=0)
        with golden.Chip() as chip:
            row = int(chip.parameter("cim.columns") * chip.parameter("cim.cell.bits")) // 8
            words = golden.cim_words(job)
            self.assertEqual(chip.check(words), 7)  # never written
            chip.write_weights(0, bytes(18 * row))
            self.assertEqual(chip.check(words), 7)  # the table neither
            chip.write_weights(golden.ABN_TABLE, struct.pack("<II", 256, 0))
            self.assertEqual(chip.check(words), 6)  # a gain of 0
            chip.write_weights(golden.ABN_TABLE, struct.pack("<II", 256, 256))
            self.assertEqual(chip.check(words), 0)
            for change, code in ((dict(unit_first=255), 2), (dict(in_bits=9), 4),
                                 (dict(weight_bits=0), 4), (dict(in_pixel_stride=1), 5),
                                 (dict(window_count=19), 5), (dict(abn_first=65535), 6)):
                self.assertEqual(chip.check(golden.cim_words(dict(job, **change))), code, change)
            outside = golden.cim_words(job, out_address=0x10000000)
            self.assertEqual(chip.check(outside), 3)
            error = golden.u32()
            self.refused(golden.REFUSED, "ERROR_CODE 3: a region outside LMEM", "leyden_cim_run",
                         chip.handle, golden.u32(0), outside, ctypes.byref(error), None)
            self.assertEqual(error.value, 3)
            self.refused(golden.NULL_POINTER, "words", "leyden_cim_run", chip.handle,
                         golden.u32(0), None, None, None)
            self.refused(golden.BAD_VALUE, "position is 1", "leyden_feeder_beats", chip.handle,
                         golden.u32(0), words, golden.u32(1), ctypes.byref(golden.u64()))
            self.refused(golden.BAD_VALUE, "what is 7", "leyden_cim_timing", chip.handle,
                         golden.u32(0), words, golden.i32(7), ctypes.byref(golden.u64()))
            self.refused(golden.BAD_VALUE, "output is 2", "leyden_cim_code", chip.handle,
                         golden.u32(0), words, golden.u32(2), golden.real(0),
                         ctypes.byref(golden.i32()))

    def test_outputs_of_a_failure_are_zero(self):
        """What DPI copies back whatever a call returns."""
        out = golden.u64(0xA5A5A5A5A5A5A5A5)
        words = (golden.u32 * 16)()
        for name, *arguments in (("leyden_cim_run", golden.u32(0), words, None),
                                 ("leyden_cim_timing", golden.u32(0), words, golden.i32(0)),
                                 ("leyden_feeder_beats", golden.u32(0), words, golden.u32(0)),
                                 ("leyden_vector_run", words, None),
                                 ("leyden_parameter", b"cim.rows")):
            out.value = 0xA5A5A5A5A5A5A5A5
            self.refused(golden.BAD_HANDLE, "no open chip", name, ctypes.c_void_p(8), *arguments,
                         ctypes.byref(out))
            self.assertEqual(out.value, 0, name)

    def test_names(self):
        names = [golden.LIB.leyden_status_name(golden.i32(i)).decode() for i in range(-1, 13)]
        header = HEADER.read_text(encoding="utf-8")
        self.assertEqual(names[0], "LEYDEN_UNKNOWN")
        self.assertEqual(names[-1], "LEYDEN_UNKNOWN")
        for number, name in enumerate(names[1:-1]):
            self.assertRegex(header, rf"\b{name} = {number}\b")


if __name__ == "__main__":
    unittest.main()
