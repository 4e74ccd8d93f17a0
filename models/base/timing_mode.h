#pragma once

#include "models/base/parameter.h"

namespace leyden::base {

/// `system.timing`: how time passes between the parts of a chip (docs/timing.md).
inline ParameterSpec timing_mode_spec() {
  return {"timing",
          "",
          0,
          0,
          false,
          {"loose", "approximate"},
          "Transactions and jobs timed when they start, or phase by phase as they happen",
          "loose"};
}

/// Whether the chip is approximately timed.
inline bool approximately_timed(const ParameterSet& parameters) {
  return parameters.has("system.timing") && parameters.choice("system.timing") == "approximate";
}

}  // namespace leyden::base
