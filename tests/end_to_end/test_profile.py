"""Profile, coverage, stack and trap report of small programs whose figures are known by hand."""

import collections
import json
import re
import shutil
import subprocess
import unittest

import support

ANNOTATE = shutil.which("callgrind_annotate")
LCOV = shutil.which("lcov")

# Instructions of each function are counted in the comments.
CALLS = """
.option norelax
.option arch, +zicsr
  la sp, stack_top
  la t0, handler
  csrw mtvec, t0
  jal ra, spin
  jal ra, spin
  jal ra, spin
  li a0, 4
  jal ra, factorial
  jal ra, first
  ecall
  la s1, 1f
  jal ra, risky
  nop
1:
  jal ra, spin
  li t0, 0x02004000
  sw zero, 4(t0)
  li t1, 40
  sw t1, 0(t0)
  li t1, 0x80
  csrw mie, t1
  wfi
""" + support.FINISH.format(word=0x5555) + """
spin: # 101
.rept 100
  nop
.endr
  ret
factorial: # 10, 8 at the bottom
  addi sp, sp, -16
  sw ra, 12(sp)
  sw a0, 8(sp)
  beqz a0, 1f
  addi a0, a0, -1
  jal ra, factorial
1:
  lw ra, 12(sp)
  lw a0, 8(sp)
  addi sp, sp, 16
  ret
first: # 2, and 2 of second
  nop
  j second
second: # 2
  nop
  ret
risky: # 1: it never returns
  jal ra, deep
deep: # 2: a jump over risky into _start
  nop
  jr s1
handler: # 4
  csrr t0, mepc
  addi t0, t0, 4
  csrw mepc, t0
  mret
.bss
.align 4
.space 256
stack_top:
"""

COVERED = """\
volatile int sink;
int choose(int x) {                            // 3
  if (x > 1)                                   // 3
    return 10;                                 // 1
  return 20;                                   // 2
}                                              // 3
int never(void) {                              // 0
  return 1;                                    // 0
}                                              // 0
void run(void) {                               // 1
  for (int i = 0; i < 3; i++)                  // 4
    sink += choose(i);                         // 3
  *(volatile int*)0x100000 = 0x5555;           // 1
  for (;;) {}
}
__attribute__((naked, section(".text.start"))) void _start(void) {
  __asm__("li sp, 0x80010000\\n j run");
}
"""

# Three functions, one inlined, and a fault in the innermost.
TRAPS = """\
extern volatile int sink;
static inline __attribute__((always_inline)) int peek(const int* p) {
  return *p + 1;
}
__attribute__((noinline)) int middle(int x) {
  sink = x;
  return peek((const int*)(x * 8)) + sink;
}
__attribute__((noinline)) int outer(int x) {
  const int a = middle(x + 1);
  sink = a;
  return a + x;
}
void (*volatile nowhere)(void) = 0;
__attribute__((noinline)) void lost(void) {
  nowhere();
  sink = 1;
}
volatile int sink;
void run(void) {
  WHAT;
  sink = 2;
}
__attribute__((naked, section(".text.start"))) void _start(void) {
  __asm__("li sp, 0x80010000\\n call run\\n 1: j 1b");
}
"""


class Profile:
    """A callgrind file."""

    def __init__(self, text):
        self.self = collections.Counter()  # (function, event)
        self.calls = collections.Counter()  # (caller, callee)
        self.inclusive = collections.Counter()  # (caller, callee, event)
        names = {}
        function = callee = None
        for line in text.splitlines():
            key, _, rest = line.partition("=")
            if key in ("fn", "cfn"):
                number, _, name = rest.partition(" ")
                name = names.setdefault(number, name)
                if key == "fn":
                    function = name
                else:
                    callee = name
            elif key == "calls":
                self.calls[function, callee] += int(rest.split()[0])
                continue
            elif line.startswith("events: "):
                self.events = line.split()[1:]
            elif line.startswith("summary: "):
                self.summary = dict(zip(self.events, map(int, line.split()[1:])))
            elif re.match(r"\d", line):
                for event, value in zip(self.events, line.split()[1:]):
                    if callee is None:
                        self.self[function, event] += int(value)
                    else:
                        self.inclusive[function, callee, event] += int(value)
                callee = None

    def total(self, event):
        return sum(value for (_, e), value in self.self.items() if e == event)


