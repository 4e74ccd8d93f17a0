#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "models/cpu/block_cache.h"
#include "models/cpu/hart_arena.h"
#include "models/cpu/timing.h"
#include "models/cpu/translator/code_buffer.h"
#include "models/cpu/translator/unit.h"

namespace leyden::cpu {

/// How a hart translates.
struct TranslationOptions {
  bool enabled = true;
  std::uint32_t after_runs = 50;                   ///< of a block by the interpreter
  bool use_bmi2 = true;                            ///< where the host has it; for tests
  std::size_t most_units = HartArena::kMostUnits;  ///< then all are forgotten; fewer for tests
};

/// How translated code came back.
enum class Left : std::uint32_t {
  kDirect,         ///< to an address that is not translated or not connected yet
  kIndirect,       ///< HartState::pc is the target
  kHold,           ///< too few cycles left for a unit; nothing of it was done
  kHoldAfterJump,  ///< likewise, entered by a jump that is not paid for
  kOperation,      ///< a handler called from translated code ended it
};

/// Sums of events, index as PathCounts.
using EventSums = std::array<std::uint64_t, kPathSlots>;

/// Translates hot paths of decoded blocks to machine code of an x86-64 host. Exact: registers,
/// cycles and counts are those of the interpreter (docs/models/cpu-translator.md).
class Translator {
 public:
  /// Executes an instruction for translated code. @return whether translated code must be left
  using CallHandler = bool (*)(HartState* state, const CallSite* site);

  /// @return nullptr when it is switched off, left out of the build or not for this host
  static std::unique_ptr<Translator> create(HartArena& arena, BlockCache& cache,
                                            const Timing& timing, std::uint32_t early_out_limit,
                                            CallHandler call_handler,
                                            const TranslationOptions& options);
  ~Translator();
  Translator(const Translator&) = delete;
  Translator& operator=(const Translator&) = delete;

  /// The mode in which code is run and translated from now on.
  void select(Privilege mode) { mode_ = mode == Privilege::kMachine ? 0 : 1; }
  /// The code that begins with the block, translated now if the block was run often enough.
  Unit* unit_of(Block& block) {
    if (block.unit != nullptr) return block.unit;
    if (++block.runs < options_.after_runs || !block.direct || !block.translatable) return nullptr;
    return translate(block);
  }
  /// Runs from the beginning of a unit. Registers are in HartState, `cycles` until the horizon.
  Left enter(const Unit& unit, std::int64_t cycles);
  /// Cycles left and instructions retired at the end of enter(), or at a CallSite.
  std::int64_t cycles_left() const {
    return static_cast<std::int64_t>(arena_.contents().progress) >> 32;
  }
  std::uint32_t retired() const { return static_cast<std::uint32_t>(arena_.contents().progress); }
  /// The exit that was taken, or the unit that was held.
  const UnitExit& exit_taken() const { return *exit_taken_; }
  const Unit& unit_held() const { return *unit_held_; }
  /// Leads the exit last taken straight to the unit that follows it, if nothing is to be paid that
  /// only the hart can pay.
  void connect(Unit& unit);
  /// What follows was not entered through the exit last taken.
  void forget_exit() { open_exit_ = nullptr; }

  /// Whether anything was run since the last collect().
  bool has_events() const {
    return has_pending_ || arena_.contents().dirty_end != arena_.contents().dirty;
  }
  /// Adds the events since the last time to `sums`.
  void collect(EventSums& sums);
  /// Forgets all code. @param blocks_live whether the blocks it was made of still exist
  void drop(bool blocks_live);
  std::size_t units() const { return units_.size(); }

 private:
  Translator(HartArena& arena, BlockCache& cache, const Timing& timing,
             std::uint32_t early_out_limit, const TranslationOptions& options);
  struct Routines;

  Unit* translate(Block& block);
  bool emit_routines(CallHandler call_handler);
  bool has_room() const;
  void sum(Unit& unit);

  HartArena& arena_;
  BlockCache& cache_;
  const Timing& timing_;
  const std::uint32_t early_out_limit_;
  const TranslationOptions options_;
  CodeBuffer code_;
  std::unique_ptr<Routines> routines_;
  std::size_t routine_bytes_ = 0;
  std::vector<std::unique_ptr<Unit>> units_;
  EventSums pending_{};  ///< of units that are forgotten
  bool has_pending_ = false;
  unsigned mode_ = 0;
  UnitExit* exit_taken_ = nullptr;
  UnitExit* open_exit_ = nullptr;  ///< exit_taken_ until another way was taken
  Unit* unit_held_ = nullptr;
};

}  // namespace leyden::cpu
