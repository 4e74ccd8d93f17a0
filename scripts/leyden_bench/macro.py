"""bench macro: the job kernel of fidelity analog beside oneDNN's int8 matrix product.

One thread, pinned, processor time. The kernel is a whole job at 8 b: im2col, products of weights and of
mismatch, noise, conversion with ABN and INL, output bytes, counts for energy; tile and die are there. The
yardstick is the faster of dnnl_gemm_u8s8s32 and the matmul primitive with weights in a layout of its choice.
All are measured in turn in one process. Digital combining is the same job with 64 conversions an output,
one for every input bit and weight column.
"""
import argparse
import statistics
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = "tests/models/cim/cim_macro_bench"
YARDSTICKS = ("gemm", "matmul")
# Name in the program's output: name in the table. Others are left out.
KERNELS = {"kernel": "analog combining", "digital": "digital combining"}


def samples(output):
    """{(M, K, N): {contender: [seconds, ...]}} of what the program prints, and its remarks."""
    found, remarks = defaultdict(lambda: defaultdict(list)), []
    for line in output.splitlines():
        words = line.split()
        if words[0].isdigit():
            m, k, n, name, seconds = words
            found[int(m), int(k), int(n)][name].append(float(seconds))
        elif line not in remarks:
            remarks.append(line)
    return found, remarks


def spread(values):
    """Half of the range between the quartiles, in per cent of the median."""
    if len(values) < 2:
        return 0.0
    low, middle, high = statistics.quantiles(values, n=4)
    return 50 * (high - low) / middle


def rates(shape, seconds):
    """GMAC/s of every sample."""
    m, k, n = shape
    return [m * k * n / s / 1e9 for s in seconds]


def table(found):
    """Lines of the table: rates in GMAC/s, ratio of each kernel to the faster yardstick."""
    lines = [f"{'M x K x N':>14}  {'':18} {'GMAC/s':>8} {'spread':>7} {'us a job':>9} {'ratio':>6}"]
    for shape, contenders in found.items():
        fastest = min((name for name in YARDSTICKS if name in contenders),
                      key=lambda name: statistics.median(contenders[name]))
        for name, seconds in contenders.items():
            rate = rates(shape, seconds)
            label = KERNELS.get(name, f"oneDNN {name}")
            ratio = ""
            if name in KERNELS:
                pairs = zip(contenders[fastest], seconds)
                ratio = f"{statistics.median(a / b for a, b in pairs):6.3f}"
            lines.append(f"{'x'.join(map(str, shape)):>14}  {label:18} {statistics.median(rate):8.1f} "
                         f"{spread(rate):6.1f}% {1e6 * statistics.median(seconds):9.1f} {ratio:>6}")
    return lines


def main(arguments):
    parser = argparse.ArgumentParser(prog="bench macro", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=15,
                        help="samples of each; medians are told (default: %(default)s)")
    parser.add_argument("--milliseconds", type=float, default=50,
                        help="length of a sample (default: %(default)s)")
    parser.add_argument("--build", type=Path, default=ROOT / "build/release")
    parser.add_argument("--baseline", type=Path, metavar="BUILD",
                        help="also: the kernel of another build folder, in turn with this one")
    options = parser.parse_args(arguments)
    if options.repeats < 1 or not 0.1 <= options.milliseconds <= 10000:
        parser.error("--repeats must be at least 1, --milliseconds 0.1 to 10000")
    builds = [options.build] + ([options.baseline] if options.baseline else [])
    for build in builds:
        if not (build / PROGRAM).exists():
            print(f"bench: {build / PROGRAM} is not built; `ninja cim_macro_bench` builds it.",
                  file=sys.stderr)
            return 1
    rounds = options.repeats if options.baseline else 1
    outputs = {build: "" for build in builds}
    for _ in range(rounds):
        for build in builds:
            command = [build / PROGRAM, str(options.repeats // rounds), str(options.milliseconds)]
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  check=False)
            if done.returncode:
                print(f"bench: {command[0]} ended with {done.returncode}: {done.stderr.strip()}",
                      file=sys.stderr)
                return 1
            outputs[build] += done.stdout
    for build, output in outputs.items():
        found, remarks = samples(output)
        print(f"{build}: {'; '.join(remarks)}" if options.baseline else "; ".join(remarks))
        print("\n".join(table(found)))
    return 0
