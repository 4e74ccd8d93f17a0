"""leyden vectors and leyden replay: recordings by other readers, replay, planted differences."""

import csv
import io
import json
import pathlib
import shutil
import subprocess
import unittest
import zlib

import jsonschema
import numpy
import pandas

import support

NETWORK = ("--chip", "imagine", "--network", "lenet5-fashion", "--data", support.FASHION)
# The model's timing as it is calibrated to the RTL.
CALIBRATED = ("--set", "dma.prepare_cycles=1", "--set", "dma.access_cycles=1",
              "--set", "dma.boundary_bytes=4096", "--set", "cim.job_overhead_cycles=4",
              "--set", "cim.feeder.line_buffer=no", "--set", "cim.feeder.shifts_dilated=no")
SCHEMA = support.SOURCE / "platform" / "vectors" / "manifest.schema.json"


def words_of(path):
    """{index: bytes, first byte first} of a $readmemh file, read without Leyden."""
    words, index = {}, 0
    for line in path.read_text(encoding="utf-8").splitlines():
        line = line.split("//")[0].strip()
        if line.startswith("@"):
            index = int(line[1:], 16)
        elif line:
            words[index] = bytes.fromhex(line)[::-1]
            index += 1
    return words


def bytes_of(folder, name):
    """{offset: byte} of beats and strobes."""
    data, strobes = words_of(folder / f"{name}.hex"), words_of(folder / f"{name}.strobes.hex")
    return {16 * index + i: data[index][i] for index, strobe in strobes.items()
            for i in range(16) if strobe[i // 8] >> i % 8 & 1}


@unittest.skipUnless(pathlib.Path(support.FASHION).is_dir(), "no fashion-mnist on this machine")
class Vectors(support.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.temporary = support.tempfile.TemporaryDirectory(prefix="leyden-test-")
        cls.root = pathlib.Path(cls.temporary.name)
        for name, what in (("job", ("--job", 2)), ("pool", ("--job", 1)),
                           ("layer", ("--layer", "fc1")), ("dma0", ("--unit", "dma0")),
                           ("dma1", ("--unit", "dma1")), ("cim0", ("--unit", "cim0")),
                           ("vector", ("--unit", "vector"))):
            result = cls.record(cls.root / name, *what)
            assert result.returncode == 0, result.stderr

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    @staticmethod
    def record(folder, *what):
        return support.leyden("vectors", *NETWORK, *what, "-o", folder, "-q")

    def manifest(self, name):
        return json.loads((self.root / name / "manifest.json").read_text(encoding="utf-8"))

    def stream(self, name):
        return pandas.read_csv(self.root / name / "stream.csv", dtype=str, keep_default_na=False)

    def copy(self, name):
        return shutil.copytree(self.root / name, self.folder / name)

    # The files, by other readers.

    def test_manifest_tells_of_every_file(self):
        schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        for folder in self.root.iterdir():
            manifest = self.manifest(folder.name)
            jsonschema.Draft202012Validator(schema).validate(manifest)
            there = {str(path.relative_to(folder)) for path in folder.rglob("*")
                     if path.is_file()} - {"manifest.json"}
            self.assertEqual({entry["name"] for entry in manifest["files"]}, there)
            for entry in manifest["files"]:
                contents = (folder / entry["name"]).read_bytes()
                self.assertEqual(entry["bytes"], len(contents))
                self.assertEqual(entry["lines"], contents.count(b"\n"))
                self.assertEqual(entry["crc32"], zlib.crc32(contents))
                if entry["format"] == "readmemh":
                    words = words_of(folder / entry["name"])
                    self.assertEqual(entry["words"], len(words))
                    self.assertEqual(entry["last_index"], max(words))

    def test_jobs_are_those_of_the_report(self):
        report = self.folder / "report"
        result = support.leyden("run", *NETWORK, "--images", 1, "-q", "--report", report)
        self.assertEqual(result.returncode, 0, result.stderr)
        layers = {row["name"]: row for row in
                  json.loads((report / "report.json").read_text(encoding="utf-8"))["layers"]}
        listed = support.leyden("vectors", *NETWORK, "--json")
        self.assertEqual(listed.returncode, 0, listed.stderr)
        jobs = pandas.DataFrame(json.loads(listed.stdout)["jobs"])
        self.assertEqual(list(jobs["job"]), list(range(len(jobs))))
        tiles = 0
        for name, group in jobs.groupby("layer_name"):
            cycles = layers[name]["cycles"]
            units = set(group["unit"])
            # A layer's jobs on one unit follow each other; their causes of cycles add up to them.
            causes = ("vector",) if units == {"vector"} else (
                "feed", "mvm", "adc", "write_back", "stall")
            counted = sum(cycles.get(cause, 0) for cause in causes)
            self.assertLessEqual(group["cycles"].sum(), cycles["total"], name)
            if units == {"vector"}:
                self.assertEqual(group["cycles"].sum(), counted, name)
            else:
                self.assertLessEqual(abs(group["cycles"].sum() - counted), cycles["stall"], name)
                tiles += len(group)
        self.assertEqual(tiles, sum(layer.get("tiles", 0) for layer in layers.values()))

    def test_pooling_job_is_a_maximum(self):
        """The recorded output out of the recorded input, by numpy."""
        folder = self.root / "pool"
        job = self.manifest("pool")["jobs"][0]
        registers = {(row["register"], row["field"]): int(row["value"]) for row in csv.DictReader(
            io.StringIO((folder / "registers.csv").read_text(encoding="utf-8")))}
        self.assertEqual(registers["OPERATION", "CODE"], 0)
        height, width = registers["IN_SIZE", "HEIGHT"], registers["IN_SIZE", "WIDTH"]
        channels = registers["CHANNELS", "COUNT"]
        source = bytes_of(folder, "input")
        tensor = numpy.array([source[key] for key in sorted(source)], numpy.uint8)
        tensor = tensor.reshape(height // 2, 2, width // 2, 2, channels)
        target = bytes_of(folder, "output")
        self.assertEqual(min(target), job["output"]["address"] - 0x20000000)
        numpy.testing.assert_array_equal(
            numpy.array([target[key] for key in sorted(target)]),
            tensor.max(axis=(1, 3)).reshape(-1))

    def test_layer_is_its_jobs(self):
        """Each byte of the layer's output was written by a job, its input is what they read."""
        folder = self.root / "layer"
        jobs = self.manifest("layer")["jobs"]
        self.assertEqual([job["layer_name"] for job in jobs], ["fc1", "fc1"])
        output = sorted(bytes_of(folder, "layer_output").items())
        written = {}
        for job in jobs:
            written.update(bytes_of(folder / job["folder"], "output"))
            read = sorted(bytes_of(folder / job["folder"], "input").items())
            tensor = sorted(bytes_of(folder, "layer_input").items())
            self.assertEqual([byte for _, byte in read], [byte for _, byte in tensor])
        self.assertEqual([byte for _, byte in output],
                         [byte for _, byte in sorted(written.items())])
        table = pandas.read_csv(folder / "jobs.csv")
        self.assertEqual(list(table["cycles"]), [job["cycles"] for job in jobs])

    def test_stream_tells_what_the_dma_moved(self):
        """What a channel read it wrote, and the bytes are those of its registers."""
        frame = self.stream("dma1")
        bus = frame[frame["kind"] == "bus"]
        read, written = (bus[bus["direction"] == way]["data"] for way in ("read", "write"))
        self.assertEqual("".join(read), "".join(written))
        self.assertEqual(set(frame["response"]), {"ok"})
        registers = frame[frame["kind"] == "register"]
        moved, bytes_of_row = 0, 0
        for _, row in registers[registers["direction"] == "write"].iterrows():
            if row["name"] == "ROW_BYTES":
                bytes_of_row = int(row["data"], 16)
            if row["name"] == "ROWS":
                rows = int(row["data"], 16)
            if row["name"] == "CTRL" and int(row["data"], 16) & 1:
                moved += bytes_of_row * rows
        self.assertEqual(moved, sum(len(data) for data in written) // 2)
        # Time is in order, cycles are of the clock.
        period = self.manifest("dma1")["clock_period_ps"]
        times = frame["time_ps"].astype(int)
        self.assertTrue((times.diff().dropna() >= 0).all())
        arrival = times + frame["delay_ps"].astype(int)
        self.assertTrue((frame["cycle"].astype(int) == arrival // period).all())

    def test_weights_of_the_job_are_those_the_stream_wrote(self):
        frame = self.stream("cim0")
        window = {}
        for _, row in frame[frame["kind"] == "weights"].iterrows():
            for i, byte in enumerate(bytes.fromhex(row["data"].removeprefix("0x"))):
                window[int(row["address"], 16) + i] = byte
        recorded = bytes_of(self.root / "job", "weights")
        self.assertGreater(len(recorded), 10_000)
        shared = recorded.keys() & window.keys()
        self.assertGreater(len(shared), 1000)
        self.assertEqual({at: recorded[at] for at in shared}, {at: window[at] for at in shared})

    def test_same_bytes_twice(self):
        for name, what in (("layer", ("--layer", "fc1")), ("cim0", ("--unit", "cim0"))):
            again = self.folder / name
            result = self.record(again, *what, "--quantum-ns", 1000, "--interpreter")
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(subprocess.run(
                ["diff", "-r", self.root / name, again], check=False).returncode, 0, name)
            # Over an old recording.
            self.assertEqual(self.record(again, *what).returncode, 0)
            self.assertEqual(subprocess.run(
                ["diff", "-r", self.root / name, again], check=False).returncode, 0, name)

    # Replay.

    def replay(self, folder, *words, status=0):
        result = support.leyden("replay", folder, "--json", *words)
        self.assertEqual(result.returncode, status, result.stderr)
        return json.loads(result.stdout) if result.stdout else None, result

    def test_replay_is_equal_to_the_cycle(self):
        for folder in sorted(self.root.iterdir()):
            told, _ = self.replay(folder)
            self.assertTrue(told["equal"])
            self.assertGreater(told["responses"], 0)
            for job in told["jobs"]:
                self.assertEqual(job["recorded_cycles"], job["found_cycles"], folder)
            self.replay(folder, "--as-fast-as-possible")

    def test_replay_on_rtl(self):
        """A trace of the virtual chip replays on the RTL alone, its timing being calibrated."""
        for name, what in (("dma0", ("--unit", "dma0")), ("dma1", ("--unit", "dma1")),
                           ("cim0", ("--unit", "cim0")), ("job", ("--job", 2)),
                           ("layer", ("--layer", "fc1"))):
            with self.subTest(name):
                folder = self.folder / name
                self.assertEqual(self.record(folder, *what, *CALIBRATED).returncode, 0)
                result = support.leyden("replay", folder, "--on", "rtl", "--json")
                if "which this version does not have" in result.stderr:
                    self.assert_refused(result, 2, "impl is rtl")
                    self.skipTest(f"there is no RTL for {name} yet")
                self.assertEqual(result.returncode, 0, result.stderr)
                told = json.loads(result.stdout)
                self.assertTrue(told["equal"])
                for job in told["jobs"]:
                    self.assertAlmostEqual(job["found_cycles"], job["recorded_cycles"],
                                           delta=0.03 * job["recorded_cycles"], msg=job)
                self.replay(folder, "--on", "rtl", "--as-fast-as-possible")
        self.assert_refused(support.leyden("replay", self.root / "vector", "--on", "rtl"), 2,
                            "The vector unit has no rtl")

    def test_planted_byte_found_by_rtl(self):
        folder = self.copy("dma0")
        fields, _ = self.change(
            folder / "stream.csv",
            lambda f: f["kind"] == "bus" and f["direction"] == "write" and f["job"] == "5",
            "data", lambda data: f"{int(data[:2], 16) ^ 0xff:02x}" + data[2:])
        result = support.leyden("replay", folder, "--ignore-checksums", "--on", "rtl")
        address = int(fields["address"], 16)
        self.assert_refused(
            result, 4, f"input, job 5 of dma0: bus write of {fields['bytes']} bytes at "
            f"0x{address:08x}, byte at 0x{address:08x}: expected 0x{fields['data'][:2]}")

    def test_recorded_on_rtl(self):
        """What the RTL did in the chip the model does alone, and the RTL again."""
        folder = self.folder / "rtl"
        result = self.record(folder, "--unit", "dma1", "--set", "dma.impl=rtl", *CALIBRATED)
        self.assertEqual(result.returncode, 0, result.stderr)
        for on in ("rtl", "tlm"):
            told, _ = self.replay(folder, "--on", on)
            for job in told["jobs"]:
                self.assertAlmostEqual(job["found_cycles"], job["recorded_cycles"],
                                       delta=0.001 * job["recorded_cycles"] + 1)

    def change(self, path, line_of, column, change):
        """Changes a field of the first line of a stream that `line_of` takes; its time and cycle."""
        lines = path.read_text(encoding="utf-8").splitlines()
        names = lines[0].split(",")
        for at, line in enumerate(lines[1:], 1):
            fields = dict(zip(names, line.split(",")))
            if not line_of(fields):
                continue
            before = fields[column]
            fields[column] = change(before)
            lines[at] = ",".join(fields.values())
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
            return fields, before
        raise AssertionError("no such line")

    def test_planted_byte_on_the_bus(self):
        folder = self.copy("dma1")
        fields, _ = self.change(
            folder / "stream.csv",
            lambda f: f["kind"] == "bus" and f["direction"] == "write" and f["job"] == "2",
            "data", lambda data: data[:10] + f"{int(data[10:12], 16) ^ 0xff:02x}" + data[12:])
        self.assert_refused(support.leyden("replay", folder), 2, "stream.csv was changed since")
        result = support.leyden("replay", folder, "--ignore-checksums")
        found = int(fields["data"][10:12], 16) ^ 0xff
        address = int(fields["address"], 16)
        self.assert_refused(
            result, 4, f"(cycle {fields['cycle']}), boot, job 2 of dma1: "
            f"bus write of {fields['bytes']} bytes at 0x{address:08x}, byte at "
            f"0x{address + 5:08x}: expected 0x{fields['data'][10:12]}, found 0x{found:02x}",
            f"At {int(fields['time_ps']) / 1e9} ms")
        told, _ = self.replay(folder, "--ignore-checksums", status=4)
        self.assertFalse(told["equal"])
        self.assertEqual(told["difference"]["cycle"], int(fields["cycle"]))
        self.assertEqual(told["difference"]["job"], 2)

    def test_planted_byte_in_a_register(self):
        folder = self.copy("vector")
        fields, before = self.change(
            folder / "stream.csv",
            lambda f: f["kind"] == "register" and f["direction"] == "read"
            and f["name"] == "STATUS" and f["job"] == "1", "data", lambda data: "0x00000006")
        result = support.leyden("replay", folder, "--ignore-checksums")
        self.assert_refused(
            result, 4, f"(cycle {fields['cycle']}), layer {fields['layer']} (conv2_pool), job 1 of "
            f"vector: register STATUS: expected 0x6, found {hex(int(before, 16))}")

    def test_planted_byte_in_lmem(self):
        """In the expected output of a job; the job's number is the unit's."""
        folder = self.copy("layer")
        name = self.manifest("layer")["jobs"][1]["folder"] + "output.hex"
        path = folder / name
        lines = path.read_text(encoding="utf-8").splitlines()
        index = int(lines[1][1:], 16)
        strobes = words_of(folder / name.replace(".hex", ".strobes.hex"))
        byte = next(i for i in range(16) if strobes[index][i // 8] >> i % 8 & 1)
        at = 2 * (15 - byte)
        old = lines[2][at:at + 2]
        lines[2] = lines[2][:at] + f"{int(old, 16) ^ 1:02x}" + lines[2][at + 2:]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        result = support.leyden("replay", folder, "--ignore-checksums")
        address = 0x20000000 + 16 * index + byte
        self.assert_refused(
            result, 4, "layer 4 (fc1), job 3 of cim0: LMEM byte at "
            f"0x{address:08x}: expected 0x{int(old, 16) ^ 1:02x}, found 0x{old}")

    def test_planted_stimulus_changes_the_response(self):
        """A weight that is another one is seen in the output."""
        folder = self.copy("cim0")
        self.change(folder / "stream.csv",
                    lambda f: f["kind"] == "lmem_read" and f["job"] == "1", "data",
                    lambda data: "ff" * (len(data) // 2))
        result = support.leyden("replay", folder, "--ignore-checksums")
        self.assert_refused(result, 4, "layer 2 (conv2), job 1 of cim0: LMEM byte at 0x2001")

    def test_missing_response_ends(self):
        """A response that never comes is told after the time that was given."""
        folder = self.copy("dma0")
        self.change(folder / "stream.csv", lambda f: f["kind"] == "register" and f["job"] == "0"
                    and f["name"] == "CTRL" and f["direction"] == "write", "data",
                    lambda data: "0x00000002")
        result = support.leyden("replay", folder, "--ignore-checksums", "--timeout-cycles", 500)
        self.assert_refused(result, 4, "bus read of 64 bytes at 0x40000870: expected within 500 "
                            "cycles, found none")

    def test_extra_response_is_found(self):
        folder = self.copy("dma0")
        path = folder / "stream.csv"
        lines = path.read_text(encoding="utf-8").splitlines()
        last = max(i for i, line in enumerate(lines) if line.startswith("bus,write"))
        path.write_text("\n".join(lines[:last] + lines[last + 1:]) + "\n", encoding="utf-8")
        result = support.leyden("replay", folder, "--ignore-checksums")
        self.assert_refused(result, 4, ": bus write of ", "expected none, found it")

    # Wrong input.

    def test_wrong_words(self):
        out = self.folder / "out"
        record = lambda *words: self.record(out, *words)  # noqa: E731
        self.assert_refused(record("--layer", "conv"), 2, "--layer is conv", "did you mean 'conv1'")
        self.assert_refused(record("--layer", "6"), 2, "a number from 0 to 5")
        self.assert_refused(record("--unit", "core"), 2, "has no stream",
                            "dma0, dma1, cim0, vector")
        self.assert_refused(record("--unit", "cim1"), 2, "has no stream")
        self.assert_refused(record("--job", "7"), 2, "the run has 7 jobs")
        self.assert_refused(record("--job", "-1"), 2, "'-1' is not a whole number")
        self.assert_refused(record("--job", "1", "--unit", "cim0"), 2, "at a time")
        self.assert_refused(record(), 2, "needs --layer, --job or --unit")
        self.assert_refused(support.leyden("vectors", *NETWORK, "--job", 1), 2, "needs -o")
        self.assert_refused(record("--image", "10000", "--job", 1), 2, "image 10000")
        (self.folder / "other").mkdir()
        (self.folder / "other" / "file").touch()
        self.assert_refused(self.record(self.folder / "other", "--job", 1), 2, "is not empty")
        self.assert_refused(support.leyden("replay"), 2, "needs a folder")
        self.assert_refused(support.leyden("replay", self.folder), 2, "is no recording")
        self.assert_refused(support.leyden("replay", self.root / "job", "--on", "gpu"), 2,
                            "tlm or rtl")

    def test_damaged_recordings(self):
        folder = self.copy("job")
        weights = folder / "weights.hex"
        good = weights.read_text(encoding="utf-8")
        weights.write_text(good[:2000], encoding="utf-8")
        self.assert_refused(support.leyden("replay", folder), 2, "weights.hex has 2000 bytes",
                            "it was cut short")
        self.assert_refused(support.leyden("replay", folder, "--ignore-checksums"), 2,
                            "weights.hex, line ", "is no word")
        weights.write_text("\n".join(good.splitlines()[:50]) + "\n", encoding="utf-8")
        self.assert_refused(support.leyden("replay", folder, "--ignore-checksums"), 2,
                            "which the file of the data does not have")
        weights.write_text(good.replace("@", "@g", 1), encoding="utf-8")
        self.assert_refused(support.leyden("replay", folder, "--ignore-checksums"), 2,
                            "weights.hex, line 2: '@g", "is no address")
        weights.unlink()
        self.assert_refused(support.leyden("replay", folder), 2, "weights.hex cannot be read")

        def manifest(change):
            told = self.manifest("job")
            change(told)
            (folder / "manifest.json").write_text(json.dumps(told), encoding="utf-8")
            return support.leyden("replay", folder, "--ignore-checksums")

        weights.write_text(good, encoding="utf-8")
        self.assert_refused(manifest(lambda m: m.update(format_version=2)), 2,
                            "format_version is 2, but this version reads 1")
        self.assert_refused(manifest(lambda m: m.update(kind="tile")), 2, "kind is tile")
        self.assert_refused(manifest(lambda m: m.update(clock_period_ps=1)), 2, "clock_period_ps")
        self.assert_refused(manifest(lambda m: m.update(fidelity="exact")), 2, "fidelity exact")
        self.assert_refused(manifest(lambda m: m["jobs"][0].update(unit="cim9")), 2, "1 macros")
        self.assert_refused(manifest(lambda m: m["jobs"][0]["output"].update(run_bytes=10**9)), 2,
                            "jobs[0].output: the region")
        self.assert_refused(manifest(lambda m: m["jobs"][0]["output"].update(run_bytes="x")), 2,
                            "jobs[0].output: run_bytes")
        self.assert_refused(manifest(lambda m: m.pop("jobs")), 2, "key jobs is missing")
        self.assert_refused(manifest(lambda m: m.update(jobs=[])), 2, "nothing can be replayed")
        self.assertEqual(manifest(lambda m: None).returncode, 0)


if __name__ == "__main__":
    unittest.main()
