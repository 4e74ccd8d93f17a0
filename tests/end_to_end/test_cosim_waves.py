"""Pins of RTL in a waveform, beside the signals of the models, and the saved layout."""

import json
import re
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


class LockStep(support.Case):
    def test_the_rtl_beside_its_model(self):
        reports = []
        for impl in ("rtl", "lockstep"):
            folder = self.folder / impl
            result = support.leyden(*RUN, "--set", f"dma.impl={impl}", "--report", folder)
            self.assertEqual(result.returncode, 0, result.stderr)
            reports.append(json.loads((folder / "report.json").read_text(encoding="utf-8")))
        for key in ("accuracy", "layers", "total", "boot", "events"):
            self.assertEqual(reports[0][key], reports[1][key], key)


if __name__ == "__main__":
    unittest.main()
