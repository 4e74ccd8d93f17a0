"""What the register files say, checked and complete: the generator's in-memory form."""

from __future__ import annotations

from dataclasses import dataclass, field

READABLE = ("rw", "ro", "w1c")


def pascal(name: str) -> str:
    """IN_ADDR -> InAddr."""
    return "".join(word[:1].upper() + word[1:].lower() for word in name.split("_") if word)


@dataclass
class Field:
    """A run of bits of a register; `low` is the lowest."""

    name: str
    low: int
    width: int
    access: str
    description: str
    side_effect: str = ""

    @property
    def mask(self) -> int:
        return ((1 << self.width) - 1) << self.low

    @property
    def bits(self) -> str:
        high = self.low + self.width - 1
        return str(self.low) if self.width == 1 else f"{high}:{self.low}"


@dataclass
class Register:
    """One register, or `count` of them `stride` bytes apart."""

    name: str
    offset: int
    bytes: int
    reset: int
    description: str
    fields: list[Field]
    whole: bool  # described without fields: its one field covers all bits
    count: int = 1
    stride: int = 0
    side_effect: str = ""

    def mask(self, *accesses: str) -> int:
        return sum(f.mask for f in self.fields if f.access in accesses)

    @property
    def readable(self) -> int:
        return self.mask(*READABLE)

    @property
    def end(self) -> int:
        return self.offset + (self.count - 1) * self.stride + self.bytes

    @property
    def access(self) -> str:
        accesses = {f.access for f in self.fields}
        return accesses.pop() if len(accesses) == 1 else "mixed"


@dataclass
class Window:
    """A named part of the unit's memory window that is not registers."""

    name: str
    offset: int


@dataclass
class RegisterFile:
    """The registers of one kind of unit."""

    name: str
    description: str
    path: str
    registers: list[Register]
    blocks: int = 1
    block_stride: int = 0
    job: tuple[str, str] | None = None
    windows: list[Window] = field(default_factory=list)

    def register(self, name: str) -> Register:
        return next(r for r in self.registers if r.name == name)

    @property
    def job_first(self) -> int:
        return self.register(self.job[0]).offset

    @property
    def job_words(self) -> int:
        return (self.register(self.job[1]).offset - self.job_first) // 4 + 1


@dataclass
class Unit:
    """One entry of the memory map: `instances` windows of `size` bytes from `base`."""

    name: str
    base: int
    size: int
    instances: int = 1
    irq: int = 0  # 0: none
    irqs: int = 1  # consecutive interrupt sources of one instance
    size_from: str = ""
    file: RegisterFile | None = None

    @property
    def end(self) -> int:
        return self.base + self.size * self.instances

    @property
    def irq_end(self) -> int:
        return self.irq + self.instances * self.irqs


@dataclass
class OwnBlock:
    """One entry of `blocks` of a chip file."""

    name: str
    base: int
    irq: int = 0  # 0: none
