#pragma once

#include <cstdint>

#include "models/cpu/debug_points.h"
#include "models/cpu/stop.h"

namespace leyden::cpu {

/// Why a core is halted for its debugger.
struct HaltReason {
  enum class Kind {
    kStart,    ///< before the first instruction
    kRequest,  ///< the debugger asked for it; the core may be asleep
    kEvent,    ///< `event`
    kStop,  ///< the core cannot go on: `report`; it stops for good unless pc or state are changed
  };
  Kind kind = Kind::kRequest;
  DebugEvent event;
  StopReport report;
};

/// How a halted core goes on.
enum class Resumption { kContinue, kStep };

/// A debugger as a core sees it. All calls come from the thread of the simulation, most from the
/// core's process; while one has not returned the kernel does not move and simulated time stands.
class DebugAgent {
 public:
  virtual ~DebugAgent() = default;
  /// Whether to halt before the first instruction.
  virtual bool halts_at_start() = 0;
  /// Asked often while the core runs or sleeps: must be quick. @return whether the core is to halt
  virtual bool wants_halt() = 0;
  /// The core is halted between two instructions and in step with the kernel. Registers, memory and
  /// debug points may be changed. @return when the core is to go on
  virtual Resumption halted(const HaltReason& reason) = 0;
};

}  // namespace leyden::cpu
