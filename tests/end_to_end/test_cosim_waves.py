"""Pins of RTL in a waveform, beside the signals of the models, and the saved layout."""

import csv
import json
import re
import sys
import unittest

import support
from waves import Wave

RUN = ("run", "--chip", "imagine", "--network", "lenet5-fashion", "--data", support.FASHION,
       "--images", 1, "-q")
CHIP = "leyden.chip."


class Pins(support.Case):
    def test_pins_are_what_the_bus_saw(self):
        wave, layout = self.folder / "rtl.vcd", self.folder / "rtl.gtkw"
        trace = self.folder / "trace.json"
        result = support.leyden(*RUN, "--set", "dma.impl=rtl", "--wave", wave, "--wave-layout",
                                layout, "--trace", trace)
        self.assertEqual(result.returncode, 0, result.stderr)
        changes = Wave(wave).changes
        # 1. Address handshakes of the write channel are the bus writes of the trace, in order.
        events = json.loads(trace.read_text(encoding="utf-8"))
        events = events["traceEvents"] if isinstance(events, dict) else events
        for channel in ("dma0", "dma1"):
            writes = [int(e["args"]["address"], 0) if isinstance(e["args"]["address"], str)
                      else e["args"]["address"] for e in events
                      if e.get("cat") == "write" and e.get("name") == channel]
            pin = f"{CHIP}dma_pins.m_axi{channel[-1]}_"
            rises = [t for t, v in changes[CHIP + "dma_pins.clk"] if v == 1]
            cursor = {name: 0 for name in ("awvalid", "awready", "awaddr")}
            value = dict.fromkeys(cursor, 0)
            seen = []
            for edge in rises:
                for name in cursor:
                    list_of = changes[pin + name]
                    while cursor[name] < len(list_of) and list_of[cursor[name]][0] < edge:
                        value[name] = list_of[cursor[name]][1]
                        cursor[name] += 1
                if value["awvalid"] and value["awready"]:
                    seen.append(value["awaddr"])
            self.assertEqual(seen, writes)
        self.assertGreater(len(changes[CHIP + "dma_pins.m_axi0_awaddr"]), 10)
        # 2. Every signal of the layout is one of the waveform, with its bits.
        text = layout.read_text(encoding="utf-8")
        named = re.findall(r"^(leyden\.chip\.[^\s\[]+)(?:\[\d+:0\])?$", text, re.MULTILINE)
        self.assertGreater(len(named), 50)
        self.assertEqual([name for name in named if name not in changes], [])
        # 3. The models' signals have the names and the values of a run without RTL.
        other = self.folder / "tlm.vcd"
        self.assertEqual(support.leyden(*RUN, "--wave", other).returncode, 0)
        models = Wave(other).changes
        self.assertEqual(set(models), {name for name in changes if "dma_pins" not in name})
        for name in ("cim0.tile", "cim0.busy", "program.layer", "vector.busy", "dma0.busy"):
            self.assertEqual([v for _, v in models[CHIP + name]],
                             [v for _, v in changes[CHIP + name]], name)

    def test_fst_has_the_same_pins(self):
        wave = self.folder / "rtl.fst"
        result = support.leyden(*RUN, "--set", "dma.impl=rtl", "--wave", wave, "--wave-signals",
                                "dma_pins.m_axi0_aw*,dma_pins.m_axi0_wdata")
        self.assertEqual(result.returncode, 0, result.stderr)
        text = self.folder / "from_fst.vcd"
        support.subprocess.run(["fst2vcd", "-f", wave, "-o", text], check=True)
        again = self.folder / "rtl.vcd"
        self.assertEqual(support.leyden(
            *RUN, "--set", "dma.impl=rtl", "--wave", again, "--wave-signals",
            "dma_pins.m_axi0_aw*,dma_pins.m_axi0_wdata").returncode, 0)
        self.assertEqual(Wave(text).changes[CHIP + "dma_pins.m_axi0_wdata"],
                         Wave(again).changes[CHIP + "dma_pins.m_axi0_wdata"])

    def test_bad_input(self):
        for words, part in (
                (("--wave-layout", self.folder / "x.gtkw"), "--wave"),
                (("--wave", self.folder / "x.vcd", "--wave-signals", "dma_pins.*"), "dma_pins")):
            self.assert_refused(support.leyden(*RUN, *words), 2, part)


def sampled(changes, clock, signals):
    """Values of signals before each rising edge of a clock, a dictionary an edge."""
    cursor, value = dict.fromkeys(signals, 0), dict.fromkeys(signals, 0)
    for edge in (time for time, level in changes[clock] if level == 1):
        for name in signals:
            list_of = changes[clock.rsplit(".", 1)[0] + "." + name]
            while cursor[name] < len(list_of) and list_of[cursor[name]][0] < edge:
                value[name] = list_of[cursor[name]][1]
                cursor[name] += 1
        yield value


