#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "models/cpu/block.h"
#include "models/cpu/debug_points.h"
#include "models/cpu/direct_region.h"
#include "models/cpu/privilege.h"
#include "models/cpu/timing.h"

namespace leyden::cpu {

/// Register the result of a load goes to, as a bit; 0 when the instruction is no load.
std::uint32_t loaded_register(const Op& op);
/// Registers an instruction reads, as bits, without x0.
std::uint32_t read_registers(const Op& op);
/// Whether an instruction of a block needs what the one before it loads.
bool waits_for_load(const Block& block, unsigned index);

/// Decoded blocks by address, and the direct memory they were decoded from.
class BlockCache {
 public:
  /// @param bit_manipulation whether there are Zba, Zbb and Zbs
  explicit BlockCache(const Timing& timing, bool bit_manipulation = true);

  /// The mode whose blocks find() and decode_block() are about: what may be executed depends on it.
  void select(Privilege mode) {
    current_ = &by_mode_[mode == Privilege::kMachine ? 0 : 1];
    table_ = current_->table.data();
  }
  /// The block that begins at `pc`, if it was decoded.
  Block* find(std::uint32_t pc) {
    const Entry& entry = table_[(pc >> 1) % kTableSize];
    return entry.pc == pc ? entry.block : find_slowly(pc);
  }
  /// Decodes the block that begins at `pc`, ends below `end`, the first address that may not be
  /// executed, and before the next breakpoint. @return nullptr when `pc` is not in direct memory,
  /// or its first instruction is not wholly in it and below `end`
  Block* decode_block(std::uint32_t pc, std::uint64_t end, const DebugPoints& points);
  /// The instruction at `pc`, breakpoint or not, as a block of its own; not kept.
  /// @return as decode_block
  Block* decode_alone(std::uint32_t pc, std::uint64_t end);
  /// A block of the one instruction given, for code that is fetched over the bus; not kept.
  Block& single(std::uint32_t pc, std::uint32_t word);
  /// Whether a block is one that single() or decode_alone() made, which flush() leaves.
  bool is_single(const Block* block) const { return block == &single_; }
  /// Forgets all blocks, of all modes.
  void flush();
  /// How often all blocks were forgotten, also by decode_block() when there were too many.
  unsigned flushes() const { return flushes_; }

  /// Adds direct memory. It takes the place of regions that it overlaps.
  void add_region(const DirectMemory& memory);
  DirectRegion* region_of(std::uint32_t address, unsigned bytes);
  /// Withdraws regions that overlap [first, last]. Their blocks stay until flush(): one of them may
  /// be running. @return whether there was one
  bool remove_regions(std::uint32_t first, std::uint32_t last);

 private:
  static constexpr std::size_t kTableSize = 4096;
  static constexpr std::size_t kMostBlocks = 1 << 16;  ///< then all are forgotten: bounds memory
  static constexpr std::uint32_t kNoPc = 1;            ///< odd: no instruction is there
  struct Entry {
    std::uint32_t pc = kNoPc;
    Block* block = nullptr;
  };

  /// Decoded blocks of one mode.
  struct Blocks {
    std::vector<Entry> table{kTableSize};
    std::unordered_map<std::uint32_t, std::unique_ptr<Block>> all;
  };

  Block* find_slowly(std::uint32_t pc);
  Op& append(Block& block, const Decoded& decoded, std::uint32_t pc);
  void finish(Block& block, std::uint32_t next_pc);

  const Timing& timing_;
  const bool bit_manipulation_;
  std::array<Blocks, 2> by_mode_;
  Blocks* current_ = &by_mode_[0];
  Entry* table_ = current_->table.data();
  std::vector<std::unique_ptr<DirectRegion>> regions_;
  Block single_;
  unsigned flushes_ = 0;
};

/// Words of 4 bytes whose first byte the instruction at `pc` contains: each is fetched once as code
/// runs through them, however it is cut into blocks.
constexpr std::uint32_t words_fetched(std::uint32_t pc, unsigned length) {
  return ((pc & 2) == 0 || length == 4) ? 1 : 0;
}

}  // namespace leyden::cpu