class Case(support.Case):
    def compile(self, text, *options):
        source = self.folder / "program.c"
        source.write_text(text, encoding="utf-8")
        program = self.folder / "program.elf"
        subprocess.run(
            ["riscv64-unknown-elf-gcc", "-march=rv32imac", "-mabi=ilp32", "-nostdlib",
             "-nostartfiles", "-ffreestanding", "-static", "-g", *options,
             "-Wl,--section-start=.text.start=0x80000000", "-Wl,-Ttext=0x80000100",
             "-Wl,--no-warn-rwx-segments", "-Wl,--build-id=none", "-Wl,--nmagic", "-o", program,
             source], check=True)
        return program


class Profiles(Case):
    def profile(self, program):
        path = self.folder / "callgrind.out"
        result = self.execute(program, "--profile", path, "--json", "--uart", self.folder / "uart")
        self.assertEqual(result.returncode, 0, result.stderr)
        return path, json.loads(result.stdout), result.stderr

    def test_counts_by_hand(self):
        path, _, _ = self.profile(self.assemble(CALLS))
        found = Profile(path.read_text())
        instructions = {name: value for (name, event), value in found.self.items()
                        if event == "Instructions"}
        self.assertEqual(instructions["spin"], 4 * 101)
        self.assertEqual(instructions["factorial"], 4 * 10 + 8)
        self.assertEqual(instructions["first"], 2)
        self.assertEqual(instructions["second"], 2)
        self.assertEqual(instructions["handler"], 4)
        self.assertEqual(instructions["risky"], 1)
        self.assertEqual(instructions["deep"], 2)
        self.assertEqual(instructions["(sleep)"], 0)
        self.assertGreater(found.self["(sleep)", "Cycles"], 0)
        self.assertEqual(found.calls, {
            ("_start", "spin"): 4, ("_start", "factorial"): 1,
            ("factorial", "factorial"): 4, ("_start", "first"): 1, ("first", "second"): 1,
            ("_start", "handler"): 1, ("_start", "risky"): 1, ("risky", "deep"): 1,
            ("_start", "(sleep)"): 1})
        inclusive = {(a, b): value for (a, b, event), value in found.inclusive.items()
                     if event == "Instructions"}
        self.assertEqual(inclusive["_start", "spin"], 4 * 101)
        self.assertEqual(inclusive["_start", "factorial"], 48)
        self.assertEqual(inclusive["factorial", "factorial"], 38 + 28 + 18 + 8)
        self.assertEqual(inclusive["_start", "first"], 4)
        self.assertEqual(inclusive["first", "second"], 2)
        self.assertEqual(inclusive["_start", "handler"], 4)
        self.assertEqual(inclusive["_start", "risky"], 3)

    def test_totals_are_the_chips(self):
        for program in ("selftest", self.assemble(CALLS)):
            path, result, table = self.profile(program)
            found = Profile(path.read_text())
            self.assertEqual(found.summary["Cycles"], result["chip_cycles"])
            self.assertEqual(found.summary["Instructions"], result["instructions"])
            for event, value in found.summary.items():
                self.assertEqual(found.total(event), value, event)
            whole = re.search(r"^ +(\d+) 100.00 .* (\d+\.\d) +[\d.]+ +\(all\)$", table,
                              re.MULTILINE)
            self.assertEqual(int(whole[1]), result["chip_cycles"])
            self.assertAlmostEqual(float(whole[2]), found.summary["Energy_fJ"] / 1000, delta=0.1)

    @unittest.skipUnless(ANNOTATE, "needs callgrind_annotate (package valgrind)")
    def test_callgrind_annotate_reads_it(self):
        path, result, _ = self.profile("selftest")
        text = subprocess.run(
            [ANNOTATE, "--inclusive=yes", "--tree=both", "--auto=no", "--threshold=100", path],
            check=True, capture_output=True, text=True).stdout
        totals = re.search(r"^([\d,]+) \(100.0%\) +([\d,]+) \(100.0%\).*PROGRAM TOTALS", text,
                           re.MULTILINE)
        self.assertEqual(int(totals[1].replace(",", "")), result["chip_cycles"])
        self.assertEqual(int(totals[2].replace(",", "")), result["instructions"])
        # Start-up code calls all there is.
        self.assertRegex(text, rf"{totals[1]} \(100.0%\).* \* .*crt0.S:_start")

    def test_table_alone(self):
        result = self.execute("hello", "--profile", "-", "--uart", self.folder / "uart")
        self.assertRegex(result.stdout, r"(?m)^ +\d+ +\d+\.\d+ .* uart_print$")
        self.assertRegex(result.stdout, r"100\.00 .* \(all\)$")

    def test_a_program_without_symbols(self):
        program = self.assemble(CALLS)
        subprocess.run(["riscv64-unknown-elf-strip", program], check=True)
        path, result, _ = self.profile(program)
        found = Profile(path.read_text())
        self.assertEqual(found.summary["Cycles"], result["chip_cycles"])
        self.assertEqual({name for name, _ in found.self}, {"(no symbol)", "(sleep)"})

    def test_files_that_cannot_be_written(self):
        for option in ("--profile", "--coverage", "--timeline"):
            result = self.execute("hello", option, self.folder / "none" / "file")
            self.assert_refused(result, 2, "none/file cannot be written")
            self.assertEqual(result.stdout, "", "told before the run")
            self.assert_refused(self.execute("hello", option, "/dev/full"), 2, "cannot be written")


