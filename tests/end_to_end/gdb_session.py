"""leyden under real GDB: the program in the background, gdb-multiarch in batch mode beside it."""

import os
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time

import support

INFER = os.environ["LEYDEN_BINARY_DIR"] + "/firmware/infer.elf"
GDB = ["gdb-multiarch", "--batch", "-nx", "-ex", "set pagination off", "-ex", "set confirm off",
       "-ex", "set width 0", "-ex", "set style enabled off"]


class Debugged:
    """leyden with --gdb 0, and the port it tells."""

    def __init__(self, *arguments):
        self.errors = tempfile.TemporaryFile("w+")
        self.output = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [support.LEYDEN, *map(str, arguments), "--gdb", "0"], stdin=subprocess.DEVNULL,
            stdout=self.output, stderr=self.errors)
        told = self.wait_for(self.errors, r"127\.0\.0\.1:(\d+)")
        self.port = int(told[1])

    @staticmethod
    def text(file):
        file.seek(0)
        return file.read()

    def wait_for(self, file, pattern, seconds=30):
        """Waits until a file holds a pattern."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = re.search(pattern, self.text(file))
            if found:
                return found
            if self.process.poll() is not None:
                break
            time.sleep(0.01)
        self.close()
        raise AssertionError(f"no {pattern}: {self.text(file)}")

    def gdb(self, program, *commands, timeout=60):
        """Runs GDB to its end. @return all it printed"""
        return subprocess.run(self._command(program, commands), text=True, timeout=timeout,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False).stdout

    def gdb_interrupted(self, program, *commands, when=None, timeout=60):
        """The same, with one Ctrl-C once `when()` holds and a little time has passed."""
        process = subprocess.Popen(self._command(program, commands), text=True,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT)
        lines = []
        reader = threading.Thread(target=lambda: lines.extend(process.stdout))
        reader.start()
        when = when or (lambda: any("RUNNING" in line for line in lines))
        deadline = time.monotonic() + 30
        while not when() and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.5)  # from the last word before `continue` to the wait for its stop
        process.send_signal(signal.SIGINT)
        process.wait(timeout)
        reader.join(timeout)
        process.stdout.close()
        return "".join(lines)

    def _command(self, program, commands):
        words = [*GDB, "-ex", f"target remote 127.0.0.1:{self.port}"]
        for command in commands:
            words += ["-ex", command]
        return [*words, str(program)]

    def connect(self):
        """A bare connection, to say what GDB never would."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        return connection

    def end(self, timeout=60):
        """Waits for leyden. @return status, standard output, standard error"""
        status = self.process.wait(timeout)
        result = status, self.text(self.output), self.text(self.errors)
        self.close()
        return result

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.output.close()
        self.errors.close()
