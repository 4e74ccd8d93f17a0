"""bench core: instructions a second of the core, beside QEMU on the same programs.

Each program runs on Leyden (cycle model on, through `leyden exec`) and on
`qemu-system-riscv32 -M virt -icount shift=0` in turn, several times. What a run of one round takes is
subtracted from each, so start-up does not count. Instructions are those Leyden counts.
"""
import argparse
import json
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from leyden_bench.elf_word import ElfWords

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ("mix", "memory", "interpreter")
MIPS_AIMED_AT = 1000  # --seconds are seconds at this speed
QEMU = ["qemu-system-riscv32", "-M", "virt", "-bios", "none", "-nographic", "-monitor", "none"]
QUANTA_NS = (100, 10000, 1000000)
# What a run can be asked to record; options a build does not have are left out.
FEATURES = {
    "commit log": ("--log-commits", "{folder}/commits"),
    "profile": ("--profile", "{folder}/profile"),
    "line coverage": ("--coverage", "{folder}/coverage"),
    "timeline": ("--timeline", "{folder}/timeline"),
}


class Failure(Exception):
    """A sentence for the person."""


def timed(command, clock):
    """Run a command that must succeed; return its seconds and standard output."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False)
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise Failure(f"{' '.join(map(str, command))} ended with {done.returncode}: "
                      f"{(done.stderr or done.stdout).strip()}")
    if clock == "wall":
        return wall, done.stdout
    return (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime), done.stdout


class Program:
    """One program in two lengths: one round, and as many as asked for."""

    def __init__(self, name, bench, folder):
        self.name = name
        self.bench = bench
        self.elf = ElfWords(bench.build / "firmware" / f"bench_{name}.elf")
        self.folder = folder
        self.short = self.with_rounds(1)
        one, two = (bench.leyden_counts(self.with_rounds(n)) for n in (1, 2))
        self.round_instructions = two["instructions"] - one["instructions"]
        self.rounds = 1 + max(1, round(bench.options.seconds * MIPS_AIMED_AT * 1e6 /
                                       self.round_instructions))
        self.long = self.with_rounds(self.rounds)
        self.cycles_per_instruction = ((two["chip_cycles"] - one["chip_cycles"]) /
                                       self.round_instructions)

    def with_rounds(self, rounds):
        path = Path(self.folder) / f"{self.name}_{rounds}.elf"
        if not path.exists():
            self.elf.set("bench_rounds", rounds)
            path.write_bytes(self.elf.data)
        return path

    @property
    def instructions(self):
        """Of a long run over those of a short one."""
        return self.round_instructions * (self.rounds - 1)


class Bench:
    """Commands for one build, and what they measured."""

    def __init__(self, options):
        self.options = options
        self.build = options.build.resolve()
        self.leyden = self.build / "bin/leyden"
        for path in (self.leyden, *(self.build / "firmware" / f"bench_{name}.elf"
                                    for name in options.programs)):
            if not path.exists():
                raise Failure(f"{path} is not built; `ninja leyden firmware` builds it.")

    def leyden_command(self, elf, *more, leyden=None):
        return [leyden or self.leyden, "exec", "--chip", self.options.chip, elf, "--quiet",
                "--max-cycles", str(10**15), *more]

    def leyden_counts(self, elf, *more):
        out = timed(self.leyden_command(elf, "--json", "--uart", "/dev/null", *more), "cpu")[1]
        return json.loads(out)

    def mips(self, program, command):
        """Of one pair of runs: `command` makes the command for an ELF file."""
        clock = self.options.clock
        short = timed(command(program.short), clock)[0]
        long = timed(command(program.long), clock)[0]
        if long <= short:
            raise Failure(f"{program.name} is too short to be timed; raise --seconds.")
        return program.instructions / (long - short) / 1e6

    def compare(self, program, commands):
        """MIPS of each command, measured in turn; the median of ratios to the first one's."""
        found = {name: [] for name in commands}
        for _ in range(self.options.pairs):
            for name, command in commands.items():
                found[name].append(self.mips(program, command))
        first = next(iter(commands))
        ratios = {name: statistics.median(a / b for a, b in zip(found[first], values))
                  for name, values in found.items()}
        return {name: statistics.median(values) for name, values in found.items()}, ratios


def speed(bench, programs):
    """The table of Leyden and QEMU."""
    print(f"{'program':12} {'instructions':>13} {'cycles':>7} {'Leyden':>8} {'QEMU':>8} {'ratio':>6}"
          f" {'QEMU without':>13}\n{'':12} {'of a run':>13} {'each':>7} {'MIPS':>8} {'MIPS':>8} {'':6}"
          f" {'-icount, MIPS':>13}", flush=True)
    for program in programs:
        commands = {
            "leyden": bench.leyden_command,
            "qemu": lambda elf: [*QEMU, "-icount", "shift=0", "-kernel", elf],
            "plain": lambda elf: [*QEMU, "-kernel", elf],
        }
        mips, ratios = bench.compare(program, commands)
        print(f"{program.name:12} {program.instructions:13,} {program.cycles_per_instruction:7.3f}"
              f" {mips['leyden']:8.0f} {mips['qemu']:8.0f} {ratios['qemu']:6.2f}"
              f" {mips['plain']:13.0f}", flush=True)


