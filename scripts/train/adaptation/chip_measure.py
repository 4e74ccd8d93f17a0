"""The compiler and the chip as judges: `leyden compile` and `leyden run` of an exported network."""
import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from adaptation.errors import AdaptationError

ROOT = Path(__file__).resolve().parents[3]


def find_leyden(given=None):
    """Return the path of the program leyden, or None where there is none."""
    if given is not None:
        if not Path(given).is_file():
            raise AdaptationError(f"--leyden {given}: there is no such program.")
        return str(given)
    if "LEYDEN_BINARY_DIR" in os.environ:
        return str(Path(os.environ["LEYDEN_BINARY_DIR"]) / "bin/leyden")
    beside = ROOT / "build/release/bin/leyden"
    return shutil.which("leyden") or (str(beside) if beside.is_file() else None)


@dataclass
class Chip:
    """How leyden is called: chip, changes of its parameters, folder of images."""

    leyden: str
    chip: str
    changes: list
    data: Path

    def call(self, verb, network, *more):
        """Run leyden on a network folder; a failure is the user's to read."""
        words = [self.leyden, verb, "--chip", self.chip, "--network",
                 str(Path(network) / "network.yaml"), "--quiet", *more]
        for change in self.changes:
            words += ["--set", change]
        result = subprocess.run(words, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            told = result.stderr.strip() or result.stdout.strip()
            raise AdaptationError(f"leyden {verb}: {told}")
        return result.stdout

    def compile(self, network):
        """Return what `leyden compile --json` tells of a network folder."""
        with tempfile.TemporaryDirectory() as folder:
            return json.loads(self.call("compile", network, "--json", "--calibrate",
                                        str(self.data), "-o", str(Path(folder) / "network.img")))

    def run(self, network, images, fidelity, first=0):
        """Return the Measurement of `images` test images through firmware."""
        with tempfile.TemporaryDirectory() as folder:
            self.call("run", network, "--data", str(self.data), "--images", str(images),
                      "--first-image", str(first), "--fidelity", fidelity, "--report", folder)
            report = json.loads((Path(folder) / "report.json").read_text(encoding="utf-8"))
        return Measurement.of(report, fidelity)


@dataclass
class Measurement:
    """What a run told; cycles and energy are means of an image.

    load_cycles: in which weights were written, hidden behind other work or not; layers: rows of the
    report by layer.
    """

    images: int
    fidelity: str
    accuracy: float
    cycles: float
    load_cycles: float
    energy_uj: float
    layers: dict = field(default_factory=dict)

    @staticmethod
    def of(report, fidelity):
        """Return the Measurement in a report."""
        rows = {row["name"]: row for row in report["layers"]}
        total = report["total"]
        count = max(1, report["accuracy"]["images"])
        return Measurement(report["accuracy"]["images"], fidelity,
                           report["accuracy"]["accuracy_percent"], total["cycles"]["total"],
                           total["busy_cycles_sum"]["weight_load"] / count,
                           total["energy_pj"]["total"] / 1e6, rows)