class Timeline(Case):
    def intervals(self, path):
        """(track, name, begin, end, depth) of all intervals; they must nest."""
        found = []
        under_way = collections.defaultdict(list)
        for event in json.loads(path.read_text())["traceEvents"]:
            stack = under_way[event["tid"]]
            if event["ph"] == "B":
                stack.append((event["name"], event["ts"]))
            elif event["ph"] == "E":
                name, begin = stack.pop()
                self.assertGreaterEqual(event["ts"], begin)
                found.append((event["tid"], name, begin, event["ts"], len(stack)))
            elif event["ph"] == "X":
                found.append((event["tid"], event["name"], event["ts"],
                              event["ts"] + event["dur"], len(stack)))
        self.assertFalse(any(under_way.values()))
        return found

    def test_intervals_are_the_profiles(self):
        path, profile = self.folder / "timeline.json", self.folder / "profile"
        result = self.execute(self.assemble(CALLS), "--timeline", path, "--profile", profile,
                              "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        found = self.intervals(path)
        self.assertEqual(found[-1], (1, "_start", 0, json.loads(result.stdout)["chip_cycles"], 0))
        cycles = collections.Counter()
        for _, name, begin, end, _ in found:
            cycles[name] += end - begin
        inclusive = collections.Counter()
        for (_, callee, event), value in Profile(profile.read_text()).inclusive.items():
            if event == "Cycles":
                inclusive[callee] += value
        del cycles["_start"]
        self.assertEqual(cycles, inclusive)
        self.assertEqual([depth for _, name, _, _, depth in found if name == "factorial"],
                         [5, 4, 3, 2, 1])

    def test_of_a_run_has_the_layers(self):
        files = {kind: self.folder / kind for kind in ("timeline", "profile", "coverage")}
        options = [word for kind, path in files.items() for word in ("--" + kind, path)]
        command = ["run", "--chip", "imagine", "--network", "lenet5-fashion", "--data",
                   support.FASHION, "--images", 4, "--fidelity", "ideal", "--jobs", 2, "--json"]
        plain = support.leyden(*command)
        traced = support.leyden(*command, *options)
        self.assertEqual(traced.returncode, 0, traced.stderr)
        self.assertEqual(traced.stdout, plain.stdout, "the report is the same")
        self.assertIn("walk_steps", traced.stderr)
        layers = [name for track, name, *_ in self.intervals(files["timeline"]) if track == 2]
        image = ["input", *(f"layer {n}" for n in range(6)), "output"]
        self.assertEqual(layers, ["boot", *image, *image], "two images of the first worker")
        self.assertIn("SF:firmware/runtime/walk.c", files["coverage"].read_text())
        self.assertGreater(Profile(files["profile"].read_text()).summary["Cycles"], 0)


class Coverage(Case):
    def test_counts_by_hand(self):
        for option in ("-O0", "-Og"):
            program = self.compile(COVERED, option, "-fno-inline")
            path = self.folder / "coverage.info"
            result = self.execute(program, "--coverage", path)
            self.assertEqual(result.returncode, 0, result.stderr)
            text = path.read_text()
            self.assertIn(f"SF:{self.folder}/program.c\n", text)
            found = {int(a): int(b) for a, b in re.findall(r"^DA:(\d+),(\d+)$", text, re.MULTILINE)}
            expected = {number: int(match[1]) for number, match in
                        ((n, re.search(r"// (\d+)$", line))
                         for n, line in enumerate(COVERED.splitlines(), 1)) if match}
            if option == "-O0":
                self.assertEqual({k: v for k, v in found.items() if k in expected}, expected)
            else:  # fewer lines have code of their own; the optimiser lets no count be wrong
                self.assertGreater(len(expected.keys() & found.keys()), 6)
                for line in (4, 5, 8, 12, 13):
                    self.assertEqual(found[line], expected[line], line)
            functions = {name: int(count) for count, name in
                         re.findall(r"^FNDA:(\d+),(\w+)$", text, re.MULTILINE)}
            self.assertEqual(functions, {"choose": 3, "never": 0, "run": 1, "_start": 1})
            self.assertIn("FN:7,never", text)
            hit = sum(count > 0 for count in found.values())
            self.assertIn("FNF:4\nFNH:3\n", text)
            self.assertIn(f"LF:{len(found)}\nLH:{hit}\nend_of_record\n", text)
            self.assertIn(f"{hit} of {len(found)} source lines", result.stdout)
            if LCOV:
                summary = subprocess.run([LCOV, "--summary", path], capture_output=True, text=True,
                                         check=True).stdout
                self.assertIn(f"({hit} of {len(found)} lines)", summary)

    def test_firmware_paths_are_the_projects(self):
        path = self.folder / "coverage.info"
        self.assertEqual(self.execute("hello", "-q", "--coverage", path).returncode, 0)
        files = re.findall(r"^SF:(.*)$", path.read_text(), re.MULTILINE)
        self.assertIn("firmware/apps/hello.c", files)
        for file in files:
            self.assertFalse(file.startswith("/"), file)
            if file.startswith("firmware/"):
                self.assertTrue((support.SOURCE / file).is_file(), file)

    def test_quiet_tells_what_has_no_file(self):
        path = self.folder / "file"
        network = ["run", "--chip", "imagine", "--network", "lenet5-fashion", "--data",
                   support.FASHION, "--images", 1, "-q"]
        program = ["exec", "--chip", "imagine", "hello", "-q", "--uart", "/dev/null"]
        for words in (network, program):
            for option in ("--profile", "--coverage", "--timeline"):
                result = support.leyden(*words, option, path)
                self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))
            self.assertIn("(all)", support.leyden(*words, "--profile", "-").stdout)
        self.assertIn("stack:", support.leyden(*program, "--stack").stdout)

    @unittest.skipUnless(shutil.which("genhtml"), "genhtml is not installed")
    def test_genhtml_takes_it_as_the_page_says(self):
        page = (support.SOURCE / "docs/profiling.md").read_text()
        command = re.search(r"^    (genhtml .*)$", page, re.MULTILINE)[1]
        path = self.folder / "selftest.info"
        self.assertEqual(self.execute("selftest", "-q", "--coverage", path).returncode, 0)
        words = command.replace("selftest.info", str(path)).replace(
            "-o html", f"-o {self.folder}/html").split()
        result = subprocess.run(words, cwd=support.SOURCE, capture_output=True, text=True,
                                check=False)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertTrue(list((self.folder / "html").rglob("selftest_dma.c.gcov.html")))

    def test_a_program_without_lines_is_refused(self):
        program = self.assemble("nop\n")
        self.assert_refused(self.execute(program, "--coverage", self.folder / "c"), 2, "-g")


