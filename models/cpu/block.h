#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "models/cpu/instruction.h"

namespace leyden::cpu {

struct HartState;
struct Op;
struct Unit;

/// Executes one instruction and then, unless it ends the block, the one after it.
using Handler = void (*)(HartState& state, const Op* op);

/// Register index that writes to x0 go to.
inline constexpr std::uint8_t kDiscard = 32;
/// Longest block, in instructions.
inline constexpr unsigned kMaxBlockLength = 64;

/// A decoded instruction, ready to run. 32 bytes: two to a cache line.
struct Op {
  Handler run;
  std::int32_t immediate;  ///< end marker: what it leaves in HartState::carry
  std::uint8_t rd;         ///< kDiscard for x0
  std::uint8_t rs1;
  std::uint8_t rs2;
  std::uint8_t length;  ///< bytes
  std::uint32_t pc;
  std::uint32_t bits;
  std::uint32_t cycles_before;  ///< of the block, before this instruction begins
  std::uint16_t index;          ///< in the block
  Id id;
};

/// Index of the event counts of a block: one per timing class, then the words fetched and the waits
/// for a load just before.
inline constexpr std::size_t kFetchWords = kTimingClassCount;
inline constexpr std::size_t kLoadUses = kTimingClassCount + 1;
inline constexpr std::size_t kCountSlots = 12;  ///< a multiple of 4, so that they add as vectors
using BlockCounts = std::array<std::uint32_t, kCountSlots>;

/// Straight-line code, entered at its first instruction only. What can be checked or added up once
/// for all its instructions is here.
struct Block {
  std::uint32_t pc = 0;
  std::uint32_t count = 0;       ///< instructions
  std::uint32_t cycles = 0;      ///< of all of them, without what depends on values
  std::uint32_t lead = 0;        ///< most cycles before the last instruction begins
  std::uint32_t entry_mask = 0;  ///< what of HartState::carry costs cycles at entry
  bool direct = true;            ///< fetched through a direct pointer (from SRAM)
  bool translatable = true;      ///< false: what follows, or the block itself, is run with care
  BlockCounts counts{};
  std::vector<Op> ops;  ///< count instructions and an end marker

  // What translation is guided by: how often the block was run, and where it went most of the time
  // (a majority vote of its ends), counted until it is translated.
  std::uint32_t runs = 0;
  std::uint32_t successor = 0;
  std::uint32_t votes = 0;
  Unit* unit = nullptr;  ///< the translated code that begins here

  void note_end(std::uint32_t next_pc) {
    if (next_pc == successor) {
      ++votes;
    } else if (votes == 0) {
      successor = next_pc;
      votes = 1;
    } else {
      --votes;
    }
  }
};

}  // namespace leyden::cpu
