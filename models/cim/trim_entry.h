#pragma once

#include <cstdint>

namespace leyden::cim {

/// One entry of the trim table as registers hold it (configs/registers/cim.yaml).
struct TrimEntry {
  static constexpr std::uint32_t kReset = 0x8000;  ///< gain 1, offset 0

  std::uint16_t gain = 0x8000;  ///< 15 fraction bits
  std::int16_t offset = 0;      ///< in 1/16 LSB of the converter at its most bits

  static TrimEntry from_word(std::uint32_t word) {
    return {static_cast<std::uint16_t>(word & 0xffff), static_cast<std::int16_t>(word >> 16)};
  }
  std::uint32_t word() const {
    return static_cast<std::uint32_t>(static_cast<std::uint16_t>(offset)) << 16 | gain;
  }
  double factor() const { return gain / 32768.0; }
};

}  // namespace leyden::cim
