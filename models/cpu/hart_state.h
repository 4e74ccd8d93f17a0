#pragma once

#include <array>
#include <cstdint>

#include "models/cpu/block.h"

namespace leyden::cpu {

class Hart;

/// Why the instructions of a block stopped before its end, or need a look after it.
enum class Exit : std::uint8_t {
  kNone,           ///< the block ran to its end
  kTrap,           ///< exit_op raised an exception and did not retire
  kResynchronise,  ///< exit_op used the bus: what is pending must be looked at anew
  kSystem,         ///< exit_op may have enabled an interrupt
  kWait,           ///< exit_op is a wfi with nothing pending
  kFlush,          ///< exit_op made decoded code stale
  kHeld,           ///< exit_op did not begin: a debugger wants to look first
};

/// Whether exit_op has retired.
constexpr bool has_retired(Exit why) { return why != Exit::kTrap && why != Exit::kHeld; }

/// Direct memory is found by page through a small direct-mapped table.
inline constexpr unsigned kPageShift = 12;
inline constexpr std::uint32_t kPageMask = ~((1u << kPageShift) - 1);
inline constexpr std::size_t kPageEntries = 256;
/// Lines of memory in which code is looked for at a store.
inline constexpr unsigned kLineShift = 6;
/// No masked address is this: bit 11 is in no mask.
inline constexpr std::uint32_t kNoPage = 1u << (kPageShift - 1);

/// A page that may be read and written through a pointer. Sums of pointer and address, so that a
/// hit costs one addition; integers, because the sums alone point nowhere.
struct alignas(32) PageEntry {
  std::uint32_t tag = kNoPage;    ///< address of the page
  std::uintptr_t data = 0;        ///< host address of guest address 0
  std::uintptr_t code_lines = 0;  ///< host address of the mark of guest line 0
};

/// What the instructions work on. Kept small and plain: the handlers get a reference to it.
struct HartState {
  std::array<std::uint32_t, 33> x{};  ///< registers; x[kDiscard] takes writes to x0
  std::uint32_t pc = 0;               ///< of the next instruction, valid between blocks

  /// What the last instruction leaves to the next block: bit 0 when it jumped there, bit r when it
  /// loads register r (load-use).
  std::uint32_t carry = 1;
  std::uint64_t cycles = 0;   ///< at the first instruction of the running block, plus penalties
  std::uint64_t retired = 0;  ///< at the first instruction of the running block

  std::array<PageEntry, kPageEntries> pages{};  ///< by page number modulo kPageEntries

  std::uint32_t taken_branch_cycles = 0;
  std::uint32_t early_out_limit = 0;  ///< most cycles a division can save

  Exit exit = Exit::kNone;
  std::uint32_t trap_cause = 0;
  std::uint32_t trap_value = 0;
  const Op* exit_op = nullptr;

  bool reserved = false;  ///< a reservation of lr.w stands
  std::uint32_t reservation = 0;

  // Events counted one by one; the others are summed per block.
  std::uint32_t taken_branches = 0;
  std::uint32_t bus_loads = 0;
  std::uint32_t bus_stores = 0;
  std::uint32_t direct_atomic_reads = 0;
  std::uint32_t direct_atomic_writes = 0;

  Hart* hart = nullptr;  ///< for what is too rare or too large to be inlined

  /// Ends the block with an exception.
  void raise(const Op* op, std::uint32_t cause, std::uint32_t value) {
    exit = Exit::kTrap;
    exit_op = op;
    trap_cause = cause;
    trap_value = value;
  }
  /// Ends the block after `op`, which has retired.
  void leave(const Op* op, Exit why, std::uint32_t next_pc) {
    exit = why;
    exit_op = op;
    pc = next_pc;
  }
};

}  // namespace leyden::cpu
