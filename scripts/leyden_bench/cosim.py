"""bench cosim: cycles of the TLM models beside the RTL in their place, layer by layer."""
import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LEYDEN = ROOT / "build/release/bin/leyden"
CHIPS = ("imagine", "capram", "adapt256", "rram128")
# A layer of fewer cycles than this share of the network is told, but does not count alone.
FLOOR = 0.001


def measure(options, chip, settings):
    """report.json of a run, whose outputs equal the host reference."""
    with tempfile.TemporaryDirectory() as folder:
        command = [str(options.leyden), "run", "--chip", chip, "--network", options.network,
                   "--data", options.data, "--images", str(options.images), "--fidelity",
                   "quantised", "--check-reference", "--quiet", "--report", folder]
        for setting in settings:
            command += ["--set", setting]
        status = subprocess.run(command, check=False).returncode
        if status:
            print("bench: this command failed: " + " ".join(command), file=sys.stderr)
            sys.exit(status)
        return json.loads((Path(folder) / "report.json").read_text(encoding="utf-8"))


def percent(model, rtl):
    """How far the model is off the RTL."""
    return 100 * (model - rtl) / rtl if rtl else 0.0


def table(options, chip):
    """Prints one chip's layers. Returns what is beyond the bounds, in words."""
    rtl_settings = [f"{unit}.impl=rtl" for unit in options.units]
    model = measure(options, chip, options.settings)
    rtl = measure(options, chip, options.settings + rtl_settings)
    rows = [(a["name"], a["cycles_sum"]["total"], b["cycles_sum"]["total"])
            for a, b in zip(model["layers"], rtl["layers"])]
    sums = (sum(row[1] for row in rows), sum(row[2] for row in rows))
    beyond = []
    for name, one, two in rows:
        off = percent(one, two)
        counts = two >= FLOOR * sums[1]
        print(f"| {chip} | {name} | {one / options.images:.0f} | {two / options.images:.0f} "
              f"| {off:+.2f} % |")
        if counts and options.units == ["cim"] and abs(off) > options.layer_bound:
            beyond.append(f"{chip} {name} {off:+.2f} % (bound {options.layer_bound:g} %)")
    off = percent(*sums)
    print(f"| {chip} | **network** | {sums[0] / options.images:.0f} "
          f"| {sums[1] / options.images:.0f} | {off:+.2f} % |", flush=True)
    if abs(off) > options.network_bound:
        beyond.append(f"{chip} network {off:+.2f} % (bound {options.network_bound:g} %)")
    return beyond


def main(arguments):
    """Prints the table. Status 1 when a bound does not hold."""
    parser = argparse.ArgumentParser(prog="bench cosim", description=__doc__)
    parser.add_argument("network", help="a preset's name or a path")
    parser.add_argument("--data", required=True, help="folder of the data set")
    parser.add_argument("--images", type=int, default=1)
    parser.add_argument("--units", default="cim,dma", help="in RTL: cim, dma or both")
    parser.add_argument("--chips", default=",".join(CHIPS))
    parser.add_argument("--set", dest="settings", action="append", default=[],
                        help="key=value of the chip, for both runs")
    parser.add_argument("--layer-bound", type=float, default=3, help="percent of a layer, where only cim is RTL: two DMA channels "
                        "that contend are told, and bounded a transfer (dma_calibration_test)")
    parser.add_argument("--network-bound", type=float, default=1, help="percent of the network")
    parser.add_argument("--leyden", type=Path, default=LEYDEN, help="the program")
    options = parser.parse_args(arguments)
    options.units = options.units.split(",")
    if options.images < 1 or not set(options.units) <= {"cim", "dma"}:
        parser.error("--images must be at least 1, --units cim, dma or both")
    if not options.leyden.exists():
        print(f"bench: {options.leyden} is not built; ./scripts/demo builds it.", file=sys.stderr)
        return 2
    print(f"{options.network}, {options.images} image(s), quantised; in RTL: "
          f"{' and '.join(options.units)}\n")
    print("| chip | layer | model, cycles/image | RTL | model off by |\n|---|---|---|---|---|")
    beyond = [found for chip in options.chips.split(",") for found in table(options, chip)]
    for found in beyond:
        print(f"bench: beyond its bound: {found}", file=sys.stderr)
    return 1 if beyond else 0
