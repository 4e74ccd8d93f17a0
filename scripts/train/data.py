"""Readers of the image sets the networks are trained on.

Every reader returns `(images, labels)`: images are uint8 codes 0..255 of shape (N, C, H, W), labels
are uint8 class numbers of shape (N,).  A file that is absent or damaged raises DataError with one
sentence that names the file, what is wrong with it and what would be right.
"""
import gzip
import struct
import zlib
from pathlib import Path

import numpy as np

# Folder into which the Debian package dataset-fashion-mnist installs its four files.
FASHION_MNIST_DIRECTORY = Path("/usr/share/datasets/fashion-mnist")

IDX_TYPE_U8 = 0x08              # third byte of an IDX magic: the element is an unsigned byte
IDX_PREFIX = {"train": "train", "test": "t10k"}
CIFAR_RECORD_BYTES = 1 + 3 * 32 * 32
CIFAR_FILES = {"train": "data_batch_*.bin", "test": "test_batch.bin"}


class DataError(Exception):
    """A data file or folder cannot be used; the message is one sentence for the user."""


def read_bytes(path):
    """Return the content of `path`, unpacked when its name ends in .gz."""
    path = Path(path)
    try:
        raw = path.read_bytes()
        return gzip.decompress(raw) if path.suffix == ".gz" else raw
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file.") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path}: the gzip data are damaged ({error}).") from None
    except OSError as error:
        raise DataError(f"{path}: the file cannot be read ({error.strerror}).") from None


def read_idx(path, dimensions):
    """Return the uint8 array of an IDX file with `dimensions` axes (3 for images, 1 for labels)."""
    raw = read_bytes(path)
    expected = (IDX_TYPE_U8 << 8) | dimensions
    if len(raw) < 4:
        raise DataError(f"{path}: the file has {len(raw)} bytes, too few for an IDX magic of 4.")
    magic = struct.unpack(">I", raw[:4])[0]
    if magic != expected:
        raise DataError(f"{path}: the IDX magic is 0x{magic:08x} where 0x{expected:08x} "
                        f"({dimensions}-dimensional unsigned bytes) is needed.")
    header = 4 + 4 * dimensions
    if len(raw) < header:
        raise DataError(f"{path}: the file is truncated: its {len(raw)} bytes end within the "
                        f"IDX header of {header}.")
    shape = struct.unpack(f">{dimensions}I", raw[4:header])
    count = 1
    for extent in shape:
        count *= extent
    if len(raw) - header < count:
        raise DataError(f"{path}: the file is truncated: the header promises {count} bytes of "
                        f"data and {len(raw) - header} follow.")
    if len(raw) - header > count:
        raise DataError(f"{path}: the header promises {count} bytes of data and "
                        f"{len(raw) - header} follow.")
    return np.frombuffer(raw, np.uint8, offset=header).reshape(shape)


def load_idx(directory, split):
    """Read the `train` or `test` split of an MNIST-like folder of IDX files, plain or .gz."""
    directory = existing_directory(directory)
    prefix = IDX_PREFIX[split]
    images_path = plain_or_packed(directory, f"{prefix}-images-idx3-ubyte")
    labels_path = plain_or_packed(directory, f"{prefix}-labels-idx1-ubyte")
    images, labels = read_idx(images_path, 3), read_idx(labels_path, 1)
    if len(images) != len(labels):
        raise DataError(f"{labels_path}: there are {len(labels)} labels for the {len(images)} "
                        f"images of {images_path.name}.")
    return images[:, None], labels


def load_cifar10(directory, split):
    """Read the `train` or `test` split of a CIFAR-10 folder of binary batches."""
    directory = existing_directory(directory)
    paths = sorted(directory.glob(CIFAR_FILES[split]))
    if not paths:
        raise DataError(f"{directory}: there is no {CIFAR_FILES[split]} in this folder.")
    records = np.concatenate([read_cifar_batch(path) for path in paths])
    return records[:, 1:].reshape(-1, 3, 32, 32), records[:, 0]


def read_cifar_batch(path):
    """Return the records of one CIFAR-10 binary batch, uint8 (N, 3073): label, then R, G, B."""
    raw = read_bytes(path)
    if not raw or len(raw) % CIFAR_RECORD_BYTES:
        raise DataError(f"{path}: the file is truncated: {len(raw)} bytes are not a whole number "
                        f"of CIFAR-10 records of {CIFAR_RECORD_BYTES}.")
    records = np.frombuffer(raw, np.uint8).reshape(-1, CIFAR_RECORD_BYTES)
    if records[:, 0].max() > 9:
        raise DataError(f"{path}: a record has label {records[:, 0].max()} where CIFAR-10 has "
                        "0 to 9.")
    return records


def load(data_format, directory, split):
    """Read `split` of a folder whose files are in `data_format`, `idx` or `cifar10`."""
    readers = {"idx": load_idx, "cifar10": load_cifar10}
    if data_format not in readers:
        raise DataError(f"data format '{data_format}' is unknown; known are "
                        f"{', '.join(sorted(readers))}.")
    return readers[data_format](directory, split)


def existing_directory(directory):
    """Return `directory` as a Path, or tell that it is not there."""
    directory = Path(directory)
    if not directory.is_dir():
        raise DataError(f"{directory}: there is no such folder; give the folder of the data set "
                        "with --data.")
    return directory


def plain_or_packed(directory, name):
    """Return the path of `name` or of `name`.gz in `directory`."""
    for candidate in (directory / name, directory / (name + ".gz")):
        if candidate.is_file():
            return candidate
    raise DataError(f"{directory}: there is neither {name} nor {name}.gz in this folder.")
