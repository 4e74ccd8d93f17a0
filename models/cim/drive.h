#pragma once

#include <string>
#include <vector>

#include "models/base/parameter.h"

namespace leyden::cim {

/// First stage: how an input code reaches the cells.
enum class DriveKind {
  kBitSerial,  ///< one bit of every row at a time, full swing, no DAC
  kDac,        ///< a digit of several bits at a time, as one of 2^bits levels
};
/// Which digit of a code is driven first.
enum class DriveOrder { kLsbFirst, kMsbFirst };

struct DriveParameters {
  DriveKind kind = DriveKind::kBitSerial;
  unsigned bits = 1;  ///< of a digit
  DriveOrder order = DriveOrder::kLsbFirst;
  bool zero_skipping = false;  ///< a digit that is 0 in every row takes no step
  double inl_lsb = 0;  ///< of a DAC's level, sigma in LSB of a digit, frozen per die and row
  double dac_capacitance_ff = 0;        ///< of a DAC, per bit of a digit and row: C V^2 a step
  double word_line_capacitance_ff = 0;  ///< of one row, per column
  double area_um2 = 0;                  ///< of one row's driver

  static std::vector<base::ParameterSpec> specs();
  static DriveParameters read(const base::ParameterSet& set, const std::string& scope);

  /// Steps an input code of `in_bits` takes.
  unsigned digits(unsigned in_bits) const { return (in_bits + bits - 1) / bits; }
  unsigned highest_digit() const { return (1u << bits) - 1; }
  /// Energy of the lowest level of a digit in one column, in fJ: charge C V level/highest on the
  /// word line, drawn from V. Of a bit: the word line charged once, C V^2.
  double level_energy_fj(double supply_v) const {
    return word_line_capacitance_ff * supply_v * supply_v / highest_digit();
  }
  /// Energy of a DAC for one digit other than 0, in fJ: C V^2 a bit of it.
  double dac_energy_fj(double supply_v) const {
    return dac_capacitance_ff * bits * supply_v * supply_v;
  }
};

}  // namespace leyden::cim
