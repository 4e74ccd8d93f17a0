#pragma once

#include <memory>

#include "platform/sweep/plan.h"

namespace leyden::sweep {

/// Point 0 is the point that the plan is around; then every variable in turn takes each of its
/// other values while the rest stays. Points that break a constraint are left out.
std::unique_ptr<Planner> make_sensitivity(const SweepSpec& spec, const BaseValues& base);

}  // namespace leyden::sweep
