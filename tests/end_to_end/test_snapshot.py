"""Snapshots: what goes on in another process is what would have gone on in the first, byte for byte;
files that are damaged, foreign or of another run are refused."""

import filecmp
import random
import struct
import subprocess
import unittest
import zlib

import support

FILES = ("report.json", "report.csv", "classes.csv", "config.yaml")
IMAGES = 4

# Five layers. A timer interrupt every 300 ns hashes the cycle at which it comes; so do the layers'
# ends. A reservation, a pending interrupt of the PLIC, a running watchdog, an inhibited counter and
# another operating point stand over the marks; memory that was never written is read in each layer.
PROGRAM = """
  .option norelax
  .option arch, +zicsr
  la sp, stack_end
  la t0, handler
  csrw mtvec, t0
  la s0, hash
  li s1, 0x10020000       # PERF
  li s2, 0x02004000       # mtimecmp
  li s3, 0x10010000       # SYSCTL
  li s4, 0                # layer
  li s5, {never_written}
  li t0, 500000
  sw t0, 0x44(s3)         # watchdog
  li t0, 1
  sw t0, 0x40(s3)
  li t1, 0x10000000       # UART: transmitter empty, enabled in the PLIC but not in mie
  li t0, 2
  sb t0, 1(t1)
  li t1, 0x0c000000
  li t0, 3
  sw t0, 40(t1)
  li t2, 0x0c002000
  li t0, 1 << 10
  sw t0, 0(t2)
  csrwi mcountinhibit, 4
  csrwi mhpmevent3, 9     # loads
  li t0, 1 << 7
  csrw mie, t0
  sw x0, 4(s2)
  li t0, 3
  sw t0, 0(s2)
  csrsi mstatus, 8
layers:
  la t3, counter
  sw s4, 4(s1)            # LAYER_BEGIN
  li t0, 0x5afe
  sw t0, 0x48(s3)         # feed the watchdog
  li t1, {work}
1: lw t2, 0(s0)
  addi t2, t2, 1
  sw t2, 0(s0)
  addi t1, t1, -1
  bnez t1, 1b
  lw t2, 0(s5)
  {at_layer}
  addi t4, s4, 65
  li t5, 0x10000000
  lr.w t2, (t3)
  lw t6, 8(s0)
  sw s4, 8(s1)            # LAYER_END
  add t6, t6, s4
  sw t6, 8(s0)
  addi t2, t2, 1
  sc.w t0, t2, (t3)
  sw t0, 12(s0)
  sb t4, 0(t5)
  csrr t2, minstret
  csrr t6, mhpmcounter3
  add t2, t2, t6
  sw t2, 20(s0)
  csrr t2, mcycle
  lw t0, 16(s0)
  slli t6, t0, 5
  add t0, t0, t6
  add t0, t0, t2
  sw t0, 16(s0)
  addi s4, s4, 1
  li t0, 5
  bltu s4, t0, layers
  csrci mstatus, 8
  li t1, 0x0c200004
  lw t0, 0(t1)            # claim
  sw t0, 24(s0)
""" + support.FINISH.format(word=0x5555) + """
  .balign 4
handler:
  addi sp, sp, -16
  sw t0, 0(sp)
  sw t1, 4(sp)
  lw t0, 28(s0)
  slli t1, t0, 5
  add t0, t0, t1
  csrr t1, mcycle
  add t0, t0, t1
  sw t0, 28(s0)
  lw t0, 0(s2)
  addi t0, t0, 3          # ticks
  sw t0, 0(s2)
  lw t0, 0(sp)
  lw t1, 4(sp)
  addi sp, sp, 16
  mret
  .data
  .balign 4
  .globl begin_signature
begin_signature:
hash: .space 32
counter: .word 0
  .globl end_signature
end_signature:
  .space 128
stack_end:
"""


def sealed(body):
    """A snapshot's bytes with the right checksum."""
    return body + struct.pack("<I", zlib.crc32(body))


