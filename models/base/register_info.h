#pragma once

#include <cstdint>

namespace leyden::base {

/// A bit field: `low` is its lowest bit.
struct Field {
  unsigned low;
  unsigned width;
  constexpr std::uint32_t mask() const {
    return (width >= 32 ? 0xffffffffu : ((1u << width) - 1u)) << low;
  }
  constexpr std::uint32_t get(std::uint32_t word) const { return (word & mask()) >> low; }
  constexpr std::uint32_t set(std::uint32_t word, std::uint32_t value) const {
    return (word & ~mask()) | ((value << low) & mask());
  }
};

/// One register as the generated tables describe it (configs/registers/*.yaml). Masks are the
/// unions of the fields with that access; bits in no mask are reserved and read 0.
struct RegisterInfo {
  const char* name;
  std::uint32_t offset;
  unsigned bytes;  ///< 1 or 4
  std::uint32_t reset;
  std::uint32_t readable;  ///< bits that can be read
  std::uint32_t writable;  ///< plain read-write bits
  std::uint32_t write_one_clears;
  std::uint32_t write_only;  ///< commands: seen by the write callback, never stored
  unsigned count;            ///< array length, 1 for a single register
  std::uint32_t stride;      ///< bytes between array elements
};

enum class FieldAccess { kReadWrite, kReadOnly, kWriteOnly, kWriteOneClears };

/// One field by its names; a register described without fields has one, named as the register.
struct FieldInfo {
  const char* register_name;
  const char* name;
  std::uint32_t offset;  ///< of the register
  unsigned count;        ///< array length of the register
  std::uint32_t stride;
  Field bits;
  FieldAccess access;
};

}  // namespace leyden::base
