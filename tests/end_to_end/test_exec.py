"""leyden exec: programs that end well, badly, or never."""

import json
import unittest

import support


class Exec(support.Case):
    def test_hello_prints_and_ends_well(self):
        result = self.execute("hello")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("hello", result.stdout)

    def test_selftest_finds_no_failure(self):
        result = self.execute("selftest")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("0 failures", result.stdout)

    def test_uart_to_a_file(self):
        path = self.folder / "uart.txt"
        self.assertEqual(self.execute("hello", "--uart", path, "-q").returncode, 0)
        self.assertIn("hello", path.read_text())

    def test_json_has_standard_output_for_itself(self):
        result = self.execute("hello", "--json", "--profile", "-", "--stack")
        self.assertEqual(json.loads(result.stdout)["exit_status"], 0)
        for words in ("hello from the chip", "(all)", "trap stack:"):
            self.assertIn(words, result.stderr)

    def test_abort_links_and_is_told(self):
        result = self.execute("aborts")
        self.assert_refused(result, 1, "code 510")
        self.assertIn("zero != 0", result.stdout)

    def test_failure_code_is_told(self):
        program = self.assemble(support.FINISH.format(word=0x3333 | 7 << 16))
        self.assert_refused(self.execute(program), 1, "failed with code 7")

    def test_reset_request_is_told(self):
        program = self.assemble(support.FINISH.format(word=0x7777))
        self.assert_refused(self.execute(program), 1, "asked for a reset")

    def test_unhandled_trap_is_told_with_symbol(self):
        program = self.assemble("nop\nbad: .word 0\n")
        self.assert_refused(self.execute(program), 1, "0x80000002", "illegal instruction")

    def test_hang_reaches_the_cycle_limit(self):
        program = self.assemble("1: j 1b\n")
        result = self.execute(program, "--max-cycles", 100000)
        self.assert_refused(result, 3, "100000", "cycles")

    def test_sleep_forever_is_a_failure_of_the_firmware(self):
        program = self.assemble("1: wfi\nj 1b\n")
        self.assert_refused(self.execute(program), 1, "never finished", "core sleeps")

    def test_watchdog_bites(self):
        program = self.assemble(
            "li t0, 0x10010000\nli t1, 1000\nsw t1, 0x44(t0)\nli t1, 1\nsw t1, 0x40(t0)\n1: j 1b\n")
        self.assert_refused(self.execute(program), 1, "watchdog", "_start")

    def test_unmapped_address_is_a_warning_and_a_trap(self):
        program = self.assemble("li t0, 0x08000000\nlw t1, 0(t0)\n")
        result = self.execute(program)
        self.assert_refused(result, 1, "access fault")
        self.assertIn("0x08000000", result.stderr)
        self.assertIn("pc 0x8000000", result.stderr)

    def test_read_of_memory_never_written_is_a_warning(self):
        text = "li t0, 0x80010000\nlw t1, 0(t0)\n" + support.FINISH.format(word=0x5555)
        result = self.execute(self.assemble(text))
        self.assertEqual(result.returncode, 0)
        self.assertIn("warning", result.stderr)
        self.assertIn("0x80010000", result.stderr)
        self.assertIn("<_start", result.stderr)

    def test_power_up_contents_are_seeded(self):
        text = (".globl begin_signature\nla t0, begin_signature\nli t1, 0x80010000\nlw t2, 0(t1)\n"
                "sw t2, 0(t0)\n" + support.FINISH.format(word=0x5555) +
                ".align 4\n.globl end_signature\nbegin_signature: .word 0\nend_signature:\n")
        program = self.assemble(text)
        words = []
        for seed in (1, 1, 2):
            path = self.folder / "signature"
            result = self.execute(program, "-q", "--signature", path, "--set",
                                  f"system.power_up_seed={seed}")
            self.assertEqual(result.returncode, 0, result.stderr)
            words.append(path.read_text())
        self.assertRegex(words[0], r"^[0-9a-f]{8}\n$")
        self.assertEqual(words[0], words[1])
        self.assertNotEqual(words[0], words[2])

    def test_commit_log_has_a_line_an_instruction(self):
        program = self.assemble("li a0, 5\nadd a1, a0, a0\n" + support.FINISH.format(word=0x5555))
        path = self.folder / "commits"
        result = self.execute(program, "--log-commits", path, "--json")
        lines = path.read_text().splitlines()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(len(lines), json.loads(result.stdout)["instructions"])
        self.assertEqual(len(lines), 6)  # li, add, li, the two of the other li, sw
        self.assertRegex(lines[0], r"0x80000000 .*x10 +0x00000005")
        self.assertRegex(lines[1], r"x11 +0x0000000a")

    def test_program_for_another_machine(self):
        self.assert_refused(self.execute("/bin/true"), 2, "/bin/true", "32-bit ELF", "rv32imac")

    def test_program_that_is_no_elf_or_not_there(self):
        path = self.folder / "text.elf"
        path.write_text("hello")
        self.assert_refused(self.execute(path), 2, "text.elf")
        self.assert_refused(self.execute(self.folder / "none.elf"), 2, "none.elf")
        self.assert_refused(self.execute("helo"), 2, "did you mean 'hello'?")

    def test_segment_outside_memory(self):
        program = self.assemble("nop\n", base=0x1000)
        self.assert_refused(self.execute(program), 2, "0x1000", "SRAM at 0x80000000")

    def test_signature_without_symbols(self):
        result = self.execute("hello", "--signature", self.folder / "s")
        self.assert_refused(result, 2, "begin_signature")

    def test_cycles_do_not_depend_on_the_quantum(self):
        results = {self.execute("selftest", "--json", "-q", "--uart", "/dev/null", "--quantum-ns",
                                quantum).stdout for quantum in (2.5, 77, 10000, 1000000)}
        self.assertEqual(len(results), 1)

    def test_results_do_not_depend_on_translation(self):
        for program in ("selftest", "hello"):
            results = {self.execute(program, "--json", "-q", "--uart", "/dev/null", *more).stdout
                       for more in ((), ("--interpreter",))}
            self.assertEqual(len(results), 1)


if __name__ == "__main__":
    unittest.main()
