#include "platform/trace/call_tracker.h"

namespace leyden::trace {
namespace {

using Flow = CodePlace::Flow;

/// Registers that hold return addresses (calling convention).
constexpr bool is_link(unsigned reg) { return reg == 1 || reg == 5; }

Flow flow_of(const cpu::Retired& event) {
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

}  // namespace

void CallTracker::know(CodePlace& place, std::uint32_t pc) const {
  if (place.flow != Flow::kUnknown) return;
  place.function = code_.function_of(pc);
  place.flow = Flow::kPlain;
}

void CallTracker::begin(CodePlace& place, const cpu::Retired& event, const Cost& now) {
  know(place, event.pc);
  if (place.bits != event.bits) {
    place.bits = event.bits;
    place.flow = flow_of(event);
  }
  if (stack_.empty() || stack_.top().function != place.function) {
    stack_.resynchronise(place.function, event.pc, last_pc_, now);
  }
  last_pc_ = event.pc;
}

void CallTracker::end(const CodePlace& place, const cpu::Retired& event, const Cost& now) {
  switch (place.flow) {
    case Flow::kCall:
      stack_.call(code_.function_of(event.next_pc), event.pc, event.pc + event.length, now);
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

void CallTracker::trap(const CodePlace& handler, const cpu::Trapped& event, const Cost& now) {
  const CodeMap::Index interrupted = code_.function_of(event.epc);
  if (stack_.empty() || stack_.top().function != interrupted) {
    stack_.resynchronise(interrupted, event.epc, last_pc_, now);
  }
  stack_.enter_trap(handler.function, event.epc, now);
  last_pc_ = event.handler;
}

}  // namespace leyden::trace
