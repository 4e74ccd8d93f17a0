#pragma once

#include <string>
#include <vector>

#include "platform/sweep/plan.h"

namespace leyden::sweep {

/// Keys of a chip that is there for tests only.
inline std::vector<chip::Scope> small_scopes() {
  return {{"cim",
           {{"rows", "1", 1, 4096, true, {}, "Rows"},
            {"rows_per_unit", "1", 1, 512, true, {}, "Rows of a unit"},
            {"converter.bits", "1", 1, 12, true, {}, "Bits"},
            {"converter.kind", "", 0, 0, false, {"sar", "flash"}, "Kind"},
            {"supply_v", "V", 0, 5, false, {}, "Supply"},
            {"swing_v", "V", 0, 5, false, {}, "Swing"}},
           {}},
          {"system", {{"clock_mhz", "MHz", 0.001, 10000, false, {}, "Clock"}}, {}}};
}

/// A sweep file of these parts. @param variables lines of the list, each "- {...}"
inline std::string sweep_file(const std::string& variables,
                              const std::string& plan = "{kind: grid}",
                              const std::string& rest = "", const std::string& depth = "cost") {
  return "base: {chip: imagine, network: resnet20-cifar10}\ndepth: " + depth + "\nvariables:\n" +
         variables + "plan: " + plan + "\n" + rest;
}

inline SweepSpec small_sweep(const std::string& text) {
  return load_sweep_text(text, "a.yaml", small_scopes());
}

/// All points of a plan; every result is good and without figures.
inline std::vector<Point> all_points(const SweepSpec& spec, const BaseValues& values = {}) {
  std::vector<Point> all;
  make_planner(spec, values)->run([&](const std::vector<Point>& points) {
    all.insert(all.end(), points.begin(), points.end());
    return std::vector<PointResult>(points.size());
  });
  return all;
}

/// Values of a point's variables, "3 sar 0.5".
inline std::string variables_of(const Point& point) {
  std::string text;
  for (const VariableValue& one : point.variables) text += (text.empty() ? "" : " ") + one.value;
  return text;
}

}  // namespace leyden::sweep
