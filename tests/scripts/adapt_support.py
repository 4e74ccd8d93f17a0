"""What the tests of the adaptation share: images that a small network can learn."""
import numpy as np

SIZE = 32


def patterns(count, seed):
    """Return (images, labels): ten fixed coarse patterns, dimmed and with noise."""
    shapes = np.random.default_rng(7).integers(0, 2, (10, 3, 4, 4)) * 150 + 40
    random = np.random.default_rng(seed)
    labels = random.integers(0, 10, count).astype(np.uint8)
    images = np.kron(shapes, np.ones((1, 1, SIZE // 4, SIZE // 4)))[labels]
    images = images * random.uniform(0.6, 1.2, (count, 1, 1, 1))
    images += random.normal(0, 30, images.shape)
    return np.clip(images, 0, 255).astype(np.uint8), labels


def write_cifar(folder, train, test):
    """Write the patterns as a CIFAR-10 folder of binary batches."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, count, seed in (("data_batch_1.bin", train, 1), ("test_batch.bin", test, 2)):
        images, labels = patterns(count, seed)
        records = np.concatenate((labels[:, None], images.reshape(count, -1)), 1)
        (folder / name).write_bytes(records.astype(np.uint8).tobytes())
    return folder
