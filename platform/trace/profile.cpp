#include "platform/trace/profile.h"

#include <algorithm>
#include <tuple>

#include "models/cpu/core.h"

namespace leyden::trace {
Profile::Profile(const std::string& path, chip::Chip& chip, const std::string& program,
                 const DebugInfo& debug)
    : path_(path),
      program_(program),
      chip_(chip),
      debug_(debug),
      code_(chip.program()),
      energies_(chip.ledger()),
      calls_(code_, *this),
      first_cycle_(chip.cycles()),
      functions_(code_.size()),
      active_(code_.size()) {
  if (path_ != "-") write_text("profile", path_, "");  // told before the run, not after it
}

Profile::Record& Profile::record_at(std::uint32_t pc) {
  Record& record = records_.at(pc);
  calls_.know(record, pc);
  return record;
}

void Profile::add(Record& record, const Cost& cost) {
  record.cost += cost;
  total_ += cost;
}

void Profile::retired(const cpu::Retired& event) {
  Record& record = records_.at(event.pc);
  calls_.begin(record, event, total_);
  add(record, {event.cycles, 1, event.waited, energies_.of(event)});
  calls_.end(record, event, total_);
}

void Profile::trapped(const cpu::Trapped& event) {
  Record& handler = record_at(event.handler);
  calls_.trap(handler, event, total_);
  add(handler, {event.cycles, 0, event.cycles, energies_.of(event)});
}

void Profile::slept(std::uint64_t from, std::uint64_t to) {
  const Cost cost{to - from, 0, 0, 0};
  CallEdge& sleep = edge(calls_.function(), calls_.last_pc(), CodeMap::kSleep);
  ++sleep.calls;
  sleep.inclusive += cost;
  FunctionCost& function = functions_[CodeMap::kSleep];
  ++function.calls;
  function.self += cost;
  function.inclusive += cost;
  total_ += cost;
}

CallEdge& Profile::edge(CodeMap::Index caller, std::uint32_t from, CodeMap::Index callee) {
  CallEdge& found = edges_[std::uint64_t{from} << 32 | callee];
  found.caller = caller;
  found.from = from;
  found.callee = callee;
  return found;
}

void Profile::entered(const Activation& activation) {
  ++active_[activation.function];
  ++functions_[activation.function].calls;
  const bool has_caller = !callers_.empty();
  if (has_caller) ++edge(callers_.back(), activation.called_from, activation.function).calls;
  callers_.push_back(activation.function);
}

void Profile::left(const Activation& activation) {
  callers_.pop_back();
  const Cost inclusive = total_ - activation.at_entry;
  if (--active_[activation.function] == 0) functions_[activation.function].inclusive += inclusive;
  if (!callers_.empty()) {
    edge(callers_.back(), activation.called_from, activation.function).inclusive += inclusive;
  }
}

void Profile::close(std::uint64_t cycles, std::uint32_t pc) {
  const std::uint64_t told = first_cycle_ + total_.cycles;
  if (cycles > told) add(record_at(pc), {cycles - told, 0, cycles - told, 0});
  calls_.unwind();
  for_each_instruction([this](std::uint32_t, CodeMap::Index function, const Cost& cost) {
    functions_[function].self += cost;
  });
}

std::vector<CallEdge> Profile::edges() const {
  std::vector<CallEdge> sorted;
  sorted.reserve(edges_.size());
  for (const auto& [key, found] : edges_) sorted.push_back(found);
  const auto order = [](const CallEdge& e) { return std::make_tuple(e.caller, e.from, e.callee); };
  std::sort(sorted.begin(), sorted.end(),
            [&](const CallEdge& a, const CallEdge& b) { return order(a) < order(b); });
  return sorted;
}

std::string Profile::finish() {
  close(chip_.cycles(), chip_.core().pc());
  if (path_ == "-") return profile_table(*this);
  write_text("profile", path_, callgrind_text(*this, debug_, program_));
  return profile_table(*this);
}

}  // namespace leyden::trace
