#include "platform/trace/profile.h"

#include <algorithm>
#include <tuple>

#include "models/cpu/core.h"

namespace leyden::trace {
namespace {

/// Registers that hold return addresses (calling convention).
constexpr bool is_link(unsigned reg) { return reg == 1 || reg == 5; }

}  // namespace

Profile::Profile(const std::string& path, chip::Chip& chip, const std::string& program,
                 const DebugInfo& debug)
    : path_(path),
      program_(program),
      chip_(chip),
      debug_(debug),
      code_(chip.program()),
      energies_(chip.ledger()),
      stack_(code_, *this),
      first_cycle_(chip.cycles()),
      functions_(code_.size()),
      active_(code_.size()) {
  if (path_ != "-") write_text("profile", path_, "");  // told before the run, not after it
}

Profile::Flow Profile::flow_of(const cpu::Retired& event) {
  switch (cpu::info(event.id).kind) {
    case cpu::Kind::kJump: {
      if (is_link(event.rd)) return Flow::kCall;
      const bool back = event.id == cpu::Id::kJalr && is_link(cpu::decode(event.bits).rs1);
      return back && event.rd == 0 ? Flow::kReturn : Flow::kPlain;
    }
    case cpu::Kind::kReturn:
      return Flow::kTrapReturn;
    default:
      return Flow::kPlain;
  }
}

Profile::Record& Profile::record_at(std::uint32_t pc) {
  Record& record = records_.at(pc);
  if (record.flow == Flow::kUnknown) {
    record.function = code_.function_of(pc);
    record.flow = Flow::kPlain;
  }
  return record;
}

void Profile::add(Record& record, const Cost& cost) {
  record.cost += cost;
  total_ += cost;
}

void Profile::retired(const cpu::Retired& event) {
  Record& record = record_at(event.pc);
  if (record.bits != event.bits) {
    record.bits = event.bits;
    record.flow = flow_of(event);
  }
  if (stack_.empty() || stack_.top().function != record.function) {
    stack_.resynchronise(record.function, event.pc, last_pc_, total_);
  }
  add(record, {event.cycles, 1, event.waited, energies_.of(event)});
  last_pc_ = event.pc;
  switch (record.flow) {
    case Flow::kCall:
      stack_.call(code_.function_of(event.next_pc), event.pc, event.pc + event.length, total_);
      break;
    case Flow::kReturn:
      stack_.return_to(event.next_pc);
      break;
    case Flow::kTrapReturn:
      stack_.leave_trap();
      break;
    case Flow::kPlain:
    case Flow::kUnknown:
      break;
  }
}

void Profile::trapped(const cpu::Trapped& event) {
  const CodeMap::Index interrupted = code_.function_of(event.epc);
  if (stack_.empty() || stack_.top().function != interrupted) {
    stack_.resynchronise(interrupted, event.epc, last_pc_, total_);
  }
  Record& handler = record_at(event.handler);
  stack_.enter_trap(handler.function, event.epc, total_);
  add(handler, {event.cycles, 0, event.cycles, energies_.of(event)});
  last_pc_ = event.handler;
}

void Profile::slept(std::uint64_t from, std::uint64_t to) {
  const Cost cost{to - from, 0, 0, 0};
  const CodeMap::Index caller = stack_.empty() ? CodeMap::kNowhere : stack_.top().function;
  CallEdge& sleep = edge(caller, last_pc_, CodeMap::kSleep);
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
  stack_.unwind();
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
