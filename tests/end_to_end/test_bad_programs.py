"""Firmware that goes wrong: the run ends, and tells where and why."""

import unittest

import support

CSR = ".option arch, +zicsr\n"
HANDLER = CSR + "la t0, handler\ncsrw mtvec, t0\n"


class BadPrograms(support.Case):
    def test_interrupt_storm(self):
        # The timer is always due and the handler does nothing about it.
        program = self.assemble(
            HANDLER + "li t0, 0x02004000\nsw zero, 0(t0)\nsw zero, 4(t0)\nli t1, 128\n"
            "csrw mie, t1\ncsrsi mstatus, 8\n1: j 1b\n.align 2\nhandler: mret\n")
        result = self.execute(program, "--max-cycles", 200000)
        self.assert_refused(result, 3, "200000 cycles", "does not clear what raises it")
        result = self.execute(program, "--max-seconds", 0.2)
        self.assert_refused(result, 3, "host time", "does not clear what raises it")

    def test_jump_to_nowhere(self):
        for address in ("0x08000000", "0", "0x80100000", "0xfffffffe"):
            program = self.assemble(f"li t0, {address}\njr t0\n")
            result = self.execute(program)
            self.assert_refused(result, 1, "instruction access fault", f"{int(address, 0):x}",
                                "no trap handler")

    def test_jump_to_nowhere_in_the_handler(self):
        program = self.assemble(
            CSR + "li t0, 0x08000000\ncsrw mtvec, t0\n.word 0\n")
        self.assert_refused(self.execute(program), 1, "instruction access fault", "0x8000000",
                            "illegal instruction")

    def test_double_trap(self):
        program = self.assemble(HANDLER + "ecall\n.align 2\nhandler: lw t1, 0(zero)\n")
        result = self.execute(program)
        self.assert_refused(result, 1, "load access fault", "handler", "environment call")

    def test_trap_in_the_libraries_handler(self):
        # The start-up code's handler notices that the stack of the handler is what is broken.
        source = self.folder / "nested.c"
        source.write_text("int main(void) { return *(volatile int*)1; }\n", encoding="utf-8")
        self.assert_refused(self.execute("trap"), 1, "code 258")

    def test_stack_overflow_into_protected_memory(self):
        # PMP entry 0 locks 4 KiB below the stack; the recursion runs into it and traps.
        program = self.assemble(
            HANDLER + "la t0, guard\nsrli t0, t0, 2\nori t0, t0, 0x1ff\ncsrw pmpaddr0, t0\n"
            "li t0, 0x98\ncsrw pmpcfg0, t0\n"  # locked, NAPOT, no rights
            "la sp, stack_top\n"
            "recurse: addi sp, sp, -64\nsw ra, 0(sp)\njal recurse\n"
            ".align 2\nhandler: csrr t0, mcause\nli t1, 7\n1: bne t0, t1, 1b\n"
            "csrr t0, mtval\nla t1, guard\nsub t0, t0, t1\nli t1, 4096\n2: bgeu t0, t1, 2b\n" +
            support.FINISH.format(word=0x3333 | 77 << 16) +
            ".align 12\nguard: .fill 4096\nstack: .fill 4096\nstack_top:\n")
        self.assert_refused(self.execute(program), 1, "failed with code 77")

    def test_stack_overflow_without_a_handler_of_it(self):
        program = self.assemble(
            CSR + "la t0, guard\nsrli t0, t0, 2\nori t0, t0, 0x1ff\ncsrw pmpaddr0, t0\n"
            "li t0, 0x98\ncsrw pmpcfg0, t0\nla sp, stack_top\n"
            "recurse: addi sp, sp, -64\nsw ra, 0(sp)\njal recurse\n"
            ".align 12\nguard: .fill 4096\nstack: .fill 4096\nstack_top:\n")
        self.assert_refused(self.execute(program), 1, "access fault", "PMP region 0", "recurse")

    def test_stack_overflow_out_of_memory(self):
        program = self.assemble(
            "la sp, _start\naddi sp, sp, 0x100\nrecurse: addi sp, sp, -16\nsw zero, 0(sp)\n"
            "jal recurse\n")
        # The program destroys itself before it leaves the SRAM.
        self.assertEqual(self.execute(program, "--max-cycles", 100000).returncode, 1)

    def test_program_that_overwrites_itself_with_nonsense(self):
        program = self.assemble(
            "la t0, 1f\nli t1, -1\nli t2, 4096\n1: sw t1, 0(t0)\naddi t0, t0, 4\n"
            "addi t2, t2, -4\nbnez t2, 1b\n" + ".fill 1024, 4, 0x13\n")
        self.assert_refused(self.execute(program), 1, "illegal instruction")


if __name__ == "__main__":
    unittest.main()
