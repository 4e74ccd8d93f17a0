#pragma once

#include "models/cpu/debug_agent.h"
#include "platform/chip/chip.h"

namespace leyden::chip {

/// A debugger as a whole chip sees it.
class Debugger : public cpu::DebugAgent {
 public:
  /// The core sleeps and nothing is pending that would wake it: waits, in host time, until
  /// wants_halt() holds. @return false when nobody is connected, and the run ends as ever
  virtual bool await_request() = 0;
  /// The run is about to end for a reason that firmware did not give. Returns when it may; nothing
  /// that is changed meanwhile keeps it from ending.
  virtual void ending(const RunEnd& end) = 0;
};

}  // namespace leyden::chip
