#pragma once

#include <cstdint>

namespace leyden::cpu {

/// Modes of the core, by their code in mstatus.MPP.
enum class Privilege : std::uint8_t { kUser = 0, kMachine = 3 };

/// What code may do with memory, as bits in the order of a pmpcfg field.
enum AccessRight : std::uint8_t {
  kMayRead = 1 << 0,
  kMayWrite = 1 << 1,
  kMayExecute = 1 << 2,
};
inline constexpr std::uint8_t kAllRights = kMayRead | kMayWrite | kMayExecute;

}  // namespace leyden::cpu
