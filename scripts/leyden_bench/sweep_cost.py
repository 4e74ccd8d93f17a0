"""bench sweep-cost: points of a sweep a second, by cost, with another geometry at every point."""
import argparse
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
UNITS = (16, 24, 32, 36, 48, 64, 72, 96, 144)
# Steps that share no factor with the length of their lists: every point is another geometry.
MACROS = (1, 2, 3, 4, 6, 8)


def geometries(count):
    """Settings of points: rows, columns, rows a unit, macros and buffers change at each."""
    made = []
    number = 0
    while len(made) < count:
        unit = UNITS[number % len(UNITS)]
        units = 8 + number * 7 % 57
        rows = unit * units
        columns = 64 + 8 * (number * 11 % 57)
        number += 1
        if rows > 4096 or rows * columns // 8 > 524288:
            continue
        made.append({"cim.rows": rows, "cim.rows_per_unit": unit, "cim.columns": columns,
                     "cim.converter.sharing": 1,
                     "system.macros": MACROS[number % len(MACROS)],
                     "lmem.bank_bytes": 16384 + 1024 * (number * 13 % 241)})
    return made


def lines(options, points):
    """What evaluate_tool reads: the base, then a point a line."""
    base = {"chip": options.chip, "network": options.network, "data": options.data,
            "objective": options.objective}
    made = [json.dumps(base)]
    for number, settings in enumerate(points):
        text = {key: str(value) for key, value in settings.items()}
        made.append(json.dumps({"number": number, "settings": text}))
    return "\n".join(made) + "\n"


def measure(options, processes):
    """Points a second of so many processes at once."""
    points = geometries(options.points * processes)
    running = []
    for process in range(processes):
        share = points[process::processes]
        # pylint: disable-next=consider-using-with  # all of them run at once
        tool = subprocess.Popen([str(options.build / "bin/evaluate_tool"), "--rate"], text=True,
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        tool.stdin.write(lines(options, share))
        tool.stdin.close()
        running.append(tool)
    found = []
    for tool in running:
        found.append(json.loads(tool.stdout.read() or "null"))
        if tool.wait() != 0:
            sys.exit(tool.returncode)
    return {"rate": sum(one["points"] / one["seconds"] for one in found),
            "ms": 1e3 * sum(one["cpu_seconds"] for one in found)
                  / sum(one["points"] for one in found),
            "refused": sum(one["refused"] for one in found)}


def machine():
    """Name and number of the host's processors."""
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    names = [line.split(":", 1)[1].strip() for line in text.splitlines()
             if line.startswith("model name")]
    return f"{len(names)} x {names[0] if names else 'unknown processor'}"


def main(arguments):
    """Print the rates of one and of two processes."""
    parser = argparse.ArgumentParser(prog="bench sweep-cost")
    parser.add_argument("--data", required=True, help="folder of the data set")
    parser.add_argument("--network", default="resnet20-cifar10")
    parser.add_argument("--chip", default="imagine")
    parser.add_argument("--objective", default="none", choices=("none", "latency", "energy"))
    parser.add_argument("--points", type=int, default=2000, help="of each process")
    parser.add_argument("--build", type=Path, default=ROOT / "build/release")
    options = parser.parse_args(arguments)
    if options.points < 1:
        parser.error("--points must be at least 1")
    if not (options.build / "bin/evaluate_tool").exists():
        print(f"bench: {options.build / 'bin/evaluate_tool'} is not built.", file=sys.stderr)
        return 2
    print(f"{options.network} on {options.chip}, depth cost, objective {options.objective}, "
          f"another geometry at every point; {machine()}")
    for processes in (1, 2):
        found = measure(options, processes)
        print(f"{processes} process{'es' if processes > 1 else '  '}  {found['rate']:8.0f} points/s, "
              f"{found['ms']:.3f} ms of a processor each "
              f"({found['refused']} of {options.points * processes} refused)", flush=True)
    return 0
