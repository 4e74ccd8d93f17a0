#pragma once

#include <memory>
#include <vector>

#include "platform/sweep/plan.h"
#include "platform/sweep/plan_space.h"

namespace leyden::sweep {

/// Shares in [0, 1) of every dimension, for draw `index` of a seed.
std::vector<double> random_shares(std::uint64_t seed, std::size_t dimensions, std::uint64_t index);

/// Values of the space's dimensions at shares in [0, 1).
std::vector<Value> values_at(const PlanSpace& space, const std::vector<double>& shares);

/// Plans random and sobol: as many different points as asked for, those of the sequence that
/// satisfy the constraints and equal none before.
std::unique_ptr<Planner> make_sampled(const SweepSpec& spec);

}  // namespace leyden::sweep
