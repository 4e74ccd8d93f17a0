#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "models/cpu/block.h"

namespace leyden::cpu {

/// Events on a path: those of its blocks, then those that depend on how blocks are entered and
/// left.
inline constexpr std::size_t kTakenBranches = kCountSlots;
inline constexpr std::size_t kFetchWaits = kCountSlots + 1;
inline constexpr std::size_t kPathSlots = kCountSlots + 2;
using PathCounts = std::array<std::uint32_t, kPathSlots>;

/// What a block costs beyond its own cycles when it is entered, and how often what happens.
struct EntryCost {
  std::uint32_t cycles = 0;
  std::uint32_t words = 0;      ///< of code, fetched once more
  std::uint32_t load_uses = 0;  ///< waits for a load
  std::uint32_t fetch_waits = 0;
};

/// One block on the path that a unit of translated code follows.
struct PathStep {
  Block* block = nullptr;
  std::uint32_t next_pc = 0;  ///< where the path goes on (last step: its likely end)
  bool taken = false;         ///< on the path the branch at the block's end is taken
  EntryCost entry;            ///< to be paid when it is entered from the step before
};

/// Blocks in the order in which they are expected to run.
struct Path {
  std::vector<PathStep> steps;
  bool closes = false;  ///< goes back to its own beginning
};

struct Unit;

/// A way out of a unit, and what has been executed when it is taken.
struct UnitExit {
  Unit* unit = nullptr;
  std::uint32_t pc = 0;            ///< of the next instruction; indirect: not used
  std::uint32_t carry = 0;         ///< HartState::carry
  std::uint32_t cycles = 0;        ///< since the unit's first instruction
  std::uint32_t retired = 0;       ///< likewise
  PathCounts counts{};             ///< likewise
  std::uint64_t* taken = nullptr;  ///< how often; nullptr for the exit at the end of the path
  std::uint8_t* jump = nullptr;    ///< a jump that can be led to another unit
};

/// An instruction that is executed by its handler, called from translated code.
struct CallSite {
  const Op* op = nullptr;
  Block* block = nullptr;
  UnitExit* before_block = nullptr;  ///< what was executed before the block
  std::uint32_t cycles_left = 0;     ///< from the block's first instruction to the end of the path
  std::uint32_t retired_left = 0;
};

/// Translated code: one path of blocks, entered at its first instruction only, left at any block's
/// end.
struct Unit {
  Block* block = nullptr;  ///< the first
  std::uint32_t pc = 0;
  std::uint32_t number = 0;
  std::uint32_t cycles = 0;  ///< of the whole path: it is run when they fit before the horizon
  unsigned mode = 0;         ///< index of HartArena::Contents::targets
  bool is_loop = false;
  const std::uint8_t* entry = nullptr;
  const std::uint8_t* jump_entry = nullptr;  ///< entered by a jump: pays for an unaligned target
  std::uint64_t* entries = nullptr;          ///< executions - 1, so that the first one is noticed
  std::uint64_t* jump_entries = nullptr;     ///< those that paid, likewise; nullptr: none does
  EntryCost jump_cost;                       ///< what they paid
  UnitExit end;
  std::deque<UnitExit> exits;  ///< others, counted one by one, in the order of their counters
  std::deque<CallSite> sites;
};

/// Packed progress of translated code: cycles left in the upper half, instructions retired in the
/// lower, so that one subtraction moves both.
constexpr std::uint64_t pack_progress(std::int64_t cycles, std::int64_t retired) {
  return (static_cast<std::uint64_t>(cycles) << 32) - static_cast<std::uint64_t>(retired);
}

}  // namespace leyden::cpu
