#include "platform/cli/sweep_tables.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "platform/report/text_table.h"
#include "platform/sweep/sweep_json.h"

namespace leyden::cli {
namespace {

constexpr std::size_t kMostRows = 24;
// What the cost model must reach against full runs (docs/sweep-cost.md).
constexpr double kCyclesBoundPercent = 2;
constexpr double kEnergyBoundPercent = 5;

std::string format(const char* form, double value) {
  char text[64];
  std::snprintf(text, sizeof text, form, value);
  return text;
}

/// A number of a variable, as many digits as a person reads; the results have all.
std::string shortened(const std::string& number) {
  return format("%.6g", std::strtod(number.c_str(), nullptr));
}

std::string count_of(std::uint64_t points) {
  return std::to_string(points) + (points == 1 ? " point" : " points");
}

std::string front_table(const sweep::Store& store, unsigned width) {
  const sweep::SweepAbout& about = store.about();
  if (about.objectives.empty()) return "";
  const std::vector<sweep::StoredPoint> front = sweep::front_of(store).points;
  report::TextTable table("point");
  for (const sweep::StoredObjective& objective : about.objectives) {
    table.add_column(objective.metric);
  }
  for (const sweep::StoredVariable& variable : about.variables) {
    table.add_column(variable.name, variable.number ? report::TextTable::Kind::kNumber
                                                    : report::TextTable::Kind::kWord);
  }
  const std::size_t rows = std::min(front.size(), kMostRows);
  for (std::size_t row = 0; row < rows; ++row) {
    std::vector<std::string> cells;
    for (const sweep::StoredObjective& objective : about.objectives) {
      cells.push_back(format("%.6g", *sweep::metric(front[row].result.metrics, objective.metric)));
    }
    for (const sweep::StoredVariable& variable : about.variables) {
      cells.emplace_back();
      for (const sweep::VariableValue& value : front[row].point.variables) {
        if (value.name == variable.name)
          cells.back() = variable.number ? shortened(value.value) : value.value;
      }
    }
    table.add_row(std::to_string(front[row].point.number), cells);
  }
  std::string text = "Pareto front, " + count_of(front.size());
  if (rows < front.size()) text += ", the first " + std::to_string(rows) + " (--csv has all)";
  return text + ":\n" + table.text(width) + "\n";
}

std::string bound(double worst, double most) {
  return format("%.3g %%", worst) + (worst <= most ? " (bound " : ", ABOVE THE BOUND (") +
         format("%.0f %%)", most);
}

std::string confirmed_table(const sweep::Store& store, unsigned width) {
  const std::vector<sweep::Confirmed> confirmed = store.confirmed();
  if (confirmed.empty()) return "";
  report::TextTable table("point");
  table.add_column("cycles error %");
  table.add_column("energy error %");
  double worst_cycles = 0;
  double worst_energy = 0;
  for (const sweep::Confirmed& point : confirmed) {
    table.add_row(std::to_string(point.number), {format("%+.3f", point.cycles_error_percent),
                                                 format("%+.3f", point.energy_error_percent)});
    worst_cycles = std::max(worst_cycles, std::abs(point.cycles_error_percent));
    worst_energy = std::max(worst_energy, std::abs(point.energy_error_percent));
  }
  return "Cost model against full runs:\n" + table.text(width) + "at most " +
         bound(worst_cycles, kCyclesBoundPercent) + " in cycles, " +
         bound(worst_energy, kEnergyBoundPercent) + " in energy\n\n";
}

}  // namespace

std::string sweep_summary(const sweep::Store& store, const sweep::SweepCounts& counts,
                          unsigned width) {
  std::string text = front_table(store, width) + confirmed_table(store, width) + store.path() +
                     ": " + count_of(counts.done + counts.failed) + ", " +
                     std::to_string(counts.done) + " done, " + std::to_string(counts.failed) +
                     " failed";
  if (counts.known > 0) text += "; " + std::to_string(counts.known) + " known before";
  text += "\n";
  if (!counts.first_failure.empty()) text += "first failure: " + counts.first_failure + "\n";
  return text;
}

}  // namespace leyden::cli
