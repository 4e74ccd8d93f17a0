"""What leyden tells of a program: commit log, profile, coverage, stack, trap report."""

import json
import re
import shutil
import subprocess
import unittest

import support

QEMU = shutil.which("qemu-system-riscv32")
ANNOTATE = shutil.which("callgrind_annotate")
OBJDUMP = "riscv64-unknown-elf-objdump"

# Everything a commit log can tell of an instruction: words, halfwords and bytes read and written,
# compressed forms, atomics, divisions, CSRs, an exception and its return.
MIXTURE = """
.option norvc
  la t0, handler
  csrw mtvec, t0
  li a0, 0x12345678
  la a1, data
  sw a0, 0(a1)
  sh a0, 4(a1)
  sb a0, 7(a1)
  lb a2, 3(a1)
  lbu a3, 1(a1)
  lh a4, 2(a1)
  lhu a5, 4(a1)
  lw a6, 4(a1)
  lw a1, 8(a1)
  lw zero, 0(a1)
.option rvc
  c.li s0, -7
  c.mv s1, s0
  c.add s1, s0
  addi sp, a1, 64
  c.swsp s1, 12(sp)
  c.lwsp a2, 12(sp)
  c.sw s1, 4(a1)
  c.lw a4, 4(a1)
  addi a7, a1, 32
  sw zero, 0(a7)
  amoadd.w t1, s1, (a7)
  amomaxu.w t2, a0, (a7)
  amoswap.w zero, s0, (a7)
  lr.w t3, (a7)
  sc.w t4, a0, (a7)
  sc.w t5, a0, (a7)
  mul t6, a0, a0
  div s2, a0, s0
  csrw mscratch, a0
  csrrsi s3, mscratch, 3
  csrrci s4, mscratch, 1
  csrr s5, mscratch
  ecall
  li s6, 40
1: addi s6, s6, -1
  bnez s6, 1b
  jal ra, leaf
  tail finish
leaf:
  ret
finish:
""" + support.FINISH.format(word=0x5555) + """
.align 2
handler:
  csrr s7, mcause
  csrr s8, mepc
  addi s8, s8, 4
  csrw mepc, s8
  mret
.data
.align 4
data: .word 0, 0, data, 0
.space 128
"""

LINE = re.compile(r"core   0: (?P<privilege>\d) 0x(?P<pc>[0-9a-f]{8}) \(0x(?P<bits>[0-9a-f]+)\)"
                  r"(?: x(?P<rd>\d+) +0x(?P<value>[0-9a-f]{8}))?"
                  r"(?P<csrs>(?: c\d+_[a-z0-9-]+ 0x[0-9a-f]{8})*)"
                  r"(?P<memory>(?: mem 0x[0-9a-f]{8}(?: 0x(?:[0-9a-f]{8}|[0-9a-f]{4}|[0-9a-f]{2}))?)*)")
BYTES = {"b": 1, "bu": 1, "h": 2, "hu": 2, "w": 4}


def parse(text):
    """Lines of a commit log as dictionaries; every one must be of the format."""
    parsed = []
    for line in text.splitlines():
        match = LINE.fullmatch(line)
        if match is None:
            raise AssertionError("no line of a commit log: " + line)
        parsed.append(match.groupdict())
    return parsed


def disassembly(program):
    """Instruction text by address, registers by number."""
    text = subprocess.run([OBJDUMP, "-d", "-M", "no-aliases,numeric", program], check=True,
                          capture_output=True, text=True).stdout
    return {int(m[1], 16): m[2] for m in re.finditer(r"^\s*([0-9a-f]+):\t[0-9a-f ]+\t(.*)$", text,
                                                    re.MULTILINE)}


def qemu_states(program, folder):
    """The registers and CSRs before each instruction that QEMU runs in memory."""
    log = folder / "qemu.log"
    subprocess.run([QEMU, "-M", "virt", "-cpu", "rv32,h=false,pmp=true", "-bios", "none",
                    "-display", "none", "-serial", "none", "-monitor", "none", "-singlestep", "-d",
                    "cpu,nochain", "-D", log, "-kernel", program], timeout=60, check=True)
    states = []
    for text in re.split(r"(?m)^(?= pc )", log.read_text())[1:]:
        state = {name: int(value, 16)
                 for name, value in re.findall(r"([a-z][\w/]*) +([0-9a-f]{8})\b", text)}
        if state["pc"] >= 0x80000000:
            states.append({name.split("/")[0]: value for name, value in state.items()})
    return states


