#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "models/cpu/timing.h"
#include "models/cpu/translator/expression_emitter.h"
#include "models/cpu/translator/unit.h"

namespace leyden::cpu {

/// Routines that all units share, by host address.
struct SharedRoutines {
  std::uint64_t call_handler = 0;    ///< rax = CallSite; comes back when the block goes on
  std::uint64_t leave_direct = 0;    ///< rax = UnitExit
  std::uint64_t leave_indirect = 0;  ///< eax = target
  std::uint64_t hold = 0;            ///< rax = Unit: entered with too few cycles left
  std::uint64_t hold_after_jump = 0;
};

/// Counters and constants of units in the arena, given out one after the other.
class SlotAllocator {
 public:
  explicit SlotAllocator(HartArena::Contents& contents) : contents_(contents) {}
  std::uint64_t* take(std::uint64_t value) {
    std::uint64_t* slot = &contents_.slots[used_++];
    *slot = value;
    return slot;
  }
  std::size_t free() const { return HartArena::kSlots - used_; }
  void reset() { used_ = 0; }
  /// The slot as an operand of translated code.
  host::Mem operand(const std::uint64_t* slot) const {
    const auto offset =
        reinterpret_cast<std::uintptr_t>(slot) - reinterpret_cast<std::uintptr_t>(&contents_);
    return host::qword_ptr(kArena, static_cast<std::int32_t>(offset));
  }

 private:
  HartArena::Contents& contents_;
  std::size_t used_ = 0;
};

/// Emits one unit: its entries, the instructions of its path, what is left aside (exits, calls).
class UnitEmitter {
 public:
  /// @param assembler of a code holder whose base is the place the code will have
  UnitEmitter(host::Assembler& assembler, HostFeatures features, const Timing& timing,
              std::uint32_t early_out_limit, const SharedRoutines& routines, SlotAllocator& slots)
      : a_(assembler),
        expressions_(assembler, features),
        features_(features),
        timing_(timing),
        early_out_limit_(early_out_limit),
        routines_(routines),
        slots_(slots) {}

  void emit(const Path& path, Unit& unit);

 private:
  /// Sums since the unit's first instruction.
  struct Sums {
    std::uint32_t cycles = 0;
    std::uint32_t retired = 0;
    PathCounts counts{};
  };

  void enter_step(const PathStep& step);
  void sum_up(const Path& path);
  void emit_entries();
  void emit_entry(std::uint64_t* cost, std::uint64_t* entries, std::uint64_t hold);
  void emit_step(std::size_t index);
  void emit_operation(const Op& op);
  void emit_end(std::size_t index);
  void emit_branch(const PathStep& step, bool last);
  void emit_indirect(const PathStep& step, bool last);
  void emit_tail(const PathStep& step);
  void emit_load(const Op& op);
  void emit_store(const Op& op);
  void emit_call(const Op& op);
  void emit_aside_call(const Op& op, const asmjit::Label& slow, const asmjit::Label& back);
  void emit_lookup();
  void emit_jump_out(UnitExit& exit);
  void count_side_exit(const UnitExit& exit);
  host::Gp emit_address(const Op& op, unsigned bytes, std::uint8_t use, asmjit::Label slow);
  CallSite& site(const Op& op);
  UnitExit& side_exit(const PathStep& step, std::uint32_t pc, bool taken);
  Sums sums_at_end(const PathStep& step, bool taken) const;
  void fill(UnitExit& exit, const Sums& sums, std::uint32_t pc, std::uint32_t carry);
  host::Mem counter(const std::uint64_t* slot) const { return slots_.operand(slot); }

  host::Assembler& a_;
  ExpressionEmitter expressions_;
  HostFeatures features_;
  const Timing& timing_;
  std::uint32_t early_out_limit_;
  SharedRoutines routines_;
  SlotAllocator& slots_;

  const Path* path_ = nullptr;
  Unit* unit_ = nullptr;
  Block* block_ = nullptr;            ///< of the step being emitted
  UnitExit* before_block_ = nullptr;  ///< made when the block first needs it
  Sums at_start_;                     ///< of the step being emitted
  Sums total_;                        ///< of the whole path
  std::uint32_t tail_carry_ = 0;
  asmjit::Label body_;
  asmjit::Label entry_;
  asmjit::Label jump_entry_;
  std::vector<std::function<void()>> aside_;  ///< emitted behind the path
};

}  // namespace leyden::cpu
