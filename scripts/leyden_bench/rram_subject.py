"""What the study of RRAM mappings takes a network as: its two formats, its images, its chip.

Format *fixed* has one range, a power of two, for all rectified tensors; *dynamic* a power of two for each
tensor, which holds what the float network computes. Weights have 8 b in both.
"""
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
NETWORKS = ROOT / "configs/networks"
# LeNet-5 was trained to one range, and is re-quantised. Its dynamic ranges hold what the float
# network computes on 512 training images.
LENET = "lenet5-fashion"
LENET_RANGES = {
    "fixed": {"conv1_relu": 1, "conv2_relu": 1, "fc1_relu": 1, "logits": 16},
    "dynamic": {"conv1_relu": 8, "conv2_relu": 8, "fc1_relu": 16, "logits": 128}}
LENET_CHIP = {"cim.columns": 1024, "cim.abn_entries": 4096}
# All weights of 0.8 M stay in sixteen macros of 64 arrays; tensors of 32 x 32 pixels in LMEM.
FLOAT_CHIP = {"cim.columns": 8192, "cim.abn_entries": 8192, "lmem.bank_bytes": 1048576,
              "off_chip.bytes": 67108864}
# One scale a layer, a power of two, for weights and activations alike, as fixed point has them.
POWERS = {"granularity": "tensor", "scales": "power_of_two", "calibration": "minmax"}
TOPS = (0.5, 1, 2, 4, 8, 16)    # ends of a fixed range that are tried
FILES = {                       # test images of a data set and what trains in their place
    "cifar10": {"test_batch.bin": "data_batch_1.bin", "data_batch_1.bin": "data_batch_1.bin"},
    "idx": {"t10k-images-idx3-ubyte": "train-images-idx3-ubyte",
            "t10k-labels-idx1-ubyte": "train-labels-idx1-ubyte",
            "train-images-idx3-ubyte": "train-images-idx3-ubyte",
            "train-labels-idx1-ubyte": "train-labels-idx1-ubyte"}}


class Failure(Exception):
    """A sentence for the person."""


def rectified_tensors(path):
    """Return the names of all tensors that a Relu of an ONNX file writes."""
    import onnx  # pylint: disable=import-outside-toplevel
    graph = onnx.load(str(path)).graph
    return [node.output[0] for node in graph.node if node.op_type == "Relu"]


class Subject:
    """A network of the study.

    chip: settings under which all weights stay in the macros; formats: of curves of accuracy, that
    in which the network is at its best; ranges: how those of converters are found by default.
    """

    def __init__(self, name):
        """name: of a folder in configs/networks, or a path."""
        folder = NETWORKS / name
        self.folder = folder if folder.is_dir() else Path(name).resolve()
        file = self.folder / "network.yaml"
        if not file.is_file():
            raise Failure(f"{name}: there is no such network.")
        self.file = yaml.safe_load(file.read_text(encoding="utf-8"))
        self.name = self.file["name"]
        self.trained = "activation_ranges" in self.file
        if self.trained and self.name != LENET:
            raise Failure(f"{name}: its activations have trained ranges; the study takes {LENET}, or "
                          "a network in floats.")
        self.chip = LENET_CHIP if self.trained else FLOAT_CHIP
        self.formats = "fixed" if self.trained else "dynamic"
        self.ranges = "shift" if self.trained else "minmax"
        self.fixed_top = None

    def write(self, path, formats, top=None):
        """Write the network file of a format. top: end of a fixed range, of a network in floats."""
        file = dict(self.file, name=f"{self.name}-{formats}",
                    onnx=str(self.folder / self.file["onnx"]))
        file["quantisation"] = dict(file["quantisation"], weight_bits=8, activation_bits=8)
        if self.trained:
            file["activation_ranges"] = {
                tensor: {"min": 0 if tensor != "logits" else -end,
                         "max": end if tensor != "logits" else end * 127 / 128}
                for tensor, end in LENET_RANGES[formats].items()}
        else:
            file["quantisation"].update(POWERS)
            if formats == "fixed":
                tensors = rectified_tensors(self.folder / self.file["onnx"])
                file["activation_ranges"] = {tensor: {"min": 0, "max": top * 255 / 256}
                                             for tensor in tensors}
        path.write_text(yaml.safe_dump(file), encoding="utf-8")

    def training_as_test(self, data, folder):
        """Make a data folder whose test images are training images; return it."""
        for name, source in FILES[self.file["data"]["format"]].items():
            for end in ("", ".gz"):
                if (Path(data) / (source + end)).exists():
                    (folder / (name + end)).symlink_to(Path(data).resolve() / (source + end))
        return folder
