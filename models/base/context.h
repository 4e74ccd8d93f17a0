#pragma once

#include <cstdint>

#include "models/base/activity.h"
#include "models/base/clock.h"
#include "models/base/diagnostics.h"
#include "models/base/energy_ledger.h"
#include "models/base/fidelity.h"
#include "models/base/parameter.h"

namespace leyden::base {

/// What every SystemC model of a chip shares. One per chip, owned by platform/chip; models keep a
/// reference. Nothing here is global.
struct Context {
  const ParameterSet& parameters;
  EnergyLedger& ledger;
  ActivityLog& activity;
  Clock& clock;
  Diagnostics& diagnostics;
  Fidelity fidelity = Fidelity::kIdeal;
  DrawPosition draws;
};

}  // namespace leyden::base
