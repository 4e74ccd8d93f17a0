#pragma once

#include <cstdint>

#include "models/cpu/observer.h"
#include "platform/trace/call_stack.h"
#include "platform/trace/code_map.h"

namespace leyden::trace {

/// What is known of the instruction at an address, found out once.
struct CodePlace {
  /// How it goes on, as far as calls are concerned.
  enum class Flow : std::uint8_t { kUnknown, kPlain, kCall, kReturn, kTrapReturn };

  CodeMap::Index function = CodeMap::kNowhere;
  Flow flow = Flow::kUnknown;
  std::uint32_t bits = 0;  ///< `flow` is of; other bits are other code
};

/// Keeps a CallStack up to date with what a core does.
class CallTracker {
 public:
  CallTracker(const CodeMap& code, CallStack::Listener& listener)
      : code_(code), stack_(code, listener) {}

  /// Finds out what has not been yet.
  void know(CodePlace& place, std::uint32_t pc) const;

  /// To be called with an instruction and what had been spent when it began, ...
  void begin(CodePlace& place, const cpu::Retired& event, const Cost& now);
  /// ... and with what has been spent when it has ended.
  void end(const CodePlace& place, const cpu::Retired& event, const Cost& now);
  /// A trap, at what had been spent when it came. @param handler of its first instruction
  void trap(const CodePlace& handler, const cpu::Trapped& event, const Cost& now);
  /// Ends all that is under way.
  void unwind() { stack_.unwind(); }

  /// Function under way.
  CodeMap::Index function() const {
    return stack_.empty() ? CodeMap::kNowhere : stack_.top().function;
  }
  std::uint32_t last_pc() const { return last_pc_; }

 private:
  const CodeMap& code_;
  CallStack stack_;
  std::uint32_t last_pc_ = 0;
};

}  // namespace leyden::trace
