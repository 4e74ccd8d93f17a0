"""Kernels of the core in Python's integers, from the equations of docs/abi.md. LMEM comes as a
function read(address, count), results go to write(address, codes)."""
import numpy as np

(COPY, FLATTEN, PAD, MAX_POOL, AVERAGE_POOL, SOFTMAX, LOG_SOFTMAX, ARG_MAX, CONV) = range(9)


class CoreJob:
    """The 13 words of a step, taken apart."""

    def __init__(self, words):
        assert len(words) == 13
        byte = lambda word, n: words[word] >> 8 * n & 0xff  # noqa: E731
        half = lambda word, n: words[word] >> 16 * n & 0xffff  # noqa: E731
        signed = lambda word: words[word] - (words[word] >> 31 << 32)  # noqa: E731
        self.kernel, self.low, self.high, self.shift = (byte(0, n) for n in range(4))
        self.source, self.destination, self.data = words[1:4]
        self.in_shape = (half(4, 1), half(4, 0), half(6, 0))
        self.out_shape = (half(5, 1), half(5, 0), half(6, 1))
        self.size = (byte(7, 1), byte(7, 0))
        self.stride = (byte(7, 3), byte(7, 2))
        self.pad = (byte(8, 1), byte(8, 0))
        self.dilation = (byte(8, 3), byte(8, 2))
        self.groups, self.fill, self.flag = half(9, 0), byte(9, 2), byte(9, 3) & 1
        self.factor, self.second, self.offset = signed(10), signed(11), signed(12)

    def taps(self, oy, ox):
        """(tap, y, x) of the taps of a window that lie in the source."""
        for ky in range(self.size[0]):
            y = oy * self.stride[0] - self.pad[0] + ky * self.dilation[0]
            for kx in range(self.size[1]):
                x = ox * self.stride[1] - self.pad[1] + kx * self.dilation[1]
                if 0 <= y < self.in_shape[0] and 0 <= x < self.in_shape[1]:
                    yield ky * self.size[1] + kx, y, x

    def windows(self, function):
        """The result of function(taps) at every output pixel."""
        height, width, _ = self.out_shape
        return np.array([[function(list(self.taps(y, x))) for x in range(width)]
                         for y in range(height)], dtype=object)

    def finish(self, value, zero=0):
        """clamp((value + half >> SHIFT) + zero)"""
        code = (value + (1 << self.shift >> 1)) // (1 << self.shift) + zero
        return np.clip(code, self.low, self.high)


def average_pool(job, x):
    def pixel(taps):
        n = job.size[0] * job.size[1] if job.flag else len(taps)
        total = sum((x[at[1:]] - job.fill for at in taps), np.zeros(x.shape[2], object))
        return job.finish(total * ((job.factor + n // 2) // n if n else 0), job.offset)
    return job.windows(pixel)


def conv(job, x, data):
    outputs = job.out_shape[2]
    channels = job.in_shape[2] // job.groups
    taps_all = job.size[0] * job.size[1]
    raw = np.frombuffer(data(outputs * (16 + taps_all * channels)).tobytes(), np.int8)
    table = raw[:16 * outputs].view("<i4").reshape(outputs, 4).astype(object)
    weights = raw[16 * outputs:].reshape(outputs, taps_all, channels).astype(np.int64)
    group = np.arange(outputs) // (outputs // job.groups)

    def pixel(taps):
        total = np.zeros(outputs, np.int64)
        for tap, y, column in taps:
            parts = (x[y, column].astype(np.int64) - job.fill).reshape(job.groups, channels)
            total += (parts[group] * weights[:, tap]).sum(1)
        return job.finish(total.astype(object) * table[:, 0] + table[:, 1])
    return job.windows(pixel)


def softmax(job, x, data):
    words = data(4 * (512 if job.kernel == SOFTMAX else 513)).tobytes()
    tables = np.frombuffer(words, "<u4").astype(object)
    below = x.max(2, keepdims=True) - x
    total = tables[:256][below.astype(int)].sum(2, keepdims=True)
    if job.kernel == SOFTMAX:
        code = (tables[256:][below.astype(int)] + total // 2) // total + job.offset
        return np.clip(code, job.low, job.high)
    logarithm = np.empty_like(total)
    for at in np.ndindex(*total.shape):
        exponent = int(total[at]).bit_length() - 1
        mantissa = (int(total[at]) << 24 >> exponent) - (1 << 24)
        i, part = mantissa >> 16, mantissa & 0xffff
        here, following = tables[256 + i], tables[257 + i]
        logarithm[at] = (exponent - 15 << 16) + here + ((following - here) * part >> 16)
    return job.finish(-job.factor * below - job.second * logarithm, job.offset)


def run_core(words, read, write, data):
    """@param data function(count): the first bytes at DATA"""
    job = CoreJob(words)
    x = read(job.source, int(np.prod(job.in_shape))).reshape(job.in_shape).astype(object)
    if job.kernel == COPY:
        y = x
    elif job.kernel == FLATTEN:
        y = x.transpose(2, 0, 1)
    elif job.kernel == PAD:
        y = np.full(job.out_shape, job.fill, object)
        top, left = job.pad
        part = y[top:top + x.shape[0], left:left + x.shape[1]]
        part[...] = x[:part.shape[0], :part.shape[1]]
    elif job.kernel == MAX_POOL:
        y = job.windows(lambda taps: np.max([x[at[1:]] for at in taps], 0))
    elif job.kernel == AVERAGE_POOL:
        y = average_pool(job, x)
    elif job.kernel in (SOFTMAX, LOG_SOFTMAX):
        y = softmax(job, x, data)
    elif job.kernel == ARG_MAX:
        y = x.shape[2] - 1 - x[..., ::-1].argmax(2) if job.flag else x.argmax(2)
    else:
        y = conv(job, x, data)
    write(job.destination, y.ravel().astype(np.uint8))
