#include "platform/sweep/optimise.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <set>

#include <gtest/gtest.h>

#include "models/base/error.h"
#include "platform/sweep/front.h"
#include "tests/platform/sweep/small_sweep.h"

namespace leyden::sweep {
namespace {

using Two = std::pair<double, double>;
using Problem = std::function<std::optional<Two>(const std::vector<double>&)>;

const std::string kObjectives = "objectives: [latency_us, energy_nj]\n";

/// What a run of a plan gave: points in order, their objectives (none: failed).
struct Outcome {
  std::vector<Point> points;
  std::vector<std::optional<Two>> figures;

  std::vector<Two> front() const {
    std::vector<std::vector<double>> good;
    for (const auto& one : figures) {
      if (one) good.push_back({one->first, one->second});
    }
    std::vector<Two> front;
    for (const std::size_t i : pareto_front(good)) front.emplace_back(good[i][0], good[i][1]);
    std::sort(front.begin(), front.end());
    return front;
  }
};

Outcome optimised(const std::string& file, const Problem& problem) {
  Outcome outcome;
  make_planner(small_sweep(file))->run([&](const std::vector<Point>& points) {
    std::vector<PointResult> results;
    for (const Point& point : points) {
      EXPECT_EQ(point.number, outcome.points.size());
      std::vector<double> x;
      for (const VariableValue& one : point.variables) {
        x.push_back(one.value == "sar" ? 0 : one.value == "flash" ? 1 : std::stod(one.value));
      }
      const std::optional<Two> figures = problem(x);
      PointResult result;
      result.number = point.number;
      if (figures) {
        set_metric(result.metrics, "latency_us", figures->first);
        set_metric(result.metrics, "energy_nj", figures->second);
      } else {
        result.status = base::ExitStatus::kUsage;
        result.message = "It does not fit.";
      }
      results.push_back(result);
      outcome.points.push_back(point);
      outcome.figures.push_back(figures);
    }
    return results;
  });
  return outcome;
}

std::string refused(const std::string& file, const Problem& problem) {
  try {
    optimised(file, problem);
  } catch (const base::UsageError& error) {
    return error.what();
  }
  return "";
}

/// ZDT1 (Zitzler, Deb, Thiele): f1 = x1, g = 1 + 9 mean(x2...), f2 = g (1 - sqrt(f1 / g)). The
/// front has g = 1: f2 = 1 - sqrt(f1).
std::optional<Two> zdt1(const std::vector<double>& x) {
  double sum = 0;
  for (std::size_t i = 1; i < x.size(); ++i) sum += x[i];
  const double g = 1 + 9 * sum / static_cast<double>(x.size() - 1);
  return Two{x[0], g * (1 - std::sqrt(x[0] / g))};
}

std::string unit_variables() {
  return "- {name: x, key: cim.supply_v, range: {from: 0, to: 1}}\n"
         "- {name: y, key: cim.swing_v, range: {from: 0, to: 1}}\n"
         "- {name: z, key: system.clock_mhz, range: {from: 0.001, to: 1}}\n";
}

/// Mean height of the found points above the front of ZDT1, and the widest gap in f1 between them.
void expect_near_zdt1(const Outcome& outcome, double mean_height, double widest) {
  const std::vector<Two> front = outcome.front();
  double height = 0;
  double gap = front.front().first;
  for (std::size_t i = 0; i < front.size(); ++i) {
    height += front[i].second - (1 - std::sqrt(front[i].first));
    if (i > 0) gap = std::max(gap, front[i].first - front[i - 1].first);
  }
  height /= static_cast<double>(front.size());
  EXPECT_GE(height, 0);
  EXPECT_LT(height, mean_height);
  EXPECT_LT(std::max(gap, 1 - front.back().first), widest);
}

TEST(Nsga2, FindsTheFrontOfZdt1) {
  const Outcome outcome = optimised(
      sweep_file(unit_variables(), "{kind: optimise, population: 40, generations: 50, seed: 3}",
                 kObjectives),
      zdt1);
  EXPECT_LE(outcome.points.size(), 40u * 51u);
  expect_near_zdt1(outcome, 0.02, 0.1);
}

TEST(Moead, FindsTheFrontOfZdt1) {
  // One objective is ten thousand times the other: they count the same.
  Outcome outcome = optimised(
      sweep_file(unit_variables(),
                 "{kind: optimise, algorithm: moead, population: 40, generations: 50, seed: 3}",
                 kObjectives),
      [](const std::vector<double>& x) {
        return Two{zdt1(x)->first, 1e4 * zdt1(x)->second};
      });
  for (auto& one : outcome.figures) one->second /= 1e4;
  expect_near_zdt1(outcome, 0.02, 0.1);
}

/// Mixed: x real, n whole, k a category. Schaffer's (x^2, (x - 2)^2) with a cost for n != 7 and
/// for flash: the front is n = 7, sar, 0 <= x <= 2, where sqrt(f1) + sqrt(f2) = 2.
std::optional<Two> mixed(const std::vector<double>& x) {
  const double away = std::fabs(x[1] - 7) + x[2];
  return Two{x[0] * x[0] + away, (x[0] - 2) * (x[0] - 2) + away};
}

const std::string kMixed =
    "- {name: x, key: cim.supply_v, range: {from: 0, to: 5}}\n"
    "- {name: n, key: cim.rows, range: {from: 1, to: 40}}\n"
    "- {name: k, key: cim.converter.kind, categories: [flash, sar]}\n";

TEST(Nsga2, FindsTheFrontOfAMixedProblem) {
  const Outcome outcome = optimised(
      sweep_file(kMixed, "{kind: optimise, population: 40, generations: 40}", kObjectives), mixed);
  double mean = 0;
  const std::vector<Two> front = outcome.front();
  for (const Two& one : front) mean += std::sqrt(one.first) + std::sqrt(one.second) - 2;
  mean /= static_cast<double>(front.size());
  EXPECT_GE(mean, -1e-12);
  EXPECT_LT(mean, 0.01);
  EXPECT_GT(front.size(), 30u);
  EXPECT_LT(front.front().first, 0.01);
  EXPECT_LT(front.back().second, 0.01);
}

TEST(Nsga2, StaysWithinConstraintsAndFindsTheirEdge) {
  const Outcome outcome =
      optimised(sweep_file(kMixed, "{kind: optimise, population: 40, generations: 40}",
                           kObjectives + "constraints: ['x >= 1', 'n >= 10']\n"),
                mixed);
  for (const Point& point : outcome.points) {
    EXPECT_GE(std::stod(point.variables[0].value), 1);
    EXPECT_GE(std::stod(point.variables[1].value), 10);
  }
  // The front: n = 10, sar, 1 <= x <= 2, so f1 from 4 to 7 and f2 from 4 down to 3.
  double mean = 0;
  const std::vector<Two> front = outcome.front();
  for (const Two& one : front) mean += std::sqrt(one.first - 3) + std::sqrt(one.second - 3) - 2;
  EXPECT_LT(mean / static_cast<double>(front.size()), 0.01);
  EXPECT_LT(front.front().first, 4.05);
  EXPECT_GT(front.back().first, 6.8);
}

TEST(Nsga2, GoesOnAroundPointsThatFail) {
  const Outcome outcome = optimised(
      sweep_file(kMixed, "{kind: optimise, population: 40, generations: 40}", kObjectives),
      [](const std::vector<double>& x) { return x[2] == 0 ? std::nullopt : mixed(x); });
  EXPECT_GT(std::count(outcome.figures.begin(), outcome.figures.end(), std::nullopt), 5);
  // flash alone is left: the front is one off.
  const std::vector<Two> front = outcome.front();
  double mean = 0;
  for (const Two& one : front) mean += std::sqrt(one.first - 1) + std::sqrt(one.second - 1) - 2;
  EXPECT_LT(mean / static_cast<double>(front.size()), 0.01);
}

TEST(Optimiser, GivesNoPointTwiceAndKeepsItsBudget) {
  const std::string file =
      sweep_file(kMixed, "{kind: optimise, population: 20, points: 130}", kObjectives);
  const Outcome outcome = optimised(file, mixed);
  EXPECT_EQ(outcome.points.size(), 130u);
  EXPECT_EQ(planned_points(small_sweep(file)), 130u);
  std::set<std::string> different;
  for (const Point& point : outcome.points) different.insert(variables_of(point));
  EXPECT_EQ(different.size(), 130u);
}

TEST(Optimiser, EndsWhenNoPointIsLeft) {
  const std::string file = sweep_file(
      "- {name: n, key: cim.rows, range: {from: 1, to: 6}}\n"
      "- {name: k, key: cim.converter.kind, categories: [flash, sar]}\n"
      "- {name: one, key: cim.supply_v, list: [1]}\n",
      "{kind: optimise, population: 8, points: 500000}", kObjectives);
  EXPECT_EQ(planned_points(small_sweep(file)), 12u);
  const Outcome outcome = optimised(file, [](const std::vector<double>& x) {
    return Two{x[0], -x[0] + x[1]};
  });
  EXPECT_LE(outcome.points.size(), 12u);
  EXPECT_EQ(outcome.front().size(), 6u);
}

TEST(Optimiser, RepeatsItselfForASeedAndEqualResults) {
  for (const std::string algorithm : {"nsga2", "moead"}) {
    const auto points = [&](const std::string& seed) {
      std::vector<std::string> all;
      const std::string plan =
          "{kind: optimise, population: 12, generations: 6, algorithm: " + algorithm +
          ", seed: " + seed + "}";
      for (const Point& point :
           optimised(sweep_file(unit_variables(), plan, kObjectives), zdt1).points) {
        all.push_back(variables_of(point));
      }
      return all;
    };
    EXPECT_EQ(points("5"), points("5"));
    EXPECT_NE(points("5"), points("6"));
  }
}

TEST(Optimiser, TakesMoreWhereMoreIsBetter) {
  // f1 = x to be large, f2 = x^2 to be small: every x is on the front; n = 40 is best for both.
  const std::string file =
      sweep_file(kMixed, "{kind: optimise, population: 40, generations: 30}",
                 "objectives: [{metric: latency_us, better: more}, energy_nj]\n");
  std::vector<std::vector<double>> all;
  const Outcome outcome = optimised(file, [](const std::vector<double>& x) {
    return Two{x[0] + x[1], x[0] * x[0] + 40 - x[1]};
  });
  for (const auto& one : outcome.figures) all.push_back({-one->first, one->second});
  double largest = 0;
  for (const std::size_t i : pareto_front(all)) {
    largest = std::max(largest, all[i][1] - (-all[i][0] - 40) * (-all[i][0] - 40));
  }
  EXPECT_NEAR(largest, 0, 1e-9);  // f2 = (f1 - 40)^2 on the front
}

TEST(Optimiser, TakesThreeObjectives) {
  // Squared distances to (0, 0), (1, 0) and (0, 1), plus z: the front is their triangle, z least.
  for (const std::string algorithm : {"nsga2", "moead"}) {
    const SweepSpec spec = small_sweep(sweep_file(
        unit_variables(),
        "{kind: optimise, population: 60, generations: 40, algorithm: " + algorithm + "}",
        "objectives: [latency_us, energy_nj, area_mm2]\n"));
    std::vector<std::vector<double>> figures;
    std::vector<std::vector<double>> where;
    make_planner(spec)->run([&](const std::vector<Point>& points) {
      std::vector<PointResult> results(points.size());
      for (std::size_t i = 0; i < points.size(); ++i) {
        const double x = std::stod(points[i].variables[0].value);
        const double y = std::stod(points[i].variables[1].value);
        const double z = std::stod(points[i].variables[2].value);
        figures.push_back(
            {x * x + y * y + z, (x - 1) * (x - 1) + y * y + z, x * x + (y - 1) * (y - 1) + z});
        where.push_back({x, y, z});
        set_metric(results[i].metrics, "latency_us", figures.back()[0]);
        set_metric(results[i].metrics, "energy_nj", figures.back()[1]);
        set_metric(results[i].metrics, "area_mm2", figures.back()[2]);
      }
      return results;
    });
    for (std::size_t k = 0; k < 3; ++k) {
      double least = 10;
      for (const auto& one : figures) least = std::min(least, one[k]);
      EXPECT_LT(least, 0.03) << algorithm << " " << k;
    }
    double outside = 0;
    const std::vector<std::size_t> front = pareto_front(figures);
    for (const std::size_t i : front) {
      outside += std::max(0.0, where[i][0] + where[i][1] - 1) + where[i][2];
    }
    EXPECT_GT(front.size(), 60u) << algorithm;
    EXPECT_LT(outside / static_cast<double>(front.size()), 0.03) << algorithm;
  }
}

TEST(Optimiser, AFirstGenerationWithoutOneGoodPointIsTold) {
  const std::string file =
      sweep_file(kMixed, "{kind: optimise, population: 8, generations: 5}", kObjectives);
  EXPECT_EQ(refused(file, [](const std::vector<double>&) { return std::nullopt; }),
            "a.yaml:7: plan cannot go on: none of the 8 points of the first generation is good and "
            "has all objectives; the first says: It does not fit.");
  EXPECT_EQ(refused(file,
                    [](const std::vector<double>&) {
                      return Two{std::numeric_limits<double>::quiet_NaN(), 1};
                    }),
            "a.yaml:7: plan cannot go on: none of the 8 points of the first generation is good and "
            "has all objectives.");
}

struct Stopped {};

TEST(Optimiser, WhatTheEvaluationThrowsEndsIt) {
  for (const std::string algorithm : {"nsga2", "moead"}) {
    const auto planner = make_planner(small_sweep(
        sweep_file(unit_variables(),
                   "{kind: optimise, population: 8, generations: 5, algorithm: " + algorithm + "}",
                   kObjectives)));
    int batches = 0;
    const auto run = [&] {
      planner->run([&](const std::vector<Point>& points) {
        if (++batches == 3) throw Stopped();
        std::vector<PointResult> results(points.size());
        for (std::size_t i = 0; i < results.size(); ++i) {
          set_metric(results[i].metrics, "latency_us", static_cast<double>(i));
          set_metric(results[i].metrics, "energy_nj", -static_cast<double>(i));
        }
        return results;
      });
    };
    EXPECT_THROW(run(), Stopped);
  }
}

}  // namespace
}  // namespace leyden::sweep
