"""The files of a recorded job in a SystemVerilog bench: $readmemh reads them, im2col comes out."""

import json
import pathlib
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "end_to_end"))
import support  # noqa: E402  pylint: disable=wrong-import-position

BENCH = pathlib.Path(__file__).with_name("job_vectors_tb.sv")


def words_of(path, first=0):
    """{index: word} of a $readmemh file; $writememh has no addresses when it begins at `first`."""
    words, index = {}, first
    for line in path.read_text(encoding="utf-8").splitlines():
        line = line.split("//")[0].strip()
        if line.startswith("@"):
            index = int(line[1:], 16)
        elif line:
            words[index] = int(line, 16)
            index += 1
    return words


@unittest.skipUnless(pathlib.Path(support.FASHION).is_dir(), "no fashion-mnist on this machine")
@unittest.skipUnless(shutil.which("verilator"), "no Verilator on this machine")
class Readmemh(support.Case):
    def test_job_in_systemverilog(self):
        job = self.folder / "job"
        # conv2 of the network: 5 x 5 x 16, row split over nothing, with stride and channels.
        result = support.leyden(
            "vectors", "--chip", "imagine", "--network", "lenet5-fashion", "--data",
            support.FASHION, "--job", 2, "-o", job, "-q")
        self.assertEqual(result.returncode, 0, result.stderr)
        manifest = json.loads((job / "manifest.json").read_text(encoding="utf-8"))
        files = {entry["name"]: entry for entry in manifest["files"]}
        sizes = {"LMEM_BEATS": max(files["input.hex"]["last_index"],
                                   files["output.hex"]["last_index"]) + 1,
                 "WEIGHT_BEATS": files["weights.hex"]["last_index"] + 1,
                 "POSITIONS": files["im2col.hex"]["words"],
                 "ROW_BYTES": files["im2col.hex"]["width_bits"] // 8}
        subprocess.run(
            ["verilator", "--binary", "-Wall", "-Wno-fatal", "--Mdir", self.folder / "obj",
             *[f"-G{name}={value}" for name, value in sizes.items()],
             "-CFLAGS", "-O1", "--top-module", "job_vectors_tb", BENCH],
            check=True, capture_output=True)
        bench = self.folder / "obj" / "Vjob_vectors_tb"
        found = subprocess.run([bench, f"+folder={job}"], check=True, capture_output=True,
                               text=True)
        self.assertIn(f"PASS {sizes['POSITIONS'] * sizes['ROW_BYTES']} elements", found.stdout)
        # The bytes come back as they are in the files.
        for name in ("words", "input", "output", "weights"):
            recorded = words_of(job / f"{name}.hex")
            back = words_of(job / f"back_{name}.hex")
            self.assertGreater(len(recorded), 5)
            self.assertEqual({index: back[index] for index in recorded}, recorded, name)

        # It can fail: an element of the rows is another one.
        rows = (job / "im2col.hex").read_text(encoding="utf-8").splitlines()
        digit = "1" if rows[5][-1] != "1" else "2"
        rows[5] = rows[5][:-1] + digit
        (job / "im2col.hex").write_text("\n".join(rows) + "\n", encoding="utf-8")
        found = subprocess.run([bench, f"+folder={job}"], check=True, capture_output=True,
                               text=True)
        self.assertIn("position 3, element 0: expected", found.stdout)
        self.assertIn("FAIL 1", found.stdout)


if __name__ == "__main__":
    unittest.main()
