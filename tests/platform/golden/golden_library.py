"""libleyden_golden through ctypes, as its header says, and job words as the register files say."""

import ctypes
import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[3]
BINARY = pathlib.Path(os.environ["LEYDEN_BINARY_DIR"])
PATH = BINARY / "lib" / "libleyden_golden.so.1"
CHIPS = ROOT / "configs" / "chips"

(OK, NULL_POINTER, BAD_HANDLE, BAD_VALUE, BAD_CHIP, OUTSIDE, REFUSED, BAD_VERSION, NO_MEMORY, MODEL,
 UNSUPPORTED, INTERNAL) = range(12)
IDEAL, QUANTISED, ANALOG = range(3)
(CYCLES, FEED_END, READ_BEATS, WRITE_BEATS, FEED_BYTES, MVM_CYCLES, CONVERT_CYCLES) = range(7)
LMEM = 0x20000000
ABN_TABLE = 0x80000
TRIM_TABLE = 0xC0000
RANGE_TABLE = 0xF0000

u8, u32, u64 = ctypes.c_uint8, ctypes.c_uint32, ctypes.c_uint64
i32, i64, real = ctypes.c_int32, ctypes.c_int64, ctypes.c_double


def load():
    """The library. None where it was built for an interpreter that has the sanitizers in it."""
    library = ctypes.CDLL(str(PATH))
    library.leyden_last_error.restype = ctypes.c_char_p
    library.leyden_status_name.restype = ctypes.c_char_p
    library.leyden_golden_version.restype = u32
    return library


LIB = load()


class Failed(Exception):
    """A call that did not return LEYDEN_OK."""

    def __init__(self, status):
        super().__init__(LIB.leyden_last_error().decode())
        self.status = status


def call(name, *arguments):
    status = getattr(LIB, name)(*arguments)
    if status != OK:
        raise Failed(status)


