"""Makes a program of SystemVerilog that calls libleyden_golden."""

import os
import pathlib
import subprocess

LIBRARIES = pathlib.Path(os.environ["LEYDEN_BINARY_DIR"]) / "lib"


def build(folder, top, sources, define=None):
    """Verilates `sources` with module `top` into `folder`. Returns the program."""
    command = ["verilator", "--binary", "--timing", "--assert", "--top", top]
    command += ["-Mdir", str(folder), "-o", "bench", "-CFLAGS", "-O0"]
    command += ["-LDFLAGS", f"-L{LIBRARIES} -lleyden_golden -Wl,-rpath,{LIBRARIES}"]
    command += [f"+define+{define}"] if define else []
    environment = dict(os.environ, OBJCACHE="ccache")
    done = subprocess.run(command + [str(source) for source in sources], capture_output=True,
                          text=True, env=environment, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stdout + done.stderr)
    return folder / "bench"
