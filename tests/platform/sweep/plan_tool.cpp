// What tests in Python compare with: the points of a sweep file's plan, or values of expressions.
//
//   sweep_plan_tool points FILE    one line of JSON a point: its settings by key
//   sweep_plan_tool evaluate       lines "EXPRESSION" on standard input, with x = 3.5, y = -2, z =
//   7;
//                                  one value a line
//   sweep_plan_tool metrics        name, which is better, depth and text of every metric, by tabs
//   sweep_plan_tool functions      names of the functions of expressions
#include <iostream>
#include <string>

#include "models/base/error.h"
#include "platform/chip/chip_parameters.h"
#include "platform/sweep/expression.h"
#include "platform/sweep/metrics.h"
#include "platform/sweep/plan.h"

namespace leyden::sweep {
namespace {

void print_points(const std::string& file) {
  const SweepSpec spec = load_sweep_file(file, chip::chip_scopes());
  make_planner(spec)->run([](const std::vector<Point>& points) {
    for (const Point& point : points) {
      std::cout << "{";
      for (std::size_t i = 0; i < point.settings.size(); ++i) {
        std::cout << (i == 0 ? "\"" : ", \"") << point.settings[i].key << "\": \""
                  << point.settings[i].value << "\"";
      }
      std::cout << "}\n";
    }
    return std::vector<PointResult>(points.size());
  });
}

void print_values() {
  std::cout.precision(17);
  for (std::string line; std::getline(std::cin, line);) {
    const Expression expression(line, {"x", "y", "z"}, "expression");
    std::cout << expression.evaluate({3.5, -2, 7}) << "\n";
  }
}

void print_metrics() {
  for (const Metric& metric : metrics()) {
    const char* better = metric.better < 0 ? "less" : metric.better > 0 ? "more" : "–";
    std::cout << metric.name << "\t" << better << "\t" << (metric.values ? "full" : "both") << "\t"
              << metric.text << "\n";
  }
}

}  // namespace
}  // namespace leyden::sweep

int sc_main(int /*count*/, char** /*words*/) { return 0; }  // the chip's models bring SystemC

int main(int count, char** words) {
  try {
    const std::string task = count > 1 ? words[1] : "";
    if (task == "points" && count == 3) {
      leyden::sweep::print_points(words[2]);
    } else if (task == "evaluate" && count == 2) {
      leyden::sweep::print_values();
    } else if (task == "metrics") {
      leyden::sweep::print_metrics();
    } else if (task == "functions") {
      for (const std::string& name : leyden::sweep::expression_functions()) {
        std::cout << name << "\n";
      }
    } else {
      std::cerr << "sweep_plan_tool points FILE | evaluate | metrics | functions\n";
      return 2;
    }
    return 0;
  } catch (const leyden::base::Error& error) {
    std::cerr << error.what() << "\n";
    return static_cast<int>(error.status());
  }
}
