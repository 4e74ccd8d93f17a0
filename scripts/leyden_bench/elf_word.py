"""Reads and changes one word of an ELF32 file by its symbol's name."""
import struct


class ElfWords:
    """An ELF32 little-endian file in memory."""

    def __init__(self, path):
        self.data = bytearray(path.read_bytes())
        if self.data[:6] != b"\x7fELF\x01\x01":
            raise ValueError(f"{path} is no little-endian ELF32 file")
        offset, = struct.unpack_from("<I", self.data, 32)
        size, count = struct.unpack_from("<HH", self.data, 46)
        self.sections = [struct.unpack_from("<10I", self.data, offset + size * i)
                         for i in range(count)]

    def _text(self, start):
        return bytes(self.data[start:self.data.index(b"\0", start)]).decode()

    def place(self, name):
        """Offset in the file of the object called `name`."""
        for section in self.sections:
            if section[1] != 2:  # SHT_SYMTAB
                continue
            names = self.sections[section[6]][4]
            for at in range(section[4], section[4] + section[5], 16):
                text, value, _, _, _, index = struct.unpack_from("<IIIBBH", self.data, at)
                if 0 < index < len(self.sections) and self._text(names + text) == name:
                    home = self.sections[index]
                    if home[1] == 8:  # SHT_NOBITS
                        raise ValueError(f"{name} has no place in the file")
                    return home[4] + value - home[3]
        raise ValueError(f"there is no symbol {name}")

    def set(self, name, value):
        struct.pack_into("<I", self.data, self.place(name), value)
