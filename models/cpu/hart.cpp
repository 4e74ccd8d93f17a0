#include "models/cpu/hart.h"

#include <algorithm>

#include "models/cpu/handlers.h"
#include "models/cpu/trap.h"

namespace leyden::cpu {
namespace {

/// Cycles after which the short-term counters are added to the long-term ones.
constexpr std::uint64_t kCountingCycles = std::uint64_t{1} << 30;
/// What a division costs at least, however much of it is skipped.
constexpr std::uint32_t kLeastDivide = 2;

}  // namespace

Hart::Hart(const Timing& timing, MemoryInterface& memory, const HartOptions& options)
    : state_(arena_.state()),
      timing_(timing),
      memory_(memory),
      cache_(timing_, options.bit_manipulation),
      csr_(options.pmp_regions) {
  state_.hart = this;
  state_.taken_branch_cycles = timing.taken_branch;
  const std::uint32_t longest = timing.of(TimingClass::kDivide);
  if (timing.divide_early_out && longest > kLeastDivide) {
    state_.early_out_limit = std::min<std::uint32_t>(31, longest - kLeastDivide);
  }
  set_translation(TranslationOptions());
}

void Hart::reset(std::uint32_t pc) {
  csr_.reset();
  state_.x.fill(0);
  state_.pc = pc & ~1u;
  state_.carry = 1;
  state_.exit = Exit::kNone;
  state_.reserved = false;
  resume_ = Resume();
  last_trap_ = LastTrap();
  storm_entries_ = 0;
  in_interrupt_ = false;
  stop_ = StopReport();
  bus_fetched_ = denied_ = false;  // what stopped it may have left them
  flush_pending_ = true;
  rights_changed();
  debug_event_ = DebugEvent();
  redirected_ = alone_ = one_step_ = pass_watch_ = false;
}

void Hart::set_pc(std::uint32_t pc) {
  resume_ = Resume();
  redirected_ = true;
  state_.carry = 1;  // as a jump there
  state_.pc = pc & ~1u;
}

void Hart::go_on_at(std::uint32_t pc) {
  stop_ = StopReport();
  last_trap_ = LastTrap();
  bus_fetched_ = denied_ = false;
  set_pc(pc);
}

void Hart::set_reg(unsigned index, std::uint32_t value) {
  if (index != 0) state_.x[index] = value;
}

std::optional<std::uint32_t> Hart::csr(std::uint32_t number) const {
  const EventCounts events = event_counts(nullptr);
  return csr_.read(number, {state_.cycles, state_.retired, &events});
}

RunResult Hart::run(std::uint64_t horizon) {
  RunResult result = RunResult::kHorizon;
  do {
    const std::uint64_t until = std::min(horizon, state_.cycles + kCountingCycles);
    if (observer_ != nullptr) {
      result = run_loop<Way::kTraced>(until);
    } else if (translator_ != nullptr) {
      result = run_loop<Way::kTranslated>(until);
    } else {
      result = run_loop<Way::kInterpreted>(until);
    }
    move_counts();
  } while (result == RunResult::kHorizon && state_.cycles < horizon);
  return result;
}

template <Hart::Way kWay>
RunResult Hart::run_loop(std::uint64_t horizon) {
  if (stop_.reason != StopReason::kNone) return RunResult::kStopped;
  if (debug_event_.reason != DebugReason::kNone) return RunResult::kDebug;
  if (flush_pending_) forget_code();
  while (state_.cycles < horizon) {
    if (const auto interrupt = csr_.take_interrupt()) {
      take_interrupt(kCauseInterrupt | *interrupt);
      note_progress();
    } else if (alone_) {
      run_alone<kWay == Way::kTraced>();
    } else {
      run_blocks<kWay>(horizon);
    }
    if (const auto result = after_exit()) return *result;
  }
  return RunResult::kHorizon;
}

/// Runs blocks until the horizon or until an instruction wants a look (state_.exit).
template <Hart::Way kWay>
void Hart::run_blocks(std::uint64_t horizon) {
  constexpr bool kTraced = kWay == Way::kTraced;
  HartState& s = state_;
  while (s.cycles < horizon) {
    if (resume_.block == nullptr) {
      Block* block = cache_.find(s.pc);
      if (__builtin_expect(block == nullptr, false)) {
        block = decode_at_pc();
        if (block == nullptr) return;  // a fetch fault or a breakpoint
        if (bus_fetched_) {            // one instruction, and time has passed outside
          pay_entry(*block);
          resume_ = {block, 0};
          step<kTraced>();
          return;
        }
      }
      if (__builtin_expect((s.carry & block->entry_mask) != 0, false)) {
        if constexpr (kTraced) observation_.entry_words = s.carry & block->entry_mask & 1;
        pay_entry(*block);
      }
      if constexpr (kWay == Way::kTranslated) {
        if (run_translated(*block, horizon)) {
          if (s.exit != Exit::kNone) return;
          continue;
        }
      }
      if (!kTraced && s.cycles + block->lead < horizon) {
        current_ = block;
        block->ops[0].run(s, block->ops.data());
        if (__builtin_expect(s.exit != Exit::kNone, false)) {
          finish_early();
          return;
        }
        s.cycles += block->cycles;
        s.retired += block->count;
        for (std::size_t i = 0; i < kCountSlots; ++i) counts_[i] += block->counts[i];
        if constexpr (kWay == Way::kTranslated) block->note_end(s.pc);
        continue;
      }
      // The horizon may be inside: one instruction at a time.
      resume_ = {block, 0};
    }
    step<kTraced>();
    if (s.exit != Exit::kNone) return;
  }
}

/// Runs the instruction at resume_ alone.
template <bool kTraced>
void Hart::step() {
  HartState& s = state_;
  Block& block = *resume_.block;
  const unsigned index = resume_.index;
  const bool last = index + 1 == block.count;
  scratch_[0] = block.ops[index];
  scratch_[1] = block.ops[index + 1];
  if (!last) scratch_[1].run = end_of_step();
  current_ = &block;
  accounted_ = index;
  if constexpr (kTraced) observe_operands(scratch_[0]);
  // Handlers reckon from the start of the block.
  s.cycles -= scratch_[0].cycles_before;
  s.retired -= index;
  scratch_[0].run(s, scratch_.data());
  if (s.exit == Exit::kNone) {
    s.cycles += scratch_[1].cycles_before;
    s.retired += index + 1;
    account(block, index, index + 1);
    accounted_ = 0;
    resume_ = last ? Resume() : Resume{&block, index + 1};
  } else {
    finish_early();
  }
  if constexpr (kTraced) {
    if (has_retired(s.exit)) observe_retired(scratch_[0], block.direct);
  }
}

/// Runs the next instruction by itself, past the breakpoint it may have.
template <bool kTraced>
void Hart::run_alone() {
  if (resume_.block == nullptr) {
    Block* block = decode_at_pc();
    if (block == nullptr) {  // a fetch fault
      note_progress();
      return;
    }
    if constexpr (kTraced) observation_.entry_words = state_.carry & block->entry_mask & 1;
    if ((state_.carry & block->entry_mask) != 0) pay_entry(*block);
    resume_ = {block, 0};
  }
  step<kTraced>();
  if (state_.exit != Exit::kHeld) note_progress();
}

/// Cycles and words that depend on how the block is entered.
void Hart::pay_entry(const Block& block) {
  const std::uint32_t reasons = state_.carry & block.entry_mask;
  if ((reasons & ~1u) != 0) {
    state_.cycles += timing_.load_use;
    ++counts_[kLoadUses];
  }
  if ((reasons & 1u) != 0) {
    if (block.direct) ++counts_[kFetchWords];
    if (block.ops[0].length == 4) {
      state_.cycles += timing_.fetch_wait;
      ++events_.fetch_waits;
    }
  }
  state_.carry = 0;  // paid: the block may be entered again after its first instruction was held
}

/// Settles the sums of a block that was left before its end, at state_.exit_op.
void Hart::finish_early() {
  HartState& s = state_;
  const Block& block = *current_;
  const Op* op = s.exit_op;
  const bool retired = has_retired(s.exit);
  const unsigned done = op->index + (retired ? 1 : 0);
  account(block, accounted_, done);
  accounted_ = 0;
  s.cycles += retired ? op[1].cycles_before : op->cycles_before;
  // An exception comes after the wait for the operands.
  if (s.exit == Exit::kTrap && waits_for_load(block, op->index)) {
    s.cycles += timing_.load_use;
    ++counts_[kLoadUses];
  }
  s.retired += done;
  resume_ = Resume();
  if (!retired) {
    s.pc = op->pc;
    s.carry = 0;  // its block was entered, and that was paid
    if (s.exit == Exit::kHeld) resume_ = {current_, op->index};
  } else if (done < block.count) {
    resume_ = {current_, done};
  } else if (!ends_block(info(op->id).kind)) {
    s.carry = static_cast<std::uint32_t>(block.ops[block.count].immediate);
  }
}

/// Does what the exit asks for. @return how run() ends, if it does
std::optional<RunResult> Hart::after_exit() {
  const Exit why = state_.exit;
  state_.exit = Exit::kNone;
  if (why == Exit::kTrap) {
    if (host_serves_ebreak()) return RunResult::kResynchronise;
    take_exception(state_.trap_cause, state_.trap_value, state_.pc);
  } else if (why == Exit::kFlush) {
    flush_pending_ = true;
  }
  if (stop_.reason != StopReason::kNone) return RunResult::kStopped;
  if (flush_pending_) forget_code();
  if (why == Exit::kWait) {
    bus_fetched_ = false;
    return RunResult::kWaiting;
  }
  if (why == Exit::kResynchronise || bus_fetched_) {
    bus_fetched_ = false;
    return RunResult::kResynchronise;
  }
  if (debug_event_.reason != DebugReason::kNone) return RunResult::kDebug;
  return std::nullopt;
}

/// @return nullptr after a fetch fault, and at a breakpoint
Block* Hart::decode_at_pc() {
  if (!alone_ && points_.has_breakpoint(state_.pc)) {
    debug_event_ = {DebugReason::kBreakpoint, state_.pc};
    return nullptr;
  }
  DirectMemory memory;
  if (cache_.region_of(state_.pc, 2) == nullptr && memory_.direct(state_.pc, memory)) {
    accept_direct(memory);
  }
  // As far as a block can reach.
  constexpr std::uint64_t kReach = 4 * kMaxBlockLength;
  const std::uint64_t reach = std::min(state_.pc + kReach, std::uint64_t{1} << 32);
  const std::uint64_t end = csr_.pmp().executable_end(state_.pc, reach, csr_.privilege());
  const unsigned flushes = cache_.flushes();
  const auto decode = [&] {
    return alone_ ? cache_.decode_alone(state_.pc, end)
                  : cache_.decode_block(state_.pc, end, points_);
  };
  Block* block = decode();
  if (block == nullptr && end >= state_.pc + std::uint64_t{4} &&
      cache_.region_of(state_.pc, 2) != nullptr && cache_.region_of(state_.pc, 4) == nullptr &&
      memory_.direct(state_.pc + 2, memory)) {  // it ends on a page that nothing touched yet
    accept_direct(memory);
    block = decode();
  }
  if (cache_.flushes() != flushes) forget_translated();
  if (block == nullptr) return fetch_over_bus();
  arena_.forbid_writes(block->pc, block->ops[block->count].pc - block->pc);
  return block;
}

/// Fetches the instruction at the pc with bus accesses. @return nullptr after a fetch fault
Block* Hart::fetch_over_bus() {
  const std::uint32_t pc = state_.pc;
  const auto fetch = [&](std::uint32_t address, std::uint32_t faulting, std::uint32_t* word) {
    if (!may_fetch(address, faulting)) return false;
    const BusResult result = memory_.read(address, word, 4, AccessKind::kFetch, state_.cycles);
    state_.cycles += result.wait_cycles;
    events_.bus_wait_cycles += result.wait_cycles;
    if (!result.ok) {
      state_.exit = Exit::kTrap;
      state_.trap_cause = kCauseFetchAccess;
      state_.trap_value = faulting;
    }
    return result.ok;
  };
  bus_fetched_ = true;
  std::uint32_t word = 0;
  if (!fetch(pc & ~3u, pc, &word)) return nullptr;
  if ((pc & 2) != 0) {
    word >>= 16;
    if (instruction_length(word) == 4) {
      std::uint32_t upper = 0;
      if (!fetch(pc + 2, pc + 2, &upper)) return nullptr;
      word |= upper << 16;
    }
  }
  return &cache_.single(pc, word);
}

/// Adds what the instructions [first, last) of a block count.
void Hart::count(const Block& block, unsigned first, unsigned last, BlockCounts& counts) {
  for (unsigned i = first; i < last; ++i) {
    const Op& op = block.ops[i];
    ++counts[static_cast<std::size_t>(info(op.id).timing)];
    if (block.direct) counts[kFetchWords] += words_fetched(op.pc, op.length);
    if (waits_for_load(block, i)) ++counts[kLoadUses];
  }
}

void Hart::account(const Block& block, unsigned first, unsigned last) {
  count(block, first, last, counts_);
}

void Hart::move_counts() {
  if (translator_ != nullptr) add_translated_counts();
  for (std::size_t i = 0; i < kTimingClassCount; ++i) totals_.instructions[i] += counts_[i];
  totals_.fetch_words += counts_[kFetchWords];
  for (std::size_t i = 0; i < kCountSlots; ++i) events_.blocks[i] += counts_[i];
  const auto count_of = [&](TimingClass timing) {
    return counts_[static_cast<std::size_t>(timing)];
  };
  // Unsigned sums: a bus access may be counted before its instruction is.
  totals_.direct_reads +=
      std::uint64_t{count_of(TimingClass::kLoad)} - state_.bus_loads + state_.direct_atomic_reads;
  totals_.direct_writes += std::uint64_t{count_of(TimingClass::kStore)} - state_.bus_stores +
                           state_.direct_atomic_writes;
  events_.taken_branches += state_.taken_branches;
  state_.taken_branches = 0;
  state_.bus_loads = state_.bus_stores = 0;
  state_.direct_atomic_reads = state_.direct_atomic_writes = 0;
  counts_ = BlockCounts{};
}

HartCounts Hart::take_counts() {
  move_counts();
  const HartCounts taken = totals_;
  totals_ = HartCounts();
  return taken;
}

/// Gives up the rest of a block; the next instruction then begins a block of its own.
void Hart::drop_resume() {
  // A block of one instruction that was held is not among those forgotten, and paid for.
  if (resume_.block == nullptr || cache_.is_single(resume_.block)) return;
  if (resume_.index > 0) {
    state_.carry = loaded_register(resume_.block->ops[resume_.index - 1]);
  }
  resume_ = Resume();
}

}  // namespace leyden::cpu
