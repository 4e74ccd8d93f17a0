#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <boost/math/distributions/normal.hpp>

#include "models/cim/figures.h"
#include "models/cim/macro.h"
#include "tests/models/cim/chip_parameters.h"

namespace leyden::cim::test {

using Settings = std::map<std::string, std::string>;  ///< key below "cim" to value

/// A macro put together from stages, and the precision of the jobs it is compared with.
struct Combination {
  const char* name;
  Settings settings;
  unsigned in_bits = 8;
  unsigned weight_bits = 8;
};

/// A small `imagine`, 144 x 32, with the combination's settings.
inline MacroParameters macro_of(const Combination& combination) {
  base::ParameterSet parameters = imagine_parameters();
  Settings settings = {{"rows", "144"}, {"columns", "32"}};
  for (const auto& [key, value] : combination.settings) settings[key] = value;
  for (const auto& [key, value] : settings) {
    parameters.set_text("cim." + key, value, base::Source::kAssumed, "test", "test");
  }
  return read_macro_parameters(parameters);
}

/// Nine positions on the last page but 7 of its rows; of one position all inputs are 0, of one some
/// digits are.
inline FullArrayJob job_of(const Combination& combination, const MacroParameters& macro) {
  const unsigned out_bits = macro.post.digital() ? 8 : macro.convert.bits;
  FullArrayJob full =
      full_array_job(macro, combination.in_bits, combination.weight_bits, out_bits, 3, 3);
  Job& job = full.job;
  job.kernel_width = job.kernel_height = 1;
  job.in_width = job.in_height = 3;
  job.unit_first = macro.units() - macro.page_units();
  job.window_count = job.in_channels = job.in_pixel_stride = macro.page_rows() - 7;
  full.input.resize(9u * job.window_count);
  std::fill_n(full.input.begin() + 2 * job.window_count, job.window_count, std::uint8_t{0});
  std::fill_n(full.input.begin() + 4 * job.window_count, job.window_count, std::uint8_t{0x45});
  return full;
}

struct Moments {
  double mean = 0;
  double variance = 0;
  double kurtosis = 0;
};

inline Moments moments(const std::vector<double>& x) {
  Moments result;
  const auto n = static_cast<double>(x.size());
  for (const double value : x) result.mean += value / n;
  double fourth = 0;
  for (const double value : x) {
    const double square = (value - result.mean) * (value - result.mean);
    result.variance += square / (n - 1);
    fourth += square * square / n;
  }
  result.kurtosis = fourth / (result.variance * result.variance);
  return result;
}

/// Compares mean and variance of one output's level, noise drawn anew `draws` times, between the
/// job's path and the walk bit by bit. @param z quantile of the normal distribution that is allowed
inline void expect_same_moments(const Combination& combination, const MacroParameters& macro,
                                std::uint32_t draws, double z) {
  Macro model(macro);
  FullArrayJob full = job_of(combination, macro);
  fill_array(model.array(), macro, 256, full.job.out_bits, 1);
  full.job.outputs = 1;
  full.job.window_count = 20;
  full.job.out_width = full.job.out_height = 1;
  std::vector<double> fast;
  std::vector<double> slow;
  std::vector<double> levels;
  std::uint8_t output = 0;
  for (std::uint32_t image = 0; image < draws; ++image) {
    const JobDraws position{{1, image}, 0};
    model.levels(full.job, full.input.data(), base::Fidelity::kAnalog, position, true, levels);
    fast.push_back(levels[0]);
    model.run_bitwise(full.job, full.input.data(), base::Fidelity::kAnalog, position, true, levels,
                      &output);
    slow.push_back(levels[0]);
  }
  const Moments a = moments(fast);
  const Moments b = moments(slow);
  ASSERT_GT(a.variance, 0) << combination.name;
  EXPECT_NEAR(a.mean, b.mean, z * std::sqrt((a.variance + b.variance) / draws)) << combination.name;
  // log of a sample variance: variance (kurtosis - 1) / n.
  EXPECT_NEAR(std::log(a.variance / b.variance), 0,
              z * std::sqrt((a.kurtosis + b.kurtosis - 2) / draws))
      << combination.name;
}

/// The quantile for two two-sided comparisons of each of `entries` combinations, 99 % for all of
/// them together.
inline double z99_of_all(std::size_t entries) {
  const double tail = 0.01 / static_cast<double>(2 * entries) / 2;
  return boost::math::quantile(boost::math::complement(boost::math::normal(), tail));
}

}  // namespace leyden::cim::test
