#include <utility>

#include "models/cpu/handlers.h"
#include "models/cpu/hart.h"

// The part of Hart that runs translated code.
namespace leyden::cpu {

void Hart::set_translation(const TranslationOptions& options) {
  if (translator_ != nullptr) {
    add_translated_counts();
    translator_->drop(true);
  }
  const auto call = [](HartState* state, const CallSite* site) {
    return state->hart->run_call_site(*site);
  };
  translator_ = Translator::create(arena_, cache_, timing_, state_.early_out_limit, call, options);
  if (translator_ != nullptr) translator_->select(csr_.privilege());
}

/// Runs the translated code that begins with the block, if there is any and it can be run as a
/// whole before the horizon; what the block's entry costs has been paid.
/// @return whether it did. If so the hart is between two blocks, or state_.exit tells more.
bool Hart::run_translated(Block& block, std::uint64_t horizon) {
  HartState& s = state_;
  Unit* unit = translator_->unit_of(block);
  if (unit == nullptr || s.cycles + unit->cycles > horizon) {
    translator_->forget_exit();
    return false;
  }
  translator_->connect(*unit);
  translated_until_ = horizon;
  translated_retired_ = s.retired;
  const Left why = translator_->enter(*unit, static_cast<std::int64_t>(horizon - s.cycles));
  if (why == Left::kOperation) {
    if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
    return true;
  }
  s.cycles = horizon - static_cast<std::uint64_t>(translator_->cycles_left());
  s.retired = translated_retired_ + translator_->retired();
  switch (why) {
    case Left::kDirect:
      s.pc = translator_->exit_taken().pc;
      s.carry = translator_->exit_taken().carry;
      break;
    case Left::kHold:
      s.pc = translator_->unit_held().pc;
      s.carry = 0;
      break;
    case Left::kHoldAfterJump:
      s.pc = translator_->unit_held().pc;
      s.carry = 1;
      break;
    default:
      s.carry = 1;
  }
  return true;
}

/// Executes an instruction for translated code, as the interpreter would in the middle of a block.
/// @return whether translated code must be left
bool Hart::run_call_site(const CallSite& site) {
  HartState& s = state_;
  const Block& block = *site.block;
  const std::uint64_t begun =
      translated_until_ - static_cast<std::uint64_t>(translator_->cycles_left() + site.cycles_left);
  s.cycles = begun;
  s.retired = translated_retired_ + translator_->retired() - site.retired_left;
  current_ = site.block;
  accounted_ = 0;
  call_site_ = &site;
  scratch_[0] = *site.op;
  scratch_[1] = block.ops[site.op->index + 1u];
  scratch_[1].run = end_of_step();
  try {
    scratch_[0].run(s, scratch_.data());
  } catch (...) {  // translated code cannot be unwound
    thrown_ = std::current_exception();
    settle_call_site();
    return true;
  }
  if (s.exit == Exit::kNone) {
    call_site_ = nullptr;
    arena_.contents().progress -= (s.cycles - begun) << 32;
    return false;
  }
  settle_call_site();
  finish_early();
  return true;
}

/// Counts what the path of a call site has executed before its block: the path ends here.
void Hart::settle_call_site() {
  if (call_site_ == nullptr) return;
  ++*call_site_->before_block->taken;
  call_site_ = nullptr;
}

/// Counts all that was executed before the running block, for someone who looks now; translated
/// code must be left afterwards.
void Hart::settle_counts() {
  if (translator_ == nullptr) return;
  settle_call_site();
  add_translated_counts();
}

void Hart::add_translated_counts() {
  if (!translator_->has_events()) return;
  EventSums sums{};
  translator_->collect(sums);
  for (std::size_t i = 0; i < kTimingClassCount; ++i) {
    totals_.instructions[i] += sums[i];
    translated_instructions_ += sums[i];
  }
  for (std::size_t i = 0; i < kCountSlots; ++i) events_.blocks[i] += sums[i];
  events_.taken_branches += sums[kTakenBranches];
  events_.fetch_waits += sums[kFetchWaits];
  totals_.fetch_words += sums[kFetchWords];
  totals_.direct_reads += sums[static_cast<std::size_t>(TimingClass::kLoad)];
  totals_.direct_writes += sums[static_cast<std::size_t>(TimingClass::kStore)];
}

/// The blocks translated code was made of are gone.
void Hart::forget_translated() {
  if (translator_ != nullptr) translator_->drop(false);
  forget_pages();
}

/// Forgets all decoded and translated code.
void Hart::forget_code() {
  drop_resume();
  cache_.flush();
  forget_translated();
  flush_pending_ = false;
}

}  // namespace leyden::cpu
