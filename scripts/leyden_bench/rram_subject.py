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
# Of LeNet-5, arrays side by side: parts of its rows lie in other macros and are added as codes.
LENET_CHIP = {"cim.columns": 1024, "cim.abn_entries": 4096}
# Of networks in floats, arrays one above the other too: conversions of 128 rows at a time are added in
# full width by the macro, as in the study's tool, one after the other.
FLOAT_CHIP = {"cim.rows": 2048, "cim.dot_product.rows_active": 128, "cim.post.kind": "adder_tree",
              "cim.post.range_shift": 4, "cim.abn_entries": 8192}
FLOAT_COLUMNS = 2048            # of cells of 1 b: the weight window holds 512 KiB
# One scale a layer, a power of two, for weights and activations alike, as fixed point has them.
POWERS = {"granularity": "tensor", "scales": "power_of_two", "calibration": "minmax"}
CALIBRATION_IMAGES = 64
TOPS = (1, 2, 4, 8)             # ends of a fixed range that are tried
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

    formats: of curves of accuracy, that in which the network is at its best; ranges: how those of
    converters are found by default; objective: of the mapping.
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
        self.objective = "none"  # copies of layers would fill the arrays that a mapping leaves free
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
            file["quantisation"].update(POWERS, calibration_images=CALIBRATION_IMAGES)
            if formats == "fixed":
                tensors = rectified_tensors(self.folder / self.file["onnx"])
                file["activation_ranges"] = {tensor: {"min": 0, "max": top * 255 / 256}
                                             for tensor in tensors}
        path.write_text(yaml.safe_dump(file), encoding="utf-8")

    def macro(self, cell):
        """Return the settings of a chip with cells of some bits."""
        return self.chip if self.trained else {**self.chip, "cim.columns": FLOAT_COLUMNS // cell}

    def training_as_test(self, data, folder):
        """Make a data folder whose test images are training images; return it."""
        for name, source in FILES[self.file["data"]["format"]].items():
            for end in ("", ".gz"):
                if (Path(data) / (source + end)).exists() and not (folder / (name + end)).is_symlink():
                    (folder / (name + end)).symlink_to(Path(data).resolve() / (source + end))
        return folder
