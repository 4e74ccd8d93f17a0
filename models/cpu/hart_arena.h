#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "models/cpu/direct_region.h"
#include "models/cpu/hart_state.h"

namespace leyden::cpu {

/// What translated code may do with a line of memory without asking the hart.
enum DirectUse : std::uint8_t { kDirectRead = 1, kDirectWrite = 2 };

/// Host memory in which translated code finds everything at a fixed distance from one register: the
/// hart's state, what translation needs beside it, and a map of the lines of memory (64 bytes, one
/// byte each) that may be used directly. Host pages are taken when first touched.
///
/// The map is indexed by the address rotated right so that the bits that must be 0 in an aligned
/// access come on top of the line's number: misaligned accesses meet zeros beyond the lines.
class HartArena {
 public:
  /// A unit of translated code, found by its first address (indirect jumps).
  struct Target {
    const std::uint8_t* code = nullptr;
    std::uint64_t pc = 1;  ///< odd: none
  };
  static constexpr std::size_t kTargets = 4096;
  using TargetTable = std::array<Target, kTargets>;
  static constexpr std::size_t kMostUnits = 1 << 16;
  static constexpr std::size_t kSlots = 1 << 20;

  struct Contents {
    HartState state;
    std::uint64_t progress = 0;      ///< while translated code runs: cycles left << 32 | retired
    std::uintptr_t direct_base = 0;  ///< host address of guest address 0, for lines in the map
    std::uint64_t saved[2] = {0, 0};
    std::uint64_t left_at = 0;           ///< where translated code was left
    std::uint64_t* dirty_end = nullptr;  ///< end of dirty
    TargetTable targets[2];              ///< by mode: the same address may be other code in another
    std::uint64_t dirty[2 * kMostUnits];  ///< numbers of the units run since they were summed
    std::uint64_t slots[kSlots];          ///< counters and constants of translated code
  };
  static constexpr std::size_t kMapOffset = 64 << 20;
  static constexpr std::size_t kLines = std::size_t{1} << (32 - kLineShift);
  static constexpr std::size_t kMapBytes = 4 * kLines;

  HartArena();
  ~HartArena();
  HartArena(const HartArena&) = delete;
  HartArena& operator=(const HartArena&) = delete;

  Contents& contents() { return *contents_; }
  const Contents& contents() const { return *contents_; }
  HartState& state() { return contents_->state; }

  /// Allows direct use of a page of a region, writes only to lines without code. All allowed pages
  /// must lie in one piece of host memory; others are not entered.
  void allow_page(const DirectRegion& region, std::uint32_t address, bool read, bool write);
  /// Code was decoded from [address, address + bytes): stores there must be looked at.
  void forbid_writes(std::uint32_t address, std::uint32_t bytes);
  /// Forgets the units that indirect jumps find.
  void forget_targets();
  /// Nothing may be used directly any more.
  void forget_pages();
  /// One page (its first address) may not be used directly any more.
  void forget_page(std::uint32_t page);

 private:
  void clear(std::uint32_t page);
  std::uint8_t* map() { return reinterpret_cast<std::uint8_t*>(contents_) + kMapOffset; }

  Contents* contents_ = nullptr;
  std::unordered_map<std::uint32_t, std::uint8_t> pages_;  ///< how they may be used, DirectUse
};

}  // namespace leyden::cpu