class Chip:
    """An open chip; closed with the object."""

    def __init__(self, chip="imagine", overrides="", fidelity=QUANTISED, die=0):
        self.handle = ctypes.c_void_p()
        path = chip if "/" in str(chip) else CHIPS / f"{chip}.yaml"
        call("leyden_open", str(path).encode(), overrides.encode(), i32(fidelity), u32(die),
             ctypes.byref(self.handle))

    def close(self):
        call("leyden_close", self.handle)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def parameter(self, key):
        value = real()
        call("leyden_parameter", self.handle, key.encode(), ctypes.byref(value))
        return value.value

    def _give(self, name, result, *arguments):
        call(name, self.handle, *arguments, ctypes.byref(result))
        return result.value

    def write_weights(self, offset, data, macro=0):
        call("leyden_weights_write", self.handle, u32(macro), u32(offset), bytes(data),
             ctypes.c_size_t(len(data)))

    def read_weights(self, offset, count, macro=0):
        data = (u8 * count)()
        call("leyden_weights_read", self.handle, u32(macro), u32(offset), data,
             ctypes.c_size_t(count))
        return bytes(data)

    def write(self, address, data):
        call("leyden_lmem_write", self.handle, u32(address), bytes(data),
             ctypes.c_size_t(len(data)))

    def read(self, address, count):
        data = (u8 * count)()
        call("leyden_lmem_read", self.handle, u32(address), data, ctypes.c_size_t(count))
        return bytes(data)

    def run(self, job_words, macro=0):
        """Cycles of a CIM job."""
        return self._give("leyden_cim_run", u64(), u32(macro), job_words, None)

    def check(self, job_words, macro=0):
        return self._give("leyden_cim_check", u32(), u32(macro), job_words)

    def timing(self, job_words, what, macro=0):
        return self._give("leyden_cim_timing", u64(), u32(macro), job_words, i32(what))

    def feeder_row(self, job_words, position, count, macro=0):
        row = (u8 * count)()
        call("leyden_feeder_row", self.handle, u32(macro), job_words, u32(position), row,
             ctypes.c_size_t(count))
        return list(row)

    def feeder_element(self, job_words, position, element, macro=0):
        return self._give("leyden_feeder_element", u8(), u32(macro), job_words, u32(position),
                          u32(element))

    def feeder_beats(self, job_words, position, macro=0):
        return self._give("leyden_feeder_beats", u64(), u32(macro), job_words, u32(position))

    def code(self, job_words, output, dot_product, macro=0):
        return self._give("leyden_cim_code", i32(), u32(macro), job_words, u32(output),
                          real(dot_product))

    def codes(self, job_words, dot_products, macro=0):
        count = len(dot_products)
        outputs = job_words[8] & 0xFFFF
        result = (i32 * count)()
        call("leyden_cim_codes", self.handle, u32(macro), job_words, (real * count)(*dot_products),
             ctypes.c_size_t(count // outputs), result)
        return list(result)

    def converter(self, column, bits, level, macro=0):
        return self._give("leyden_converter_code", u32(), u32(macro), u32(column), u32(bits),
                          real(level))

    def run_vector(self, job_words):
        return self._give("leyden_vector_run", u64(), job_words, None)

    def check_vector(self, job_words):
        return self._give("leyden_vector_check", u32(), job_words)

    def set_draws(self, die, image, layer):
        call("leyden_set_draws", self.handle, u32(die), u32(image), u32(layer))


def cim_words(job, in_address=LMEM, out_address=LMEM + 0x8000):
    """The twelve job registers, field by field as configs/registers/cim.yaml has them."""
    pixel = job.get("out_pixel_stride", job["outputs"] * (4 if job["partial"] else 1))
    words = [
        in_address,
        job["in_width"] | job["in_height"] << 16,
        job["in_channels"] | job["in_pixel_stride"] << 16,
        job["kernel_width"] | job["kernel_height"] << 8 | job["stride_x"] << 16
        | job["stride_y"] << 24,
        job["pad_left"] | job["pad_top"] << 8 | job["pad_value"] << 16
        | (job.get("dilation_x", 1) - 1) << 24 | (job.get("dilation_y", 1) - 1) << 28,
        job["window_first"] | job["window_count"] << 16,
        out_address,
        job["out_width"] | job["out_height"] << 16,
        job["outputs"] | pixel << 16,
        job["unit_first"] | job["unit_count"] << 8 | job["column_first"] << 16,
        job["in_bits"] | job["weight_bits"] << 4 | job["out_bits"] << 8 | job["partial"] << 12
        | job.get("range", 0) << 16,
        job.get("tile", 0) | job["abn_first"] << 16,
    ]
    return (u32 * 12)(*words)


def vector_words(operation, **fields):
    """The fifteen job registers of configs/registers/vector.yaml; sizes of 1 where none is given."""
    get = fields.get
    words = [
        operation,
        get("source", LMEM),
        get("source1", get("part_stride", LMEM + 0x4000)),
        get("destination", LMEM + 0xC000),
        get("in_width", 1) | get("in_height", 1) << 16,
        get("out_width", 1) | get("out_height", 1) << 16,
        get("channels", 1) | get("parts", 1) << 16,
        get("kernel_width", 1) | get("kernel_height", 1) << 8 | get("stride_x", 1) << 16
        | get("stride_y", 1) << 24,
        get("pad_left", 0) | get("pad_top", 0) << 8,
        get("table", LMEM + 0x8000),
        get("scale0", 1) & 0xFFFFFFFF,
        get("scale1", 1) & 0xFFFFFFFF,
        get("offset", 0) & 0xFFFFFFFF,
        get("shift", 0) | get("low", 0) << 8 | get("high", 255) << 16,
        get("units", 1) | get("in_bits", 8) << 8 | get("weight_bits", 4) << 12
        | get("out_bits", 8) << 16,
    ]
    return (u32 * 15)(*words)
