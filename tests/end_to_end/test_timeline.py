"""--trace and --wave: what they show adds up to the report, which does not depend on them."""

import collections
import decimal
import itertools
import json
import pathlib
import shutil
import subprocess
import unittest

import support
import waves

CHIP = "leyden.chip."
PARTS = ("feed", "mvm", "adc", "write_back", "stall")  # cim.bound, from 1
FST2VCD = shutil.which("fst2vcd")


def have_data():
    return pathlib.Path(support.FASHION).is_dir()


class Trace:
    """A file of trace events, with exact times."""

    def __init__(self, path):
        self.text = pathlib.Path(path).read_text(encoding="utf-8")
        document = json.loads(self.text, parse_float=decimal.Decimal)
        self.about = document["otherData"]
        self.events = document["traceEvents"]
        self.tracks = {e["tid"]: e["args"]["name"] for e in self.events
                       if e["ph"] == "M" and e["name"] == "thread_name"}

    def slices(self, category=None):
        """Slices as (start, end, event) in ps."""
        for event in self.events:
            if event["ph"] == "X" and category in (None, event["cat"]):
                start = ps(event["ts"])
                yield start, start + ps(event["dur"]), event

    def images(self):
        return [(start, end) for start, end, _ in self.slices("image")]

    def counter(self, name):
        """(time in ps, args) of a counter."""
        return [(ps(e["ts"]), e["args"]) for e in self.events
                if e["ph"] == "C" and e["name"] == name]


def ps(microseconds):
    picoseconds = microseconds * 1_000_000
    if picoseconds != int(picoseconds):
        raise ValueError(f"{microseconds} us is no whole number of ps")
    return int(picoseconds)


def within(pieces, windows):
    """How much of the pieces lies in the windows."""
    return sum(max(0, min(b, d) - max(a, c)) for a, b in pieces for c, d in windows)


def energy_pj(steps, windows):
    """Integral of (ps, mW) steps over windows, in pJ. 1 mW is 1 fJ/ps."""
    total = 0.0
    for (start, power), (end, _) in zip(steps, steps[1:]):
        total += power * within([(start, end)], windows) * 1e-3
    return total


