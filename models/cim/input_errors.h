#pragma once

#include <cstdint>
#include <vector>

#include "models/cim/die.h"
#include "models/cim/parameters.h"

namespace leyden::cim {

/// Weights of the steps of an accumulation over input bits, LSB first, in units of the code's LSB.
/// A step moves the accumulator by the share a of the difference to the line:
/// a(k) = (1 - s) a(k-1) + s v(k), so bit k of n weighs 2^n s (1 - s)^(n-1-k). Two equal capacitors
/// that settle leave s = 1/2 and the weight 2^k; with the time constant tau within a step t,
/// s = (1 - exp(-t/tau)) / 2.
std::vector<double> accumulation_weights(const MacroParameters& macro, unsigned in_bits);

/// Change of those weights per relative change of a column's share, to first order:
/// 2^n s (1-s)^(n-1-k) (1 - (n-1-k) s/(1-s)). For s = 1/2 that is 2^k (k - n + 2). What is left
/// out is of the order of the square of the change.
std::vector<double> share_sensitivities(const MacroParameters& macro, unsigned in_bits);

/// Whether the bits of a code are accumulated in charge before one conversion.
bool accumulates_in_charge(const MacroParameters& macro, unsigned in_bits);

/// What is wrong with the levels that input codes become before one conversion:
///
///     level_i(x) = x + 2^-scale_shift * error(i, x)
///
/// the sum over the steps of a code of the step's weight (incomplete settling of the accumulation)
/// times the level of the row's DAC. Each step's part is rounded to a multiple of 2^-scale_shift;
/// the shift is the largest, up to 12, at which all sums fit an int8.
class InputErrors {
 public:
  static bool needed(const MacroParameters& macro);

  /// Sets the table; does nothing when it is there already.
  /// @param bits  of a code that one conversion takes (a digit, or the whole code)
  void make(const MacroParameters& macro, const Die& die, unsigned bits);

  int scale_shift() const { return scale_shift_; }
  /// @param row  of the array
  std::int32_t error(unsigned row, unsigned code) const {
    return table_[row % page_rows_ * row_stride_ + code];  // pages share a row's DAC
  }
  /// Error of one step alone (bit-by-bit path): error(row, x) is their sum over the steps of x.
  /// @param digit  value of the step's digit
  std::int32_t step_error(unsigned row, unsigned step, unsigned digit) const;

  /// out[m * rows + i] = error(first + i, codes[m * rows + i]) + zero, first a row of the array,
  /// for a product of unsigned numbers.
  void apply(const std::uint8_t* codes, std::size_t positions, unsigned first, unsigned rows,
             std::int32_t zero, std::uint8_t* out) const;

 private:
  double exact_step_error(unsigned row, unsigned step, unsigned digit) const;

  const Die* die_ = nullptr;
  std::uint32_t seed_ = 0;  // of the die the table was made for
  unsigned bits_ = 0;
  unsigned digit_bits_ = 1;
  unsigned page_rows_ = 1;
  std::size_t row_stride_ = 0;   // 0: all rows alike
  std::vector<double> weights_;  // of the steps
  std::vector<std::int8_t> table_;
  int scale_shift_ = 0;
};

}  // namespace leyden::cim
