"""leyden exec --gdb with GDB itself, on small programs whose addresses and results are known."""

import re
import subprocess
import unittest

import gdb_session
import support

PROGRAM = r"""
typedef unsigned int word;
volatile word counter, rounds = 5, go, saved;

__attribute__((noinline)) word work(word n) {
  word sum = 0;
  for (word i = 0; i < n; ++i) {
    counter = counter + 1;
    sum += counter;
  }
  return sum;
}

/* 1 + 2 + .. + rounds is the run's code; 0 of rounds = 5 is success. */
void run(void) {
  word sum = work(rounds);
  *(volatile word*)0x100000 = sum == 15 ? 0x5555 : (0x3333 | sum << 16);
  for (;;) {
  }
}

__attribute__((naked, section(".text.start"))) void _start(void) {
  __asm__ volatile("li sp, 0x80020000\n j run");
}
"""


class Gdb(support.Case):
    def compile(self, text, name="program"):
        source = self.folder / f"{name}.c"
        source.write_text(text, encoding="utf-8")
        program = self.folder / f"{name}.elf"
        subprocess.run(
            ["riscv64-unknown-elf-gcc", "-march=rv32imac", "-mabi=ilp32", "-O1", "-g",
             "-nostdlib", "-nostartfiles", "-ffreestanding", "-static", "-Wl,-Ttext=0x80000000",
             "-Wl,-e,_start", "-Wl,--no-warn-rwx-segments", "-Wl,--build-id=none", "-Wl,--nmagic",
             "-Wl,--no-relax", "-o", program, source], check=True)
        return program

    def start(self, program, *arguments):
        debugged = gdb_session.Debugged("exec", "--chip", "imagine", program, *arguments)
        self.addCleanup(debugged.close)
        return debugged

    def test_inspect_change_and_finish(self):
        program = self.compile(PROGRAM)
        debugged = self.start(program)
        out = debugged.gdb(
            program, "break work", "continue", "backtrace", "print n", "set var n = 6",
            "print/x $mscratch", "set var $mscratch = 0x1234", "print/x $mscratch",
            "print $priv", "print counter", "finish", "monitor time", "continue")
        self.assertRegex(out, r"Breakpoint 1, work \(n=5\)")
        self.assertRegex(out, r"#1  .* run \(\)")
        self.assertIn("$1 = 5", out)
        self.assertIn("$2 = 0x0", out)
        self.assertIn("$3 = 0x1234", out)
        self.assertIn("Value returned is $6 = 21", out)
        self.assertRegex(out, r"us, \d+ cycles, \d+ instructions")
        self.assertIn("exited with code 01", out)
        status, _, errors = debugged.end()
        self.assertEqual(status, 1, errors)
        self.assertIn("failed with code 21", errors)

    def test_a_run_that_is_looked_at_equals_one_that_is_not(self):
        program = self.compile(PROGRAM)
        alone = self.execute(program, "--json")
        debugged = self.start(program, "--json")
        out = debugged.gdb(
            program, "break work", "continue", "stepi", "step", "next", "watch counter",
            "continue", "continue", "awatch rounds", "monitor energy", "monitor layer",
            "monitor csr", "hbreak run", "delete", "info registers", "x/8i $pc",
            "x/64wx 0x10000000", "continue")
        self.assertIn("exited normally", out)
        status, text, _ = debugged.end()
        self.assertEqual((status, text), (0, alone.stdout))

    def test_breakpoints_of_both_kinds_stop_at_their_address(self):
        program = self.assemble("li a0, 0\nloop: addi a0, a0, 1\nli a1, 5\nblt a0, a1, loop\n"
                                + support.FINISH.format(word=0x5555))
        for kind in ("break", "hbreak"):
            debugged = self.start(program)
            out = debugged.gdb(program, f"{kind} *loop", *["continue", "print $a0", "print $pc"] * 5,
                               "print *(int *)loop", "continue")
            self.assertEqual(re.findall(r"^\$\d+ = (\d+)$", out, re.MULTILINE)[:5],
                             ["0", "1", "2", "3", "4"], out)
            self.assertEqual(out.count("<loop>"), 5, out)
            self.assertIn("exited normally", out)
            self.assertEqual(debugged.end()[0], 0)

    def test_watchpoints_stop_after_the_one_instruction(self):
        # Offsets by hand: every instruction has 4 bytes.
        program = self.assemble(
            ".option norvc\nlui a0, 0x80010\nsw zero, 0(a0)\nsw zero, 4(a0)\nli a1, 7\n"
            "first: sb a1, 1(a0)\nsecond: sh a1, 2(a0)\nnop\nthird: lbu a2, 1(a0)\nnop\n"
            "fourth: amoadd.w a3, a1, (a0)\nnop\n" + support.FINISH.format(word=0x5555))
        expected = {
            "watch *(int *)0x80010000": [0x14, 0x18, 0x28],
            "rwatch *(int *)0x80010000": [0x20, 0x28],
            "awatch *(int *)0x80010000": [0x14, 0x18, 0x20, 0x28],
            "watch *(char *)0x80010001": [0x14],
            "watch *(short *)0x80010002": [0x18],
        }
        for watch, offsets in expected.items():
            debugged = self.start(program)
            commands = ["continue", "print/x $pc"] * len(offsets)
            # Past the stores of zeros.
            out = debugged.gdb(program, "break first", "continue", "delete", watch, *commands,
                               "delete", "continue")
            self.assertEqual([int(value, 16) - 0x80000000
                              for value in re.findall(r"^\$\d+ = (0x\w+)$", out, re.MULTILINE)],
                             offsets, f"{watch}: {out}")
            self.assertIn("ardware ", out)
            self.assertIn("exited normally", out)
            self.assertEqual(debugged.end()[0], 0)

    def test_single_steps(self):
        program = self.assemble("li a0, 1\nli a1, 2\nadd a2, a0, a1\nj over\n.word 0\n"
                                "over: nop\n" + support.FINISH.format(word=0x5555))
        debugged = self.start(program)
        out = debugged.gdb(program, *["stepi"] * 4, "print $a2", "info symbol $pc",
                           "monitor time", "continue")
        self.assertIn("$1 = 3", out)
        self.assertIn("over in section", out)
        self.assertIn("4 instructions", out)
        self.assertEqual(debugged.end()[0], 0)

    def test_ctrl_c_in_a_tight_loop(self):
        program = self.assemble("nop\nloop: j loop\ndone: " + support.FINISH.format(word=0x5555))
        debugged = self.start(program, "--max-cycles", 10**15)
        out = debugged.gdb_interrupted(program, "echo RUNNING\\n", "continue", "info symbol $pc",
                                       "set var $pc = done", "continue")
        self.assertIn("SIGINT", out)
        self.assertIn("loop in section", out)
        self.assertIn("exited normally", out)
        self.assertEqual(debugged.end()[0], 0)

    def test_ctrl_c_in_a_sleep_that_nothing_ends(self):
        program = self.assemble("wfi\nafter: j after\ndone: " + support.FINISH.format(word=0x5555))
        debugged = self.start(program)
        out = debugged.gdb_interrupted(program, "echo RUNNING\\n", "continue", "info symbol $pc",
                                       "monitor time", "set var $pc = done", "continue")
        self.assertIn("nothing is pending that would wake it", out)
        self.assertIn("SIGINT", out)
        self.assertIn("after in section", out)
        self.assertIn("exited normally", out)
        self.assertEqual(debugged.end()[0], 0)

    def test_ctrl_c_while_gdb_steps_for_itself(self):
        """A software watchpoint: GDB steps and compares, for ever."""
        program = self.assemble("nop\nloop: addi a0, a0, 1\nj loop\ndone: "
                                + support.FINISH.format(word=0x5555))
        debugged = self.start(program)
        out = debugged.gdb_interrupted(program, "set can-use-hw-watchpoints 0", "watch $a1",
                                       "echo RUNNING\\n", "continue", "print $a0 > 10", "delete",
                                       "set var $pc = done", "continue")
        self.assertIn("SIGINT", out)
        self.assertIn("$1 = 1", out)
        self.assertIn("exited normally", out)
        self.assertEqual(debugged.end()[0], 0)

    def test_monitor_reset_mends_a_trap(self):
        program = self.compile(PROGRAM)
        debugged = self.start(program)
        out = debugged.gdb(program, "set var *(int *)work = 0", "continue", "monitor reset",
                           "load", "maintenance flush register-cache", "continue")
        self.assertIn("SIGILL", out)
        self.assertIn("exited normally", out)
        self.assertEqual(debugged.end()[0], 0)

    def test_a_sleep_goes_on_after_a_look(self):
        """The timer wakes the core; what was looked at in between changes no cycle."""
        text = ("la t0, handler\ncsrw mtvec, t0\nli t0, 0x80\ncsrw mie, t0\nli t0, 0x02004000\n"
                "li t1, {ticks}\nsw t1, 0(t0)\nsw zero, 4(t0)\nwfi\nafter: csrsi mstatus, 8\n"
                "1: j 1b\n.balign 4\nhandler: csrr a0, mcycle\n"
                + support.FINISH.replace("{word}", "0x5555"))
        text = ".option arch, +zicsr\n" + text
        program = self.assemble(text.format(ticks=1000))
        alone = self.execute(program, "--json").stdout
        debugged = self.start(program, "--json")
        out = debugged.gdb(program, "break after", "continue", "print $mip", "stepi",
                           "info symbol $pc", "continue")
        self.assertIn("$1 = 128", out)
        self.assertIn("exited normally", out)
        status, report, _ = debugged.end()
        self.assertEqual((status, report), (0, alone))

    def test_a_step_over_wfi_ends_after_the_sleep(self):
        text = ("li t0, 0x80\ncsrw mie, t0\nli t0, 0x02004000\nli t1, 1000\nsw t1, 0(t0)\n"
                "sw zero, 4(t0)\nsleep: wfi\nafter: nop\n" + support.FINISH.format(word=0x5555))
        program = self.assemble(".option arch, +zicsr\n" + text)
        debugged = self.start(program)
        out = debugged.gdb(program, "break sleep", "continue", "stepi", "info symbol $pc",
                           "print $mip", "continue")
        self.assertIn("after in section", out)
        self.assertIn("$1 = 128", out)
        self.assertEqual(debugged.end()[0], 0)

    def test_detach_and_come_again(self):
        program = self.compile(PROGRAM.replace("word sum = work(rounds);",
                                               "while (!go) ++saved;\n  word sum = work(rounds);"))
        debugged = self.start(program)
        first = debugged.gdb(program, "break run", "continue", "watch counter", "detach")
        self.assertIn("Breakpoint 1, run", first)
        self.assertIn("detached", first)
        second = debugged.gdb(program, "info symbol $pc", "print saved > 0", "print go",
                              "set var go = 1", "continue")
        self.assertRegex(second, r"run( \+ \d+)? in section")
        self.assertIn("$1 = 1", second)
        self.assertIn("$2 = 0", second)
        self.assertIn("exited normally", second)
        self.assertEqual(debugged.end()[0], 0)

    def test_no_wait_runs_on_without_a_debugger(self):
        program = self.compile(PROGRAM)
        debugged = self.start(program, "--no-gdb-wait")
        status, _, errors = debugged.end()
        self.assertEqual(status, 0, errors)
        self.assertNotIn("waiting", errors)

    def test_a_trap_nobody_handles_is_shown_before_the_end(self):
        program = self.assemble("li a0, 0x08000000\nbad: lw a1, 0(a0)\ngood: "
                                + support.FINISH.format(word=0x5555))
        debugged = self.start(program)
        out = debugged.gdb(program, "continue", "info symbol $pc", "continue")
        self.assertIn("SIGSEGV", out)
        self.assertIn("load access fault", out)
        self.assertIn("bad in section", out)
        self.assertIn("exited with code 01", out)
        self.assertEqual(debugged.end()[0], 1)
        # The cause can be mended, and the run goes on.
        debugged = self.start(program)
        out = debugged.gdb(program, "continue", "set var $pc = good", "continue")
        self.assertIn("exited normally", out)
        self.assertEqual(debugged.end()[0], 0)

    def test_a_limit_is_shown_before_the_end(self):
        program = self.assemble("nop\nloop: j loop\n")
        debugged = self.start(program, "--max-cycles", 100000)
        out = debugged.gdb(program, "continue", "info symbol $pc", "continue")
        self.assertIn("SIGABRT", out)
        self.assertIn("loop in section", out)
        self.assertEqual(debugged.end()[0], 3)

    def test_unmapped_memory_is_an_error_and_changes_nothing(self):
        program = self.compile(PROGRAM)
        debugged = self.start(program)
        out = debugged.gdb(program, "set mem inaccessible-by-default off",
                           "print *(int *)0x08000000", "break work", "continue", "continue")
        self.assertIn("Cannot access memory at address 0x8000000", out)
        self.assertIn("exited normally", out)
        status, _, errors = debugged.end()
        self.assertEqual(status, 0)
        self.assertNotIn("0x08000000", errors, "a look is no access of the program")

    def test_memory_map_and_monitor(self):
        program = self.compile(PROGRAM)
        debugged = self.start(program)
        out = debugged.gdb(program, "info mem", "monitor help", "monitor nonsense", "monitor map",
                           "monitor energy", "monitor layer", "set var $mscratch = 0x1234", "monitor csr mscratch",
                           "monitor csr nothing", "continue")
        self.assertRegex(out, r"0x80000000 0x80040000 rw")
        self.assertIn("There is no monitor command 'nonsense'.", out)
        self.assertRegex(out, r"sram +0x80000000 to 0x8003ffff")
        self.assertRegex(out, r"total +\d+\.\d+ pJ")
        self.assertIn("no layer is under way", out)
        self.assertIn("mscratch = 0x00001234", out)
        self.assertIn("There is no such CSR", out)
        self.assertEqual(debugged.end()[0], 0)

    def test_monitor_reset_starts_the_core_anew(self):
        program = self.compile(PROGRAM)
        debugged = self.start(program)
        out = debugged.gdb(program, "break work", "continue", "monitor reset",
                           "maintenance flush register-cache", "info symbol $pc", "print $sp",
                           "load", "continue", "print n", "delete", "continue")
        self.assertIn("_start in section", out)
        self.assertIn("$1 = (void *) 0x0", out)
        self.assertEqual(out.count("Breakpoint 1, work (n=5)"), 2, out)
        self.assertIn("exited normally", out)
        self.assertEqual(debugged.end()[0], 0)

    def test_kill_ends_the_run(self):
        program = self.compile(PROGRAM)
        debugged = self.start(program)
        debugged.gdb(program, "break work", "continue", "kill")
        status, _, errors = debugged.end()
        self.assertEqual(status, 3)
        self.assertIn("leyden: The debugger ended the run.", errors)

    def test_functions_can_be_called(self):
        program = self.compile(PROGRAM)
        debugged = self.start(program)
        out = debugged.gdb(program, "break work", "continue", "delete", "print work(3)",
                           "set var counter = 0", "continue")
        self.assertIn("$1 = 6", out)
        self.assertIn("exited normally", out)
        self.assertEqual(debugged.end()[0], 0)

    def test_wrong_ports_are_refused(self):
        program = self.compile(PROGRAM)
        debugged = self.start(program)
        self.assert_refused(self.execute(program, "--gdb", debugged.port), 2, str(debugged.port),
                            "choose another")
        for port in ("65536", "-1", "x"):
            self.assertEqual(self.execute(program, "--gdb", port).returncode, 2)
        self.assert_refused(
            support.leyden("run", "--chip", "imagine", "--network", "lenet5-fashion", "--data",
                           support.FASHION, "--gdb", 0, "--jobs", 2), 2, "--jobs 1")


if __name__ == "__main__":
    unittest.main()
