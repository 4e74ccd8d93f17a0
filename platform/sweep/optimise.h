#pragma once

#include <memory>

#include "platform/sweep/plan.h"

namespace leyden::sweep {

/// What stands for every objective of a point that failed or has no figure of one: worse than any
/// good point, better than any that breaks a constraint (docs/sweep.md).
inline constexpr double kFailedPenalty = 1e30;
/// The same of a point that breaks constraints and is not evaluated, times PlanSpace::excess().
inline constexpr double kConstraintPenalty = 1e31;

/// Multi-objective optimisation by pagmo: NSGA-II, mixed integer and batch-wise, or MOEA/D for
/// continuous variables. Points equal to an earlier one are not given again.
std::unique_ptr<Planner> make_optimiser(const SweepSpec& spec);

}  // namespace leyden::sweep