class CommitLog(support.Case):
    def log(self, program, *options):
        path = self.folder / "commits"
        result = self.execute(program, "-q", "--log-commits", path, *options)
        self.assertEqual(result.returncode, 0, result.stderr)
        return path.read_text()

    def build(self, text):
        source = self.folder / "program.S"
        source.write_text(".globl _start\n.globl leaf\n_start:\n" + text, encoding="utf-8")
        program = self.folder / "program.elf"
        subprocess.run(
            ["riscv64-unknown-elf-gcc", "-march=rv32imac_zicsr", "-mabi=ilp32", "-nostdlib",
             "-nostartfiles", "-static", "-Wl,-Ttext=0x80000000", "-Wl,-Tdata=0x80001000",
             "-Wl,--no-warn-rwx-segments", "-Wl,--build-id=none", "-Wl,--nmagic", "-Wl,--no-relax",
             "-o", program, source], check=True)
        return program

    @unittest.skipUnless(QEMU, "needs qemu-system-riscv32")
    def test_every_line_is_what_qemu_does(self):
        program = self.build(MIXTURE)
        lines = parse(self.log(program))
        # QEMU shows the state before an ecall, which does not retire.
        code = disassembly(program)
        states = qemu_states(program, self.folder)
        retired = [(s, states[i + 1] if i + 1 < len(states) else None)
                   for i, s in enumerate(states) if not code[s["pc"]].startswith("ecall")]
        self.assertGreater(len(lines), 120)
        # QEMU goes round the loop behind the finisher until its other thread ends it.
        self.assertGreaterEqual(len(retired), len(lines))
        self.assertLessEqual({s["pc"] for s, _ in retired[len(lines):]}, {retired[-1][0]["pc"]})
        told = {"value": 0, "memory": 0, "csr": 0}
        for line, (before, after) in zip(lines, retired):
            words = code[before["pc"]]
            where = f"{before['pc']:x} {words}: {line}"
            self.assertEqual(int(line["pc"], 16), before["pc"], where)
            self.assertEqual(line["privilege"], "3", where)
            self.assertEqual(len(line["bits"]), 4 if words.startswith("c.") else 8, where)
            if after is None:
                continue
            for register in range(32):
                name = f"x{register}"
                expected = int(line["value"], 16) if line["rd"] == str(register) else before[name]
                self.assertEqual(after[name], expected, where)
            told["value"] += line["rd"] is not None
            self.check_memory(line["memory"], words, before, after, where)
            told["memory"] += line["memory"] != ""
            for number, name, value in re.findall(r"c(\d+)_(\w+) 0x(\w+)", line["csrs"]):
                if name in ("mtvec", "mscratch", "mepc"):
                    self.assertEqual(after[name], int(value, 16), where)
                    self.assertEqual({"mtvec": 0x305, "mscratch": 0x340, "mepc": 0x341}[name],
                                     int(number), where)
                    told["csr"] += 1
        self.assertGreater(told["value"], 60)
        self.assertIn(told["memory"], (20, 21))  # QEMU may show no state after the last
        self.assertEqual(told["csr"], 5)
        self.assertRegex(self.log(program),
                         r"\(0x30200073\) c784_mstatush 0x00000000 c768_mstatus 0x000")

    def check_memory(self, memory, words, before, after, where):
        """Addresses and data from QEMU's registers and the disassembly."""
        accesses = re.findall(r"mem 0x(\w{8})(?: 0x(\w+))?", memory)
        simple = re.fullmatch(
            r"(?:c\.)?([ls])([bhw]u?)(?:sp)?\s+x(\d+),(-?\d+)\(x(\d+)\).*", words)
        atomic = re.fullmatch(r"(lr|sc|amo\w+)\.w\s+x(\d+),(?:x(\d+),)?\(x(\d+)\).*", words)
        if simple:
            address = (before["x" + simple[5]] + int(simple[4])) & 0xffffffff
            self.assertEqual([int(a, 16) for a, _ in accesses], [address], where)
            if simple[1] == "l":
                self.assertEqual(accesses[0][1], "", where)
            else:
                size = BYTES[simple[2]]
                value = before["x" + simple[3]] & ((1 << 8 * size) - 1)
                self.assertEqual(accesses[0][1], f"{value:0{2 * size}x}", where)
        elif atomic:
            address = f"{before['x' + atomic[4]]:08x}"
            if atomic[1] == "lr":
                self.assertEqual(accesses, [(address, "")], where)
            elif atomic[1] == "sc":
                stored = [(address, f"{before['x' + atomic[3]]:08x}")]
                self.assertEqual(accesses, stored if after["x" + atomic[2]] == 0 else [], where)
            else:
                old = after["x" + atomic[2]]
                operand = before["x" + atomic[3]]
                new = {"amoadd": old + operand & 0xffffffff, "amomaxu": max(old, operand),
                       "amoswap": operand}[atomic[1]]
                self.assertEqual(accesses, [(address, ""), (address, f"{new:08x}")], where)
        else:
            self.assertEqual(accesses, [], where)

    def test_symbols_come_before_their_first_instruction(self):
        program = self.build(MIXTURE)
        plain = self.log(program).splitlines()
        named = self.log(program, "--log-symbols").splitlines()
        self.assertEqual([line for line in named if ">>>>" not in line], plain)
        at = named.index("core   0: >>>>  leaf")
        self.assertIn("(0x8082)", named[at + 1])
        self.assertEqual(named[0], "core   0: >>>>  _start")

    def test_same_cycles_as_without(self):
        outcomes = []
        for options in ([], ["--log-commits", self.folder / "c"],
                        ["--profile", self.folder / "p", "--coverage", self.folder / "l",
                         "--stack"]):
            result = self.execute("selftest", "--json", "--uart", self.folder / "u", *options)
            outcomes.append((json.loads(result.stdout), (self.folder / "u").read_text()))
        self.assertEqual(outcomes[0], outcomes[1])
        self.assertEqual(outcomes[0], outcomes[2])

    def test_symbols_without_a_log_are_refused(self):
        self.assert_refused(self.execute("hello", "--log-symbols"), 2, "--log-commits")


if __name__ == "__main__":
    unittest.main()