@unittest.skipUnless(have_data(), f"{support.FASHION} is not there")
class Network(support.Case):
    """LeNet-5 on Fashion-MNIST."""

    def infer(self, *options, chip="imagine", images=3, network="lenet5-fashion"):
        report = self.folder / "report"
        result = support.leyden("run", "--chip", chip, "--network", network, "--data",
                                support.FASHION, "--images", images, "--report", report, *options)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.terminal = result.stdout
        text = (report / "report.json").read_text(encoding="utf-8")
        return json.loads(text), text

    @staticmethod
    def period_ps(report):
        return round(1e6 / report["chip"]["clock_mhz"])

    def check_form(self, trace):
        """What every file must be; times on a track do not go back, slices nest."""
        last = collections.defaultdict(int)
        ends = collections.defaultdict(list)
        for event in trace.events:
            self.assertIn(event["ph"], "MXCi")
            self.assertEqual(event["pid"], 1)
            if event["ph"] == "M":
                continue
            key = event["name"] if event["ph"] == "C" else event["tid"]
            now = ps(event["ts"])
            self.assertGreaterEqual(now, last[key], event)
            last[key] = now
            if event["ph"] == "C":
                self.assertTrue(all(float(v) >= 0 for v in event["args"].values()), event)
                continue
            self.assertIn(event["tid"], trace.tracks)
            if event["ph"] == "X":
                self.assertGreater(event["dur"], 0)
                open_slices = ends[key]
                while open_slices and open_slices[-1] <= now:
                    open_slices.pop()
                end = now + ps(event["dur"])
                self.assertTrue(not open_slices or end <= open_slices[-1], event)
                open_slices.append(end)
        self.assertEqual(trace.about["events"],
                         sum(event["ph"] != "M" for event in trace.events))

    def check_totals(self, trace, report):
        """The slices and the power of a trace against the report."""
        period = self.period_ps(report)
        images = trace.images()
        self.assertEqual(len(images), report["run"]["images"])
        for part in ("core", "dma", "weight_load", "vector", *PARTS):
            expected = sum(row["busy_cycles_sum"][part] for row in report["layers"])
            pieces = [(a, b) for a, b, _ in trace.slices(part)]
            self.assertEqual(within(pieces, images), expected * period, part)
        layers = collections.defaultdict(list)
        for start, end, event in trace.slices("layer"):
            layers[event["name"]].append((start, end))
        for row in report["layers"]:
            pieces = layers[row["name"]]
            self.assertEqual(within(pieces, images), row["cycles_sum"]["total"] * period)
            self.assertEqual(within(pieces, images), row["latency_sum_ps"])
            steps = [(t, float(args["mW"])) for t, args in trace.counter("power")]
            want = row["energy_pj"]["total"] * len(images)
            inside = [p for p in pieces if within([p], images)]
            self.assertAlmostEqual(energy_pj(steps, inside) / want, 1, delta=1e-9)
        for component in report["total"]["energy_pj"]:
            if component == "total":
                continue
            steps = [(t, float(args[component]))
                     for t, args in trace.counter("power by component, mW")]
            want = report["total"]["energy_pj"][component] * len(images)
            self.assertAlmostEqual(energy_pj(steps, images), want, delta=1e-9 * want + 1e-6)

    def check_bus(self, trace):
        """Transactions against the counter of utilisation, 256 cycles a value."""
        steps = trace.counter("bus utilisation")
        bus = sum(end - start for start, end, event in trace.slices()
                  if trace.tracks[event["tid"]] == "bus")
        width = 256 * 2500
        self.assertTrue(all(t % width == 0 for t, _ in steps))
        beats = sum(float(args["percent"]) / 100 * width for _, args in steps)
        self.assertAlmostEqual(beats / bus, 1, delta=1e-9)

    def test_adds_up_to_the_report(self):
        plain, text = self.infer()
        for chip, options in (("imagine", ()), ("imagine", ("--set", "system.macros=2"))):
            path = self.folder / "trace.json"
            report, traced_text = self.infer("--trace", path, *options, chip=chip)
            if not options:
                self.assertEqual(traced_text, text)
                self.assertEqual(report, plain)
            trace = Trace(path)
            self.check_form(trace)
            self.check_totals(trace, report)
            self.check_bus(trace)
            names = set(trace.tracks.values())
            for name in ("images", "layers", "core", "interrupts", "bus", "vector", "dma0", "cim0",
                         "cim0 feeder", "cim0 array", "cim0 adc", "cim0 write_back"):
                self.assertIn(name, names)
        raised = collections.Counter(e["name"] for e in trace.events if e["ph"] == "i")
        self.assertEqual(raised["cim0 claimed"], raised["cim0 completed"])
        self.assertLessEqual(raised["cim0 claimed"], raised["cim0 raised"])
        self.assertGreater(raised["cim0 claimed"], 0)

    def test_other_chips_and_speculation(self):
        """A chip with another macro and clock; the same bytes whatever the quantum and the mode."""
        path = self.folder / "trace.json"
        report, _ = self.infer("--trace", path, chip="rram128", images=1)
        trace = Trace(path)
        self.check_form(trace)
        period = self.period_ps(report)
        expected = sum(row["cycles_sum"]["total"] for row in report["layers"])
        self.assertEqual(sum(b - a for a, b in trace.images()), expected * period)
        for part in ("core", "dma", "weight_load", "vector", *PARTS):
            expected = sum(row["busy_cycles_sum"][part] for row in report["layers"])
            pieces = [(a, b) for a, b, _ in trace.slices(part)]
            self.assertEqual(within(pieces, trace.images()), expected * period, part)
        self.infer("--trace", self.folder / "a.json", "--wave", self.folder / "a.vcd")
        self.infer("--trace", self.folder / "b.json", "--wave", self.folder / "b.vcd",
                   "--quantum-ns", "100", "--interpreter")
        for ending in ("json", "vcd"):
            self.assertEqual((self.folder / f"a.{ending}").read_bytes(),
                             (self.folder / f"b.{ending}").read_bytes())

    def test_stages_lie_in_their_jobs(self):
        path = self.folder / "trace.json"
        self.infer("--trace", path)
        trace = Trace(path)
        jobs = [(a, b) for a, b, _ in trace.slices("job")]
        for stage in ("feeder", "array", "converters", "writer"):
            pieces = list(trace.slices(stage))
            self.assertEqual(len(pieces), len(jobs))
            for (start, end, event), (first, last) in zip(pieces, jobs):
                self.assertTrue(first <= start < end <= last)
                self.assertLessEqual(event["args"]["busy_cycles"] * 2500, end - start)

    def test_window(self):
        whole, _ = self.infer("--trace", self.folder / "whole.json")
        period = self.period_ps(whole)
        self.infer("--trace", self.folder / "one.json", "--trace-window", "1", "--wave",
                   self.folder / "one.vcd")
        all_of_it = Trace(self.folder / "whole.json")
        one = Trace(self.folder / "one.json")
        self.check_form(one)
        image = all_of_it.images()[1]
        self.assertEqual(one.images(), [image])
        pick = [(a, b, e["tid"], e["name"]) for a, b, e in all_of_it.slices()
                if image[0] <= a and b <= image[1] and e["cat"] not in ("core", "asleep")]
        self.assertEqual([(a, b, e["tid"], e["name"]) for a, b, e in one.slices()
                          if e["cat"] not in ("core", "asleep")], pick)
        wave = waves.Wave(self.folder / "one.vcd")
        self.assertEqual((min(c[0][0] for c in wave.changes.values()), wave.last), image)
        self.infer("--trace", self.folder / "cycles.json", "--trace-window", "700000c:700500c")
        cut = Trace(self.folder / "cycles.json")
        low, high = 700_000 * period, 700_500 * period
        for start, end, _ in cut.slices():
            self.assertTrue(low <= start < end <= high)
        awake = [(a, b) for a, b, _ in cut.slices("core")]
        self.assertEqual(within([(a, b) for a, b, _ in all_of_it.slices("core")], [(low, high)]),
                         sum(b - a for a, b in awake))

    def test_waveform_adds_up_to_the_report(self):
        path = self.folder / "wave.vcd"
        report, text = self.infer("--wave", path)
        self.assertNotIn("withdrawn", self.terminal)
        wave = waves.Wave(path)
        self.assertEqual(wave.timescale, "1ps")
        period = self.period_ps(report)
        images = [(a, b) for a, b, v in wave.pieces(CHIP + "program.image_active") if v == 1]
        self.assertEqual(len(images), 3)

        def busy(signal, value=1):
            return sum(wave.time_at(CHIP + signal, value, a, b) for a, b in images)

        def expected(part):
            return period * sum(row["busy_cycles_sum"][part] for row in report["layers"])

        for number, part in enumerate(PARTS, 1):
            self.assertEqual(busy("cim0.bound", number), expected(part), part)
        self.assertEqual(busy("core.awake"), expected("core"))
        self.assertEqual(busy("vector.busy"), expected("vector"))
        self.assertEqual(busy("dma0.busy") + busy("dma1.busy"),
                         expected("dma") + expected("weight_load"))
        self.assertEqual(busy("bus.busy"),
                         sum(busy("bus.master", n) for n in range(1, 16)))
        layers = [row["name"] for row in report["layers"] if row["name"] not in
                  ("input", "output", "control")]
        for number, name in enumerate(layers):
            row = next(row for row in report["layers"] if row["name"] == name)
            self.assertEqual(busy("program.layer", number), row["latency_sum_ps"], name)
        self.assertEqual(self.infer()[1], text)

    @unittest.skipUnless(FST2VCD, "fst2vcd of the package gtkwave is not there")
    def test_fst_is_the_vcd(self):
        self.infer("--wave", self.folder / "a.vcd")
        self.infer("--wave", self.folder / "a.fst")
        subprocess.run([FST2VCD, self.folder / "a.fst", "-o", self.folder / "b.vcd"], check=True,
                       capture_output=True)
        one = waves.Wave(self.folder / "a.vcd")
        other = waves.Wave(self.folder / "b.vcd")
        self.assertEqual(one.changes, other.changes)
        self.assertEqual((one.bits, one.timescale, one.last),
                         (other.bits, other.timescale, other.last))
        self.assertGreater(sum(map(len, one.changes.values())), 10_000)

    def test_chosen_signals(self):
        self.infer("--wave", self.folder / "a.vcd", "--wave-signals",
                   "leyden.chip.cim0.busy,dma?.left,irq.*", images=1)
        names = {name[len(CHIP):] for name in waves.Wave(self.folder / "a.vcd").changes}
        self.assertEqual(names, {"cim0.busy", "dma0.left", "dma1.left", "irq.dma0", "irq.dma1",
                                 "irq.vector", "irq.mailbox", "irq.uart", "irq.cim0",
                                 "irq.in_service"})

    def test_withdrawing_direct_access_changes_nothing(self):
        _, text = self.infer(images=2)
        _, watched = self.infer("--wave", self.folder / "a.vcd", "--wave-signals", "all", images=2)
        self.assertIn("withdrawn", self.terminal)
        self.assertEqual(watched, text)

    def test_first_worker(self):
        self.infer("--trace", self.folder / "a.json", "--jobs", "2", images=5)
        self.assertEqual([e["name"] for _, _, e in Trace(self.folder / "a.json").slices("image")],
                         ["image 0", "image 1"])
        common = ("run", "--chip", "imagine", "--network", "lenet5-fashion", "--data",
                  support.FASHION, "--images", 5, "--jobs", 2, "--trace", self.folder / "a.json")
        self.assert_refused(support.leyden(*common, "--trace-window", "1:3"), 2,
                            "images 1 to 3", "images 0 to 1")


