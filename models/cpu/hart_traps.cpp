#include "models/cpu/hart.h"
#include "models/cpu/trap.h"

// The part of Hart that takes traps, and sees when firmware gets nowhere with them.
namespace leyden::cpu {
namespace {

/// Exceptions at one pc without a return from any, after which the handler is taken for broken.
constexpr unsigned kMostRepeats = 256;
/// Returns straight to one exception, after which the handler is taken for one that cannot help.
constexpr unsigned kMostReturns = 1000000;
/// Interrupts without an instruction in between that are worth telling.
constexpr unsigned kStormEntries = 16;

}  // namespace

void Hart::take_exception(std::uint32_t cause, std::uint32_t value, std::uint32_t pc) {
  LastTrap& last = last_trap_;
  const bool same = last.cause == cause && last.pc == pc;
  if (last.active && same) {
    // A handler that raises the same again, at once or over and over, gets nowhere.
    if (last.retired == state_.retired || ++last.repeats >= kMostRepeats) {
      stop(cause, value, pc);
      return;
    }
  } else {
    last.returns = same && last.returned_at == state_.retired ? last.returns + 1 : 0;
    if (last.returns >= kMostReturns) {
      stop(cause, value, pc);
      stop_.returns = last.returns;
      return;
    }
    last.outer_cause = last.active ? last.cause : 0;
    last.outer_pc = last.active ? last.pc : 0;
    last.cause = cause;
    last.pc = pc;
    last.repeats = 0;
    std::copy_n(state_.x.begin(), last.registers.size(), last.registers.begin());
  }
  enter_trap(cause, value, pc);
  denied_ = false;
  last.active = true;
  last.retired = state_.retired;
}

std::optional<TakenTrap> Hart::trap_under_way() const {
  if (!last_trap_.active) return std::nullopt;
  return TakenTrap{last_trap_.cause, last_trap_.pc, last_trap_.registers};
}

void Hart::take_interrupt(std::uint32_t cause) {
  storm_entries_ = last_trap_.returned_at == state_.retired ? storm_entries_ + 1 : 0;
  storm_cause_ = cause;
  in_interrupt_ = true;
  enter_trap(cause, 0, state_.pc);
}

/// The host's answer to an ebreak, when that is what made the trap.
bool Hart::host_serves_ebreak() {
  if (state_.trap_cause != kCauseBreakpoint || !ebreak_hook_ || !ebreak_hook_()) return false;
  constexpr std::uint32_t kLength = 4;  // a compressed one is no call
  state_.pc += kLength;
  state_.cycles += timing_.trap;
  state_.carry = 1;
  bus_fetched_ = false;
  return true;
}

void Hart::enter_trap(std::uint32_t cause, std::uint32_t value, std::uint32_t pc) {
  if (!csr_.has_handler()) {
    stop(cause, value, pc);
    return;
  }
  resume_ = Resume();
  ++events_.traps;
  if ((cause & kCauseInterrupt) != 0) ++events_.interrupts;
  state_.pc = csr_.enter_trap(cause, value, pc);
  rights_changed();
  state_.cycles += timing_.trap;
  state_.carry = 1;
  if (observer_ != nullptr) observe_trap(cause, value, pc);
}

void Hart::stop(std::uint32_t cause, std::uint32_t value, std::uint32_t pc) {
  stop_ = report(StopReason::kUnhandledTrap);
  stop_.pc = pc;
  stop_.cause = cause;
  stop_.tval = value;
  stop_.no_handler = !csr_.has_handler();
  stop_.nested = last_trap_.outer_cause != 0;
  stop_.outer_cause = last_trap_.outer_cause;
  stop_.outer_pc = last_trap_.outer_pc;
  if (denied_) stop_.protection = csr_.pmp().describe(value);
}

StopReport Hart::report(StopReason reason) const {
  StopReport report;
  report.reason = reason;
  report.pc = state_.pc;
  report.user_mode = csr_.privilege() == Privilege::kUser;
  report.cycles = state_.cycles;
  report.instructions = state_.retired;
  const bool still = in_interrupt_ || last_trap_.returned_at == state_.retired;
  if (storm_entries_ >= kStormEntries && still) {
    report.storm_cause = storm_cause_;
    report.storm_entries = storm_entries_ + 1;
  }
  return report;
}

}  // namespace leyden::cpu
