#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace leyden::sweep {

/// One figure of a point. Costs are means over the images of the point.
struct Metric {
  std::string name;     ///< with its unit, a column of the results: "latency_us"
  std::string text;     ///< what it is, one sentence
  int better = 0;       ///< -1: less is better, 1: more is, 0: neither
  bool values = false;  ///< only known where values are computed (depth full)
};

/// All metrics, in the order of the columns of the results: the one table of them. First the
/// figures a person optimises, then what the cycles and the energy are made of.
const std::vector<Metric>& metrics();

/// Index in metrics(). @throws base::UsageError with "did you mean"; `where` begins the sentence
std::size_t metric_index(std::string_view name, const std::string& where);

/// The figures of one point, as metrics(); none where the depth does not tell one.
using MetricValues = std::vector<std::optional<double>>;

/// No figure yet of any metric.
MetricValues no_metrics();

/// @throws base::ModelError when there is no such metric: for names the program itself writes
void set_metric(MetricValues& values, std::string_view name, double value);
std::optional<double> metric(const MetricValues& values, std::string_view name);

}  // namespace leyden::sweep
