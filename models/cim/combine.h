#pragma once

#include <string>
#include <vector>

#include "models/base/parameter.h"

namespace leyden::cim {

/// Third stage: how input bits and weight columns become one value.
enum class CombineKind {
  /// Analog: over input bits one sharing with an equal capacitor a bit, LSB first; over weight
  /// columns binary-weighted sharing, negative columns subtracted.
  kChargeSharing,
  kDigital,  ///< shift-and-add after a conversion each
};

struct CombineParameters {
  CombineKind inputs = CombineKind::kChargeSharing;   ///< over the digits of an input code
  CombineKind columns = CombineKind::kChargeSharing;  ///< over the columns of a weight
  double column_mismatch_percent = 0;  ///< sigma of a column's weight in the sharing, per die
  double input_mismatch_percent = 0;   ///< sigma of the accumulating capacitor's share, per die
  double settling_tau_ns = 0;          ///< of the accumulating sharing, within a step
  double capacitance_ff = 0;           ///< sampling capacitor behind a summed current
  double switch_capacitance_ff = 0;    ///< gates switched per column and step

  static std::vector<base::ParameterSpec> specs();
  static CombineParameters read(const base::ParameterSet& set, const std::string& scope);

  double step_energy_fj(double supply_v) const {
    return switch_capacitance_ff * supply_v * supply_v;
  }
};

/// Sign of weight column `column` of `weight_bits`: -1 for the MSB, +1 else (and for one bit).
inline int column_sign(unsigned column, unsigned weight_bits) {
  return weight_bits > 1 && column + 1 == weight_bits ? -1 : 1;
}
/// Variance at the combined output per unit variance of every line sample (equations 2 and 3):
/// sum_k 4^(k-bx) * sum_c 4^(c-bw).
double line_noise_factor(unsigned input_bits, unsigned weight_bits);
/// The same per unit variance of the line's kT/C, for the noise that the accumulation's own
/// sharing adds: each sharing of two equal capacitors C leaves kT/2C on either, later halved.
double accumulation_noise_factor(unsigned input_bits, unsigned weight_bits);
/// Gain of a pedestal that every line sample of every column carries alike.
double pedestal_factor(unsigned input_bits, unsigned weight_bits);

}  // namespace leyden::cim
