"""--wave with RTL in the chip: pins beside model signals; --wave-layout; lock-step."""

import json
import re
import shutil
import subprocess
import unittest

import support
import waves

RUN = ("run", "--chip", "imagine", "--network", "lenet5-fashion", "--data", support.FASHION,
       "--images", 1)
CALIBRATED = ("--set", "dma.prepare_cycles=1", "--set", "dma.access_cycles=1",
              "--set", "dma.boundary_bytes=4096")
CHIP = "leyden.chip."
FST2VCD = shutil.which("fst2vcd")


def values(wave, name, times):
    """A signal's value right before each of the times, which are sorted."""
    changes = wave.changes[name]
    found, i, value = [], 0, None
    for time in times:
        while i < len(changes) and changes[i][0] < time:
            value = changes[i][1]
            i += 1
        found.append(value)
    return found


def rises(wave, name):
    return [time for time, value in wave.changes[name][1:] if value == 1]


class CosimWaves(support.Case):
    """Waveforms and lock-step of the DMA's RTL."""

    def run_chip(self, *arguments):
        result = support.leyden(*RUN, *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)

    def wave(self, name, *arguments):
        self.run_chip("--wave", self.folder / name, "--trace-window", 0, *arguments)
        return waves.Wave(self.folder / name)

    def test_pins_are_the_transactions_of_the_model_signals(self):
        wave = self.wave("a.vcd", "--set", "dma.impl=rtl")
        edges = rises(wave, CHIP + "dma_pins.clk")
        for channel in (0, 1):
            pin = {}
            for short in ("awvalid", "awready", "awaddr", "arvalid", "arready", "araddr"):
                pin[short] = values(wave, f"{CHIP}dma_pins.m_axi{channel}_{short}", edges)
            for kind, write in (("aw", 1), ("ar", 0)):
                shakes = [(time, pin[kind + "addr"][i]) for i, time in enumerate(edges)
                          if pin[kind + "valid"][i] and pin[kind + "ready"][i]]
                print(channel, kind, shakes[:6], len(shakes))
                busy = wave.changes[CHIP + "bus.master"]
                spans = [t for t, v in busy if v == channel + 2]
                writes = dict(wave.changes[CHIP + "bus.write"])
                addresses = dict(wave.changes[CHIP + "bus.address"])
                print([(t, writes.get(t), addresses.get(t)) for t in spans[:12]], len(spans))


if __name__ == "__main__":
    unittest.main()
