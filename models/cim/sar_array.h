#pragma once

#include <array>
#include <vector>

namespace leyden::cim {

/// Most bits of a capacitor array.
inline constexpr unsigned kMaxSarBits = 12;

/// Where the input of the converter is sampled.
enum class SarSampling {
  kBottomPlate,  ///< on all bottom plates: the parasitic scales signal and steps alike
  kTopPlate,     ///< on the top plate, parasitic included: the steps alone are attenuated
};

/// Binary-weighted capacitor array of a SAR converter. Bit k has a capacitor of
/// 2^k + deviation[k] units, a terminator of 1 + terminator_deviation units stays at ground.
///
/// Levels are in LSB of the ideal array, V_ref / 2^bits, on the scale of code_of_level(): the ideal
/// threshold of code c is c. Switching the bits of a code to the reference moves the top plate by
/// V_ref sum_k C_k / (sum of all + parasitic); sampling on the bottom plates divides the input by
/// the sum of all capacitors over the same denominator, so
///
///     threshold(code) = 2^bits sum_k code[k] C_k / T,
///
/// T being the sum of all capacitors, and with sampling on the top plate the parasitic besides.
struct SarArray {
  unsigned bits = 8;  ///< 1 to kMaxSarBits
  SarSampling sampling = SarSampling::kBottomPlate;
  std::array<double, kMaxSarBits> deviation{};  ///< of bit k (0: LSB), in units, above -2^k
  double terminator_deviation = 0;              ///< in units, above -1
  double parasitic = 0;                         ///< top plate to ground, in units, not negative

  /// Draws all capacitors: the sum of 2^k independent units of relative standard deviation
  /// `unit_sigma` has the standard deviation weight_sigma(). What would be below 0.001 of its
  /// nominal value is that.
  /// @param normal bits + 1 standard normal numbers: bit 0 upwards, then the terminator
  void set_mismatch(double unit_sigma, const double* normal);

  /// Standard deviation of the capacitor of bit `bit` in units: unit_sigma sqrt(2^bit).
  static double weight_sigma(double unit_sigma, unsigned bit);
  /// Standard deviation of the ratio error of a threshold in LSB, bottom-plate sampling, to first
  /// order: the n = code units in use and the 2^bits - n others are independent and the total
  /// scales both, so unit_sigma sqrt(n (2^bits - n) / 2^bits).
  static double threshold_sigma(double unit_sigma, unsigned bits, unsigned code);

  /// Weight of every bit, LSB first, in LSB: what the bit's capacitor adds to a threshold.
  std::array<double, kMaxSarBits> weights() const;
};

/// Level with which the search compares when it tries `code` (1 to 2^bits - 1): the threshold of
/// that code alone. Mismatch can put it above that of a larger code.
double sar_trial_level(const SarArray& array, unsigned code);

/// Successive decisions from the MSB down, an ideal comparator: a bit stays where
/// level >= sar_trial_level().
/// @return 0 to 2^bits - 1; beyond the range it is clamped by the search itself
unsigned sar_convert(const SarArray& array, double level);

/// Transfer curve of the search: thresholds[c - 1] is the least level that gives code c or more.
/// It rises or stays; code c never occurs (a missing code) where thresholds[c] equals
/// thresholds[c - 1]. So that sar_convert(level) is the number of thresholds <= level.
void sar_thresholds(const SarArray& array, std::vector<double>& thresholds);

}  // namespace leyden::cim
