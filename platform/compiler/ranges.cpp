#include "platform/compiler/ranges.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace leyden::compiler {
namespace {

constexpr int kSteps = 224;          // of the search: down to 2^-7 of the full range
constexpr double kStepsOctave = 32;  // 2.2 % a step
constexpr double kTolerance = 1e-9;  // of a range that is a power of two but for rounding

double power_above(double scale) { return std::exp2(std::ceil(std::log2(scale) - kTolerance)); }

/// Where the zero point lies when it does not follow from the range.
int middle(const CodeRule& rule) { return 1 << (rule.bits - 1); }

bool is_signed(const Range& range, const CodeRule& rule) {
  return !rule.rectified && range.minimum < 0;
}

double value_of(double code, const Codes& codes) { return codes.scale * (code - codes.zero_point); }

double code_of(double value, const Codes& codes, const CodeRule& rule) {
  return std::clamp(std::floor(value / codes.scale + codes.zero_point + 0.5), 0.0, rule.highest());
}

double square_error(const std::vector<RangeHistogram::Bin>& bins, double square_sum,
                    const Codes& codes, const CodeRule& rule) {
  double error = square_sum;
  for (const RangeHistogram::Bin& bin : bins) {
    const double q = value_of(code_of(bin.mean, codes, rule), codes);
    error += bin.count * q * (q - 2 * bin.mean);
  }
  return std::max(error, 0.0);
}

double divergence(const std::vector<RangeHistogram::Bin>& bins, const Codes& codes,
                  const CodeRule& rule) {
  constexpr double kNothing = 1e-12;  // stands for a share of 0 in the logarithm
  const double low = value_of(-0.5, codes);
  const double high = value_of(rule.highest() + 0.5, codes);
  std::vector<double> reference;
  std::vector<double> kept;  // what lies in range, for the codes
  std::vector<double> levels;
  double below = 0;
  double above = 0;
  for (const RangeHistogram::Bin& bin : bins) {
    if (bin.mean < low) {
      below += bin.count;
    } else if (bin.mean > high) {
      above += bin.count;
    } else {
      reference.push_back(bin.count);
      kept.push_back(bin.count);
      levels.push_back(code_of(bin.mean, codes, rule));
    }
  }
  if (reference.empty()) return std::numeric_limits<double>::infinity();
  reference.front() += below;
  reference.back() += above;
  double reference_sum = 0;
  double kept_sum = 0;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    reference_sum += reference[i];
    kept_sum += kept[i];
  }
  double result = 0;
  for (std::size_t first = 0; first < levels.size();) {
    std::size_t last = first;
    double held = 0;
    while (last < levels.size() && levels[last] == levels[first]) held += kept[last++];
    const double share = held / static_cast<double>(last - first) / kept_sum;
    for (std::size_t i = first; i < last; ++i) {
      const double p = reference[i] / reference_sum;
      result += p * std::log(p / std::max(share, kNothing));
    }
    first = last;
  }
  return result;
}

/// Finds the range with the least cost by shrinking what the values reach.
class Search {
 public:
  using Cost = std::function<double(const Codes&)>;

  Search(const Range& full, const CodeRule& rule, Cost cost)
      : full_(full), rule_(rule), cost_(std::move(cost)) {}

  Range run() {
    const bool both = is_signed(full_, rule_) && full_.maximum > 0 && !rule_.symmetric;
    scan(true, true);
    for (int round = 0; both && round < 2; ++round) {
      scan(true, false);
      scan(false, true);
    }
    return range_of_codes(best_, rule_);
  }

 private:
  static double shrunk(double end, int step) { return end * std::exp2(-step / kStepsOctave); }

  void scan(bool minimum, bool maximum) {
    const int low = low_step_;
    const int high = high_step_;
    const int stride = rule_.power_of_two ? static_cast<int>(kStepsOctave) : 1;
    for (int step = 0; step < kSteps; step += stride) {
      const int low_step = minimum ? step : low;
      const int high_step = maximum ? step : high;
      const Codes codes = codes_of_range(
          {shrunk(full_.minimum, low_step), shrunk(full_.maximum, high_step)}, rule_);
      const double cost = cost_(codes);
      if (!(cost < least_)) continue;
      least_ = cost;
      best_ = codes;
      low_step_ = low_step;
      high_step_ = high_step;
    }
  }

  Range full_;
  const CodeRule& rule_;
  Cost cost_;
  double least_ = std::numeric_limits<double>::infinity();
  Codes best_;
  int low_step_ = 0;
  int high_step_ = 0;
};

}  // namespace

Codes codes_of_range(const Range& range, const CodeRule& rule) {
  const double least = rule.rectified ? 0.0 : std::min(range.minimum, 0.0);
  const double most = std::max(range.maximum, 0.0);
  Codes codes;
  const bool from_middle = rule.symmetric && least < 0;
  if (from_middle) {
    codes.zero_point = middle(rule);
    codes.scale = std::max(-least / codes.zero_point,
                           most / std::max(rule.highest() - codes.zero_point, 1.0));
  } else {
    codes.scale = (most - least) / rule.highest();
  }
  if (!(codes.scale > 0)) codes.scale = 1;  // a tensor that is always 0
  if (rule.power_of_two) codes.scale = power_above(codes.scale);
  if (!from_middle) {
    codes.zero_point =
        static_cast<int>(std::clamp(std::round(-least / codes.scale), 0.0, rule.highest()));
  }
  return codes;
}

Range range_of_codes(const Codes& codes, const CodeRule& rule) {
  return {value_of(0, codes), value_of(rule.highest(), codes)};
}

double square_error(const RangeHistogram& values, const Codes& codes, const CodeRule& rule) {
  return square_error(values.bins(), values.square_sum(), codes, rule);
}

double divergence(const RangeHistogram& values, const Codes& codes, const CodeRule& rule) {
  return divergence(values.bins(), codes, rule);
}

Range choose_range(const RangeHistogram& values, const CodeRule& rule) {
  const Range full = values.range(100);
  const auto bins = values.bins();
  switch (rule.method) {
    case CalibrationMethod::kMinMax:
      return full;
    case CalibrationMethod::kPercentile:
      return values.range(rule.percentile);
    case CalibrationMethod::kMeanSquaredError:
      return Search(full, rule,
                    [&](const Codes& codes) {
                      return square_error(bins, values.square_sum(), codes, rule);
                    })
          .run();
    case CalibrationMethod::kKullbackLeibler:
      return Search(full, rule, [&](const Codes& codes) { return divergence(bins, codes, rule); })
          .run();
  }
  return full;
}

std::map<std::string, Range> choose_ranges(const std::map<std::string, RangeHistogram>& values,
                                           const std::map<std::string, CodeRule>& rules,
                                           bool shared, std::optional<int> fraction) {
  std::map<std::string, Range> ranges;
  std::map<std::string, double> scales;  // of each kind
  for (const auto& [tensor, histogram] : values) {
    const CodeRule& rule = rules.at(tensor);
    ranges[tensor] = choose_range(histogram, rule);
    double& scale = scales[rule.kind];
    scale = std::max(scale, codes_of_range(ranges[tensor], rule).scale);
  }
  if (!shared) return ranges;
  for (auto& [tensor, range] : ranges) {
    const CodeRule& rule = rules.at(tensor);
    Codes codes = codes_of_range(range, rule);
    codes.scale = fraction ? std::exp2(-*fraction) : scales[rule.kind];
    range = range_of_codes(codes, rule);
  }
  return ranges;
}

}  // namespace leyden::compiler
