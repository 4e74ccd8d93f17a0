#pragma once

#include <array>
#include <cstdint>

#include "models/cpu/instruction.h"

namespace leyden::cpu {

/// Cycles of the core, from the chip file (scope `core`); equations in docs/models/cpu.md.
struct Timing {
  /// Cycles of an instruction of a class without penalties, at least 1; index = TimingClass.
  /// For divisions: the longest.
  std::array<std::uint32_t, kTimingClassCount> base = {1, 1, 1, 1, 2, 1, 34, 1, 2, 1};
  std::uint32_t load_use = 1;  ///< added when an instruction needs the result of the load before
  std::uint32_t taken_branch = 2;  ///< added when a branch is taken
  std::uint32_t fetch_wait = 1;    ///< added to a 4-byte instruction at a jump target not 4-aligned
  std::uint32_t trap = 4;          ///< from the instruction a trap replaces to the handler's first
  bool divide_early_out = false;   ///< a division skips the leading zeros of its dividend

  std::uint32_t of(TimingClass timing) const { return base[static_cast<std::size_t>(timing)]; }
};

}  // namespace leyden::cpu
