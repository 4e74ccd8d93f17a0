#pragma once

#include <cstdint>

namespace leyden::cim {

/// Purposes of the macro's random streams (base::StreamKey::purpose); the instance number of the
/// macro is added times 256, so that two macros of a chip differ.
inline constexpr std::uint32_t kMismatchStream = 0x10;  ///< cell capacitors: row * columns + column
inline constexpr std::uint32_t kOffsetStream = 0x11;    ///< converter offset: column
inline constexpr std::uint32_t kGainStream = 0x12;      ///< converter gain: column
inline constexpr std::uint32_t kInlStream = 0x13;       ///< INL shape: 2 * column, + 1
inline constexpr std::uint32_t kTemporalStream = 0x14;  ///< noise: position * outputs + output
inline constexpr std::uint32_t kBitTemporalStream = 0x15;  ///< noise of the bit-by-bit path
inline constexpr std::uint32_t kPowerUpStream = 0x16;      ///< contents before the first write

inline std::uint32_t stream_purpose(std::uint32_t stream, unsigned instance) {
  return stream + instance * 0x100;
}

}  // namespace leyden::cim