class Programs(support.Case):
    """Programs without a network, and what is refused."""

    def test_sram_accesses(self):
        """Every load and store of a program counted by hand."""
        program = self.assemble("""
  la s0, words
  lw t0, 0(s0)
  lw t1, 4(s0)
  add t1, t1, t0
  sw t1, 8(s0)
  sb t1, 12(s0)
  amoadd.w t2, t1, (s0)
""" + support.FINISH.format(word=0x5555) + ".balign 64\nwords: .word 1, 2, 3, 4\n")
        result = self.execute(program, "--wave", self.folder / "a.vcd", "--wave-signals",
                              "sram.*,core.awake")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("withdrawn", result.stdout)
        wave = waves.Wave(self.folder / "a.vcd")
        base = min(v for _, v in wave.changes[CHIP + "sram.address"] if v)
        addresses = [v - base for _, v in wave.changes[CHIP + "sram.address"] if v]
        self.assertEqual([k for k, _ in itertools.groupby(addresses)], [0, 4, 8, 12, 0])
        self.assertEqual(wave.time_at(CHIP + "sram.write", 1), 3 * 2500)
        self.assertEqual(wave.time_at(CHIP + "sram.access", 1), 5 * 2500)

    def test_timer_interrupt(self):
        program = self.assemble(""".option arch, +zicsr
  li t0, 0x02004000
  sw zero, 4(t0)
  li t1, 40
  sw t1, 0(t0)
  li t1, 0x80
  csrw mie, t1
  wfi
""" + support.FINISH.format(word=0x5555))
        result = self.execute(program, "--trace", self.folder / "a.json")
        self.assertEqual(result.returncode, 0, result.stderr)
        trace = Trace(self.folder / "a.json")
        self.assertEqual([e["name"] for e in trace.events if e["ph"] == "i"], ["timer raised"])
        self.assertEqual(len(list(trace.slices("asleep"))), 1)
        asleep = next(trace.slices("asleep"))
        raised = next(ps(e["ts"]) for e in trace.events if e["ph"] == "i")
        self.assertEqual(asleep[1], raised)

    def test_refused(self):
        program = self.assemble(support.FINISH.format(word=0x5555))
        json_file = self.folder / "a.json"
        vcd = self.folder / "a.vcd"
        for options, words in (
                (("--trace", "/nonexistent/a"), ("/nonexistent/a", "cannot be written")),
                (("--trace", ""), ("--trace", "empty")),
                (("--trace", "-"), ("--trace", "/dev/stdout")),
                (("--wave", "/nonexistent/a.vcd"), ("/nonexistent/a.vcd", "cannot be written")),
                (("--wave", "/nonexistent/a.fst"), ("/nonexistent/a.fst", "cannot be written")),
                (("--wave", "a.wav"), ("a.wav", ".vcd or .fst")),
                (("--wave", vcd, "--wave-signals", "core.awakes"), ("did you mean 'core.awake'",)),
                (("--wave", vcd, "--wave-signals", "core.awake,,core.pc"), ("empty name",)),
                (("--wave", vcd, "--wave-signals", "cim7.*"), ("no signal cim7.*",)),
                (("--wave-signals", "all"), ("--wave FILE",)),
                (("--trace-window", "1c:2c"), ("--trace FILE",)),
                (("--trace", json_file, "--trace-window", "3"), ("exec",)),
                (("--trace", json_file, "--trace-window", "3c"), ("'3c'",)),
                (("--trace", json_file, "--trace-window", "9c:3c"), ("empty",)),
                (("--trace", json_file, "--trace-window", "90000c:90001c"), ("run ended",)),
                (("--wave", vcd, "--trace-window", "90000c:90001c"), ("run ended",))):
            with self.subTest(options=options):
                self.assert_refused(self.execute(program, *options), 2, *words)

    def test_quiet_writes_the_file_and_nothing_else(self):
        program = self.assemble(support.FINISH.format(word=0x5555))
        result = self.execute(program, "--trace", self.folder / "a.json", "--quiet")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))
        self.assertGreater(Trace(self.folder / "a.json").about["events"], 0)

    def test_list_signals(self):
        listed = json.loads(support.leyden("list", "signals", "--json").stdout)
        program = self.assemble(support.FINISH.format(word=0x5555))
        self.execute(program, "--wave", self.folder / "a.vcd", "--wave-signals", "all")
        wave = waves.Wave(self.folder / "a.vcd")
        # Pins are there where a block is RTL (test_cosim_waves.py).
        self.assertEqual({CHIP + s["name"]: s["bits"] for s in listed if "_pins." not in s["name"]},
                         wave.bits)


if __name__ == "__main__":
    unittest.main()
