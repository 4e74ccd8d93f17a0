"""bench timing: cycles, energy and speed of approximate beside loose timing, chip by chip."""
import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LEYDEN = ROOT / "build/release/bin/leyden"
CHIPS = ("imagine", "capram", "adapt256", "rram128")
# Counted by time, not by work.
OF_TIME = ("leakage.", "clock.")


def measure(options, chip, timing):
    """report.json, and images a second while images run (compiling left out)."""
    with tempfile.TemporaryDirectory() as folder:
        command = [str(LEYDEN), "run", "--chip", chip, "--network", options.network, "--data",
                   options.data, "--images", str(options.images), "--fidelity", "quantised",
                   "--quiet", "--report", folder, "--set", f"system.timing={timing}"]
        status = subprocess.run(command, check=False).returncode
        if status:
            print("bench: this command failed: " + " ".join(command), file=sys.stderr)
            sys.exit(status)
        report, host = (json.loads((Path(folder) / name).read_text(encoding="utf-8"))
                        for name in ("report.json", "host.json"))
        return report, host["throughput_images_per_s"]


def work(report):
    """Events of all layers that are counted by work."""
    return [{key: count for key, count in layer["event_counts_sum"].items()
             if not key.startswith(OF_TIME)} for layer in report["layers"]]


def row(options, chip):
    """One chip's line of the table."""
    speeds = {"loose": [], "approximate": []}
    reports = {}
    for _ in range(options.repeats):  # in turn, so that both see the same host
        for timing, found in speeds.items():
            reports[timing], speed = measure(options, chip, timing)
            found.append(speed)
    layers = [[layer["cycles_sum"]["total"] for layer in reports[timing]["layers"]]
              for timing in ("loose", "approximate")]
    off = [(100 * (b - a) / a, layer["name"])
           for a, b, layer in zip(*layers, reports["loose"]["layers"]) if a]
    worst, name = max(off, key=lambda entry: abs(entry[0]))
    sums = [sum(cycles) for cycles in layers]
    median = {timing: sorted(found)[len(found) // 2] for timing, found in speeds.items()}
    same = work(reports["loose"]) == work(reports["approximate"])
    print(f"| {chip} | {sums[0] // options.images} | {sums[1] // options.images} "
          f"| {100 * (sums[1] - sums[0]) / sums[0]:+.3f} % | {worst:+.3f} % ({name}) "
          f"| {'equal' if same else 'DIFFERENT'} | {median['loose']:.0f} "
          f"| {median['approximate']:.0f} | {median['approximate'] / median['loose']:.2f} |",
          flush=True)


def main(arguments):
    """Prints the table of docs/timing.md for one network."""
    parser = argparse.ArgumentParser(prog="bench timing", description=__doc__)
    parser.add_argument("network", help="a preset's name or a path")
    parser.add_argument("--data", required=True, help="folder of the data set")
    parser.add_argument("--images", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args(arguments)
    if options.images < 1 or options.repeats < 1:
        parser.error("--images and --repeats must be at least 1")
    if not LEYDEN.exists():
        print(f"bench: {LEYDEN.relative_to(ROOT)} is not built; ./scripts/demo builds it.",
              file=sys.stderr)
        return 2
    print(f"{options.network}, {options.images} images, quantised, 1 worker, "
          f"speeds: median of {options.repeats}\n")
    print("| chip | loose cycles/image | approximate | difference | worst layer | energy events "
          "| loose images/s | approximate | ratio |")
    print("|---|---|---|---|---|---|---|---|---|")
    for chip in CHIPS:
        row(options, chip)
    return 0
