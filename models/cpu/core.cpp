#include "models/cpu/core.h"

#include <algorithm>
#include <utility>

#include "models/base/activity_observer.h"
#include "models/base/error.h"
#include "models/base/timing_mode.h"
#include "models/cpu/trap.h"

namespace leyden::cpu {
namespace {

/// Deltas at one time after which the chip is taken for one that never comes to rest.
constexpr unsigned kMostDeltas = 100000;
const char* const kInitiatorName = "core";

}  // namespace

Core::Core(sc_core::sc_module_name name, base::Context& context)
    : sc_module(name),
      context_(context),
      wake_cycles_(read_wake_cycles(context.parameters)),
      instruction_events_(
          declare_instruction_events(this->name(), context.parameters, context.ledger)),
      hart_(read_timing(context.parameters), *this, read_options(context.parameters)),
      payload_(kInitiatorName),
      phased_(base::approximately_timed(context.parameters)),
      master_(kInitiatorName),
      quantum_(1, sc_core::SC_MS) {
  bus.register_nb_transport_bw(this, &Core::backward);
  bus.register_invalidate_direct_mem_ptr(this, &Core::invalidate_bus);
  sram.register_invalidate_direct_mem_ptr(this, &Core::invalidate_sram);
  SC_HAS_PROCESS(Core);
  SC_THREAD(run);
}

void Core::end_of_elaboration() {
  if (sram_bytes_ != 0 && sram.size() == 0) {
    throw base::ModelError(std::string(name()) +
                           ": the SRAM's place was set but the socket sram is not bound");
  }
}

void Core::start_of_simulation() { hart_.reset(reset_vector_); }

void Core::set_sram(std::uint32_t first, std::uint64_t bytes) {
  sram_first_ = first;
  sram_bytes_ = bytes;
}

void Core::set_sram_events(base::EventId read, base::EventId write) {
  sram_read_event_ = read;
  sram_write_event_ = write;
}

void Core::set_time_source(std::function<std::uint64_t(const sc_core::sc_time&)> source) {
  hart_.set_time_source([this, source = std::move(source)](std::uint64_t cycle) {
    return source(local_time(cycle));
  });
}

void Core::set_quantum(const sc_core::sc_time& quantum) {
  if (quantum == sc_core::SC_ZERO_TIME) {
    throw base::UsageError("the quantum must be longer than 0");
  }
  quantum_ = quantum;
}

void Core::set_ebreak_hook(Hart::EbreakHook hook) {
  if (!hook) {
    hart_.set_ebreak_hook(nullptr);
    return;
  }
  hart_.set_ebreak_hook([this, hook = std::move(hook)] {
    synchronise();
    return hook();
  });
}

void Core::reset() {
  reset_requested_ = true;
  reset_event_.notify(sc_core::SC_ZERO_TIME);
}

void Core::run() {
  try {
    run_for_ever();
  } catch (const std::exception&) {
    if (!on_error_) throw;
    on_error_(std::current_exception());
  }
}

void Core::run_for_ever() {
  if (held_) wait(release_event_);
  if (agent_ != nullptr && agent_->halts_at_start()) halt({HaltReason::Kind::kStart, {}, {}});
  for (;;) {
    settle();
    if (!changes_.empty()) apply_changes();
    if (at_boundary_) std::exchange(at_boundary_, nullptr)();
    if (reset_requested_) {
      reset_requested_ = false;
      hart_.reset(reset_vector_);
    }
    sample_interrupts();
    if (const auto limit = limit_reached()) {
      synchronise();
      stop(hart_.report(*limit));
      continue;
    }
    if (agent_ != nullptr && agent_->wants_halt()) {
      halt({HaltReason::Kind::kRequest, {}, {}});
      continue;
    }
    switch (hart_.run(horizon())) {
      case RunResult::kHorizon:
        synchronise();
        break;
      case RunResult::kResynchronise:
        break;  // the kernel stands at the access
      case RunResult::kWaiting:
        sleep();
        break;
      case RunResult::kStopped:
        synchronise();
        stop(hart_.stop_report());
        break;
      case RunResult::kDebug:
        halt({HaltReason::Kind::kEvent, hart_.debug_event(), {}});
        break;
    }
  }
}

/// Lets everything that happens at the present time happen, before interrupts are looked at.
void Core::settle() {
  for (unsigned deltas = 0; sc_core::sc_time_to_pending_activity() == sc_core::SC_ZERO_TIME;
       ++deltas) {
    if (deltas == kMostDeltas) {
      throw base::ModelError("the models never come to rest at " +
                             sc_core::sc_time_stamp().to_string() +
                             "; there is a loop of events without time between them");
    }
    wait(sc_core::SC_ZERO_TIME);
  }
}

void Core::sample_interrupts() {
  hart_.set_interrupts((irq_external.read() ? 1u << kExternalInterrupt : 0) |
                       (irq_timer.read() ? 1u << kTimerInterrupt : 0) |
                       (irq_software.read() ? 1u << kSoftwareInterrupt : 0));
  if (base::ActivityObserver* observer = context_.activity.observer()) {
    observer->core_interrupts((irq_external.read() ? 1u : 0) | (irq_timer.read() ? 2u : 0) |
                                  (irq_software.read() ? 4u : 0),
                              context_.clock.cycles_at(sc_core::sc_time_stamp()));
  }
}

/// The cycle before which instructions may begin: nothing outside happens before it.
std::uint64_t Core::horizon() const {
  const sc_core::sc_time ahead = std::min(quantum_, sc_core::sc_time_to_pending_activity());
  const std::uint64_t period = context_.clock.period().value();
  const std::uint64_t cycles = ahead.value() / period + (ahead.value() % period != 0 ? 1 : 0);
  // Every instruction takes a cycle at least, so no limit of instructions is passed either.
  const std::uint64_t instructions =
      std::min(instruction_limit_ - hart_.instructions(), ~std::uint64_t{0} - hart_.cycles());
  return std::min({synchronised_cycle_ + cycles, hart_.cycles() + instructions, cycle_limit_});
}

std::optional<StopReason> Core::limit_reached() const {
  if (hart_.instructions() >= instruction_limit_) return StopReason::kInstructionLimit;
  if (hart_.cycles() >= cycle_limit_) return StopReason::kCycleLimit;
  return std::nullopt;
}

void Core::sleep() {
  synchronise();
  settle();
  sample_interrupts();
  if (hart_.interrupt_pending() || reset_requested_) return;
  flush_statistics();
  const std::uint64_t asleep_since = hart_.cycles();
  sleeping_ = true;
  tell_state(false, asleep_since);
  woken_ = false;
  do {
    wait(irq_external.value_changed_event() | irq_timer.value_changed_event() |
         irq_software.value_changed_event() | reset_event_ | wake_event_);
    settle();
    sample_interrupts();
  } while (!hart_.interrupt_pending() && !reset_requested_ && !woken_);
  sleeping_ = false;
  const sc_core::sc_time edge = context_.clock.next_edge(sc_core::sc_time_stamp());
  if (edge > sc_core::sc_time_stamp()) wait(edge - sc_core::sc_time_stamp());
  awake_since_ = std::max(hart_.cycles(), context_.clock.cycles_at(sc_core::sc_time_stamp()));
  synchronised_cycle_ = awake_since_;
  tell_state(true, awake_since_);
  hart_.sleep_until(awake_since_ + wake_cycles_);
  hart_.observe_sleep(asleep_since);
}

void Core::stop(const StopReport& report) {
  flush_statistics();
  if (agent_ != nullptr && debugger_goes_on(report)) return;
  hart_stopped_ = true;
  if (on_stop_) {
    on_stop_(report);
  } else {
    context_.diagnostics.report(base::Severity::kError, name(), describe(report), report.pc);
    sc_core::sc_stop();
  }
  while (!reset_requested_) wait(reset_event_);
  hart_stopped_ = false;
  const sc_core::sc_time edge = context_.clock.next_edge(sc_core::sc_time_stamp());
  if (edge > sc_core::sc_time_stamp()) wait(edge - sc_core::sc_time_stamp());
  awake_since_ = std::max(hart_.cycles(), context_.clock.cycles_at(sc_core::sc_time_stamp()));
  synchronised_cycle_ = awake_since_;
  hart_.advance_to(awake_since_);
}

sc_core::sc_time Core::local_time(std::uint64_t cycle) const {
  return sc_core::sc_time_stamp() + context_.clock.cycles(cycle - synchronised_cycle_);
}

void Core::synchronise() { hart_.advance_to(synchronise_at(hart_.cycles())); }

/// Lets the kernel catch up with a cycle of the hart.
/// @return the cycle it is then: later when the clock's edges were moved by a change of frequency
std::uint64_t Core::synchronise_at(std::uint64_t cycle) {
  count_events();
  if (cycle > synchronised_cycle_) {
    wait(context_.clock.cycles(cycle - synchronised_cycle_));
    const sc_core::sc_time edge = context_.clock.next_edge(sc_core::sc_time_stamp());
    if (edge > sc_core::sc_time_stamp()) wait(edge - sc_core::sc_time_stamp());
    cycle = std::max(cycle, context_.clock.cycles_at(edge));
  }
  synchronised_cycle_ = cycle;
  // Of what happens at one time the core comes last: an order that does not depend on where it
  // waited before.
  settle();
  return cycle;
}

void Core::archive(base::Archive& a) {
  a.section("hart", [&] { a(hart_); });
  a(synchronised_cycle_, awake_since_);
  if (!a.restoring()) return;
  if (hart_.cycles() < synchronised_cycle_) a.refuse("the core is behind the kernel");
  release_event_.notify(sc_core::SC_ZERO_TIME);
}

void Core::count_events() {
  const HartCounts counts = hart_.take_counts();
  for (std::size_t i = 0; i < kTimingClassCount; ++i) {
    if (counts.instructions[i] != 0) {
      context_.ledger.count(instruction_events_[i], counts.instructions[i]);
    }
  }
  if (sram_read_event_) {
    context_.ledger.count(*sram_read_event_, counts.fetch_words + counts.direct_reads);
  }
  if (sram_write_event_) context_.ledger.count(*sram_write_event_, counts.direct_writes);
  if (sram_code_event_) {
    context_.ledger.count(*sram_code_event_,
                          counts.fetch_words + counts.direct_reads + counts.direct_writes);
  }
}

void Core::record_activity(std::uint64_t until) {
  context_.activity.record(base::Cause::kCore, awake_since_, until);
  if (base::ActivityObserver* observer = context_.activity.observer()) {
    observer->core_awake(awake_since_, until);
  }
  awake_since_ = until;
}

void Core::tell_state(bool awake, std::uint64_t cycle) const {
  if (base::ActivityObserver* observer = context_.activity.observer()) {
    observer->core_state(awake, cycle);
  }
}

void Core::flush_statistics() {
  count_events();
  const std::uint64_t until =
      in_access_ ? std::max(synchronised_cycle_, context_.clock.cycles_at(sc_core::sc_time_stamp()))
                 : synchronised_cycle_;
  if (!sleeping_ && !hart_stopped_ && until > awake_since_) record_activity(until);
}

}  // namespace leyden::cpu
