#pragma once

#include <cstdint>
#include <vector>

#include "models/base/energy_ledger.h"
#include "models/base/parameter.h"

namespace leyden::chip {

/// Key of the clock tree below the scope "system".
base::ParameterSpec clock_tree_spec();

/// What the digital part's clock costs whether or not anything works: the tree and the clock pins
/// of all registers, C V^2 a cycle at the ledger's present point. Nothing is gated.
class ClockTree {
 public:
  ClockTree(const base::ParameterSet& parameters, base::EnergyLedger& ledger);

  /// Counts the cycles since the last call, at the ledger's present point.
  void advance_to(std::uint64_t cycle);
  void archive(base::Archive& a) { a(last_cycle_); }

 private:
  base::EnergyLedger& ledger_;
  base::EventId cycle_;
  std::uint64_t last_cycle_ = 0;
};

}  // namespace leyden::chip