class TrapReport(Case):
    def report(self, what):
        text = TRAPS.replace("WHAT", what)
        self.lines = text.splitlines()
        return self.execute(self.compile(text, "-O2", "-fno-optimize-sibling-calls"))

    def line(self, text):
        return next(n for n, line in enumerate(self.lines, 1) if text in line)

    def test_call_stack_with_lines(self):
        result = self.report("sink = outer(4)")
        self.assert_refused(result, 1, "load access fault")
        frames = re.findall(r"^  #(\d) 0x[0-9a-f]{8} (\w+) at .*/program\.c:(\d+)( \(inlined\))?$",
                            result.stderr, re.MULTILINE)
        self.assertEqual(frames, [
            ("0", "peek", str(self.line("return *p + 1")), " (inlined)"),
            ("1", "middle", str(self.line("return peek(")), ""),
            ("2", "outer", str(self.line("a = middle(")), ""),
            ("3", "run", str(self.line("sink = outer(4)")), ""),
            ("4", "_start", str(self.line("__asm__")), "")])

    def test_a_jump_to_nowhere_shows_who_jumped(self):
        result = self.report("lost()")
        self.assert_refused(result, 1, "instruction access fault")
        self.assertIn("  #0 0x00000000 ??\n", result.stderr)
        self.assertRegex(result.stderr, rf"#1 0x\w+ lost at .*:{self.line('  nowhere();')}\n")
        self.assertRegex(result.stderr, rf"#2 0x\w+ run at .*:{self.line('  lost();')}\n")

    def test_a_trap_that_firmware_fails_in_is_shown_too(self):
        # The library's handler prints a line and ends the run with a code.
        result = self.execute("trap")
        self.assert_refused(result, 1, "failed with code")
        lines = (support.SOURCE / "tests/firmware/programs/trap.c").read_text().splitlines()
        fault = 1 + lines.index("int main(void) {")  # the instruction is main's first
        self.assertRegex(
            result.stderr, "failed while it handled: illegal instruction\n"
            rf"  #0 0x\w+ main at tests/firmware/programs/trap\.c:{fault}\n"
            r"  #1 0x\w+ _start at firmware/boot/crt0\.S:\d+\n")
        self.assertNotIn("#0", self.execute("trap", "-q").stderr)
        # A failure that no exception led to has no calls to show.
        self.assertNotIn("#0", self.execute("fail_code").stderr)

    def test_quiet_says_one_sentence(self):
        program = self.compile(TRAPS.replace("WHAT", "lost()"))
        result = self.execute(program, "-q")
        self.assertNotIn("#0", result.stderr)

    def test_without_debug_information_symbols_are_left(self):
        program = self.compile(TRAPS.replace("WHAT", "sink = outer(4)"), "-O2")
        subprocess.run(["riscv64-unknown-elf-strip", "-g", program], check=True)
        self.assertRegex(self.execute(program).stderr, r"#0 0x\w+ middle\n")


