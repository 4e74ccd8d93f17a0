#include "models/cpu/core.h"

// How a core and its debugger meet.
namespace leyden::cpu {

/// Lets the kernel catch up, as at any horizon, and then the debugger look.
void Core::halt(const HaltReason& reason) {
  synchronise();
  settle();
  sample_interrupts();
  hart_.go_on(agent_->halted(reason) == Resumption::kStep);
}

/// Shows the debugger a stop. @return whether it has made something to go on with
bool Core::debugger_goes_on(const StopReport& report) {
  settle();
  const Resumption how = agent_->halted({HaltReason::Kind::kStop, {}, report});
  const bool goes_on = hart_.redirected() || reset_requested_;
  if (hart_.redirected()) hart_.go_on_at(hart_.pc());
  hart_.go_on(how == Resumption::kStep);
  return goes_on;
}

void Core::attend_asleep() {
  if (agent_ == nullptr || !sleeping_ || !agent_->wants_halt()) return;
  const Resumption how = agent_->halted({HaltReason::Kind::kRequest, {}, {}});
  // It sleeps on, as if nothing had been, unless the debugger gave it something to do.
  woken_ = hart_.redirected() || hart_.interrupt_pending();
  hart_.go_on(how == Resumption::kStep);
  if (woken_) wake_event_.notify(sc_core::SC_ZERO_TIME);
}

void Core::debug_reset() {
  hart_.reset(reset_vector_);
  hart_.set_pc(reset_vector_);  // an end to sleep, and to a stop
}

}  // namespace leyden::cpu