def quanta(bench, programs):
    """Cycles must not depend on the quantum."""
    for program in programs:
        elf = program.with_rounds(2)
        counts = {quantum: bench.leyden_counts(elf, "--quantum-ns", str(quantum))
                  for quantum in QUANTA_NS}
        if len({json.dumps(c, sort_keys=True) for c in counts.values()}) != 1:
            raise Failure(f"the results of {program.name} depend on the quantum: {counts}")
    print(f"instructions, cycles and time are equal with quanta of "
          f"{', '.join(map(str, QUANTA_NS))} ns")


def features(bench, programs):
    """Speed with each recording feature attached, against the same build with it off."""
    known = timed([bench.leyden, "exec", "--help"], "cpu")[1]
    print(f"\n{'program':12} {'feature':16} {'off, MIPS':>10} {'on, MIPS':>10}")
    for program in programs:
        for name, (option, value) in FEATURES.items():
            if option not in known:
                continue
            # Recording is slow: a run that takes about as long, with fewer rounds.
            path = value.format(folder=program.folder)
            few = program.with_rounds(2)
            on = timed(bench.leyden_command(few, option, path), bench.options.clock)[0]
            short = timed(bench.leyden_command(program.short, option, path),
                          bench.options.clock)[0]
            off = bench.mips(program, bench.leyden_command)
            print(f"{program.name:12} {name:16} {off:10.0f} "
                  f"{program.round_instructions / max(on - short, 1e-3) / 1e6:10.1f}", flush=True)


def baseline(bench, programs, other):
    """Speed against another build of Leyden: what was added in between costs when it is off."""
    counting = shutil.which("valgrind") is not None
    print(f"\n{'program':12} {'this, MIPS':>11} {'other, MIPS':>12} {'ratio':>6}" +
          ("   host instructions each: this, other" if counting else ""))
    for program in programs:
        mips, ratios = bench.compare(program, {
            "this": bench.leyden_command,
            "other": lambda elf: bench.leyden_command(elf, leyden=other),
        })
        print(f"{program.name:12} {mips['this']:11.0f} {mips['other']:12.0f}"
              f" {ratios['other']:6.3f}", end="", flush=True)
        if counting:
            this, that = (host_instructions(bench, program, leyden)
                          for leyden in (bench.leyden, other))
            print(f" {this:24.3f} {that:14.3f}", end="")
        print(flush=True)


def host_instructions(bench, program, leyden):
    """Instructions of the host for one of the program, counted by Valgrind: no noise."""
    counts = []
    for rounds in (1, 6):
        command = bench.leyden_command(program.with_rounds(rounds), leyden=leyden)
        done = subprocess.run(
            ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null",
             *command], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        found = re.search(r"I +refs: +([\d,]+)", done.stderr)
        if done.returncode or not found:
            raise Failure(f"valgrind cannot run {leyden}: {done.stderr.strip()[-300:]}")
        counts.append(int(found[1].replace(",", "")))
    return (counts[1] - counts[0]) / (5 * program.round_instructions)


def main(arguments):
    parser = argparse.ArgumentParser(prog="bench core", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", nargs="*", default=list(PROGRAMS), metavar="PROGRAM",
                        help=", ".join(PROGRAMS) + " (default: all)")
    parser.add_argument("--seconds", type=float, default=3,
                        help=f"length of a run, at {MIPS_AIMED_AT} MIPS (default: %(default)s)")
    parser.add_argument("--pairs", type=int, default=5,
                        help="measurements of each; medians are told (default: %(default)s)")
    parser.add_argument("--clock", choices=("cpu", "wall"), default="cpu",
                        help="processor time (default; for a machine shared with others) or wall")
    parser.add_argument("--chip", default="imagine")
    parser.add_argument("--build", type=Path, default=ROOT / "build/release")
    parser.add_argument("--features", action="store_true",
                        help="also: what recording features cost when they are on")
    parser.add_argument("--baseline", type=Path, metavar="LEYDEN",
                        help="also: against another build's bin/leyden, in turn")
    options = parser.parse_args(arguments)
    if unknown := set(options.programs) - set(PROGRAMS):
        parser.error(f"there is no program {', '.join(sorted(unknown))}; "
                     f"there are {', '.join(PROGRAMS)}")
    if options.pairs < 1 or not 0.01 <= options.seconds <= 1000:
        parser.error("--pairs must be at least 1, --seconds 0.01 to 1000")
    try:
        bench = Bench(options)
        with tempfile.TemporaryDirectory() as folder:
            programs = [Program(name, bench, folder) for name in options.programs]
            quanta(bench, programs)
            speed(bench, programs)
            if options.features:
                features(bench, programs)
            if options.baseline:
                baseline(bench, programs, options.baseline.resolve())
    except (Failure, OSError, ValueError) as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 1
    return 0