class StackUse(Case):
    PROGRAM = """
.globl __heap_end, __stack_top, __trap_stack_top
.equ __heap_end, 0x80008000
.equ __stack_top, 0x8000a000
.equ __trap_stack_top, 0x8000a800
  li sp, 0x8000a000
  li a0, {depth}
  jal ra, down
""" + support.FINISH.format(word=0x5555) + """
down:
  addi sp, sp, -32
  sw ra, 0(sp)
  addi a0, a0, -1
  beqz a0, 1f
  jal ra, down
1:
  lw ra, 0(sp)
  addi sp, sp, 32
  ret
"""

    def told(self, depth):
        result = self.execute(self.assemble(self.PROGRAM.format(depth=depth)), "--stack")
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def test_known_depth(self):
        for depth in (1, 10, 200):
            self.assertEqual(self.told(depth), f"stack: {32 * depth} of 8192 bytes used\n"
                             "trap stack: 0 of 2048 bytes used\n")

    def test_full(self):
        self.assertIn("8192 of 8192 bytes used, or more: it is full", self.told(300))

    def test_programs_of_another_linker_script_are_refused(self):
        self.assert_refused(self.execute(self.assemble("nop\n"), "--stack"), 2, "leyden.ld")


if __name__ == "__main__":
    unittest.main()
