#include "platform/sweep/front.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace leyden::sweep {
namespace {

using Objectives = std::vector<double>;

bool dominates(const Objectives& a, const Objectives& b) {
  bool better = false;
  for (std::size_t k = 0; k < a.size(); ++k) {
    if (a[k] > b[k]) return false;
    better = better || a[k] < b[k];
  }
  return better;
}

/// Indices in ascending order of the points; nothing dominates a point before it.
std::vector<std::size_t> sorted(const std::vector<Objectives>& points) {
  std::vector<std::size_t> order(points.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return points[a] != points[b] ? points[a] < points[b] : a < b;
  });
  return order;
}

double squared_distance(const Objectives& a, const Objectives& b, const Objectives& scale) {
  double sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    const double difference = (a[k] - b[k]) * scale[k];
    sum += difference * difference;
  }
  return sum;
}

}  // namespace

std::optional<Objectives> minimised(const MetricValues& values,
                                    const std::vector<Objective>& objectives) {
  Objectives point;
  for (const Objective& objective : objectives) {
    const std::optional<double>& value = values.at(objective.metric);
    if (!value || !std::isfinite(*value)) return std::nullopt;
    point.push_back(objective.better > 0 ? -*value : *value);
  }
  return point;
}

std::vector<std::size_t> pareto_front(const std::vector<Objectives>& points) {
  std::vector<std::size_t> front;
  const std::vector<std::size_t> order = sorted(points);
  const bool two = !points.empty() && points.front().size() == 2;
  for (const std::size_t i : order) {
    bool dominated = false;
    if (two) {
      // The last of the front has the least second objective so far, and no larger first one.
      dominated = !front.empty() && dominates(points[front.back()], points[i]);
    } else {
      dominated = std::any_of(front.begin(), front.end(),
                              [&](std::size_t k) { return dominates(points[k], points[i]); });
    }
    if (!dominated) front.push_back(i);
  }
  std::sort(front.begin(), front.end());
  return front;
}

std::vector<std::size_t> even_selection(const std::vector<Objectives>& points, std::size_t count) {
  std::vector<std::size_t> chosen;
  if (points.size() <= count) {
    chosen.resize(points.size());
    std::iota(chosen.begin(), chosen.end(), std::size_t{0});
    return chosen;
  }
  const std::size_t objectives = points.front().size();
  Objectives scale(objectives);
  std::vector<double> distance(points.size(), std::numeric_limits<double>::infinity());
  const auto choose = [&](std::size_t i) {
    chosen.push_back(i);
    for (std::size_t k = 0; k < points.size(); ++k) {
      distance[k] = std::min(distance[k], squared_distance(points[k], points[i], scale));
    }
    distance[i] = -1;  // never again
  };
  std::vector<std::size_t> ends;
  for (std::size_t k = 0; k < objectives; ++k) {
    const auto [least, most] =
        std::minmax_element(points.begin(), points.end(),
                            [k](const Objectives& a, const Objectives& b) { return a[k] < b[k]; });
    const double range = (*most)[k] - (*least)[k];
    scale[k] = range > 0 ? 1 / range : 0;
    ends.push_back(static_cast<std::size_t>(least - points.begin()));
  }
  for (const std::size_t end : ends) {
    if (chosen.size() < count && distance[end] >= 0) choose(end);
  }
  while (chosen.size() < count) {
    choose(static_cast<std::size_t>(std::max_element(distance.begin(), distance.end()) -
                                    distance.begin()));
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

}  // namespace leyden::sweep
