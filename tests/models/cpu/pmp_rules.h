#pragma once

#include <cstdint>
#include <vector>

#include "models/cpu/privilege.h"

namespace leyden::test {

/// One region as its two registers say, and nothing derived.
struct PmpRegister {
  std::uint8_t cfg = 0;
  std::uint32_t addr = 0;
};

/// The registers and the rules of the specification, one byte at a time.
struct PmpRules {
  explicit PmpRules(unsigned count) : regions(count) {}
  std::vector<PmpRegister> regions;

  bool locked(std::size_t i) const { return (regions[i].cfg & 0x80) != 0; }
  bool matches(std::size_t i, std::uint64_t byte) const {
    const PmpRegister& region = regions[i];
    const std::uint64_t word = byte / 4;
    switch (region.cfg >> 3 & 3) {
      case 1:
        return word >= (i == 0 ? 0 : regions[i - 1].addr) && word < region.addr;
      case 2:
        return word == region.addr;
      case 3: {
        // yyy...y01...1: the ones and the zero above them do not count.
        unsigned ones = 0;
        while (ones < 32 && (region.addr >> ones & 1) != 0) ++ones;
        const unsigned free_bits = ones + 1;
        return word >> free_bits == std::uint64_t{region.addr} >> free_bits;
      }
      default:
        return false;
    }
  }
  /// Rights of an access: the lowest region that matches any byte, if it matches all.
  std::uint8_t rights(std::uint64_t first, std::uint64_t bytes, cpu::Privilege mode) const {
    for (std::size_t i = 0; i < regions.size(); ++i) {
      std::uint64_t inside = 0;
      for (std::uint64_t at = first; at < first + bytes; ++at) inside += matches(i, at) ? 1 : 0;
      if (inside == 0) continue;
      if (inside < bytes) return 0;
      if (mode == cpu::Privilege::kMachine && !locked(i)) return 7;
      return regions[i].cfg & 7;
    }
    return mode == cpu::Privilege::kMachine || regions.empty() ? 7 : 0;
  }
  void write_cfg(unsigned word, std::uint32_t value) {
    for (unsigned i = 0; i < 4; ++i) {
      const std::size_t index = 4 * word + i;
      if (index >= regions.size() || locked(index)) continue;
      std::uint8_t field = (value >> (8 * i)) & 0x9f;
      if ((field & 3) == 2) field &= 0x9d;
      regions[index].cfg = field;
    }
  }
  void write_addr(unsigned index, std::uint32_t value) {
    if (index >= regions.size() || locked(index)) return;
    if (index + 1 < regions.size() && locked(index + 1) && (regions[index + 1].cfg >> 3 & 3) == 1) {
      return;
    }
    regions[index].addr = value;
  }
};

}  // namespace leyden::test
