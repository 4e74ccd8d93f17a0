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

// Effects (docs/models/cim-effects.md).
inline constexpr std::uint32_t kUnitMismatchStream = 0x20;  ///< converter * 4096 + unit element
inline constexpr std::uint32_t kComparatorStream = 0x21;    ///< flash: converter * 4096 + code
inline constexpr std::uint32_t kStuckStream = 0x22;         ///< row * columns + column
inline constexpr std::uint32_t kVariationStream = 0x23;  ///< resistive cell: row * columns + column
inline constexpr std::uint32_t kColumnWeightStream = 0x24;  ///< combination: column
inline constexpr std::uint32_t kInputShareStream = 0x25;    ///< accumulation: column
inline constexpr std::uint32_t kDacStream = 0x26;           ///< level of a DAC: row * 256 + digit
inline constexpr std::uint32_t kMetastableStream = 0x27;    ///< conversion * 4096 + comparison
inline constexpr std::uint32_t kSupplyStream = 0x28;        ///< supply noise: position

inline std::uint32_t stream_purpose(std::uint32_t stream, unsigned instance) {
  return stream + instance * 0x100;
}

}  // namespace leyden::cim
