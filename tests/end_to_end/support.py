"""What the end-to-end tests share: the program, its data, small RISC-V programs."""

import lzma
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

LEYDEN = os.environ["LEYDEN_BINARY_DIR"] + "/bin/leyden"
FIRMWARE = os.environ["LEYDEN_BINARY_DIR"] + "/firmware"
SOURCE = pathlib.Path(__file__).resolve().parents[2]
FASHION = "/usr/share/datasets/fashion-mnist"
CHIP = SOURCE / "configs" / "chips" / "imagine.yaml"

# The finisher's address and words are those of the SiFive test device.
FINISH = "li t0, 0x100000\nli t1, {word}\nsw t1, 0(t0)\n1: j 1b\n"


def leyden(*arguments, timeout=120, stdin=subprocess.DEVNULL):
    """Runs leyden; text output, no exception on failure."""
    return subprocess.run(
        [LEYDEN, *map(str, arguments)], capture_output=True, text=True, timeout=timeout,
        stdin=stdin, check=False)


def unpack_cifar(archives, folder):
    """Unpacks CIFAR-10 without the records whose pixels are absent; makes the folder.

    Parameters
    ----------
    archives : pathlib.Path
        Folder of ``data_batch_1.bin.xz`` and ``test_batch.bin.xz``.
    folder : pathlib.Path
        Folder to be made, for ``--data``.
    """
    folder.mkdir()
    record = 1 + 3 * 32 * 32
    for name in ("data_batch_1.bin", "test_batch.bin"):
        raw = lzma.decompress((archives / (name + ".xz")).read_bytes())
        records = [raw[at:at + record] for at in range(0, len(raw), record)]
        (folder / name).write_bytes(b"".join(item for item in records if any(item[1:])))
    return folder


class Case(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="leyden-test-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def assemble(self, text, name="program", base=0x80000000):
        """An ELF file of assembly text that starts at `_start` at the reset vector."""
        source = self.folder / f"{name}.S"
        source.write_text(".globl _start\n_start:\n" + text, encoding="utf-8")
        program = self.folder / f"{name}.elf"
        subprocess.run(
            ["riscv64-unknown-elf-gcc", "-march=rv32imac", "-mabi=ilp32", "-nostdlib",
             "-nostartfiles", "-static", f"-Wl,-Ttext=0x{base:x}", "-Wl,--no-warn-rwx-segments",
             "-Wl,--build-id=none", "-Wl,--nmagic", "-o", program, source], check=True)
        return program

    def execute(self, program, *arguments, **keywords):
        return leyden("exec", "--chip", "imagine", program, *arguments, **keywords)

    def assert_refused(self, result, status, *parts):
        """One sentence on standard error, nothing like a crash."""
        lines = [line for line in result.stderr.splitlines() if line.startswith("leyden: ")]
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertEqual(len(lines), 1, result.stderr)
        self.assertTrue(lines[0].endswith((".", "?")), lines[0])
        for part in parts:
            self.assertIn(part, lines[0])
        for word in ("terminate called", "Aborted", "Traceback", "SystemC", "core dumped"):
            self.assertNotIn(word, result.stderr)
