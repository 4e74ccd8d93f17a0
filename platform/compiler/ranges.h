#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "platform/compiler/calibration.h"
#include "platform/compiler/quantisation_options.h"

namespace leyden::compiler {

/// How a tensor's values become codes 0 .. 2^bits - 1.
struct CodeRule {
  unsigned bits = 8;
  bool rectified = false;  ///< comes out of a Relu: no value below 0
  bool symmetric = false;  ///< zero point 0, or 2^(bits-1) where values are negative
  bool power_of_two = false;
  CalibrationMethod method = CalibrationMethod::kPercentile;
  double percentile = 100;
  std::string kind;  ///< tensors of one kind share a scale in fixed point; "": none does

  double highest() const { return static_cast<double>((1u << bits) - 1); }
};

struct Codes {
  double scale = 1;
  int zero_point = 0;
};

/// Codes that hold a range. A power of two is the least that holds it (within 1e-9).
Codes codes_of_range(const Range& range, const CodeRule& rule);

/// What codes stand for: the reverse of codes_of_range().
Range range_of_codes(const Codes& codes, const CodeRule& rule);

/// Sum over all values of (value - its code's value)^2. Exact but for bins that a decision level
/// cuts, whose error is of second order there.
double square_error(const RangeHistogram& values, const Codes& codes, const CodeRule& rule);

/// Kullback-Leibler divergence, in nat, from the distribution of the values other than 0 (those
/// beyond the range counted at its ends) to what their codes keep of it: the values of a code
/// spread evenly over its bins that hold values.
double divergence(const RangeHistogram& values, const Codes& codes, const CodeRule& rule);

/// The range for a tensor by the rule's method. Mean squared error and divergence try ranges shrunk
/// by 2^(-k/32), k = 0 .. 223 (powers of two: every exponent there), either end by itself where
/// codes are asymmetric.
Range choose_range(const RangeHistogram& values, const CodeRule& rule);

/// Ranges for all tensors named: each its own, or in fixed point (`shared`) one scale for all
/// tensors of a kind, the least that holds all their ranges; `fraction` sets its fraction bits.
std::map<std::string, Range> choose_ranges(const std::map<std::string, RangeHistogram>& values,
                                           const std::map<std::string, CodeRule>& rules,
                                           bool shared, std::optional<int> fraction);

}  // namespace leyden::compiler
