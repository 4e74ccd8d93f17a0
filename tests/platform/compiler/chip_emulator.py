"""A chip in Python that executes a network image, written from the register files and equations.

It knows the image header, configs/registers/*.yaml and docs/models/cim.md, and nothing of the
compiler. Steps run as firmware would start them: a step waits for its own unit and its wait mask;
whatever else is still running must not touch the same bytes, cells or table entries.
"""
import struct
import zlib
from pathlib import Path

import numpy as np
import yaml

import cell_layout
import core_emulator

ROOT = Path(__file__).resolve().parents[3]
HEADER = ("magic version total_bytes crc32 chip_rows chip_columns chip_macros lmem_bytes "
          "load_first_step load_step_count input_first_step input_step_count output_first_step "
          "output_step_count layer_count layer_offset step_count step_offset input_bytes "
          "output_addr output_bytes name_offset scratch_bytes result").split()
HEADER_BYTES = 128
LAYER_BYTES = 32
STEP_BYTES = 80
CIM, VECTOR, DMA, CORE = range(4)
BUS, IMAGE, INPUT, OUTPUT, SCRATCH = 0, 1, 2, 3, 4


class Registers:
    """Job words of a unit, decoded with its register file."""

    def __init__(self, name):
        text = (ROOT / "configs" / "registers" / f"{name}.yaml").read_text()
        self.description = yaml.safe_load(text)
        self.by_name = {r["name"]: r for r in self.description["registers"]}
        self.first = self.by_name[self.description["job"]["first"]]["offset"]

    def decode(self, words):
        values = {}
        for name, register in self.by_name.items():
            index = (register["offset"] - self.first) // 4
            if not 0 <= index < len(words):
                continue
            values[name] = words[index]
            for field in register.get("fields", []):
                high, _, low = str(field["bits"]).partition(":")
                low = int(low or high)
                width = int(high) - low + 1
                values[f"{name}.{field['name']}"] = words[index] >> low & ((1 << width) - 1)
        return values


def signed(word):
    return word - (1 << 32) if word >> 31 else word


class Image:
    """A network image, taken apart."""

    def __init__(self, data):
        self.data = data
        words = struct.unpack_from(f"<{len(HEADER)}I", data)
        self.header = dict(zip(HEADER, words))
        assert self.header["total_bytes"] == len(data)
        assert self.header["crc32"] == zlib.crc32(data[HEADER_BYTES:])
        self.layers = [struct.unpack_from("<8I", data, self.header["layer_offset"] + i * LAYER_BYTES)
                       for i in range(self.header["layer_count"])]
        self.steps = [struct.unpack_from("<20I", data, self.header["step_offset"] + i * STEP_BYTES)
                      for i in range(self.header["step_count"])]

    def group(self, name):
        first = self.header[f"{name}_first_step"]
        return self.steps[first:first + self.header[f"{name}_step_count"]]

    def text(self, offset):
        return self.data[offset:self.data.index(b"\0", offset)].decode()


