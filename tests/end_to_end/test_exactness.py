"""leyden exec: whether the core is interpreted, translated, observed, or run in longer or shorter
pieces changes nothing that can be seen, with any timing and wherever a run is cut off."""

import hashlib
import json
import os
import random
import unittest

import support

SRAM = 0x80000000
SRAM_BYTES = 262144
CLASSES = ("alu", "load", "store", "branch", "jump", "multiply", "divide", "csr", "atomic",
           "system")
OPERATIONS = (
    "lw a0, 0(s0)", "sw a1, 4(s0)", "lbu a2, 1(s0)", "sh a3, 6(s0)", "add a0, a0, a1",
    "mul a1, a2, a0", "div a3, a1, a4", "remu a4, a1, a3", "xor a2, a2, a3", "c.addi a5, 3",
    "amoadd.w a1, a2, (s0)", "lr.w a2, (s0)\nsc.w a3, a1, (s0)", "csrr a4, minstret",
    "csrr a4, mcycle", "lw a5, 0(s3)", "csrrs a5, mhpmcounter3, zero", "fence.i", "jal leaf",
    "andi a5, a0, 1\nbeqz a5, 1f\naddi a1, a1, 5\n1:", "wfi", "xor s6, s6, s7\nsw s6, (s4)",
    "xor s6, s6, s7\nsw s6, (s4)\nfence.i",
)


def program(draw):
    """Loops under timer interrupts, which come at ever other distances."""
    loops = []
    for _ in range(6):
        body = "\n".join(draw.choice(OPERATIONS) for _ in range(draw.randint(2, 12)))
        loops.append(f"li s1, {draw.randint(5, 400)}\n2:\n{body}\naddi s1, s1, -1\nbnez s1, 2b\n")
    return f"""
    .option arch, +zicsr, +zifencei
    la s0, data
    li s6, 0x00150513  # addi a0, a0, 1
    li s7, 0x00008080  # to addi a1, a1, 1 and back
    li s3, 0x0200bff8
    la s4, patched
    la t0, handler
    csrw mtvec, t0
    li t0, {draw.randint(1, 16)}
    csrw mhpmevent3, t0
    li s2, {draw.randint(1, 0x7fffffff)}
    li t0, 0x02004000
    sw zero, 4(t0)
    sw zero, 0(t0)
    li t0, 0x80
    csrw mie, t0
    csrsi mstatus, 8
    {"".join(loops)}
    {support.FINISH.format(word=0x5555)}
leaf:
    addi a1, a1, 1
    j patched
.balign 4
handler:
    addi s5, s5, 1
    slli t1, s2, 13
    xor s2, s2, t1
    srli t1, s2, 17
    xor s2, s2, t1
    slli t1, s2, 5
    xor s2, s2, t1
    andi t1, s2, 0x1ff
    addi t1, t1, 40
    lw t2, 0(s3)
    add t2, t2, t1
    li t1, 0x02004000
    sw t2, 0(t1)
    mret
.balign 64
    .word 0x00000013
patched:
    .word 0x00150513
    ret
.balign 64
data: .space 64
"""


class Exactness(support.Case):
    def variants(self):
        yield ()
        yield ("--interpreter",)
        yield ("--quantum-ns", "2.5")
        yield ("--quantum-ns", "137", "--interpreter")
        yield ("--quantum-ns", "1000000")
        yield ("--log-commits", self.folder / "commits.txt")

    def outcome(self, elf, *options):
        dump = self.folder / "dump.bin"
        dump.unlink(missing_ok=True)
        result = self.execute(elf, "--json", "--uart", self.folder / "uart.txt", "--dump",
                              f"{dump}@0x{SRAM:x}:{SRAM_BYTES}", *options)
        told = json.loads(result.stdout) if result.stdout else {}
        return (result.returncode, told, result.stderr, (self.folder / "uart.txt").read_text(),
                hashlib.sha256(dump.read_bytes()).hexdigest() if dump.exists() else "")

    def test_all_ways_to_run_are_equal(self):
        seed = int(os.environ.get("LEYDEN_LOCKSTEP_SEED", "1"))
        for trial in range(seed, seed + int(os.environ.get("LEYDEN_EXACTNESS_PROGRAMS", "24"))):
            draw = random.Random(trial)
            elf = "selftest" if draw.random() < 0.3 else self.assemble(program(draw))
            settings = []
            for name in draw.sample(CLASSES, 4) if draw.random() < 0.7 else ():
                settings += ["--set", f"core.{name}_cycles={draw.choice((1, 2, 7, 1000))}"]
            for name in ("load_use", "taken_branch", "fetch_wait", "wake"):
                if draw.random() < 0.4:
                    settings += ["--set", f"core.{name}_cycles={draw.choice((0, 3, 500))}"]
            if draw.random() < 0.5:
                settings += ["--set", "core.divider=early_out"]
            if draw.random() < 0.5:
                settings += ["--max-cycles", str(draw.randint(1, 60000))]
            with self.subTest(trial=trial, settings=settings):
                first, *others = [(options, self.outcome(elf, *settings, *options))
                                  for options in self.variants()]
                self.assertIn(first[1][0], (0, 3), first[1][2])
                for options, other in others:
                    self.assertEqual(other, first[1], options)


if __name__ == "__main__":
    unittest.main()
