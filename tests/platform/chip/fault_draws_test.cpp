#include "platform/chip/faults/fault_draws.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

namespace leyden::chip {
namespace {

constexpr double kZ = 2.5758293035489004;  // 99 %, both sides

base::StreamKey key(std::uint32_t image) { return {7, image, 0, 3, kFlipRateStream}; }

TEST(FaultDraws, FlipsAreAPoissonProcess) {
  // 400 images of 10,000 cycles at 0.0015 flips a cycle: 6,000 expected.
  constexpr double kRate = 0.0015;
  constexpr std::uint64_t kBits = 8 * 3000;
  std::vector<unsigned> histogram(64);
  std::uint64_t all = 0;
  double places = 0;
  for (std::uint32_t image = 0; image < 400; ++image) {
    FlipProcess flips(key(image), kBits, kRate);
    unsigned count = 0;
    for (FlipProcess::Flip flip = flips.next(); flip.cycle < 10000; flip = flips.next()) {
      ASSERT_LT(flip.bit, kBits);
      places += static_cast<double>(flip.bit);
      ++count;
    }
    all += count;
    ++histogram[count];
  }
  EXPECT_NEAR(static_cast<double>(all), 6000, kZ * std::sqrt(6000));
  // Uniform places: mean (n - 1) / 2, variance n^2 / 12.
  const auto draws = static_cast<double>(all);
  EXPECT_NEAR(places / draws, (kBits - 1) / 2.0, kZ * kBits / std::sqrt(12 * draws));
  // Counts of images by chi-square: of 15 expected a window, ends taken together.
  double chi = 0;
  unsigned classes = 0;
  double expected = 0;
  double found = 0;
  double probability = std::exp(-15.0);
  double left = 400;
  for (unsigned n = 0; n < 64; ++n) {
    expected += 400 * probability;
    found += histogram[n];
    probability *= 15.0 / (n + 1);
    if (expected < 10) continue;
    if (left - expected < 10) break;
    chi += (found - expected) * (found - expected) / expected;
    left -= expected;
    expected = found = 0;
    ++classes;
  }
  ASSERT_GE(classes, 10U);
  // 99 % point of chi-square after Wilson and Hilferty, one class more for the upper end.
  const double f = classes;
  const double point =
      f * std::pow(1 - 2 / (9 * f) + 2.3263478740408408 * std::sqrt(2 / (9 * f)), 3);
  EXPECT_LT(chi, point);
}

TEST(FaultDraws, AProcessDependsOnItsKeyAlone) {
  FlipProcess one(key(5), 100, 0.01);
  FlipProcess other(key(6), 100, 0.01);
  FlipProcess again(key(5), 100, 0.01);
  bool differs = false;
  for (int i = 0; i < 20; ++i) {
    const FlipProcess::Flip a = one.next();
    const FlipProcess::Flip b = again.next();
    EXPECT_EQ(a.cycle, b.cycle);
    EXPECT_EQ(a.bit, b.bit);
    differs = differs || other.next().cycle != a.cycle;
  }
  EXPECT_TRUE(differs);
}

TEST(FaultDraws, EachIsThereWithItsProbability) {
  const FaultDraws draws({3, 0, 0, 0, kStuckCellStream});
  constexpr std::uint64_t kCells = 500000;
  for (const double p : {0.0002, 0.01, 0.5}) {
    const std::vector<std::uint64_t> cells = draws.each(p, kCells);
    EXPECT_NEAR(static_cast<double>(cells.size()), p * kCells,
                kZ * std::sqrt(p * (1 - p) * kCells));
    EXPECT_TRUE(std::is_sorted(cells.begin(), cells.end()));
    EXPECT_EQ(std::adjacent_find(cells.begin(), cells.end()), cells.end());
    EXPECT_LT(cells.back(), kCells);
    // As many in the lower half as in the upper.
    const auto lower = std::lower_bound(cells.begin(), cells.end(), kCells / 2) - cells.begin();
    const double half = 0.5 * static_cast<double>(cells.size());
    EXPECT_NEAR(static_cast<double>(lower), half, kZ * std::sqrt(half / 2));
  }
  EXPECT_TRUE(draws.each(0, kCells).empty());
  EXPECT_EQ(draws.each(1, 100).size(), 100U);
}

TEST(FaultDraws, DistinctNumbersAreDistinctAndUniform) {
  std::vector<unsigned> counts(10);
  for (std::uint32_t i = 0; i < 2000; ++i) {
    const FaultDraws draws({i, 0, 0, 0, kDeadColumnStream});
    const std::vector<std::uint64_t> chosen = draws.distinct(3, 10);
    ASSERT_EQ(std::set<std::uint64_t>(chosen.begin(), chosen.end()).size(), 3U);
    for (const std::uint64_t one : chosen) ++counts[one];
  }
  // Each of 10 is there with 0.3: 600 of 2,000; ten counts at 99 % together.
  for (const unsigned count : counts) EXPECT_NEAR(count, 600, 3.29 * std::sqrt(2000 * 0.3 * 0.7));
  EXPECT_EQ(FaultDraws({1, 0, 0, 0, 0}).distinct(20, 5),
            (std::vector<std::uint64_t>{0, 1, 2, 3, 4}));
}

TEST(FaultDraws, BelowIsExactAtItsEnds) {
  const FaultDraws draws({1, 0, 0, 0, 0});
  for (std::uint64_t i = 0; i < 1000; ++i) {
    EXPECT_EQ(draws.below(1, i), 0U);
    EXPECT_LT(draws.below(3, i), 3U);
    EXPECT_LT(draws.below(std::uint64_t{1} << 50, i), std::uint64_t{1} << 50);
  }
}

TEST(FaultDraws, PercentsAreShares) {
  const FaultDraws draws({9, 0, 0, 0, kBusStream});
  unsigned count = 0;
  for (std::uint64_t i = 0; i < 20000; ++i) count += draws.happens(2.5, i) ? 1 : 0;
  EXPECT_NEAR(count, 500, kZ * std::sqrt(500 * 0.975));
  EXPECT_FALSE(draws.happens(0, 1));
  EXPECT_TRUE(draws.happens(100, 1));
}

}  // namespace
}  // namespace leyden::chip
