"""Faults by list in small programs: each kind alone, its effect computed here."""

import json
import unittest

import support

SRAM, LMEM, OFF_CHIP, WEIGHTS = 0x80000000, 0x20000000, 0x40000000, 0x30000000
DMA, VECTOR, PLIC = 0x10030000, 0x10040000, 0x0C000000
ZICSR = ".option arch, +zicsr\n"
WAIT = "li t0, {cycles}\n1: addi t0, t0, -1\nbnez t0, 1b\n"
# Prints nothing: leaves a0 and a1 at `out` and ends well.
END = """
la t0, out
sw a0, 0(t0)
sw a1, 4(t0)
li t0, 0x100000
li t1, 0x5555
sw t1, 0(t0)
1: j 1b
.balign 64
out: .word 0, 0
.balign 4096
"""
WAYS = (("--interpreter",), ("--quantum-ns", 100), ("--quantum-ns", 1000000))


class Faults(support.Case):
    def faults(self, *entries):
        """A list of faults, each a map of YAML."""
        path = self.folder / "faults.yaml"
        path.write_text("faults:\n" + "".join(f"  - {{{entry}}}\n" for entry in entries))
        return path

    def out(self, program, *arguments, expected=0):
        """The words a program leaves, cycles and faults; the same however it is computed."""
        seen = None
        for way in WAYS:
            dump = self.folder / "out.bin"
            result = self.execute(program, "--json", "--max-cycles", 2000000, "--dump",
                                  f"{dump}@out:8", *way, *arguments)
            self.assertEqual(result.returncode, expected, result.stderr)
            told = json.loads(result.stdout)
            data = dump.read_bytes()
            found = (int.from_bytes(data[:4], "little"), int.from_bytes(data[4:], "little"),
                     told["chip_cycles"], told.get("faults"))
            self.assertIn(seen, (None, found))
            seen = found
        return seen

    def test_bits_of_memories(self):
        for target, base in (("sram", SRAM + 0x9000), ("lmem", LMEM + 64), ("off_chip", OFF_CHIP)):
            program = self.assemble(
                f"li s0, 0x{base:x}\nli a0, 0x12345678\nsw a0, 0(s0)\n" +
                WAIT.format(cycles=3000) + "lw a1, 0(s0)\nxor a0, a0, a1\n" + END)
            plain = self.out(program)
            for byte, bit in ((0, 0), (1, 3), (3, 7)):
                faults = self.faults(
                    f"target: {target}, address: 0x{base + byte:x}, bit: {bit}, cycle: 2000")
                difference, value, cycles, told = self.out(program, "--faults", faults)
                self.assertEqual(difference, 1 << (8 * byte + bit), target)
                self.assertEqual(value, 0x12345678 ^ 1 << (8 * byte + bit))
                self.assertEqual(cycles, plain[2])
                self.assertEqual(told, [{"cycle": 2000, "target": target,
                                         "place": f"0x{base + byte:08x} bit {bit}",
                                         "fate": "read"}])

    def test_a_flip_that_is_overwritten_or_never_used(self):
        program = self.assemble(
            f"li s0, 0x{SRAM + 0x9000:x}\n" + WAIT.format(cycles=3000) +
            "li a0, 5\nsw a0, 0(s0)\nlw a1, 0(s0)\n" + END)
        for offset, fate in ((1, "overwritten"), (8, "unused")):
            faults = self.faults(f"target: sram, address: 0x{SRAM + 0x9000 + offset:x}, bit: 3, "
                                 "cycle: 2000")
            first, second, _, told = self.out(program, "--faults", faults)
            self.assertEqual((first, second), (5, 5))
            self.assertEqual(told[0]["fate"], fate)

    def test_a_flip_in_hot_code_is_executed(self):
        # addi a1, a1, 1 becomes addi a1, a1, 0 (bit 20 of the word): a1 counts up to the flip.
        program = self.assemble(
            ".option norvc\nli a0, 5000\nli a1, 0\n.balign 64\n"
            "hot: addi a1, a1, 1\naddi a0, a0, -1\nbnez a0, hot\n" + END)
        hot = 0x80000040
        plain = self.out(program)
        self.assertEqual(plain[1], 5000)
        counts = {}
        for cycle in (3000, 3600, 7200):
            faults = self.faults(f"target: sram, address: 0x{hot + 2:x}, bit: 4, cycle: {cycle}")
            _, counts[cycle], cycles, told = self.out(program, "--faults", faults)
            self.assertEqual(cycles, plain[2])
            self.assertEqual(told[0]["fate"], "read")
        period = round(plain[2] / 5000)  # cycles of the loop, what is around it is a rest
        self.assertAlmostEqual((counts[7200] - counts[3600]) * period, 3600, delta=period)
        self.assertAlmostEqual((counts[3600] - counts[3000]) * period, 600, delta=period)

    def test_untouched_neighbours_of_code_cost_nothing(self):
        program = self.assemble(
            ".option norvc\nli a0, 5000\nli a1, 7\n.balign 64\n"
            "hot: addi a0, a0, -1\nbnez a0, hot\nj on\n.word 0, 0\non:\n" + END)
        plain = self.out(program)
        faults = self.faults("target: sram, address: 0x8000004c, bit: 4, cycle: 3000")
        flipped = self.out(program, "--faults", faults)
        self.assertEqual(flipped[:3], plain[:3])
        self.assertEqual(flipped[3][0]["fate"], "unused")

    def test_registers_of_the_core(self):
        program = self.assemble(ZICSR + "li a0, 0x0f0f\nli a1, 0x1234\ncsrw mscratch, a1\n" +
                                WAIT.format(cycles=3000) + "csrr a1, mscratch\n" + END)
        for name, bit, expected in (("x10", 31, (0x80000F0F, 0x1234)),
                                    ("mscratch", 4, (0x0F0F, 0x1224))):
            faults = self.faults(f"target: register, register: core.{name}, bit: {bit}, cycle: 999")
            self.assertEqual(self.out(program, "--faults", faults)[:2], expected)

    def test_the_program_counter(self):
        program = self.assemble(
            ".option norvc\nli a0, 1\nli a1, 0\nj spin\n.balign 128\nspin: j spin\n.balign 64\n"
            "li a1, 9\n" + END)
        faults = self.faults("target: register, register: core.pc, bit: 6, cycle: 5000")
        self.assertEqual(self.out(program, "--faults", faults)[:2], (1, 9))

    def test_registers_of_units(self):
        program = self.assemble(
            f"li s0, 0x{DMA + 0x100:x}\nli a0, 0x40001000\nsw a0, 0x40(s0)\n" +
            WAIT.format(cycles=3000) +
            f"lw a0, 0x40(s0)\nli s0, 0x{VECTOR:x}\nlw a1, 8(s0)\n" + END)
        faults = self.faults("target: register, register: dma1.SRC, bit: 12, cycle: 2000",
                             "target: register, register: vector.STATUS, bit: 1, cycle: 2001")
        self.assertEqual(self.out(program, "--faults", faults)[:2], (0x40000000, 2))

    def test_tables_and_cells_of_a_macro(self):
        # Row 5, column 38: bit 6 of the second word of the row (256 columns of one bit).
        cell = WEIGHTS + 5 * 32 + 4
        for place, address, bit in (
                ("target: weights, macro: 0, row: 5, column: 38", cell, 6),
                ("target: abn, entry: 3, bit: 18", WEIGHTS + 0x80000 + 12, 18),
                ("target: trim, column: 7, bit: 2", WEIGHTS + 0xC0000 + 28, 2)):
            program = self.assemble(
                f"li s0, 0x{address:x}\nli a0, 0x8100\nsw a0, 0(s0)\n" + WAIT.format(cycles=3000) +
                "lw a1, 0(s0)\nxor a0, a0, a1\n" + END)
            self.assertEqual(self.out(program)[0], 0)
            faults = self.faults(place + ", cycle: 2000")
            self.assertEqual(self.out(program, "--faults", faults)[0], 1 << bit, place)

    def test_a_stuck_cell_keeps_its_level(self):
        program = self.assemble(
            f"li s0, 0x{WEIGHTS + 5 * 32 + 4:x}\nli a0, -1\nsw a0, 0(s0)\nlw a0, 0(s0)\n"
            "sw zero, 0(s0)\nlw a1, 0(s0)\n" + END)
        self.assertEqual(self.out(program)[:2], (0xFFFFFFFF, 0))
        faults = self.faults("target: cell, row: 5, column: 38, level: 0",
                             "target: cell, row: 5, column: 40, level: 1")
        self.assertEqual(self.out(program, "--faults", faults)[:2], (0xFFFFFFBF, 0x100))

    def dma(self, after):
        """Moves 64 bytes with an interrupt at the end and sleeps until it comes."""
        return self.assemble(
            ZICSR + f"li s1, 0x{PLIC:x}\nli t0, 1\nsw t0, 4(s1)\nli s2, 0x{PLIC + 0x2000:x}\nli t0, 2\n"
            "sw t0, 0(s2)\nli t0, 0x800\ncsrw mie, t0\n"
            f"li s0, 0x{DMA:x}\nli t0, 0x{LMEM:x}\nsw t0, 0x44(s0)\nli t0, 0x{OFF_CHIP:x}\n"
            "sw t0, 0x40(s0)\nli t0, 64\nsw t0, 0x48(s0)\nli t0, 1\nsw t0, 0x4c(s0)\n"
            "csrr s3, mcycle\nli t0, 3\nsw t0, 4(s0)\nwfi\ncsrr a0, mcycle\nsub a0, a0, s3\n" +
            after + END)

    def test_interrupts_that_are_lost_or_late(self):
        program = self.dma("li a1, 1\n")
        quick = self.out(program)[0]
        for delay in (1, 100, 12345):
            faults = self.faults(
                f"target: interrupt, line: dma0, delay_cycles: {delay}, cycle: 0")
            late, _, _, told = self.out(program, "--faults", faults)
            self.assertEqual(late - quick, delay)
            self.assertEqual(told[0]["place"], f"dma0 late by {delay}")
        faults = self.faults("target: interrupt, line: dma0, drop: yes, cycle: 0")
        result = self.execute(program, "--faults", faults)
        self.assert_refused(result, 1, "never finished", "the core sleeps")
        # With the watchdog, whose counter the chip still has, it is found.
        bitten = self.assemble(
            "li t0, 0x10010000\nli t1, 5000\nsw t1, 0x44(t0)\nli t1, 1\nsw t1, 0x40(t0)\nwfi\n")
        self.assert_refused(self.execute(bitten, "--faults", faults), 1, "watchdog")

    def test_only_so_many_rises(self):
        program = self.dma("li a1, 1\n")
        faults = self.faults("target: interrupt, line: external, delay_cycles: 50, cycle: 0",
                             "target: interrupt, line: dma1, drop: yes, cycle: 0",
                             "target: interrupt, line: dma0, drop: yes, cycle: 100000000")
        self.assertEqual(self.out(program, "--faults", faults)[0] - self.out(program)[0], 50)

    def test_transfers_that_are_refused(self):
        program = self.dma("lw a1, 0xc(s0)\n")
        self.assertEqual(self.out(program)[1], 0)
        for access, code in (("read", 2), ("write", 3)):
            faults = self.faults(f"target: bus, master: dma0, access: {access}, refuse: yes, cycle: 0")
            self.assertEqual(self.out(program, "--faults", faults)[1], code)
        faults = self.faults("target: bus, master: core, access: read, refuse: yes, cycle: 0")
        result = self.execute(program, "--faults", faults)
        self.assert_refused(result, 1, "load access fault")

    def test_transfers_that_are_late(self):
        program = self.dma("li a1, 1\n")
        quick = self.out(program)[0]
        for count in (1, 2):
            faults = self.faults(
                f"target: bus, master: dma0, delay_cycles: 77, count: {count}, cycle: 0")
            self.assertEqual(self.out(program, "--faults", faults)[0] - quick, 77 * count)

    def test_faults_follow_layers(self):
        program = self.assemble(
            "li a0, 0x0f0f\nli a1, 0\n" + WAIT.format(cycles=500) +
            "li t1, 0x10020000\nli t2, 3\nsw t2, 4(t1)\n" + WAIT.format(cycles=500) + END)
        faults = self.faults("target: register, register: core.x10, bit: 0, layer: 3, "
                             "layer_cycle: 100")
        found = self.out(program, "--faults", faults)
        self.assertEqual(found[0], 0x0F0E)
        faults = self.faults("target: register, register: core.x10, bit: 0, layer: 4")
        self.assertEqual(self.out(program, "--faults", faults)[3], [])

    def test_bad_lists(self):
        program = self.assemble("nop\n" + END)
        for entry, *parts in (
                ("target: srams, address: 0, bit: 0, cycle: 1", "did you mean 'sram'?"),
                ("address: 0, bit: 0, cycle: 1", "needs the key target"),
                ("target: sram, address: 0x1000, bit: 0, cycle: 1", "0x00001000", "0x80000000"),
                ("target: sram, address: 0x80000000, bit: 8, cycle: 1", "bit is 8", "0 to 7"),
                ("target: sram, address: 0x80000000, bit: -1, cycle: 1", "'-1'", "whole number"),
                ("target: sram, address: 0x80000000, bit: 1", "time of a fault"),
                ("target: sram, address: 0x80000000, bit: 1, cycle: 1, layer: 2", "time of a fault"),
                ("target: sram, bit: 1, cycle: 1", "key address", "missing"),
                ("target: sram, address: 0, bit: 1, cycle: 1, row: 2", "key row"),
                ("target: sram, address: 0, bit: 1, bit: 1, cycle: 1", "given twice"),
                ("target: weights, macro: 1, row: 1, column: 1, cycle: 1", "no macro 1"),
                ("target: weights, row: 99999, column: 1, cycle: 1", "row is 99999"),
                ("target: weights, row: 1, column: 1, bit: 1, cycle: 1", "bit is 1", "0 to 0"),
                ("target: abn, entry: 1024, bit: 1, cycle: 1", "entry is 1024"),
                ("target: cell, row: 1, column: 999, level: 1", "column is 999"),
                ("target: cell, row: 1, column: 1, level: 2", "level is 2"),
                ("target: adc, column: 1, code: 3", "lowest, highest"),
                ("target: column, column: 1, cycle: 3", "key cycle"),
                ("target: register, register: dma9.SRC, bit: 0, cycle: 1", "dma9.SRC"),
                ("target: register, register: dma0.SRX, bit: 0, cycle: 1", "did you mean"),
                ("target: register, register: dma0.CTRL, bit: 9, cycle: 1", "nothing that can flip"),
                ("target: register, register: core.pc, bit: 0, cycle: 1", "core.pc"),
                ("target: interrupt, line: gpio, drop: yes, cycle: 1", "no interrupt line gpio"),
                ("target: interrupt, line: dma0, cycle: 1", "drop: yes"),
                ("target: bus, master: dma7, refuse: yes, cycle: 1", "no master dma7"),
                ("target: bus, master: dma0, refuse: maybe, cycle: 1", "yes, no")):
            with self.subTest(entry):
                result = self.execute(program, "--faults", self.faults(entry))
                self.assert_refused(result, 2, *parts)
        path = self.folder / "none.yaml"
        self.assert_refused(self.execute(program, "--faults", path), 2, "cannot be read")
        for text, part in (("", "no list of faults"), ("faults: []", "lists no faults"),
                           ("faults: [1]", "must be a map"), ("faults: {", "not YAML")):
            path.write_text(text)
            self.assert_refused(self.execute(program, "--faults", path), 2, part)

    def test_bad_keys(self):
        program = self.assemble("nop\n" + END)
        for setting, *parts in (
                ("faults.sram.flips_per_mbit_ms=-1", "-1"),
                ("faults.sram.flips_per_mbit_ms=nan", "nan"),
                ("faults.bus.error_percent=101", "101"),
                ("faults.seed=-1", "-1"),
                ("faults.sram.flip=1", "did you mean"),
                ("faults.macro.dead_adc_code=5", "lowest, highest"),
                ("faults.sram.flips=3", "time of an image")):
            self.assert_refused(self.execute(program, "--set", setting), 2, *parts)


if __name__ == "__main__":
    unittest.main()
