// The SAR's capacitor array: search, transfer curve and the statistics of its weights.
#include "models/cim/sar_array.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>
#include <boost/math/distributions/chi_squared.hpp>

#include "models/base/random.h"

namespace leyden::cim {
namespace {

/// Standard normal numbers of a fixed stream.
class Normals {
 public:
  explicit Normals(std::uint32_t seed) : stream_(base::StreamKey{seed, 0, 0, 0}) {}
  double next() { return stream_.gaussian(index_++); }
  SarArray array(unsigned bits, double unit_sigma) {
    SarArray result;
    result.bits = bits;
    std::array<double, kMaxSarBits + 1> normal{};
    for (unsigned k = 0; k <= bits; ++k) normal[k] = next();
    result.set_mismatch(unit_sigma, normal.data());
    return result;
  }

 private:
  base::RandomStream stream_;
  std::uint64_t index_ = 0;
};

TEST(SarArray, IdealArrayIsTheClampedFloor) {
  SarArray array;
  for (array.bits = 1; array.bits <= kMaxSarBits; ++array.bits) {
    const double top = std::ldexp(1.0, static_cast<int>(array.bits)) - 1;
    const double step = std::max(1.0, top / 64) / 3;
    for (double level = -2; level < top + 3; level += step) {
      EXPECT_EQ(sar_convert(array, level), std::min(std::max(std::floor(level), 0.0), top));
    }
    std::vector<double> thresholds;
    sar_thresholds(array, thresholds);
    ASSERT_EQ(thresholds.size(), top);
    for (unsigned c = 1; c <= top; ++c) {
      EXPECT_EQ(thresholds[c - 1], c);
      EXPECT_EQ(sar_convert(array, std::nextafter(c, 0.0)), c - 1);
    }
  }
}

TEST(SarArray, CodeCountsThresholdsAtOrBelow) {
  Normals normals(1);
  unsigned missing = 0;
  std::vector<double> thresholds;
  for (unsigned n = 0; n < 400; ++n) {
    SarArray array = normals.array(1 + n % 8, 0.05 * static_cast<double>(n % 7));
    array.sampling = n % 2 == 0 ? SarSampling::kBottomPlate : SarSampling::kTopPlate;
    array.parasitic = static_cast<double>(n % 5);
    sar_thresholds(array, thresholds);
    ASSERT_TRUE(std::is_sorted(thresholds.begin(), thresholds.end()));
    const unsigned codes = 1u << array.bits;
    std::vector<bool> seen(codes, false);
    const auto check = [&](double level) {
      const auto below = std::upper_bound(thresholds.begin(), thresholds.end(), level);
      const unsigned code = sar_convert(array, level);
      seen[code] = true;
      ASSERT_EQ(code, static_cast<unsigned>(below - thresholds.begin())) << "array " << n;
    };
    for (const double threshold : thresholds) {
      check(threshold);  // exactly at it: the two add up in the same order
      check(std::nextafter(threshold, -HUGE_VAL));
    }
    for (unsigned i = 0; i < 100; ++i) check(codes * (0.5 + 0.5 * normals.next()));
    for (unsigned c = 1; c + 1 < codes; ++c) {
      EXPECT_EQ(seen[c], thresholds[c] > thresholds[c - 1]);
      missing += seen[c] ? 0 : 1;
    }
  }
  EXPECT_GT(missing, 100u);
}

TEST(SarArray, ParasiticMattersOnTheTopPlateOnly) {
  SarArray array;
  array.bits = 6;
  array.parasitic = 16;  // a quarter of the 64 units
  EXPECT_EQ(sar_trial_level(array, 20), 20);
  array.sampling = SarSampling::kTopPlate;
  EXPECT_EQ(sar_trial_level(array, 20), 16);  // 20 / 1.25
}

TEST(SarArray, MismatchLeavesEveryCapacitorPositive) {
  SarArray array;
  array.bits = 2;
  const double normal[] = {-30, 1, -30};
  array.set_mismatch(0.5, normal);
  EXPECT_DOUBLE_EQ(array.deviation[0], -0.999);
  EXPECT_DOUBLE_EQ(array.terminator_deviation, -0.999);
  EXPECT_DOUBLE_EQ(array.deviation[1], 0.5 * std::sqrt(2.0));
  EXPECT_NEAR(sar_trial_level(array, 2), 4, 0.01);
}

/// Checks that samples of mean 0 have the variance `expected`, at 99 %.
void expect_variance(const std::vector<double>& samples, double expected) {
  double sum = 0;
  for (const double x : samples) sum += x * x;
  const boost::math::chi_squared distribution(static_cast<double>(samples.size()));
  EXPECT_GT(sum / expected, boost::math::quantile(distribution, 0.005));
  EXPECT_LT(sum / expected, boost::math::quantile(distribution, 0.995));
}

TEST(SarArray, SpreadFollowsTheClosedForm) {
  constexpr unsigned kBits = 8;
  constexpr double kSigma = 0.01;
  Normals normals(2);
  std::vector<std::vector<double>> weight(kBits);
  std::vector<double> middle;
  std::vector<double> quarter;
  std::vector<double> step;
  for (unsigned n = 0; n < 4000; ++n) {
    const SarArray array = normals.array(kBits, kSigma);
    for (unsigned k = 0; k < kBits; ++k) weight[k].push_back(array.deviation[k]);
    middle.push_back(sar_trial_level(array, 128) - 128);
    quarter.push_back(sar_trial_level(array, 64) - 64);
    step.push_back(sar_trial_level(array, 128) - sar_trial_level(array, 127) - 1);
  }
  for (unsigned k = 0; k < kBits; ++k) {
    expect_variance(weight[k], kSigma * kSigma * std::ldexp(1.0, static_cast<int>(k)));
  }
  // n (2^b - n) / 2^b units: 128 * 128 / 256 and 64 * 192 / 256.
  expect_variance(middle, kSigma * kSigma * 64);
  expect_variance(quarter, kSigma * kSigma * 48);
  EXPECT_DOUBLE_EQ(SarArray::threshold_sigma(kSigma, kBits, 64), kSigma * std::sqrt(48.0));
  // The step at mid-scale: 255 units of the bits against each other (DNL, sqrt(2^b - 1)).
  expect_variance(step, kSigma * kSigma * 255);
}

}  // namespace
}  // namespace leyden::cim
