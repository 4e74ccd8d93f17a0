"""Whatever is wrong with the input is told in one sentence, with the exit status of the design."""

import gzip
import os
import pathlib
import shutil
import signal
import subprocess
import time
import unittest

import support


class BadInput(support.Case):
    def run_with(self, *arguments, chip="imagine", network="lenet5-fashion", data=support.FASHION,
                 images=2, **keywords):
        return support.leyden("run", "--chip", chip, "--network", network, "--data", data,
                              "--images", images, "-q", *arguments, **keywords)

    def data_folder(self):
        """Small IDX files, good as they are."""
        folder = self.folder / "data"
        folder.mkdir()
        for part, count in (("train", 64), ("t10k", 10)):
            source = pathlib.Path(support.FASHION)
            images = gzip.open(source / f"{part}-images-idx3-ubyte.gz").read()
            labels = gzip.open(source / f"{part}-labels-idx1-ubyte.gz").read()
            size = count.to_bytes(4, "big")
            (folder / f"{part}-images-idx3-ubyte").write_bytes(
                images[:4] + size + images[8:16 + 784 * count])
            (folder / f"{part}-labels-idx1-ubyte").write_bytes(
                labels[:4] + size + labels[8:8 + count])
        return folder

    def test_data(self):
        folder = self.data_folder()
        self.assertEqual(self.run_with(data=folder).returncode, 0)
        self.assert_refused(self.run_with(data=folder, images=11), 2, "has 10 images", "image 10")
        images = folder / "t10k-images-idx3-ubyte"
        good = images.read_bytes()
        images.write_bytes(good[:-1])
        self.assert_refused(self.run_with(data=folder, images=10), 2, str(images), "truncated")
        images.write_bytes(b"\0\0\x08\x01" + good[4:])
        self.assert_refused(self.run_with(data=folder), 2, "0x00000801", "0x00000803")
        images.write_bytes(good + b"x")
        self.assert_refused(self.run_with(data=folder, images=10), 2, "wrong size")
        images.unlink()
        self.assert_refused(self.run_with(data=folder), 2, "neither IDX files")
        self.assert_refused(self.run_with(data="/nonexistent"), 2, "/nonexistent does not exist")

    def test_images_of_another_size_than_the_network_takes(self):
        folder = self.data_folder()
        for part in ("train", "t10k"):
            path = folder / f"{part}-images-idx3-ubyte"
            data = bytearray(path.read_bytes())
            data[11], data[15] = 14, 56  # the same bytes as 14 x 56 pixels
            path.write_bytes(data)
        self.assert_refused(self.run_with(data=folder), 2, "14 x 56 x 1", "28 x 28 x 1")

    def test_test_images_of_another_size_than_the_training_images(self):
        folder = self.data_folder()
        path = folder / "t10k-images-idx3-ubyte"
        data = bytearray(path.read_bytes())
        data[11], data[15] = 14, 56
        path.write_bytes(data)
        self.assert_refused(self.run_with(data=folder), 2, "14 x 56 x 1", "28 x 28 x 1")

    def test_label_that_is_no_class(self):
        folder = self.data_folder()
        path = folder / "t10k-labels-idx1-ubyte"
        path.write_bytes(path.read_bytes()[:8] + bytes([3, 10] + 8 * [0]))
        self.assertEqual(self.run_with(data=folder, images=1).returncode, 0)
        self.assert_refused(self.run_with(data=folder), 2, "label 10", "10 classes")

    def test_header_that_tells_more_images_than_there_are(self):
        folder = self.data_folder()
        for part in ("images-idx3", "labels-idx1"):
            path = folder / f"t10k-{part}-ubyte"
            data = path.read_bytes()
            path.write_bytes(data[:4] + b"\xff\xff\xff\xff" + data[8:])
        self.assert_refused(self.run_with(data=folder, images=4294967295), 2, "truncated")

    def test_network_file(self):
        source = support.SOURCE / "configs/networks/lenet5-fashion"
        folder = self.folder / "network"
        shutil.copytree(source, folder)
        text = (folder / "network.yaml").read_text(encoding="utf-8")
        for old, new, parts in (
                ("format: idx", "format: jpeg", ("data", "idx or cifar10")),
                ("classes: 10", "classes: 10\nclasses: 10", ("'classes' is given twice",)),
                ("  height: 28", "\theight: 28", ("YAML",)),
                ("max: 1.0", "max: .nan", ("activation_ranges.conv1_relu", "'max'")),
                ("scale: 0.0", "scale: -0.0", ("'scale'", "from 1e-12 to"))):
            with self.subTest(new=new):
                self.assertIn(old, text)
                (folder / "network.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
                self.assert_refused(self.run_with(network=folder), 2, "network.yaml", *parts)

    def test_network(self):
        path = self.folder / "network.onnx"
        path.write_text("this is no ONNX file")
        self.assert_refused(self.run_with(network=path), 2, "network.onnx")
        self.assert_refused(self.run_with(network="lenet5-fashon"), 2,
                            "did you mean 'lenet5-fashion'?")
        self.assert_refused(self.run_with(network="/nonexistent.onnx"), 2, "does not exist")

    def test_onnx_file_alone(self):
        network = support.SOURCE / "configs/networks/lenet5-fashion/network.onnx"
        self.assertEqual(self.run_with(network=network).returncode, 0)

    def test_chip_file(self):
        text = support.CHIP.read_text(encoding="utf-8")
        path = self.folder / "chip.yaml"
        for old, new, parts in (
                ("  rows_per_unit:", "  rows_per_unt:", ("chip.yaml:", "did you mean")),
                ("value: 1152", "value: -1", ("cim.rows", "from 1 to")),
                ("value: 1152", "value: many", ("cim.rows", "number")),
                ("source: stated", "source: guessed", ("guessed", "assumed")),
                ("value: 36,", "value: 37,", ("rows_per_unit", "divide")),
                ("  tick_ns:", "  tock_ns:", ("clint.tock_ns",))):
            with self.subTest(new=new):
                self.assertIn(old, text)
                path.write_text(text.replace(old, new, 1), encoding="utf-8")
                self.assert_refused(self.run_with(chip=path), 2, *parts)
        path.write_text(text[:text.index("clint:")], encoding="utf-8")
        self.assert_refused(self.run_with(chip=path), 2, "no value for clint.tick_ns")
        path.write_text(text + "\n---\n" + text, encoding="utf-8")
        self.assert_refused(self.run_with(chip=path), 2, "2 YAML documents")
        path.write_text(text.replace("chip: imagine", 'chip: "a\\nb"', 1), encoding="utf-8")
        self.assert_refused(self.run_with(chip=path), 2, "chip.yaml:", "one word or line")
        path.write_bytes(b"")
        self.assert_refused(self.run_with(chip=path), 2, "no chip file")
        path.write_bytes(pathlib.Path("/bin/true").read_bytes())
        self.assert_refused(self.run_with(chip=path), 2, "not YAML")
        path.write_text("chip: [", encoding="utf-8")
        self.assert_refused(self.run_with(chip=path), 2, "not YAML")
        self.assert_refused(self.run_with(chip="imagin"), 2, "did you mean 'imagine'?")

    def test_set(self):
        for text, parts in (
                ("cim.rows=100000", ("--set", "cim.rows", "8192")),
                ("cim.row=3", ("did you mean 'cim.rows'?",)),
                ("cim.rows", ("key=value",)),
                ("cim.converter.kind=sarr", ("did you mean 'sar'?",)),
                ("system.image_alignment_ns=150", ("multiple of clint.tick_ns",)),
                ("lmem.bank_bytes=2048", ("lmem.bank_bytes is 2048 B", "from 4096 to")),
                ("off_chip.bytes=4096", ("off_chip.bytes",)),
                ("sram.bytes=65536", ("infer.elf", "262144 bytes", "raise sram.bytes")),
                ("sram.core_latency_cycles=1", ("sram.core_latency_cycles must be 0",)),
                ("cim.converter.noise_mv=nan", ("from 0 to",)),
                ("cim.converter.noise_mv=1e999", ("must be a number",)),
                ("cim.post.kind=none", ("cim.post.kind is none", "abn, digital_scale or")),
                ("cim.reference_supply_v=1e-300", ("cim.reference_supply_v is 1e-300 V",)),
                ("cim.converter.measured_supply_v=1e-10", ("measured_supply_v is 1e-10 V",)),
                ("cim.columns=8192", ("cim.columns, 8192", "1179648", "524288")),
                ("system.point2.supply_v=0.7", ("system.point2.clock_mhz",))):
            with self.subTest(text=text):
                self.assert_refused(self.run_with("--set", text), 2, *parts)

    def test_usage(self):
        self.assert_refused(support.leyden(), 2, "needs a command")
        self.assert_refused(support.leyden("run"), 2, "--chip")
        self.assert_refused(self.run_with("--imges", 3), 2, "did you mean '--images'?")
        self.assert_refused(self.run_with("--fidelity", "exact"), 2, "ideal, quantised, analog")
        self.assert_refused(self.run_with("--check-reference"), 2, "--fidelity ideal or quantised")
        self.assert_refused(support.leyden("validate", "imagin"), 2, "did you mean 'imagine'?")

    def test_report_folder_is_tried_before_the_run(self):
        start = time.monotonic()
        self.assert_refused(self.run_with("--report", "/proc/none", images=10000), 2, "/proc/none")
        self.assertLess(time.monotonic() - start, 2)

    def test_output_that_cannot_be_written(self):
        for words in (["list", "parameters"], ["exec", "--chip", "imagine", "hello"]):
            with open("/dev/full", "w", encoding="utf-8") as full:
                result = subprocess.run([support.LEYDEN, *words], stdout=full,
                                        stderr=subprocess.PIPE, text=True, check=False)
            self.assert_refused(result, 2, "Standard output cannot be written")
        for option in ("--uart", "--log-commits", "--signature"):
            result = self.execute(self.signed_program(), option, "/dev/full")
            self.assert_refused(result, 2, "/dev/full cannot be written")

    def test_outputs_are_tried_before_the_run(self):
        endless = self.assemble(".globl begin_signature\n.globl end_signature\n"
                                "begin_signature: end_signature: 1: j 1b\n", "endless")
        nowhere = self.folder / "none" / "file"
        for words in (["--signature", nowhere], ["--dump", f"{nowhere}@_start:4"],
                      ["--profile", nowhere], ["--timeline", nowhere], ["--log-commits", nowhere],
                      ["--uart", nowhere], ["--snapshot", nowhere, "--snapshot-at", 1]):
            start = time.monotonic()
            result = self.execute(endless, *words, "--max-seconds", 60)
            self.assert_refused(result, 2, str(nowhere), "cannot be written")
            self.assertLess(time.monotonic() - start, 20)
        unsigned = self.assemble("1: j 1b\n", "unsigned")
        result = self.execute(unsigned, "--signature", self.folder / "s", "--max-seconds", 60)
        self.assert_refused(result, 2, "no symbols begin_signature")

    def test_a_snapshot_never_replaces_what_is_no_file(self):
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        self.assert_refused(self.run_with("--snapshot", pipe, "--snapshot-at", "0:0"), 2,
                            str(pipe), "no regular file")
        self.assertTrue(pipe.is_fifo())

    def test_values_that_are_empty(self):
        for option in ("--profile", "--coverage", "--timeline", "--log-commits", "--signature",
                       "--snapshot", "--uart", "--semihosting", "--load", "--dump", "--set",
                       "--gdb", "--max-seconds"):
            self.assert_refused(self.execute("hello", option, ""), 2, option)
        for option in ("--report", "--firmware", "--restore", "--profile"):
            self.assert_refused(self.run_with(option, ""), 2, f"value of {option} is empty")

    def test_a_dash_is_no_file(self):
        for option in ("--coverage", "--timeline", "--log-commits", "--signature",
                       "--snapshot"):
            self.assert_refused(self.execute("hello", option, "-"), 2, option, "/dev/stdout")

    def signed_program(self):
        """Sends a byte, ends well, has a signature."""
        return self.assemble(
            ".globl begin_signature\n.globl end_signature\nli t0, 0x10000000\nli t1, 65\n"
            "sb t1, 0(t0)\n" + support.FINISH.format(word=0x5555) +
            ".align 4\nbegin_signature: .word 1\nend_signature:\n")

    def test_closed_standard_streams_get_into_no_file(self):
        path = self.folder / "uart"
        command = f"{support.LEYDEN} exec --chip imagine hello --uart {path} >&- 2>&-"
        self.assertEqual(subprocess.run(["sh", "-c", command], check=False).returncode, 0)
        self.assertEqual(path.read_text(), "hello from the chip\n")

    def test_help_and_version_end_well(self):
        for words in (["--help"], ["run", "--help"], ["--version"]):
            result = support.leyden(*words)
            self.assertEqual(result.returncode, 0)
            self.assertTrue(result.stdout)
            self.assertFalse(result.stderr)

    def test_firmware_that_fails_or_never_ends(self):
        fail = self.assemble(support.FINISH.format(word=0x3333 | 9 << 16))
        self.assert_refused(self.run_with("--firmware", fail), 1, "code 9", "images 0 to 1")
        trap = self.assemble(".word 0\n")
        self.assert_refused(self.run_with("--firmware", trap), 1, "illegal instruction", "images")
        hang = self.assemble("1: j 1b\n")
        self.assert_refused(
            self.run_with("--firmware", hang, "--max-cycles-per-image", 100000), 3, "boot")
        sleep = self.assemble("1: wfi\nj 1b\n")
        self.assert_refused(
            self.run_with("--firmware", sleep, "--max-cycles-per-image", 100000), 1,
            "never finished", "core sleeps")

    def test_firmware_that_ends_before_the_images_are_done(self):
        self.assert_refused(self.run_with("--firmware", "hello"), 1, "before all images were done")
        early = self.assemble(support.FINISH.format(word=0x5555))
        self.assert_refused(self.run_with("--firmware", early), 1, "before all images were done")

    def test_host_time_limit(self):
        result = self.run_with("--max-seconds", 0.5, images=10000, timeout=60)
        self.assert_refused(result, 3, "--max-seconds")

    def long_run(self):
        """@return a run of 10,000 images, under way, and the numbers of its two workers"""
        process = subprocess.Popen(
            [support.LEYDEN, "run", "--chip", "imagine", "--network", "lenet5-fashion", "--data",
             support.FASHION, "--images", "10000", "--jobs", "2", "-q"],
            stderr=subprocess.PIPE, text=True, env={**os.environ, "TMPDIR": str(self.folder)})
        children = []
        end = time.monotonic() + 30
        while len(children) < 2 and time.monotonic() < end:
            path = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
            children = [int(word) for word in path.read_text().split()]
            time.sleep(0.02)
        self.assertEqual(len(children), 2)
        return process, children

    @staticmethod
    def runs(number):
        """Whether a process is there and has not ended."""
        try:
            stat = pathlib.Path(f"/proc/{number}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return False
        return stat.rpartition(")")[2].split()[0] != "Z"

    def test_interrupted_run_leaves_nothing_behind(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number=number):
                process, children = self.long_run()
                self.assertEqual(len(list(self.folder.glob("leyden-*"))), 1)
                process.send_signal(number)
                _, text = process.communicate(timeout=20)
                self.assertEqual(process.returncode, -number)
                self.assertIn(f"interrupted by signal {int(number)}", text)
                self.assertEqual(len(text.splitlines()), 1, text)
                self.assertFalse(any(self.runs(child) for child in children))
                self.assertEqual(list(self.folder.glob("leyden-*")), [])

    def test_workers_end_with_a_program_that_is_killed(self):
        process, children = self.long_run()
        process.kill()
        process.communicate(timeout=20)
        end = time.monotonic() + 10
        while any(self.runs(child) for child in children) and time.monotonic() < end:
            time.sleep(0.02)
        self.assertFalse(any(self.runs(child) for child in children))

    def test_worker_that_dies_is_told_with_its_images(self):
        process, children = self.long_run()
        os.kill(children[1], signal.SIGKILL)
        _, text = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 4)
        self.assertIn("images 5000 to 9999 was ended by signal 9", text)

    def test_no_preset_is_taken_from_the_current_folder(self):
        shutil.copy(support.CHIP, self.folder / "mine.yaml")
        result = subprocess.run([support.LEYDEN, "exec", "--chip", "mine", "hello"],
                                cwd=self.folder, capture_output=True, text=True, check=False)
        self.assert_refused(result, 2, "no chip mine")


if __name__ == "__main__":
    unittest.main()
