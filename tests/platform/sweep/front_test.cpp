#include "platform/sweep/front.h"

#include <cmath>
#include <limits>
#include <random>
#include <set>

#include <gtest/gtest.h>

namespace leyden::sweep {
namespace {

using Points = std::vector<std::vector<double>>;

/// By the definition, every pair compared.
std::vector<std::size_t> brute_force(const Points& points) {
  std::vector<std::size_t> front;
  for (std::size_t i = 0; i < points.size(); ++i) {
    bool dominated = false;
    for (const std::vector<double>& other : points) {
      bool as_good = true;
      bool better = false;
      for (std::size_t k = 0; k < other.size(); ++k) {
        as_good = as_good && other[k] <= points[i][k];
        better = better || other[k] < points[i][k];
      }
      dominated = dominated || (as_good && better);
    }
    if (!dominated) front.push_back(i);
  }
  return front;
}

/// @param levels few: many ties and equal points
Points drawn(std::size_t count, std::size_t objectives, unsigned levels, unsigned seed) {
  std::mt19937 random(seed);
  Points points(count, std::vector<double>(objectives));
  for (auto& point : points) {
    for (double& figure : point) figure = static_cast<double>(random() % levels);
  }
  return points;
}

TEST(Front, IsWhatBruteForceFinds) {
  std::size_t largest = 0;
  for (unsigned seed = 0; seed < 60; ++seed) {
    for (const std::size_t objectives : {1u, 2u, 3u, 5u}) {
      const Points points = drawn(1 + seed * 4, objectives, seed % 2 == 0 ? 12 : 100000, seed);
      const std::vector<std::size_t> front = pareto_front(points);
      ASSERT_EQ(front, brute_force(points)) << seed << " " << objectives;
      largest = std::max(largest, front.size());
    }
  }
  EXPECT_GT(largest, 20u);
}

TEST(Front, KeepsEqualPointsTogether) {
  EXPECT_EQ(pareto_front({{1, 2}, {2, 1}, {1, 2}, {2, 2}}), (std::vector<std::size_t>{0, 1, 2}));
  EXPECT_TRUE(pareto_front({}).empty());
}

TEST(Front, OfAMillionPointsIsFast) {
  // Not an n^2 search: that would take hours.
  EXPECT_FALSE(pareto_front(drawn(1000000, 2, 1000000000, 1)).empty());
}

TEST(EvenSelection, TakesTheEndsAndIsSpread) {
  Points line;
  for (int i = 0; i <= 100; ++i) line.push_back({i * 1e-6, (100 - i) * 1e6});
  EXPECT_EQ(even_selection(line, 5), (std::vector<std::size_t>{0, 25, 50, 75, 100}));
  EXPECT_EQ(even_selection(line, 2), (std::vector<std::size_t>{0, 100}));
  EXPECT_EQ(even_selection(line, 1), (std::vector<std::size_t>{0}));
  EXPECT_EQ(even_selection({{1, 2}, {2, 1}}, 5), (std::vector<std::size_t>{0, 1}));
  EXPECT_TRUE(even_selection({}, 5).empty());
}

TEST(EvenSelection, NeverTakesAPointTwice) {
  const std::vector<std::size_t> chosen = even_selection(Points(10, {1.0, 1.0}), 4);
  EXPECT_EQ(std::set<std::size_t>(chosen.begin(), chosen.end()).size(), 4u);
}

TEST(Minimised, TurnsWhatIsBetterWhenItIsMore) {
  MetricValues values = no_metrics();
  set_metric(values, "latency_us", 3);
  set_metric(values, "efficiency_tops_per_w", 5);
  const std::vector<Objective> objectives = {{metric_index("latency_us", ""), -1},
                                             {metric_index("efficiency_tops_per_w", ""), 1}};
  EXPECT_EQ(minimised(values, objectives), (std::vector<double>{3, -5}));
  set_metric(values, "latency_us", std::numeric_limits<double>::quiet_NaN());
  EXPECT_FALSE(minimised(values, objectives));
  EXPECT_FALSE(minimised(no_metrics(), objectives));
}

}  // namespace
}  // namespace leyden::sweep