class CimPins(support.Case):
    def stream(self):
        """What a recording of a run with the model has at the edge of cim0."""
        folder = self.folder / "recorded"
        result = support.leyden("vectors", *RUN[1:7], "--unit", "cim0", "-o", folder)
        self.assertEqual(result.returncode, 0, result.stderr)
        csv.field_size_limit(sys.maxsize)
        with (folder / "stream.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def test_pins_are_what_the_model_did(self):
        events = self.stream()
        registers = [(int(e["address"], 0), int(e["data"], 0)) for e in events
                     if (e["kind"], e["direction"]) == ("register", "write")]
        outputs = []
        for event in (e for e in events if e["kind"] == "lmem_write"):
            data, runs = bytes.fromhex(event["data"]), int(event["count"])
            length = len(data) // runs
            outputs += [(int(event["address"], 0) + i // length * int(event["stride"]) + i % length,
                         byte) for i, byte in enumerate(data)]
        self.assertGreater(len(outputs), 10000)
        waves = []
        for impl in ("rtl", "lockstep"):
            wave = self.folder / f"{impl}.vcd"
            result = support.leyden(*RUN, "--set", f"cim.impl={impl}", "--wave", wave,
                                    "--wave-signals", "cim0_pins.*")
            self.assertEqual(result.returncode, 0, result.stderr)
            waves.append(Wave(wave))
        self.assertEqual(waves[0].changes, waves[1].changes)
        clock = CHIP + "cim0_pins.clk"
        # 1. Writes of registers, in their access phase.
        written = [(v["s_apb_paddr"], v["s_apb_pwdata"]) for v in sampled(
            waves[0].changes, clock, ("s_apb_psel", "s_apb_penable", "s_apb_pready", "s_apb_pwrite",
                                      "s_apb_paddr", "s_apb_pwdata"))
                   if v["s_apb_psel"] and v["s_apb_penable"] and v["s_apb_pready"]
                   and v["s_apb_pwrite"]]
        self.assertEqual(written, registers)
        # 2. Bytes of the outputs, by their lanes.
        stored = []
        for v in sampled(waves[0].changes, clock, ("lmem_w_req", "lmem_w_gnt", "lmem_w_addr",
                                                   "lmem_w_strb", "lmem_w_data")):
            if v["lmem_w_req"] and v["lmem_w_gnt"]:
                stored += [(v["lmem_w_addr"] + lane, v["lmem_w_data"] >> 8 * lane & 255)
                           for lane in range(16) if v["lmem_w_strb"] >> lane & 1]
        self.assertEqual(stored, outputs)

    def test_the_list_has_all_of_them(self):
        listed = json.loads(support.leyden("list", "signals", "--json").stdout)
        wave = self.folder / "both.vcd"
        result = support.leyden(*RUN, "--set", "cim.impl=rtl", "--set", "dma.impl=rtl", "--wave",
                                wave, "--wave-signals", "*_pins.*")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual({CHIP + s["name"]: s["bits"] for s in listed if "_pins." in s["name"]},
                         Wave(wave).bits)


class LockStep(support.Case):
    def test_the_dma_beside_its_model(self):
        reports = []
        for impl in ("rtl", "lockstep"):
            folder = self.folder / impl
            result = support.leyden(*RUN, "--set", f"dma.impl={impl}", "--report", folder)
            self.assertEqual(result.returncode, 0, result.stderr)
            reports.append(json.loads((folder / "report.json").read_text(encoding="utf-8")))
        for key in ("accuracy", "layers", "total", "boot", "events"):
            self.assertEqual(reports[0][key], reports[1][key], key)

    def test_the_cim_unit_beside_its_model(self):
        # With the noise of analog fidelity, and all files of the report but what names the key.
        for chip in ("imagine", "rram128"):
            run = ("run", "--chip", chip, *RUN[3:7], "--images", 2, "-q")
            for impl in ("rtl", "lockstep"):
                result = support.leyden(*run, "--set", f"cim.impl={impl}", "--report",
                                        self.folder / (chip + impl))
                self.assertEqual((result.returncode, result.stderr), (0, ""), (chip, impl))
            for file in sorted((self.folder / (chip + "rtl")).iterdir()):
                if file.name == "host.json":  # times of the host
                    continue
                rtl, beside = (
                    (self.folder / (chip + impl) / file.name).read_text(encoding="utf-8")
                    for impl in ("rtl", "lockstep"))
                if file.name == "config.yaml":
                    rtl = rtl.replace("impl: {value: rtl,", "impl: {value: lockstep,", 1)
                self.assertEqual(rtl, beside, (chip, file.name))

    def test_both_at_once_and_what_cannot_be(self):
        self.assertEqual(support.leyden(*RUN, "--set", "cim.impl=lockstep", "--set",
                                        "dma.impl=lockstep").returncode, 0)
        self.assert_refused(support.leyden(*RUN, "--set", "cim.impl=lockstep", "--set",
                                           "system.timing=approximate"), 2, "cim.impl is lockstep")


if __name__ == "__main__":
    unittest.main()
