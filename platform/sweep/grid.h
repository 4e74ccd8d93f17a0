#pragma once

#include <memory>

#include "platform/sweep/plan.h"

namespace leyden::sweep {

/// Every combination of the variables' values that satisfies the constraints; the last variable
/// of the file changes fastest.
std::unique_ptr<Planner> make_grid(const SweepSpec& spec);

}  // namespace leyden::sweep
