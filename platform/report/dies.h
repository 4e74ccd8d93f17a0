#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace leyden::report {

/// Static errors of a die's converters in LSB at their most bits, all macros together
/// (docs/dies.md).
struct DieLinearity {
  std::uint64_t columns = 0;
  double inl_max_lsb = 0;
  double inl_rms_lsb = 0;
  double dnl_max_lsb = 0;
  double dnl_rms_lsb = 0;
  double offset_rms_lsb = 0;
  double gain_rms_percent = 0;
  double error_max_lsb = 0;
  double error_rms_lsb = 0;
  std::uint64_t missing_codes = 0;
};

/// One die of a Monte-Carlo run.
struct DieFacts {
  std::uint32_t seed = 0;
  std::uint64_t correct = 0;  ///< of the images of the run
  DieLinearity linearity;
};

/// A Monte-Carlo run over dies.
struct DiesFacts {
  bool calibrated = false;                       ///< firmware trimmed each before its images
  std::optional<double> accuracy_limit_percent;  ///< what a good die reaches at least
  std::vector<DieFacts> dies;
};

/// Mean, sample standard deviation (0 of one value), least, median and greatest of some values.
struct Distribution {
  double mean = 0;
  double standard_deviation = 0;
  double min = 0;
  double median = 0;
  double max = 0;
};
/// @param values at least one
Distribution distribution_of(std::vector<double> values);

/// Interval of a share at a confidence, after Clopper and Pearson: both of its tails hold at most
/// half of what the confidence leaves. In 0..1.
struct Interval {
  double lower = 0;
  double upper = 1;
};
Interval clopper_pearson(std::uint64_t good, std::uint64_t all, double confidence);

/// The object `dies` of report.json. @param images of every die
nlohmann::ordered_json make_dies(const DiesFacts& facts, std::uint64_t images);

/// Lines of the terminal about that object: distributions, a histogram, yield.
std::string dies_table(const nlohmann::ordered_json& dies);

}  // namespace leyden::report
