// The collapsed path against the same macro computed bit by bit (design section 3).
#include <cmath>

#include <gtest/gtest.h>
#include <boost/math/distributions/normal.hpp>

#include "models/cim/figures.h"
#include "models/cim/macro.h"
#include "tests/models/cim/chip_parameters.h"

namespace leyden::cim {
namespace {

MacroParameters small_macro() {
  base::ParameterSet parameters = test::imagine_parameters();
  parameters.set("cim.rows", 144, base::Source::kAssumed, "test", "test");
  parameters.set("cim.columns", 32, base::Source::kAssumed, "test", "test");
  return read_macro_parameters(parameters);
}

TEST(Bitwise, EqualBitForBitWithoutTemporalNoise) {
  MacroParameters macro = small_macro();
  macro.dot_product.mismatch_percent_sqrt_ff = 5;  // large, so that it would show
  macro.dot_product.charge_injection_mv = 1.3;
  for (unsigned in_bits = 1; in_bits <= 8; ++in_bits) {
    for (const unsigned weight_bits : {1u, 2u, 3u, 5u, 8u}) {
      Macro model(macro);
      fill_array(model.array(), macro, 1000, 8, in_bits);
      FullArrayJob full = full_array_job(macro, in_bits, weight_bits, 8, 3, in_bits);
      full.job.unit_count = 3;
      full.job.window_count = full.job.in_channels = full.job.in_pixel_stride = 100;
      full.job.kernel_width = full.job.kernel_height = 1;
      full.job.in_width = full.job.in_height = 3;
      full.input.resize(9 * 100, 0x5a);
      std::vector<double> fast;
      std::vector<double> slow;
      std::vector<std::uint8_t> output(full.job.positions() * full.job.outputs);
      const JobDraws draws{{7, 0}, 0};
      model.levels(full.job, full.input.data(), base::Fidelity::kAnalog, draws, false, fast);
      model.run_bitwise(full.job, full.input.data(), base::Fidelity::kAnalog, draws, false, slow,
                        output.data());
      ASSERT_EQ(fast, slow) << in_bits << " b inputs, " << weight_bits << " b weights";

      std::vector<std::uint8_t> codes(output.size());
      MacroParameters quiet = macro;
      quiet.convert.noise_mv = 0;
      quiet.temperature_k = 0;
      Macro silent(quiet);
      fill_array(silent.array(), macro, 1000, 8, in_bits);
      silent.run(full.job, full.input.data(), base::Fidelity::kAnalog, draws, codes.data());
      ASSERT_EQ(codes, output);

      model.run_bitwise(full.job, full.input.data(), base::Fidelity::kQuantised, draws, false, slow,
                        output.data());
      model.run(full.job, full.input.data(), base::Fidelity::kQuantised, draws, codes.data());
      ASSERT_EQ(codes, output);
    }
  }
}

TEST(Bitwise, EqualInMeanAndVarianceWithNoise) {
  MacroParameters macro = small_macro();
  macro.convert.noise_mv = 0.1;  // so that kT/C, small on a real line, has a part in it
  macro.temperature_k = 300 * 100;
  Macro model(macro);
  fill_array(model.array(), macro, 256, 8, 1);
  FullArrayJob full = full_array_job(macro, 4, 4, 8, 1, 1);
  full.job.outputs = 2;
  full.job.unit_count = 1;
  full.job.window_count = 20;
  constexpr int kDraws = 4000;
  std::vector<double> fast_all;
  std::vector<double> slow_all;
  std::vector<double> levels;
  std::uint8_t output[2];
  for (std::uint32_t image = 0; image < kDraws; ++image) {
    const JobDraws draws{{1, image}, 0};
    model.levels(full.job, full.input.data(), base::Fidelity::kAnalog, draws, true, levels);
    fast_all.push_back(levels[0]);
    model.run_bitwise(full.job, full.input.data(), base::Fidelity::kAnalog, draws, true, levels,
                      output);
    slow_all.push_back(levels[0]);
  }
  const auto moments = [](const std::vector<double>& x) {
    double mean = 0;
    double square = 0;
    for (const double value : x) mean += value;
    mean /= static_cast<double>(x.size());
    for (const double value : x) square += (value - mean) * (value - mean);
    return std::make_pair(mean, square / static_cast<double>(x.size() - 1));
  };
  const auto [fast_mean, fast_variance] = moments(fast_all);
  const auto [slow_mean, slow_variance] = moments(slow_all);
  const double z = boost::math::quantile(boost::math::normal(), 0.995);
  EXPECT_NEAR(fast_mean, slow_mean, z * std::sqrt((fast_variance + slow_variance) / kDraws));
  // log of a ratio of variances of normal draws: variance 2/(n-1) each.
  EXPECT_NEAR(std::log(fast_variance / slow_variance), 0, z * std::sqrt(4.0 / (kDraws - 1)));
  EXPECT_GT(fast_variance, 0);
}

}  // namespace
}  // namespace leyden::cim
