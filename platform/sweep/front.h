#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "platform/sweep/spec.h"

namespace leyden::sweep {

/// A point's objectives with less always better; none when a figure is missing or not finite.
std::optional<std::vector<double>> minimised(const MetricValues& values,
                                             const std::vector<Objective>& objectives);

/// Indices of the points that no other dominates (is as good in all and better in one), ascending.
/// Equal points are on the front together.
/// @param points as many finite objectives each, less is better
/// n log n steps for two objectives, n times the front's size for more
std::vector<std::size_t> pareto_front(const std::vector<std::vector<double>>& points);

/// `count` of the points, spread evenly: those with the least of each objective first, then time
/// after time the one farthest from all chosen, each objective scaled to its range.
/// @return ascending indices, all when there are not more
std::vector<std::size_t> even_selection(const std::vector<std::vector<double>>& points,
                                        std::size_t count);

}  // namespace leyden::sweep
