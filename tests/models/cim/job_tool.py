"""Talks to the job tool, whose path is the first argument of the test."""

import json
import os
import struct
import subprocess
import sys

TOOL = sys.argv.pop(1)


def run_tool(lines, isa="DEFAULT"):
    """Answers of the job tool; `isa` limits the instruction set oneDNN may use."""
    text = "".join(json.dumps(line) + "\n" for line in lines)
    environment = {**os.environ, "ONEDNN_MAX_CPU_ISA": isa}
    done = subprocess.run(
        [TOOL], input=text, capture_output=True, text=True, check=False, env=environment
    )
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


def rows_of_output(hexadecimal, job):
    data = bytes.fromhex(hexadecimal)
    values = list(struct.unpack(f"<{len(data) // 4}i", data)) if job["partial"] else list(data)
    n = job["outputs"]
    return [values[i : i + n] for i in range(0, len(values), n)]
