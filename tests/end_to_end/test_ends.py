"""Programs of test suites as they are: tohost, signature, semihosting, files in memory, limits."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
import unittest

import support

SUITES = support.SOURCE / "tests" / "firmware" / "suites"
QEMU = shutil.which("qemu-system-riscv32")
SPIN = "1: j 1b\n"
# Places of picolibc's own linker script: code and data in the SRAM.
PICOLIBC = [f"-Wl,--defsym={name}={value}" for name, value in (
    ("__flash", "0x80000000"), ("__flash_size", "0x10000"), ("__ram", "0x80010000"),
    ("__ram_size", "0x20000"), ("__stack_size", "4096"))]

HOSTED = r"""
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char** argv) {
  char line[32];
  for (int i = 0; i < argc; ++i) if (argv[i]) printf("argument %s\n", argv[i]);
  FILE* file = fopen("numbers", "w");
  if (!file) return 99;
  for (int i = 0; i < 300; ++i) fprintf(file, "%d\n", i);
  fclose(file);
  file = fopen("numbers", "r");
  int sum = 0;
  while (fgets(line, sizeof line, file)) sum += atoi(line);
  fseek(file, 2, SEEK_SET);
  fgets(line, sizeof line, file);
  printf("sum %d, second line %s", sum, line);
  fclose(file);
  file = fopen("absent", "r");
  printf("absent: %s\n", file ? "there" : strerror(errno));
  exit(7);
}
"""


def gcc(output, *arguments):
    subprocess.run(["riscv64-unknown-elf-gcc", "-mabi=ilp32", "-Wall", "-O1",
                    "-Wl,--no-warn-rwx-segments", *map(str, arguments), "-o", output], check=True)
    return output


def qemu(program, *arguments, machine="virt", timeout=20):
    return subprocess.run(
        [QEMU, "-M", machine, "-bios", "none", "-nographic", "-monitor", "none", *arguments,
         "-kernel", program], capture_output=True, text=True, timeout=timeout,
        stdin=subprocess.DEVNULL, check=False)


class Suites(support.Case):
    def suite(self, name, *flags):
        return gcc(self.folder / "suite.elf", "-march=rv32imac_zicsr", "-nostdlib", "-nostartfiles",
                   "-ffreestanding", "-T", SUITES / "suite.ld", *flags, SUITES / name)

    def test_self_checking_program(self):
        for case, code in ((0, 0), (2, 2), (5, 5)):
            program = self.suite("self_checking.S", f"-DFAIL_AT={case}")
            result = self.execute(program)
            if code:
                self.assert_refused(result, 1, f"failed with code {code} (tohost)")
            else:
                self.assertEqual(result.returncode, 0, result.stderr)
            if QEMU:  # its other machine has the same interface
                self.assertEqual(qemu(program, machine="spike").returncode, code)

    def test_calls_of_the_host_and_console(self):
        for code in (0, 3):
            result = self.execute(self.suite("host_calls.c", f"-DCODE={code}"))
            self.assertEqual(result.stdout, "called the host\nand its console\n")
            self.assertEqual(result.returncode, 1 if code else 0, result.stderr)
            if code:
                self.assertIn("code 3 (tohost)", result.stderr)

    def test_signature(self):
        path = self.folder / "signature"
        result = self.execute(self.suite("signature.S"), "--signature", path)
        self.assertEqual(result.returncode, 0, result.stderr)
        a, b = 0x12345678, 0xfffffffd
        words = [(a + b) & 0xffffffff, a * b >> 32, 0xffffffff, 0xdeadbeef]
        self.assertEqual(path.read_text(), "".join(f"{word:08x}\n" for word in words))

    def test_board_functions(self):
        result = self.execute("suite_embedded")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stdout, r"^correct, cycles \d+\n$")

    def test_what_tohost_does_not_take(self):
        text = ("la t0, tohost\nli t1, 0x02000000\nsw zero, 0(t0)\nsw t1, 4(t0)\n" + SPIN +
                ".globl tohost\n.align 3\ntohost: .dword 0\n")
        self.assert_refused(self.execute(self.assemble(text)), 1, "tohost", "0x200000000000000")
        text = SPIN + ".align 3\n.word 0\n.globl tohost\ntohost: .dword 0\n"
        self.assert_refused(self.execute(self.assemble(text)), 2, "tohost", "aligned to 8 bytes")
        text = SPIN + ".globl tohost\n.set tohost, 0x10000000\n"
        self.assert_refused(self.execute(self.assemble(text)), 2, "tohost", "0x10000000", "SRAM at")

    def test_cycles_around_tohost_do_not_depend_on_the_quantum(self):
        program = self.suite("host_calls.c")
        results = {self.execute(program, "--json", "-q", "--uart", "/dev/null", "--quantum-ns",
                                quantum).stdout for quantum in (2.5, 100, 10000, 1000000)}
        self.assertEqual(len(results), 1)

    def test_reservations_are_lost_to_other_masters(self):
        result = self.execute("reservation")
        self.assertEqual((result.returncode, result.stdout), (0, "SRAM\nLMEM\noff-chip\n"),
                         result.stderr)


class Semihosting(support.Case):
    def hosted(self, text=HOSTED):
        source = self.folder / "hosted.c"
        source.write_text(text, encoding="utf-8")
        return gcc(self.folder / "hosted.elf", "-march=rv32imac", "--specs=picolibc.specs",
                   "--crt0=semihost", "--oslib=semihost", *PICOLIBC, source)

    def test_picolibc_program_as_on_qemu(self):
        program = self.hosted()
        files = self.folder / "files"
        files.mkdir()
        result = self.execute(program, "--semihosting", files, "--args", "one two")
        self.assert_refused(result, 1, "code 7 (semihosting)")
        self.assertIn("argument one\nargument two\n", result.stdout)
        self.assertIn(f"sum {299 * 300 // 2}, second line 1\n", result.stdout)
        self.assertEqual((files / "numbers").read_text(), "".join(f"{i}\n" for i in range(300)))
        if QEMU:
            here = os.getcwd()
            os.chdir(self.folder)
            self.addCleanup(os.chdir, here)
            other = qemu(program, "-semihosting-config",
                         "enable=on,arg=hosted.elf,arg=one,arg=two")
            self.assertEqual(other.returncode, 7)
            self.assertEqual(other.stderr + other.stdout, result.stdout)
            self.assertEqual((self.folder / "numbers").read_text(),
                             (files / "numbers").read_text())

    def test_off_by_default(self):
        self.assert_refused(self.execute(self.hosted()), 1, "breakpoint", "sys_semihost")

    def test_folder_is_not_left(self):
        secret = self.folder / "secret"
        secret.write_text("secret")
        files = self.folder / "files"
        files.mkdir()
        (files / "link").symlink_to(secret)
        paths = [str(secret), "../secret", "link", "x/../../secret", "/etc/passwd"]
        opens = "".join(f'fopen("{path}", mode[m]) || ' for path in paths)
        program = self.hosted(
            "#include <stdio.h>\n#include <unistd.h>\nint main(void) {\n"
            "  static const char* const mode[] = "
            '{"r", "w", "a", "r+"};\n  for (int m = 0; m < 4; ++m) if (' + opens +
            'unlink("../secret") == 0) return 1;\n  return 0;\n}\n')
        result = self.execute(program, "--semihosting", files)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(secret.read_text(), "secret")

    def test_console_input(self):
        program = self.hosted(
            "#include <stdio.h>\nint main(void) {\n  int c, n = 0;\n"
            "  while ((c = getchar()) != '.') n += c;\n  printf(\"%d\\n\", n);\n  return 0;\n}\n")
        with open(self.folder / "input", "w+", encoding="utf-8") as typed:
            typed.write("abc.")
            typed.seek(0)
            result = self.execute(program, "--semihosting", self.folder, stdin=typed)
        self.assertEqual((result.returncode, result.stdout), (0, f"{sum(b'abc')}\n"))

    def test_results_do_not_depend_on_the_quantum(self):
        program = self.hosted()
        results = {self.execute(program, "--json", "-q", "--uart", "/dev/null", "--semihosting",
                                self.folder, "--quantum-ns", quantum).stdout
                   for quantum in (2.5, 100, 1000000)}
        self.assertEqual(len(results), 1)

    def test_folder_that_is_not_there(self):
        call = self.assemble(".option norvc\nslli x0, x0, 0x1f\nebreak\nsrai x0, x0, 7\n")
        self.assert_refused(self.execute(call), 1, "breakpoint", "--semihosting FOLDER")
        other = self.execute(self.assemble(".option norvc\nnop\nebreak\nsrai x0, x0, 7\n"))
        self.assert_refused(other, 1, "breakpoint")
        self.assertNotIn("semihosting", other.stderr)
        result = self.execute("hello", "--semihosting", self.folder / "none")
        self.assert_refused(result, 2, "none", "cannot be opened")


class Memory(support.Case):
    # Sums the bytes at 0x80020000, as many as the word before tells, into `sum`.
    SUM = ("li t0, 0x80020000\nlw t1, 0(t0)\nli a0, 0\n1: beqz t1, 2f\nlbu t2, 4(t0)\n"
           "add a0, a0, t2\naddi t0, t0, 1\naddi t1, t1, -1\nj 1b\n2: la t0, sum\nsw a0, 0(t0)\n" +
           support.FINISH.format(word=0x5555) + ".globl sum\n.align 2\nsum: .word 0\n")

    def test_load_and_dump(self):
        data = bytes(range(1, 251)) * 400
        load = self.folder / "data@x"
        load.write_bytes(len(data).to_bytes(4, "little") + data)
        dumps = [self.folder / "sum.bin", self.folder / "back.bin"]
        result = self.execute(self.assemble(self.SUM), "--load", f"{load}@0x80020000",
                              "--dump", f"{dumps[0]}@sum:4", "--dump", f"{dumps[1]}@2147614720:0x64")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(int.from_bytes(dumps[0].read_bytes(), "little"), sum(data))
        self.assertEqual(dumps[1].read_bytes(), load.read_bytes()[:100])

    def test_bad_places(self):
        file = self.folder / "f"
        file.write_bytes(bytes(100))
        for option, value, parts in (
                ("--load", f"{file}@0x10000000", ("100 bytes at 0x10000000", "SRAM at 0x80000000")),
                ("--load", f"{file}@0x8003ffff", ("100 bytes",)),
                ("--load", f"{file}@0xffffffffffffffff", ("100 bytes",)),
                ("--load", f"{file}@nowhere", ("'nowhere'", "FILE@ADDRESS")),
                ("--load", f"{file}", ("FILE@ADDRESS",)),
                ("--load", f"{file}.no@0x80020000", ("no file that can be read",)),
                ("--load", f"{self.folder}@0x80020000", ("no file that can be read",)),
                ("--load", "/dev/zero@0x80020000", ("no file that can be read",)),
                ("--dump", f"{file}@0x80000000", ("number of bytes is missing",)),
                ("--dump", f"{file}@0x80000000:0", ("'0'",)),
                ("--dump", f"{file}@0x80000000:-4", ("'-4'",)),
                ("--dump", f"{file}@0x80000000:0x40001", ("262145 bytes",)),
                ("--dump", f"{self.folder}/no/f@0x80000000:4", ("cannot be written",))):
            self.assert_refused(self.execute("hello", option, value), 2, option, *parts)


class Limits(support.Case):
    TIMER = ("la t0, handler\ncsrw mtvec, t0\nli t0, 0x02004000\nli t1, {first}\nsw t1, 0(t0)\n"
             "sw zero, 4(t0)\nli t1, 128\ncsrw mie, t1\ncsrsi mstatus, 8\n1: wfi\nj 1b\n"
             ".align 2\nhandler: li t0, 0x0200bff8\nlw t1, 0(t0)\naddi t1, t1, {step}\n"
             "li t0, 0x02004000\nsw t1, 0(t0)\nmret\n")

    def timer(self, first, step):
        return self.assemble(".option arch, +zicsr\n" + self.TIMER.format(first=first, step=step))

    def test_host_time_in_a_tight_loop_and_in_sleep(self):
        for name, program in (("loop", self.assemble(SPIN)), ("sleep", self.timer(100, 100)),
                              ("storm", self.timer(0, 0))):
            for quantum in (100, 1e6):
                start = time.monotonic()
                result = self.execute(program, "--max-seconds", 0.3, "--quantum-ns", quantum,
                                      "--max-cycles", 10**15)
                self.assert_refused(result, 3, "limit of 0.3 s of host time", "pc 0x800000")
                self.assertLess(time.monotonic() - start, 10, name)

    def test_a_signal_keeps_what_was_written(self):
        hello = "li t0, 0x10000000\nli t1, 'x'\nsb t1, 0(t0)\n"
        program = self.assemble(hello + SPIN)
        for number in (signal.SIGINT, signal.SIGTERM):
            commits = self.folder / "commits"
            uart = self.folder / "uart"
            commits.unlink(missing_ok=True)
            process = subprocess.Popen(
                [support.LEYDEN, "exec", "--chip", "imagine", program, "--log-commits", commits,
                 "--uart", uart, "--max-cycles", str(10**15), "--dump",
                 f"{self.folder}/dump@_start:4"],
                stderr=subprocess.PIPE, text=True)
            self.addCleanup(process.kill)
            while not commits.exists() or commits.stat().st_size < 100000:
                time.sleep(0.01)
                self.assertIsNone(process.poll())
            process.send_signal(number)
            _, errors = process.communicate(timeout=20)
            self.assertEqual(process.returncode, -number)
            self.assertIn("leyden: The run was interrupted by signal", errors)
            told = int(re.search(r"^(\d+) instructions,", errors, re.MULTILINE)[1])
            text = commits.read_text()
            self.assertEqual(text.count("\n"), told)
            self.assertTrue(text.endswith("\n"))
            self.assertEqual(uart.read_text(), "x")
            self.assertEqual((self.folder / "dump").read_bytes(), (0x100002b7).to_bytes(4, "little"))

    def test_an_error_of_the_input_within_the_run_keeps_its_status(self):
        result = self.execute("hello", "--set", "sram.core_latency_cycles=1")
        self.assert_refused(result, 2, "sram.core_latency_cycles")

    def test_a_limit_does_not_change_a_run(self):
        results = [json.loads(self.execute("bench_mix", "--json", "-q", "--uart", "/dev/null",
                                           *more).stdout) for more in ((), ("--max-seconds", 60))]
        self.assertEqual(results[0], results[1])


if __name__ == "__main__":
    unittest.main()
