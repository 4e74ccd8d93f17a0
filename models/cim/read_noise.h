#pragma once

#include <cstdint>
#include <vector>

#include "models/cim/packs.h"
#include "models/cim/product.h"

namespace leyden::cim {

/// Read noise of resistive cells: the conductance of cell i differs by the relative sigma s from
/// read to read, so a sum of x_i G_i has the variance s^2 sum_i x_i^2 G_i^2, which depends on the
/// data. Where steps are read apart and accumulated, x^2 is the sum of the squared contributions of
/// the steps.
///
/// The sum is an integer product of its own: squares of inputs in two bytes, squares of
/// conductances rounded to 1/127 of the greatest one in the tile. So a variance is wrong by at most
/// 1/254 s^2 max G^2 sum_i x_i^2.
class ReadNoise {
 public:
  /// @param squares  G_i^2 of every output (summed over its cells in row i), rows x outputs
  void make(const std::vector<double>& squares, std::size_t rows, std::size_t outputs);

  /// x^2 of a code: one step takes it whole, otherwise each bit by itself.
  static unsigned square(unsigned code, unsigned bits, bool bit_by_bit);

  /// sum_i x_i^2 G_i^2 of every position and output over rows [first, first + rows).
  /// @param codes     positions x rows; `bits` each
  /// @param variances positions x outputs
  void multiply(IntegerProduct& product, const std::uint8_t* codes, std::size_t positions,
                std::size_t first, std::size_t rows, unsigned bits, bool bit_by_bit,
                double* variances);

 private:
  std::size_t outputs_ = 0;
  double scale_ = 0;  // of one unit of squares_
  std::vector<std::int8_t> squares_;
  Packs packed_;
  std::vector<std::uint8_t> low_;  // scratch, grows to the largest job and stays
  std::vector<std::uint8_t> high_;
  std::vector<std::int32_t> low_sums_;
  std::vector<std::int32_t> high_sums_;
};

}  // namespace leyden::cim
