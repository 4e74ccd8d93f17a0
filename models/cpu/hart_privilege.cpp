#include <algorithm>

#include "models/cpu/hart.h"
#include "models/cpu/trap.h"

// The part of Hart that is about modes, rights, CSRs and the events that counters count.
namespace leyden::cpu {

bool Hart::set_csr(std::uint32_t number, std::uint32_t value) {
  const EventCounts events = event_counts(nullptr);
  const bool written = csr_.write(number, value, {state_.cycles, state_.retired, &events});
  rights_changed();
  return written;
}

std::vector<NamedCsr> Hart::csrs() const {
  std::vector<NamedCsr> rows;
  for (const NamedCsr& row : named_csrs()) {
    if (csr(row.number)) rows.push_back(row);
  }
  return rows;
}

void Hart::set_privilege(Privilege mode) {
  csr_.set_privilege(mode);
  drop_resume();  // the rest of the block was decoded for another mode
  rights_changed();
}

/// After everything that can change the mode, or what it may do with memory.
void Hart::rights_changed() {
  cache_.select(csr_.privilege());
  if (translator_ != nullptr) translator_->select(csr_.privilege());
  const Privilege data_privilege = csr_.data_privilege();
  const std::uint32_t generation = csr_.pmp().generation();
  if (generation != pmp_generation_) {
    pmp_generation_ = generation;
    forget_pages();
    flush_pending_ = true;
  } else if (data_privilege == Privilege::kUser && data_privilege_ != data_privilege) {
    for (const std::uint32_t page : machine_pages_) forget_page(page);
    machine_pages_.clear();
  }
  data_privilege_ = data_privilege;
}

/// Whether the PMP lets a mode read and write all of a page. What user mode may, machine mode may.
bool Hart::may_use_page(std::uint32_t page, Privilege mode) const {
  constexpr std::uint8_t kNeeded = kMayRead | kMayWrite;
  return (csr_.pmp().rights(page, 1u << kPageShift, mode) & kNeeded) == kNeeded;
}

/// Whether the PMP forbids an access that needs `rights`; raises the exception then.
bool Hart::is_denied(const Op* op, std::uint32_t address, unsigned bytes, std::uint8_t rights,
                     std::uint32_t cause) {
  if ((csr_.pmp().rights(address, bytes, data_privilege_) & rights) == rights) return false;
  state_.raise(op, cause, address);
  denied_ = true;
  return true;
}

/// Whether a word of code may be fetched; else leaves the exception.
bool Hart::may_fetch(std::uint32_t address, std::uint32_t faulting) {
  if ((csr_.pmp().rights(address, 4, csr_.privilege()) & kMayExecute) != 0) return true;
  state_.exit = Exit::kTrap;
  state_.trap_cause = kCauseFetchAccess;
  state_.trap_value = faulting;
  denied_ = true;
  return false;
}

void Hart::csr_access(const Op* op, std::uint32_t a, bool writes,
                      std::uint32_t (*change)(std::uint32_t old, std::uint32_t a)) {
  const auto number = static_cast<std::uint32_t>(op->immediate);
  CounterView before{cycle_of_access(op), state_.retired + op->index};
  CounterView after{state_.cycles + op[1].cycles_before, before.retired + 1};
  EventCounts events;
  if (CsrFile::needs_events(number)) {
    settle_counts();
    events = event_counts(op);  // reading or writing a CSR is no event itself
    before.events = after.events = &events;
  }
  const std::optional<std::uint32_t> old =
      csr_.may_access(number) ? csr_.read(number, before) : std::nullopt;
  if (!old || (writes && !csr_.write(number, change(*old, a), after))) {
    state_.raise(op, kCauseIllegal, op->bits);
    return;
  }
  if (writes) rights_changed();
  state_.x[op->rd] = *old;
  state_.carry = 0;
  state_.leave(op, Exit::kSystem, op->pc + op->length);
}

void Hart::return_from_trap(const Op* op) {
  if (csr_.privilege() != Privilege::kMachine) {
    state_.raise(op, kCauseIllegal, op->bits);
    return;
  }
  last_trap_.active = false;
  in_interrupt_ = false;
  last_trap_.returned_at = state_.retired + op->index + 1;
  state_.carry = 1;
  state_.leave(op, Exit::kSystem, csr_.leave_trap());
  rights_changed();
}

void Hart::wait_for_interrupt(const Op* op) {
  if (csr_.traps_wait()) {
    state_.raise(op, kCauseIllegal, op->bits);
    return;
  }
  state_.carry = 0;
  state_.leave(op, interrupt_pending() ? Exit::kSystem : Exit::kWait, op->pc + op->length);
}

void Hart::environment_call(const Op* op) {
  state_.raise(op, csr_.privilege() == Privilege::kMachine ? kCauseMachineCall : kCauseUserCall, 0);
}

/// How often each event has happened, up to the instruction `op` of the running block; without one,
/// up to now.
EventCounts Hart::event_counts(const Op* op) const {
  BlockCounts running = counts_;
  std::uint32_t own_wait = 0;
  if (op != nullptr) {
    count(*current_, accounted_, op->index, running);
    own_wait = waits_for_load(*current_, op->index) ? 1 : 0;
  }
  const auto total = [&](std::size_t slot) { return events_.blocks[slot] + running[slot]; };
  const auto of = [&](TimingClass timing) { return total(static_cast<std::size_t>(timing)); };

  EventCounts counts{};
  const auto set = [&](Event event, std::uint64_t value) {
    counts[static_cast<std::size_t>(event)] = value;
  };
  const std::uint64_t load_use = (total(kLoadUses) + own_wait) * timing_.load_use;
  const std::uint64_t taken_branches = events_.taken_branches + state_.taken_branches;
  const std::uint64_t refill = taken_branches * timing_.taken_branch;
  const std::uint64_t fetch_wait = events_.fetch_waits * timing_.fetch_wait;
  set(Event::kStallCycles, load_use + refill + fetch_wait + events_.bus_wait_cycles);
  set(Event::kLoadUseCycles, load_use);
  set(Event::kRefillCycles, refill);
  set(Event::kFetchWaitCycles, fetch_wait);
  set(Event::kBusWaitCycles, events_.bus_wait_cycles);
  set(Event::kBranches, of(TimingClass::kBranch));
  set(Event::kTakenBranches, taken_branches);
  set(Event::kJumps, of(TimingClass::kJump));
  set(Event::kLoads, of(TimingClass::kLoad));
  set(Event::kStores, of(TimingClass::kStore));
  set(Event::kAtomics, of(TimingClass::kAtomic));
  set(Event::kMultiplies, of(TimingClass::kMultiply));
  set(Event::kDivides, of(TimingClass::kDivide));
  set(Event::kTraps, events_.traps);
  set(Event::kInterrupts, events_.interrupts);
  set(Event::kSleepCycles, events_.sleep_cycles);
  return counts;
}

}  // namespace leyden::cpu
