#pragma once

#include <vector>

namespace leyden::cim {

/// Unary cells of a charge-injection SAR. The comparator tells the sign of the difference of two
/// nodes, and cells then remove charge from the higher one: 2^(bits-2), ..., 2, 1 LSB, a decision
/// after each. There are max(1, 2^(bits-3)) cells (16 at 7 bits); the largest step uses all of them
/// twice, a step of n LSB else the first n (which n is a choice of this model).
///
/// A cell removes 1 + deviation LSB. With s = +1 where a decision was 1 and -1 else, the next
/// decision's threshold lies at
///
///     2^(bits-1) + sum_steps s * sum_(cells of the step) (1 + deviation)
///
/// on the scale on which the ideal threshold of code c is c. Nothing divides by a total: the mean
/// of the deviations is a gain error.
struct ChargeInjectionArray {
  unsigned bits = 7;              ///< 1 to 12
  std::vector<double> deviation;  ///< of each cell, at least -1; cells() values

  static unsigned cells(unsigned bits) { return bits > 3 ? 1u << (bits - 3) : 1u; }
  /// What step `step` (0: the largest) removes, in LSB.
  double removed(unsigned step) const;
  /// Standard deviation of a threshold in LSB by its path: unit_sigma sqrt(sum_cells a^2), where a
  /// counts the signed uses of a cell.
  static double threshold_sigma(double unit_sigma, unsigned bits, unsigned code);
};

/// Transfer curve of the search, as sar_thresholds(): thresholds[c - 1] is the least level that
/// gives code c or more; rises or stays.
void charge_injection_thresholds(const ChargeInjectionArray& array,
                                 std::vector<double>& thresholds);

}  // namespace leyden::cim
