#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "models/base/parameter.h"
#include "platform/sweep/spec.h"

namespace leyden::sweep {

/// Most points of a plan.
inline constexpr std::uint64_t kMostPlanned = 10'000'000;
/// Most points of a batch.
inline constexpr std::size_t kBatchPoints = 4096;

/// Evaluates points and returns their results, one each, in the same order. What it throws (a
/// person ends the sweep) ends the plan.
using EvaluateBatch = std::function<std::vector<PointResult>(const std::vector<Point>& points)>;

/// Chooses points, batch by batch; an optimising one learns from the results. The points are
/// numbered from 0 in the order in which they are given, and depend on the spec and on earlier
/// results alone: a sweep that was interrupted runs its plan again and answers from its store.
class Planner {
 public:
  virtual ~Planner() = default;
  /// How many points run() gives; at most so many for an optimising plan.
  virtual std::uint64_t planned() const = 0;
  /// Gives all points of the plan. To be called once.
  /// @throws base::UsageError where the plan cannot go on: an expression has no value at a point,
  /// or no point of an optimising plan's first generation has the objectives
  virtual void run(const EvaluateBatch& evaluate) = 0;
};

/// What the keys of a sweep have without its settings, as text; for plans around the base.
using BaseValues = std::map<std::string, std::string>;

/// @param chip the base's effective chip, with base.set
BaseValues base_values(const Base& base, const base::ParameterSet& chip);

/// @param values only for plan sensitivity, where `around` does not name every variable
/// @throws base::UsageError for a plan without a point (constraints that contradict each other are
/// named) or with too many
std::unique_ptr<Planner> make_planner(const SweepSpec& spec, const BaseValues& values = {});

/// Planner::planned() of a spec's plan.
std::uint64_t planned_points(const SweepSpec& spec, const BaseValues& values = {});

}  // namespace leyden::sweep