class Chip:
    """Memories and units. `geometry` as compiler_tool takes it; `fidelity` ideal or quantised."""

    def __init__(self, geometry, fidelity):
        self.g = geometry
        self.ideal = fidelity == "ideal"
        units = yaml.safe_load((ROOT / "configs/registers/memory_map.yaml").read_text())["units"]
        self.base = {u["name"]: (u["base"], u["size"]) for u in units}
        cim = yaml.safe_load((ROOT / "configs/registers/cim.yaml").read_text())
        self.table_window = next(w["offset"] for w in cim["windows"] if w["name"] == "ABN_TABLE")
        self.range_window = next(w["offset"] for w in cim["windows"] if w["name"] == "RANGE_TABLE")
        self.registers = {CIM: Registers("cim"), VECTOR: Registers("vector"), DMA: Registers("dma")}
        # Never written: a value nobody would choose, so that a read of it shows.
        self.lmem = np.full(geometry["lmem_bank_bytes"] * 2, 0xA5, np.uint8)
        self.cell_bits = geometry.get("cell_bits", 1)
        self.row_bytes = geometry["columns"] * self.cell_bits // 8
        self.cells = np.full((geometry["macros"], geometry["rows"], self.row_bytes), 0x5A, np.uint8)
        self.abn = np.zeros((geometry["macros"], geometry["abn_entries"] * 4), np.uint8)
        self.ranges = np.zeros((geometry["macros"], geometry["columns"] * 4), np.uint8)
        self.range_entries_loaded = 0
        self.running = {}  # (unit, instance): [(memory, set of bytes, writes)]
        self.travelled = []

    # -- steps ---------------------------------------------------------------------------------
    def run(self, image, codes):
        """Executes one image; returns the codes of every layer and the network's output."""
        self.image, self.input = image, codes
        self.output = np.zeros(image.header["output_bytes"], np.uint8)
        self.lmem[:] = 0xA5
        self.scratch = np.full(image.header["scratch_bytes"], 0xA5, np.uint8)
        self.travelled = []  # of each layer: bytes from and to off-chip memory, weights aside
        self.steps(image.group("input"))
        layers = []
        for first, count, _, address, width, height, channels, space in image.layers:
            self.travelled.append([0, 0])
            self.steps(image.steps[first:first + count])
            memory, at = {BUS: (self.lmem, address - self.base["lmem"][0]),
                          OUTPUT: (self.output, address), SCRATCH: (self.scratch, address)}[space]
            layers.append(memory[at:at + width * height * channels].copy())
        self.travelled.append([0, 0])
        self.steps(image.group("output"))
        if image.header["output_addr"]:
            at = image.header["output_addr"] - self.base["lmem"][0]
            np.testing.assert_array_equal(self.lmem[at:at + len(self.output)], self.output)
        return layers, self.output

    def boot(self, image):
        self.image, self.input, self.output = image, None, None
        self.steps(image.group("load"))

    def steps(self, steps):
        for step in steps:
            self.start(step)
        self.running.clear()  # firmware waits for all units between groups

    def start(self, step):
        unit, instance = step[0] & 0xff, step[0] >> 8
        mask = step[1]
        waited = {(CIM, n) for n in range(16) if mask >> n & 1}
        waited |= {(VECTOR, 0)} if mask >> 16 & 1 else set()
        waited |= {(DMA, n) for n in range(2) if mask >> (24 + n) & 1}
        for key in waited | {(unit, instance)}:
            self.running.pop(key, None)
        if unit == CORE:
            self.run_core(step)
            return  # the next step begins when the core is done
        job = self.registers[unit].decode(step[4:4 + step[3]])
        self.uses = []
        if unit == CIM:
            self.run_cim(instance, job)
        elif unit == VECTOR:
            self.run_vector(job)
        else:
            self.run_dma(job, step[2])
        self.check_races((unit, instance))
        self.running[(unit, instance)] = self.uses

    def run_core(self, step):
        self.uses = []
        place = step[4 + 3]

        def data(count):
            if step[2] == IMAGE:
                return np.frombuffer(self.image.data, np.uint8)[place:place + count]
            return self.lmem_read(place, count)

        def write(address, codes):
            at = np.arange(len(codes)) + address - self.base["lmem"][0]
            self.claim("lmem", at, True)
            self.lmem[at] = codes
        core_emulator.run_core(step[4:4 + step[3]], self.lmem_read, write, data)
        self.check_races((CORE, 0))

    def check_races(self, key):
        for other, uses in self.running.items():
            for memory, used, writes in uses:
                for mine, touched, my_writes in self.uses:
                    if memory == mine and (writes or my_writes) and not used.isdisjoint(touched):
                        raise AssertionError(f"{key} touches {mine} in use by {other}")

    def claim(self, memory, indices, writes):
        self.uses.append((memory, set(np.asarray(indices).ravel().tolist()), writes))

    # -- units ---------------------------------------------------------------------------------
    def locate(self, address, indices, writes):
        """Array, claim and index of bus addresses."""
        for name in ("lmem", "cim_weights"):
            base, size = self.base[name]
            if name == "cim_weights":
                macro = (address - base) // size
                if base <= address < base + size * 16:
                    offset = indices - base - macro * size
                    if offset.min() >= self.range_window:
                        at = offset - self.range_window
                        self.claim(f"ranges{macro}", at, writes)
                        self.range_entries_loaded += at.size // 4
                        return self.ranges[macro], at
                    if offset.min() >= self.table_window:
                        at = offset - self.table_window
                        self.claim(f"abn{macro}", at, writes)
                        return self.abn[macro], at
                    self.claim(f"cells{macro}", offset, writes)
                    return self.cells[macro].reshape(-1), offset
            elif base <= address < base + size:
                self.claim("lmem", indices - base, writes)
                return self.lmem, indices - base
        raise AssertionError(f"no memory at {address:#x}")

    def run_dma(self, job, spaces):
        row = np.arange(job["ROW_BYTES"], dtype=np.int64)
        rows = np.arange(job["ROWS"], dtype=np.int64)[:, None]
        source = job["SRC"] + rows * job["SRC_STRIDE"] + row
        target = job["DST"] + rows * job["DST_STRIDE"] + row
        space = spaces & 0xff
        if space == IMAGE:
            data = np.frombuffer(self.image.data, np.uint8)[source]
        elif space == BUS:
            memory, at = self.locate(job["SRC"], source, False)
            data = memory[at]
        else:
            self.claim(space, source, False)
            data = {INPUT: self.input, OUTPUT: self.output, SCRATCH: self.scratch}[space][source]
        if self.travelled:
            self.travelled[-1][0] += data.size * (space in (INPUT, OUTPUT, SCRATCH))
            self.travelled[-1][1] += data.size * (spaces >> 8 in (OUTPUT, SCRATCH))
        if spaces >> 8 != BUS:
            self.claim(spaces >> 8, target, True)
            {OUTPUT: self.output, SCRATCH: self.scratch}[spaces >> 8][target] = data
        else:
            memory, at = self.locate(job["DST"], target, True)
            memory[at] = data

    def windows(self, job, pad_value):
        """im2col rows [positions, kernel_height * kernel_width * channels] and their addresses."""
        width, height = job["IN_SIZE.WIDTH"], job["IN_SIZE.HEIGHT"]
        channels, stride = job["IN_CHANNELS.COUNT"], job["IN_CHANNELS.PIXEL_STRIDE"]
        oy, ox, ky, kx, c = np.ix_(*(np.arange(n) for n in (
            job["OUT_SIZE.HEIGHT"], job["OUT_SIZE.WIDTH"], job["KERNEL.HEIGHT"],
            job["KERNEL.WIDTH"], channels)))
        down, right = (job.get(f"PAD.DILATION_{axis}", 0) + 1 for axis in "YX")
        y = oy * job["KERNEL.STRIDE_Y"] + ky * down - job["PAD.TOP"]
        x = ox * job["KERNEL.STRIDE_X"] + kx * right - job["PAD.LEFT"]
        inside = (y >= 0) & (y < height) & (x >= 0) & (x < width) & (c >= 0)
        at = job["IN_ADDR"] - self.base["lmem"][0] + (y * width + x) * stride + c
        at, inside = np.broadcast_arrays(at, inside)
        values = np.where(inside, self.lmem[np.where(inside, at, 0)], pad_value)
        self.claim("lmem", at[inside], False)
        return values.reshape(job["OUT_SIZE.HEIGHT"] * job["OUT_SIZE.WIDTH"], -1)

    def run_cim(self, macro, job):
        bits = job["PRECISION.WEIGHT_BITS"]
        digits, offset = cell_layout.layout(self.g.get("representation", 0), self.cell_bits, bits)
        width = cell_layout.width(digits)
        first, count = job["WINDOW.FIRST"], job["WINDOW.COUNT"]
        outputs = job["OUT_CHANNELS.COUNT"]
        x = self.windows(job, job["PAD.VALUE"])[:, first:first + count].astype(np.int64)
        assert x.max() < 1 << job["PRECISION.IN_BITS"]
        row = job["PLACE.UNIT_FIRST"] * self.g["rows_per_unit"]
        units = job["PLACE.UNIT_COUNT"]
        assert row + units * self.g["rows_per_unit"] <= self.g["rows"]
        assert count <= units * self.g["rows_per_unit"]
        column = job["PLACE.COLUMN_FIRST"]
        assert column + outputs * width <= self.g["columns"]
        page_units = self.g["rows"] // self.g["rows_per_unit"] // self.g.get("pages", 1)
        assert job["PLACE.UNIT_FIRST"] % page_units + units <= page_units, "crosses a page"
        row_bytes = self.row_bytes
        used = np.arange(column * self.cell_bits // 8,
                         -(-(column + outputs * width) * self.cell_bits // 8))
        self.claim(f"cells{macro}",
                   (np.arange(row, row + count)[:, None] * row_bytes + used), False)
        levels = cell_layout.read_levels(self.cells[macro, row:row + count], self.cell_bits,
                                         column, outputs * width)
        groups = cell_layout.groups_of(levels, digits, outputs)
        weights = cell_layout.weights_of(groups, offset)
        d = x @ weights
        scaled, extra = d, 0  # D^ * 2^extra
        combining = self.g.get("combining")
        if combining and not self.ideal:
            extra = cell_layout.scale_shift(combining)
            firsts = np.cumsum([0] + [len(digit[2]) for digit in digits[:-1]])
            if not combining["columns"]:
                groups, firsts = [(1, 1 << bits, True, 0, weights)], [0]
            whole = 1 << combining.get("range_bits", 0)
            job_range = job["PRECISION.RANGE"] or whole
            assert job_range <= whole
            self.claim(f"ranges{macro}", np.arange(column * 4, (column + outputs * width) * 4), False)
            table = self.ranges[macro].view("<u4")[column:column + outputs * width].astype(np.int64)
            assert table.max() <= whole
            own = [np.where(entries > 0, entries, job_range) for entries in
                   (table[f::width] for f in firsts)]
            scaled = cell_layout.combine(x, groups, combining, job["PRECISION.IN_BITS"],
                                         units * self.g["rows_per_unit"], own, job_range)
        entry = job["TAG.ABN_FIRST"]
        assert entry + outputs <= self.g["abn_entries"]
        self.claim(f"abn{macro}", np.arange(entry * 4, (entry + outputs) * 4), False)
        words = self.abn[macro].view("<u4")[entry:entry + outputs].astype(np.int64)
        gamma, beta = words & 0xffff, words >> 16
        beta = np.where(beta >= 1 << 15, beta - (1 << 16), beta)
        assert (gamma > 0).all()
        b = job["PRECISION.OUT_BITS"]
        # docs/models/cim.md, "All of fidelity quantised is exact integer arithmetic".
        numerator = scaled.astype(object) * gamma * 2 ** (b + self.g["range_shift"])
        denominator = (units * self.g["rows_per_unit"] * 256
                       * 2 ** (job["PRECISION.IN_BITS"] + bits + extra))
        assert combining or abs(numerator).max() < 2 ** 53
        code = (numerator * 32 + denominator * (2 * beta.astype(object) + 16)) \
            // (32 * denominator)
        code = np.clip(code, 0, 2 ** b - 1).astype(np.int64)
        if job["PRECISION.PARTIAL"]:
            result = (d if self.ideal else code - 2 ** (b - 1)).astype("<i4")
        else:
            result = code.astype(np.uint8)
        element = result.itemsize
        at = (job["OUT_ADDR"] - self.base["lmem"][0]
              + np.arange(len(result))[:, None] * job["OUT_CHANNELS.PIXEL_STRIDE"]
              + np.arange(outputs * element))
        self.claim("lmem", at, True)
        self.lmem[at] = np.ascontiguousarray(result).view(np.uint8).reshape(len(result), -1)

    def lmem_read(self, address, count):
        at = address - self.base["lmem"][0]
        self.claim("lmem", np.arange(at, at + count), False)
        return self.lmem[at:at + count]

    def run_vector(self, job):
        pixels = job["OUT_SIZE.WIDTH"] * job["OUT_SIZE.HEIGHT"]
        channels = job["CHANNELS.COUNT"]
        count = pixels * channels
        shift = job["RESULT.SHIFT"]
        half = 1 << (shift - 1) if shift else 0
        code = job["OPERATION.CODE"]
        scale0, scale1, offset = (signed(job[k]) for k in ("SCALE0", "SCALE1", "OFFSET"))
        if code in (0, 1):
            pool = dict(job)
            pool.update({"IN_CHANNELS.COUNT": channels, "IN_CHANNELS.PIXEL_STRIDE": channels,
                         "IN_ADDR": job["SRC0_ADDR"]})
            taps = self.windows(pool, 0).reshape(pixels, -1, channels).astype(np.int64)
            y = taps.max(1) if code == 0 else (taps.sum(1) * scale0 + offset + half) >> shift
        elif code == 2:
            a = self.lmem_read(job["SRC0_ADDR"], count).astype(np.int64)
            b = self.lmem_read(job["SRC1_ADDR"], count).astype(np.int64)
            y = (a * scale0 + b * scale1 + offset + half) >> shift
        elif code == 5:
            y = self.lmem_read(job["TABLE_ADDR"], 256)[self.lmem_read(job["SRC0_ADDR"], count)]
        else:
            table = self.lmem_read(job["TABLE_ADDR"], channels * 16).view("<i4").reshape(-1, 4)
            multiplier, offsets, gamma = (table[:, i].astype(object) for i in range(3))
            if code == 4:
                a = self.lmem_read(job["SRC0_ADDR"], count).reshape(pixels, channels).astype(object)
                y = (a * multiplier + offsets + half) // 2 ** shift
            else:
                parts = [self.lmem_read(job["SRC0_ADDR"] + p * job["SRC1_ADDR"], count * 4)
                         .view("<i4").reshape(pixels, channels).astype(object)
                         for p in range(job["CHANNELS.PARTS"])]
                total = sum(parts)
                if self.ideal:
                    b = job["PARTIAL.OUT_BITS"]
                    scale = (job["PARTIAL.UNITS"] * self.g["rows_per_unit"] * 256
                             * 2 ** (job["PARTIAL.IN_BITS"] + job["PARTIAL.WEIGHT_BITS"]))
                    up = 2 ** (b + self.g["range_shift"])
                    y = (total * gamma * up * multiplier + (offsets + half) * scale) \
                        // (scale * 2 ** shift)
                else:
                    y = (total * multiplier + offsets + half) // 2 ** shift
        if code not in (0, 5):
            y = np.clip(y, job["RESULT.LOW"], job["RESULT.HIGH"])
        at = job["DST_ADDR"] - self.base["lmem"][0]
        self.claim("lmem", np.arange(at, at + count), True)
        self.lmem[at:at + count] = np.asarray(y, np.int64).ravel().astype(np.uint8)
