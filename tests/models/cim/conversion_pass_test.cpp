// The vector pass of conversions against its scalar steps, on every vector target of the host.
#include "models/cim/conversion_pass.h"

#include <random>

#include <gtest/gtest.h>
#include <hwy/targets.h>

namespace leyden::cim {
namespace {

constexpr std::size_t kOutputs = 13;
constexpr std::size_t kPositions = 37;

ConverterErrors random_errors(std::mt19937& random) {
  std::normal_distribution<double> normal;
  ConverterErrors errors;
  for (std::size_t j = 0; j < padded(kOutputs); ++j) {
    errors.gain.push_back(1.0 + 0.05 * normal(random));
    errors.offset_v.push_back(0.01 * normal(random));
    errors.inl_bow.push_back(normal(random));
    errors.inl_curve.push_back(normal(random));
  }
  return errors;
}

void use_targets(std::int64_t targets) {
  hwy::SetSupportedTargetsForTest(targets);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

TEST(ConversionPass, EveryVectorTargetEqualsTheScalarSteps) {
  std::mt19937 random(4);
  const ConverterErrors one_range = random_errors(random);
  ConverterErrors own_ranges = one_range;
  for (std::size_t j = 0; j < padded(kOutputs); ++j) {
    own_ranges.share.push_back(static_cast<double>(random() % 256 + 1) / 256);
  }
  const std::size_t width = padded(kOutputs);
  std::vector<std::int32_t> sums(kPositions * 2 * width);
  for (std::int32_t& sum : sums) sum = static_cast<std::int32_t>(random() % 2001) - 700;
  std::vector<float> z(kPositions * kOutputs + kLanes);
  std::normal_distribution<float> normal;
  for (float& draw : z) draw = normal(random);
  std::vector<std::uint8_t> live(kPositions, 1);
  live[5] = live[20] = 0;
  const std::int64_t targets = hwy::SupportedTargets();
  for (int kind = 0; kind < 32; ++kind) {
    const ConverterErrors& errors = (kind & 16) != 0 ? own_ranges : one_range;
    ConversionStep step;
    step.analog = (kind & 1) != 0;
    step.has_inl = (kind & 2) != 0;
    const bool noisy = step.analog && (kind & 4) != 0;
    const bool corrected = step.analog && (kind & 8) != 0;
    step.correction_scale = corrected ? 1.0 / 64 : 0.0;
    step.pedestal = 0.375;
    step.per_volt = 160;
    step.noise = 3.5;
    step.whole_step = 3000.0 / 128;
    step.step = 1000.0 / 128;
    step.significance = -4;
    step.zero = (kind & 4) != 0 ? 64 : 0;
    step.top = 127;
    step.coefficient = -4 * step.step;
    std::vector<double> expected(kPositions * width, 2.0);
    for (std::size_t m = 0; m < kPositions; ++m) {
      if (live[m] == 0) continue;
      for (std::size_t j = 0; j < kOutputs; ++j) {
        const double sum =
            sums[m * 2 * width + j] +
            (corrected ? sums[(m * 2 + 1) * width + j] * step.correction_scale : 0.0);
        const double noise = noisy ? z[m * kOutputs + j] * step.noise : 0.0;
        const double level = conversion_level(step, errors, j, sum, noise);
        expected[m * width + j] += step.coefficient_of(errors, j) * conversion_value(step, level);
      }
    }
    int tried = 0;
    for (std::int64_t rest = targets; rest != 0; rest &= rest - 1) {
      use_targets(rest & -rest);
      std::vector<double> totals(kPositions * width, 2.0);
      ConversionRows rows;
      rows.outputs = kOutputs;
      rows.positions = kPositions;
      rows.sums = sums.data();
      rows.corrections = corrected ? sums.data() + width : nullptr;
      rows.stride = 2 * width;
      rows.z = noisy ? z.data() : nullptr;
      rows.live = live.data();
      rows.totals = totals.data();
      add_conversions(step, errors, rows);
      for (std::size_t m = 0; m < kPositions; ++m) {
        for (std::size_t j = 0; j < kOutputs; ++j) {
          ASSERT_EQ(totals[m * width + j], expected[m * width + j])
              << "kind " << kind << ", " << hwy::TargetName(rest & -rest);
        }
      }
      ++tried;
    }
    use_targets(0);
    EXPECT_GE(tried, 1);
  }
}

}  // namespace
}  // namespace leyden::cim