class Run(support.Case):
    """leyden run, on the demo network."""

    def run_to(self, name, *arguments):
        folder = self.folder / name
        result = support.leyden("run", "--report", folder, "-q", *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return folder

    def first(self, name, *arguments):
        return self.run_to(name, "--chip", "imagine", "--network", "lenet5-fashion", "--data",
                           support.FASHION, "--images", IMAGES, *arguments)

    def assert_equal_reports(self, one, two):
        for name in FILES:
            self.assertTrue(filecmp.cmp(one / name, two / name, shallow=False), f"{two} {name}")

    def test_what_goes_on_is_what_would_have_gone_on(self):
        for fidelity in ("analog", "ideal"):
            whole = self.first(f"whole_{fidelity}", "--fidelity", fidelity)
            for number, (place, taken, restored) in enumerate((
                    ("0:input", 10000, 10), ("0:0", 10, 1000000), ("1:conv2", 1000000, 2.5),
                    ("2:3", 33, 10000), (f"{IMAGES - 1}:output", 10000, 10000))):
                with self.subTest(fidelity=fidelity, place=place):
                    file = self.folder / f"{fidelity}{number}.snapshot"
                    saving = self.first(f"saving_{fidelity}{number}", "--fidelity", fidelity,
                                        "--quantum-ns", taken, "--snapshot", file,
                                        "--snapshot-at", place)
                    self.assert_equal_reports(whole, saving)
                    self.assert_equal_reports(whole, self.run_to(
                        f"restored_{fidelity}{number}", "--restore", file, "--quantum-ns",
                        restored))

    def test_other_chips_and_a_second_snapshot(self):
        """Weights loaded for every image, several macros; a snapshot of what was restored."""
        for number, keys in enumerate((("cim.columns=64", "system.macros=2"),
                                       ("cim.rows=72", "system.macros=4"))):
            sets = [word for key in keys for word in ("--set", key)]
            whole = self.first(f"whole{number}", *sets)
            one, two = self.folder / f"one{number}", self.folder / f"two{number}"
            self.first(f"saving{number}", *sets, "--snapshot", one, "--snapshot-at", "1:1")
            again = self.run_to(f"again{number}", "--restore", one, "--snapshot", two,
                                "--snapshot-at", "2:output")
            self.assert_equal_reports(whole, again)
            self.assert_equal_reports(whole, self.run_to(f"last{number}", "--restore", two))

    def test_reference_is_checked_on_both_sides(self):
        file = self.folder / "snapshot"
        self.first("saving", "--fidelity", "quantised", "--check-reference", "--snapshot", file,
                   "--snapshot-at", "1:2")
        result = support.leyden("run", "--restore", file)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("equals the host reference bit for bit", result.stdout)

    def test_what_is_not_the_same_is_refused(self):
        file = self.folder / "snapshot"
        self.first("saving", "--snapshot", file, "--snapshot-at", "1:2")
        for arguments, words in (
                (("--die", 2), ("--die 1", "--die 2")),
                (("--images", 9), ("--images 4", "--images 9")),
                (("--fidelity", "ideal"), ("--fidelity analog", "--fidelity ideal")),
                (("--chip", "imagine", "--set", "core.alu_cycles=2"), ("another chip",
                                                                      "alu_cycles")),
                (("--set", "core.alu_cycles=2"), ("--set", "--chip")),
                (("--network", "lenet5-mnist"), ("network lenet5-mnist", "is not what it was")),
                (("--firmware", "hello"), ("firmware hello", "is not what it was")),
                (("--jobs", 2), ("--jobs 1",))):
            with self.subTest(arguments=arguments):
                result = support.leyden("run", "--restore", file, *arguments)
                self.assert_refused(result, 2, *words)
        result = support.leyden("exec", "--restore", file)
        self.assert_refused(result, 2, "leyden run --restore")
        # The same, said again, is no contradiction.
        self.run_to("same", "--restore", file, "--chip", "imagine", "--network", "lenet5-fashion",
                    "--data", support.FASHION, "--die", 1, "--images", IMAGES)

    def test_wrong_places_and_files(self):
        def refused(*arguments):
            return support.leyden("run", "--chip", "imagine", "--network", "lenet5-fashion",
                                  "--data", support.FASHION, "--images", 2, *arguments)
        file = self.folder / "snapshot"
        self.assert_refused(refused("--snapshot", file), 2, "--snapshot-at")
        for place, words in (("1", "IMAGE:LAYER"), ("x:1", "IMAGE:LAYER"), ("1:", "layer"),
                             ("2:1", "0 to 1"), ("1:99", "99"), ("1:conw2", "conv2")):
            self.assert_refused(refused("--snapshot", file, "--snapshot-at", place), 2, words)
        self.assert_refused(refused("--snapshot", self.folder / "no" / "x", "--snapshot-at", "0:0"),
                            2, "cannot be written")
        self.assert_refused(refused("--snapshot", self.folder, "--snapshot-at", "0:0"), 2,
                            "cannot be written")
        self.assertFalse(file.exists())
        self.assert_refused(support.leyden("run", "--restore", file), 2, "cannot be read")


class Exec(support.Case):
    """leyden exec, with interrupts, a watchdog, a change of the clock."""

    def program(self, at_layer="", work=400):
        return self.assemble(PROGRAM.format(at_layer=at_layer, work=work,
                                            never_written="0x80020000"))

    def execute_to(self, name, *arguments):
        """@return standard output, commit log, signature, standard error"""
        log, signature = self.folder / f"{name}.log", self.folder / f"{name}.signature"
        uart = self.folder / f"{name}.uart"
        result = support.leyden("exec", *arguments, "--log-commits", log, "--signature", signature,
                                "--uart", uart, "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        return (result.stdout, log.read_text().splitlines(), signature.read_text(),
                result.stderr.splitlines(), uart.read_text())

    def check(self, program, layers):
        whole = self.execute_to("whole", "--chip", "imagine", program)
        self.assertEqual(whole[4], "ABCDE")
        self.assertNotEqual(int(whole[2].splitlines()[7], 16), 0)  # interrupts came
        for layer, taken, restored in layers:
            with self.subTest(layer=layer):
                file = self.folder / f"{layer}.snapshot"
                saving = self.execute_to("saving", "--chip", "imagine", program, "--snapshot", file,
                                         "--snapshot-at", layer, "--quantum-ns", taken)
                for i in (0, 1, 2, 4):
                    self.assertEqual(whole[i], saving[i])
                again = self.execute_to("again", "--restore", file, "--quantum-ns", restored)
                self.assertEqual(whole[0], again[0])
                self.assertEqual(whole[2], again[2])
                self.assertTrue(0 < len(again[1]) < len(whole[1]))
                self.assertEqual(whole[1][-len(again[1]):], again[1])
                self.assertTrue(whole[4].endswith(again[4]))
                self.assertEqual(again[4], "ABCDE"[layer:])
                self.assertIn("[5 times in all]", again[3][-1])  # warnings from before count

    def test_interrupts_and_counters(self):
        self.check(self.program(), ((0, 10000, 10), (2, 10, 1000000), (4, 2.5, 33)))

    def test_another_clock_and_the_watchdog(self):
        at_layer = "li t0, 1\nbne s4, t0, 2f\nsw t0, 0x20(s3)\n2:"
        self.check(self.program(at_layer), ((0, 10000, 10), (1, 100, 10000), (3, 10000, 100)))

    def test_the_watchdog_bites_at_the_same_cycle(self):
        program = self.program("li t0, 3\n3: beq s4, t0, 3b", work=50)
        file = self.folder / "snapshot"
        log = self.folder / "log"
        whole = support.leyden("exec", "--chip", "imagine", program, "-q", "--log-commits", log,
                               "--snapshot", file, "--snapshot-at", 1)
        self.assert_refused(whole, 1, "watchdog")
        lines = log.read_text().splitlines()
        again = support.leyden("exec", "--restore", file, "-q", "--log-commits", log)
        self.assertEqual(whole.stderr, again.stderr)
        tail = log.read_text().splitlines()
        self.assertEqual(lines[-len(tail):], tail)

    def test_moved_while_a_unit_works(self):
        """A transfer of 4 KiB runs over the end of layer 1; the snapshot is taken after it."""
        at_layer = """
          li t0, 1
          bne s4, t0, 2f
          li t2, 0x10030000
          li t0, 0x80000000
          sw t0, 0x40(t2)
          li t0, 0x20000000
          sw t0, 0x44(t2)
          li t0, 4096
          sw t0, 0x48(t2)
          li t0, 1
          sw t0, 0x4c(t2)
          sw t0, 4(t2)
        2:"""
        program = self.program(at_layer)
        file = self.folder / "snapshot"
        whole = self.execute_to("whole", "--chip", "imagine", program)
        saving = self.execute_to("saving", "--chip", "imagine", program, "--snapshot", file,
                                 "--snapshot-at", 1)
        self.assertIn("units were at work when layer 1 ended", "\n".join(saving[3]))
        again = self.execute_to("again", "--restore", file)
        self.assertEqual(whole[0], again[0])
        self.assertEqual(whole[2], again[2])
        self.assertEqual(whole[1][-len(again[1]):], again[1])

    def test_reads_of_memory_never_written_are_told_as_before(self):
        """A page beside the data, of which a transfer wrote 16 bytes before the snapshot."""
        program = self.program("""
          bnez s4, 2f
          li t2, 0x10030000
          li t0, 0x80000000
          sw t0, 0x40(t2)
          li t0, 0x80002000
          sw t0, 0x44(t2)
          li t0, 16
          sw t0, 0x48(t2)
          li t0, 1
          sw t0, 0x4c(t2)
          sw t0, 4(t2)
        2:li t0, 3
          bne s4, t0, 2f
          li t2, 0x80002100
          lw t0, 0(t2)
        2:""")
        file = self.folder / "snapshot"
        whole = self.execute_to("whole", "--chip", "imagine", program, "--snapshot", file,
                                "--snapshot-at", 2)
        again = self.execute_to("again", "--restore", file)
        self.assertIn("address 0x80002100", "\n".join(whole[3]))
        self.assertIn("address 0x80002100", "\n".join(again[3]))

    def test_masters_at_the_same_time(self):
        """Both channels and the core meet on the bus at one time (found by random programs)."""
        def channel(number, source, destination, rows, row_bytes, source_step, destination_step):
            words = (source, destination, row_bytes, rows, source_step, destination_step)
            text = f"li t2, {0x10030000 + number * 0x100}\n"
            for i, word in enumerate(words):
                text += f"li t0, {word}\nsw t0, {0x40 + 4 * i}(t2)\n"
            return text + "li t0, 1\nsw t0, 4(t2)\n"
        for number, (zero, one, pause, work) in enumerate((
                ((0x80000006, 0x20000004, 20, 16, 19, 20),
                 (0x80000005, 0x20004000, 21, 17, 19, 17), 12, 32),
                ((0x80000000, 0x20000001, 15, 64, 69, 71),
                 (0x8000000c, 0x20004003, 34, 24, 30, 31), 45, 28))):
            program = self.program(channel(0, *zero) + channel(1, *one) + f"""
              li t5, 0x10030000
              li t3, {pause}
            4:addi t3, t3, -1
              bnez t3, 4b
            3:lw t0, 8(t5)
              csrr t6, mcycle
              lw t1, 0x108(t5)
              lw t4, 16(s0)
              slli t2, t4, 5
              add t4, t4, t2
              add t4, t4, t6
              sw t4, 16(s0)
              or t0, t0, t1
              andi t0, t0, 1
              bnez t0, 3b
              la t3, counter""", work)
            whole = self.execute_to("whole", "--chip", "imagine", program)
            file = self.folder / f"{number}.snapshot"
            for quantum in (2.5, 7, 100):
                other = self.execute_to("other", "--chip", "imagine", program, "--quantum-ns",
                                        quantum, "--snapshot", file, "--snapshot-at", 1)
                again = self.execute_to("again", "--restore", file)
                for i in (0, 1, 2, 4):
                    self.assertEqual(whole[i], other[i])
                self.assertEqual(whole[0], again[0])
                self.assertEqual(whole[2], again[2])

    def test_a_layer_that_never_comes(self):
        file = self.folder / "snapshot"
        result = support.leyden("exec", "--chip", "imagine", self.program(), "--snapshot", file,
                                "--snapshot-at", 5, "-q")
        self.assert_refused(result, 2, "never marked the end of layer 5", "not written")
        self.assertFalse(file.exists())
        result = support.leyden("exec", "--chip", "imagine", self.program(), "--snapshot", file,
                                "--snapshot-at", "1:2", "-q")
        self.assert_refused(result, 2, "number of a layer")

    def test_another_program_and_options(self):
        file = self.folder / "snapshot"
        program = self.program()
        result = support.leyden("exec", "--chip", "imagine", program, "--snapshot", file,
                                "--snapshot-at", 1, "-q")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assert_refused(support.leyden("exec", "--restore", file, "hello"), 2,
                            "hello", "is not what it was")
        self.assert_refused(support.leyden("exec", "--restore", file, "--die", 5), 2, "--die 5")
        self.assert_refused(
            support.leyden("exec", "--restore", file, "--load", f"{file}@0x80008000"), 2, "--load")
        self.assert_refused(
            support.leyden("exec", "--restore", file, "--chip", "imagine", "--set",
                           "sram.bytes=65536"), 2, "another chip")
        self.assert_refused(support.leyden("run", "--restore", file), 2, "leyden exec --restore")
        self.assemble("nop\n")  # the same name with another content
        self.assert_refused(support.leyden("exec", "--restore", file), 2, "is not what it was")

    def test_files_that_are_none(self):
        program = self.program()
        good = self.folder / "good"
        result = support.leyden("exec", "--chip", "imagine", program, "--snapshot", good,
                                "--snapshot-at", 1, "-q")
        self.assertEqual(result.returncode, 0, result.stderr)
        whole = good.read_bytes()
        body = whole[:-4]
        self.assertEqual(whole, sealed(body))
        # magic, then the version as a text
        length = struct.unpack("<Q", body[8:16])[0]
        other = body[:8] + struct.pack("<Q", 6) + b"99.0.0" + body[16 + length:]
        bad = self.folder / "bad"
        for content, words in ((b"", "no snapshot"), (b"\x7fELF" + bytes(100), "no snapshot"),
                               (body[:8], "cut off"), (whole[:-1], "cut off"),
                               (whole + b"x", "damaged"), (sealed(other), "Leyden 99.0.0"),
                               (sealed(body[:-5]), "cannot be restored"),
                               (sealed(body + b"x"), "cannot be restored")):
            bad.write_bytes(content)
            result = support.leyden("exec", "--restore", bad, "-q")
            self.assert_refused(result, 2, str(bad), words)
        self.assert_refused(support.leyden("exec", "--restore", self.folder), 2, "cannot be read")

    def test_fuzzed_with_a_right_checksum(self):
        """Whoever writes such a file on purpose gets a refusal, or a run that ends somehow."""
        program = self.program(work=5)
        good = self.folder / "good"
        result = support.leyden("exec", "--chip", "imagine", program, "--snapshot", good,
                                "--snapshot-at", 1, "-q")
        self.assertEqual(result.returncode, 0, result.stderr)
        body = good.read_bytes()[:-4]
        bad = self.folder / "bad"
        rng = random.Random(7)
        for _ in range(60):
            changed = bytearray(body)
            start = rng.randrange(len(changed))
            for _ in range(rng.choice((1, 1, 4, 40))):
                changed[min(len(changed) - 1, start + rng.randrange(64))] = rng.choice(
                    (0, 1, 0x7f, 0xff, rng.randrange(256)))
            bad.write_bytes(sealed(bytes(changed)))
            result = subprocess.run(
                [support.LEYDEN, "exec", "--restore", bad, "-q", "--max-cycles", "200000"],
                stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
            self.assertIn(result.returncode, (0, 1, 2, 3, 4), result.stderr)
            self.assertNotIn(b"terminate called", result.stderr)


if __name__ == "__main__":
    unittest.main()
