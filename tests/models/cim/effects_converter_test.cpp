// Transfer curves and metastability: statistics against closed forms at 99 %, fixed seeds.
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "models/cim/charge_injection_array.h"
#include "models/cim/metastability.h"
#include "models/cim/sar_array.h"
#include "models/cim/streams.h"
#include "models/cim/transfer.h"
#include "tests/models/cim/chip_parameters.h"
#include "tests/models/cim/statistics.h"

namespace leyden::cim {
namespace {

using test::expect_normal;
using test::expect_rate;

constexpr double kLsbV = 1e-3;

ConvertParameters converter(ConvertKind kind, unsigned bits) {
  ConvertParameters convert;
  convert.kind = kind;
  convert.bits = bits;
  return convert;
}

std::vector<double> ideal(unsigned bits) {
  std::vector<double> thresholds;
  for (unsigned code = 1; code < 1u << bits; ++code) thresholds.push_back(code);
  return thresholds;
}

TEST(TransferCurve, WithoutErrorsEveryKindIsFloorAndClamp) {
  for (const ConvertKind kind :
       {ConvertKind::kSar, ConvertKind::kChargeInjectionSar, ConvertKind::kFlash}) {
    for (unsigned bits = 1; bits <= 8; ++bits) {
      EXPECT_EQ(converter_thresholds(converter(kind, bits), 1, 0, 0, kLsbV), ideal(bits));
      const TransferCurve curve(bits, ideal(bits));
      const double full = std::ldexp(1.0, static_cast<int>(bits));
      for (double level = -3; level < full + 3; level += 0.25) {
        for (const double t : {level, std::nextafter(level, -1e9), std::nextafter(level, 1e9)}) {
          const double expected = std::min(std::max(std::floor(t), 0.0), full - 1);
          ASSERT_EQ(curve.code(t), expected) << bits << " b, level " << t;
        }
      }
    }
  }
}

TEST(TransferCurve, CountsItsRoundedThresholdsAndSurvivesAnyLevel) {
  const std::vector<double> thresholds = {-3.1, 0.49, 0.49, 2.01, 5.5, 7.7, 900};
  const TransferCurve curve(3, thresholds);
  for (unsigned code = 1; code <= 7; ++code) {
    const double exact = std::min(std::max(thresholds[code - 1], -8.0), 16.0);
    EXPECT_GE(curve.threshold(code), exact);
    EXPECT_LT(curve.threshold(code), exact + 1.0 / kTransferSteps);
  }
  for (double level = -9; level < 17; level += 1.0 / 64) {
    unsigned below = 0;
    for (unsigned code = 1; code <= 7; ++code) below += curve.threshold(code) <= level ? 1 : 0;
    ASSERT_EQ(curve.code(level), below) << level;
  }
  EXPECT_EQ(curve.code(HUGE_VAL), 7u);
  EXPECT_EQ(curve.code(-HUGE_VAL), 0u);
  EXPECT_EQ(curve.code(std::numeric_limits<double>::quiet_NaN()), 0u);
}

/// INL of a threshold over many converters.
std::vector<double> threshold_errors(const ConvertParameters& convert, unsigned code,
                                     unsigned converters) {
  std::vector<double> errors;
  for (unsigned c = 0; c < converters; ++c) {
    const auto thresholds = converter_thresholds(convert, 5, 0, c, kLsbV);
    errors.push_back(thresholds[code - 1] - code);
  }
  return errors;
}

TEST(Sar, InlFollowsItsUnitMismatch) {
  ConvertParameters convert = converter(ConvertKind::kSar, 8);
  convert.unit_mismatch_percent = 1;
  // n units against the 2^b - n others: sigma sqrt(n (2^b - n) / 2^b); largest at mid-code,
  // sigma sqrt(2^b) / 2.
  EXPECT_DOUBLE_EQ(SarArray::threshold_sigma(0.01, 8, 128), 0.01 * 16 / 2);
  for (const unsigned code : {32u, 128u, 200u}) {
    expect_normal(threshold_errors(convert, code, 4000), 0,
                  0.01 * 0.01 * code * (256.0 - code) / 256);
  }
}

TEST(ChargeInjection, SixteenCellsServeSevenBitsTheLargestStepTwice) {
  EXPECT_EQ(ChargeInjectionArray::cells(7), 16u);
  ChargeInjectionArray array;
  array.bits = 7;
  array.deviation.assign(16, 0);
  for (unsigned step = 0; step < 6; ++step) EXPECT_EQ(array.removed(step), 32u >> step);
  array.deviation[15] = 0.25;  // in use in the two largest steps alone
  EXPECT_EQ(array.removed(0), 32.5);
  EXPECT_EQ(array.removed(1), 16.25);
  EXPECT_EQ(array.removed(2), 8.0);
  std::vector<double> thresholds;
  charge_injection_thresholds(array, thresholds);
  EXPECT_EQ(thresholds[63], 64.0);     // sign: nothing was removed
  EXPECT_EQ(thresholds[95], 96.5);     // after +32
  EXPECT_EQ(thresholds[31], 31.5);     // after -32: odd about mid-scale
  EXPECT_EQ(thresholds[111], 112.75);  // +32 +16
  EXPECT_EQ(thresholds[79], 80.25);    // +32 -16
}

TEST(ChargeInjection, ThresholdsFollowTheCellsOfTheirPath) {
  ConvertParameters convert = converter(ConvertKind::kChargeInjectionSar, 7);
  convert.unit_mismatch_percent = 2;
  // By hand: threshold 96 is mid-scale + every cell twice: sigma 2 sqrt(16) = 8 units; 80 is
  // +32 - 16: every cell 2 - 1 times; 112: 3 times; 104 is +32 +16 -8: 8 cells twice, 8
  // three times.
  const std::pair<unsigned, double> cases[] = {
      {96, 4.0 * 16}, {80, 1.0 * 16}, {112, 9.0 * 16}, {104, 8.0 * 4 + 8.0 * 9}};
  for (const auto& [code, squares] : cases) {
    EXPECT_NEAR(ChargeInjectionArray::threshold_sigma(0.02, 7, code), 0.02 * std::sqrt(squares),
                1e-12);
    expect_normal(threshold_errors(convert, code, 4000), 0, 0.02 * 0.02 * squares);
  }
}

TEST(Flash, ComparatorOffsetsGiveIndependentThresholds) {
  ConvertParameters convert = converter(ConvertKind::kFlash, 4);
  convert.comparator_offset_mv = 0.05;  // 0.05 LSB: no bubbles
  const double sigma = 0.05;
  expect_normal(threshold_errors(convert, 8, 4000), 0, sigma * sigma);
  std::vector<double> dnl;
  for (unsigned c = 0; c < 4000; ++c) {
    const auto thresholds = converter_thresholds(convert, 5, 0, c, kLsbV);
    dnl.push_back(thresholds[8] - thresholds[7] - 1);
  }
  expect_normal(dnl, 0, 2 * sigma * sigma);  // sigma sqrt(2)
}

TEST(Flash, ABubbleIsCounted) {
  // Offsets of 3 LSB put comparators in another order; the code is how many are below.
  ConvertParameters convert = converter(ConvertKind::kFlash, 4);
  convert.comparator_offset_mv = 3;
  MacroParameters macro;
  macro.columns = 8;
  macro.convert = convert;
  const TransferCurves curves(macro, Die(macro, 5, 0), 0, 4, kLsbV);
  unsigned bubbles = 0;
  for (unsigned column = 0; column < 8; ++column) {
    const auto references = converter_thresholds(convert, 5, 0, column, kLsbV);
    for (std::size_t i = 1; i < references.size(); ++i) {
      bubbles += references[i] < references[i - 1] ? 1 : 0;
    }
    for (double level = -12.5; level < 28; level += 1.0 / kTransferSteps) {
      unsigned below = 0;
      for (const double reference : references) {
        below += std::ceil(reference * kTransferSteps) / kTransferSteps <= level ? 1 : 0;
      }
      ASSERT_EQ(curves.of_column(column).code(level), below);
    }
  }
  EXPECT_GT(bubbles, 20u);
}

TEST(Compression, MovesLevelsAboutMidScale) {
  EXPECT_EQ(compressed_threshold(8, 1, 37), 37);
  EXPECT_EQ(compressed_threshold(8, 2, 192), 128 + 128 * 0.25);
  EXPECT_EQ(compressed_threshold(8, 2, 64), 128 - 128 * 0.25);
  EXPECT_EQ(compressed_threshold(8, 0.5, 160), 128 + 128 * 0.5);
  EXPECT_EQ(compressed_threshold(8, 3, 128), 128);
  ConvertParameters convert = converter(ConvertKind::kSar, 6);
  convert.compression = 2;
  EXPECT_TRUE(has_transfer_curves(convert));
  const auto thresholds = converter_thresholds(convert, 1, 0, 0, kLsbV);
  EXPECT_DOUBLE_EQ(thresholds[47], 32 + 32 * 0.25);
}

TEST(TransferCurves, AShorterCodeIsTheFirstDecisions) {
  MacroParameters macro;
  macro.columns = 16;
  macro.convert = converter(ConvertKind::kSar, 8);
  macro.convert.unit_mismatch_percent = 5;
  macro.convert.sharing = 2;
  const TransferCurves all(macro, Die(macro, 3, 0), 0, 8, kLsbV);
  const TransferCurves shorter(macro, Die(macro, 3, 0), 0, 5, kLsbV);
  for (unsigned column = 0; column < 16; ++column) {
    // Away from the thresholds, which are rounded to 1/32 of another LSB.
    for (double level = 0.3; level < 32; level += 1) {
      EXPECT_EQ(shorter.of_column(column).code(level), all.of_column(column).code(level * 8) >> 3);
    }
  }
  EXPECT_EQ(&all.of_column(4), &all.of_column(5)) << "shared";
  EXPECT_NE(all.of_column(4).threshold(128), all.of_column(6).threshold(128));
  EXPECT_FALSE(all.made_for(Die(macro, 3, 0), 5, kLsbV));
}

TEST(Quantisation, ABusyInputLeavesATwelfthOfAnLsbSquared) {
  const TransferCurve curve(8, ideal(8));
  const base::RandomStream uniform({3, 0, 0, 0, 0x7f});
  constexpr int kCount = 200000;
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < kCount; ++i) {
    const double level = 256 * uniform.uniform(i);
    const double error = curve.code(level) + 0.5 - level;
    sum += error;
    squares += error * error;
  }
  // Uniform in +-1/2: variance 1/12, variance of its square 1/80 - 1/144 = 1/180.
  EXPECT_NEAR(sum / kCount, 0, test::z99() * std::sqrt(1.0 / 12 / kCount));
  EXPECT_NEAR(squares / kCount, 1.0 / 12, test::z99() * std::sqrt(1.0 / 180 / kCount));
}

TEST(Metastability, RateOfUnresolvedComparisonsAndOfWrongCodes) {
  for (const ConvertKind kind :
       {ConvertKind::kSar, ConvertKind::kChargeInjectionSar, ConvertKind::kFlash}) {
    ConvertParameters convert = converter(kind, 6);
    convert.metastability_tau_ps = 10;
    convert.decision_time_ps = 30;
    // 20 mV exp(-3) over LSB of 10 mV: 0.0996 LSB to either side of a threshold.
    const Metastability metastability(convert, 0.02, 0.01);
    EXPECT_NEAR(metastability.window_lsb(), 2 * std::exp(-3.0), 1e-12);
    const TransferCurve curve(6, ideal(6));
    const base::RandomStream uniform({3, 0, 0, 0, 0x7f});
    const base::RandomStream coins({3, 0, 0, 0, kMetastableStream});
    constexpr std::uint64_t kCount = 100000;
    std::uint64_t wrong = 0;
    std::uint64_t up = 0;
    for (std::uint64_t i = 0; i < kCount; ++i) {
      const double level = 1 + 62 * uniform.uniform(i);  // every level has thresholds about it
      const unsigned code = metastability.code(curve, level, coins, i);
      const auto right = static_cast<unsigned>(level);
      ASSERT_LE(std::abs(static_cast<int>(code) - static_cast<int>(right)), 1);
      wrong += code != right ? 1 : 0;
      up += code > right ? 1 : 0;
    }
    expect_rate(wrong, kCount, metastability.window_lsb());
    expect_rate(up, wrong, 0.5);
  }
}

TEST(Metastability, NoWindowDrawsNothingAndAWideOneStaysInRange) {
  ConvertParameters convert = converter(ConvertKind::kSar, 6);
  const TransferCurve curve(6, ideal(6));
  const base::RandomStream coins({3, 0, 0, 0, kMetastableStream});
  const Metastability off(convert, 0.6, 0.01);
  for (double level = -2; level < 66; level += 0.25) {
    EXPECT_EQ(off.code(curve, level, coins, 1), curve.code(level));
  }
  convert.metastability_tau_ps = 1e6;
  convert.decision_time_ps = 0.001;
  const Metastability always(convert, 5, 1e-6);
  std::vector<unsigned> seen(64);
  for (std::uint64_t i = 0; i < 6400; ++i) ++seen.at(always.code(curve, 20, coins, i));
  double chi_squared = 0;  // six coins: every code alike
  for (const unsigned count : seen) chi_squared += (count - 100.0) * (count - 100.0) / 100.0;
  EXPECT_LT(chi_squared, boost::math::quantile(boost::math::chi_squared(63), 0.99));
}

}  // namespace
}  // namespace leyden::cim
