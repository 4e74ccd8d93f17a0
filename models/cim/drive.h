#pragma once

#include <string>
#include <vector>

#include "models/base/parameter.h"

namespace leyden::cim {

/// First stage: how an input code reaches the cells.
enum class DriveKind { kBitSerial };

/// Bit-serial drive: one bit of every row at a time, least significant first, full swing, no DAC.
struct DriveParameters {
  DriveKind kind = DriveKind::kBitSerial;
  double word_line_capacitance_ff = 0;  ///< of one row, per column
  double area_um2 = 0;                  ///< of one row's driver

  static std::vector<base::ParameterSpec> specs();
  static DriveParameters read(const base::ParameterSet& set, const std::string& scope);

  /// Energy of one set input bit in one column, in fJ: the word line charged once, C V^2.
  double bit_energy_fj(double supply_v) const {
    return word_line_capacitance_ff * supply_v * supply_v;
  }
};

}  // namespace leyden::cim
