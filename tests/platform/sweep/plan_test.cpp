#include "platform/sweep/plan.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "models/base/error.h"
#include "tests/platform/sweep/small_sweep.h"

namespace leyden::sweep {
namespace {

const std::string kThree =
    "- {name: a, key: cim.converter.bits, list: [4, 6, 5]}\n"
    "- {name: b, key: cim.rows, range: {from: 10, to: 100, step: 10}}\n"
    "- {name: c, key: cim.supply_v, range: {from: 0.1, to: 0.5, step: 0.1}}\n"
    "- {name: d, key: cim.rows_per_unit, expression: 'b / 4'}\n";

TEST(Grid, IsAllThatLoopsFindUnderTheConstraints) {
  const SweepSpec spec = small_sweep(
      sweep_file(kThree, "{kind: grid}",
                 "constraints: ['a * b <= 300', 'c < 0.35 || d % 5 == 0', 'a != 5']\n"));
  std::vector<std::string> expected;
  for (const int a : {4, 6, 5}) {
    for (int b = 10; b <= 100; b += 10) {
      for (int c = 1; c <= 5; ++c) {
        const int d = (b + 2) / 4;  // half up: 10 / 4 is 3
        if (a * b > 300 || (c > 3 && d % 5 != 0) || a == 5) continue;
        expected.push_back(std::to_string(a) + " " + std::to_string(b) + " 0." + std::to_string(c) +
                           " " + std::to_string(d));
      }
    }
  }
  const std::vector<Point> points = all_points(spec);
  ASSERT_EQ(points.size(), expected.size());
  EXPECT_GT(points.size(), 20u);
  EXPECT_LT(points.size(), 100u);
  EXPECT_EQ(planned_points(spec), points.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    EXPECT_EQ(variables_of(points[i]), expected[i]);
    EXPECT_EQ(points[i].number, i);
    EXPECT_EQ(points[i].depth, Depth::kCost);
  }
}

TEST(Grid, SetsEveryKeyOfAVariable) {
  const SweepSpec spec =
      small_sweep(sweep_file("- {name: v, keys: [cim.supply_v, cim.swing_v], list: [0.5]}\n"
                             "- {name: n, key: network, categories: [x/y.onnx]}\n"));
  const std::vector<Point> points = all_points(spec);
  ASSERT_EQ(points.size(), 1u);
  EXPECT_EQ(points[0].settings,
            (std::vector<Setting>{
                {"cim.supply_v", "0.5"}, {"cim.swing_v", "0.5"}, {"network", "x/y.onnx"}}));
  EXPECT_EQ(variables_of(points[0]), "0.5 x/y.onnx");
}

TEST(Grid, AConstraintKeepsPointsFromAnExpressionWithoutValue) {
  const SweepSpec spec =
      small_sweep(sweep_file("- {name: v, key: cim.supply_v, list: [0, 1, 2]}\n"
                             "- {name: w, key: cim.swing_v, expression: '1 / v'}\n",
                             "{kind: grid}", "constraints: [v > 0, w > 0]\n"));
  const std::vector<Point> points = all_points(spec);
  ASSERT_EQ(points.size(), 2u);
  EXPECT_EQ(variables_of(points[1]), "2 0.5");
}

TEST(Grid, ComesInBatches) {
  const SweepSpec spec =
      small_sweep(sweep_file("- {key: cim.rows, range: {from: 1, to: 4000}}\n"
                             "- {key: cim.converter.bits, list: [1, 2, 3]}\n"));
  std::vector<std::size_t> sizes;
  make_planner(spec)->run([&](const std::vector<Point>& points) {
    sizes.push_back(points.size());
    return std::vector<PointResult>(points.size());
  });
  EXPECT_EQ(sizes, (std::vector<std::size_t>{4096, 4096, 3808}));
}

TEST(Random, DrawsDifferentPointsThatASeedRepeats) {
  const auto text = [&](const std::string& seed) {
    return sweep_file(kThree, "{kind: random, points: 60, seed: " + seed + "}",
                      "constraints: ['a * b <= 300']\n");
  };
  std::set<std::string> different;
  std::vector<std::string> order;
  for (const Point& point : all_points(small_sweep(text("7")))) {
    order.push_back(variables_of(point));
    EXPECT_TRUE(different.insert(order.back()).second);
    EXPECT_LE(std::stoi(point.variables[0].value) * std::stoi(point.variables[1].value), 300);
  }
  EXPECT_EQ(order.size(), 60u);
  std::vector<std::string> again;
  for (const Point& point : all_points(small_sweep(text("7"))))
    again.push_back(variables_of(point));
  EXPECT_EQ(again, order);
  std::vector<std::string> other;
  for (const Point& point : all_points(small_sweep(text("8"))))
    other.push_back(variables_of(point));
  EXPECT_NE(other, order);
}

TEST(Sampled, ALongerPlanBeginsWithTheShorterOne) {
  for (const std::string kind : {"random", "sobol"}) {
    const auto points = [&](const std::string& count) {
      std::vector<std::string> all;
      for (const Point& point : all_points(
               small_sweep(sweep_file(kThree, "{kind: " + kind + ", points: " + count + "}")))) {
        all.push_back(variables_of(point));
      }
      return all;
    };
    std::vector<std::string> longer = points("70");
    longer.resize(30);
    EXPECT_EQ(points("30"), longer);
  }
}

TEST(Random, TakesAllPointsWhenAllAreAskedFor) {
  EXPECT_EQ(all_points(small_sweep(sweep_file(kThree, "{kind: random, points: 150}"))).size(),
            150u);
}

/// Pearson's chi-square of 4000 draws over 16 classes; 30.58 is its 99 % quantile at 15 degrees of
/// freedom.
double chi_square(const std::vector<double>& shares) {
  std::vector<double> count(16);
  for (const double share : shares) ++count.at(static_cast<std::size_t>(share * 16));
  const double expected = static_cast<double>(shares.size()) / 16;
  double sum = 0;
  for (const double n : count) sum += (n - expected) * (n - expected) / expected;
  return sum;
}

TEST(Random, IsUniformInARangeAndInTheLogarithmOfALogRange) {
  const SweepSpec spec = small_sweep(
      sweep_file("- {name: v, key: cim.supply_v, range: {from: 1, to: 3}}\n"
                 "- {name: f, key: system.clock_mhz, log_range: {from: 0.01, to: 1000}}\n",
                 "{kind: random, points: 4000}"));
  std::vector<double> v;
  std::vector<double> f;
  for (const Point& point : all_points(spec)) {
    v.push_back((std::stod(point.variables[0].value) - 1) / 2);
    f.push_back((std::log10(std::stod(point.variables[1].value)) + 2) / 5);
  }
  EXPECT_LT(chi_square(v), 30.58);
  EXPECT_LT(chi_square(f), 30.58);
}

TEST(SobolPlan, IsBalancedInEveryElementaryInterval) {
  // 2^k points from the first: a (0, k, 2)-net in base 2, one point in each interval of area 2^-k.
  constexpr int kPower = 8;
  const SweepSpec spec =
      small_sweep(sweep_file("- {name: v, key: cim.supply_v, range: {from: 0, to: 1}}\n"
                             "- {name: w, key: cim.swing_v, range: {from: 0, to: 1}}\n",
                             "{kind: sobol, points: 256}"));
  const std::vector<Point> points = all_points(spec);
  ASSERT_EQ(points.size(), 256u);
  for (int rows = 0; rows <= kPower; ++rows) {
    std::map<std::pair<int, int>, int> count;
    for (const Point& point : points) {
      const double v = std::stod(point.variables[0].value);
      const double w = std::stod(point.variables[1].value);
      ++count[{static_cast<int>(v * (1 << rows)), static_cast<int>(w * (1 << (kPower - rows)))}];
    }
    EXPECT_EQ(count.size(), 256u) << rows;
  }
}

TEST(SobolPlan, TakesMixedVariablesAndConstraintsAndNoPointTwice) {
  const SweepSpec spec = small_sweep(
      sweep_file(kThree, "{kind: sobol, points: 50, seed: 5}", "constraints: ['a + b < 60']\n"));
  std::set<std::string> different;
  for (const Point& point : all_points(spec)) different.insert(variables_of(point));
  EXPECT_EQ(different.size(), 50u);
}

TEST(Sensitivity, MovesOneVariableAtATimeAroundTheBase) {
  const SweepSpec spec = small_sweep(
      sweep_file("- {name: a, key: cim.converter.bits, list: [4, 5]}\n"
                 "- {name: k, key: cim.converter.kind, categories: [sar, flash]}\n"
                 "- {name: v, key: cim.supply_v, range: {from: 0.5, to: 0.9, step: 0.2}}\n"
                 "- {name: w, key: cim.swing_v, expression: 'v / 2'}\n",
                 "{kind: sensitivity, around: {v: 0.8}}", "constraints: ['a + v < 5.8']\n"));
  std::vector<std::string> points;
  for (const Point& point :
       all_points(spec, {{"cim.converter.bits", "4"}, {"cim.converter.kind", "flash"}})) {
    points.push_back(variables_of(point));
  }
  EXPECT_EQ(points,
            (std::vector<std::string>{"4 flash 0.8 0.4", "4 sar 0.8 0.4", "4 flash 0.5 0.25",
                                      "4 flash 0.7 0.35", "4 flash 0.9 0.45"}));
}

TEST(BaseValuesTest, AreTheChipsAndTheRuns) {
  base::ParameterSet chip;
  for (const chip::Scope& scope : small_scopes()) chip.declare(scope.name, scope.specs);
  chip.set_text("cim.rows", "256", base::Source::kAssumed, "", "test");
  chip.set_text("cim.converter.kind", "flash", base::Source::kAssumed, "", "test");
  Base base;
  base.chip = "imagine";
  base.quantise = {"weight_bits=2"};
  const BaseValues values = base_values(base, chip);
  EXPECT_EQ(values.at("cim.rows"), "256");
  EXPECT_EQ(values.at("cim.converter.kind"), "flash");
  EXPECT_EQ(values.at("quantise.weight_bits"), "2");
  EXPECT_EQ(values.at("chip"), "imagine");
  EXPECT_EQ(values.at("images"), "100");
  EXPECT_EQ(values.count("cim.supply_v"), 0u);
}

}  // namespace
}  // namespace leyden::sweep
