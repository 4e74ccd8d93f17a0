#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "platform/sweep/store.h"

namespace leyden::sweep {

/// A results file as JSON (docs/sweep-results.md): what `leyden sweep --json` prints and the report
/// page is made from.
nlohmann::ordered_json sweep_json(const Store& store);

/// The points of the plan that no other dominates, in the order of the first objective's value,
/// best first.
struct Front {
  std::vector<StoredPoint> points;
  std::vector<std::vector<double>> minimised;  ///< objectives of each, less is better
};

/// Points that failed or lack an objective are not on the front; none are without objectives.
Front front_of(const Store& store);

}  // namespace leyden::sweep
