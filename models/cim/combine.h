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

}  // namespace leyden::cim
