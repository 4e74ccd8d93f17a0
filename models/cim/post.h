#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/base/parameter.h"

namespace leyden::cim {

/// Fifth stage: what is done to a conversion per output.
enum class PostKind {
  kAbn,           ///< analog batch-norm in the converter: gain and offset from the ABN table
  kNone,          ///< the table is not there: gain 1, offset half scale (an offset code)
  kDigitalScale,  ///< several conversions an output, shifted, added, then gamma and beta digitally
  kAdderTree,     ///< the same, also over groups of rows that are on one after the other
};

struct PostParameters {
  PostKind kind = PostKind::kAbn;
  double capacitance_ff = 0;   ///< gain and offset network, charged once a conversion
  unsigned range_shift = 0;    ///< of the digital scale: LSB_D = N 2^(bx+bw-b-r)
  double add_energy_fj = 0;    ///< shift and addition, per conversion
  double scale_energy_fj = 0;  ///< gain and offset, per output
  double area_um2 = 0;         ///< of what is behind a converter

  /// Whether gain and offset are applied to numbers, after conversion.
  bool digital() const { return kind == PostKind::kDigitalScale || kind == PostKind::kAdderTree; }

  static std::vector<base::ParameterSpec> specs();
  static PostParameters read(const base::ParameterSet& set, const std::string& scope);

  double energy_fj(double supply_v) const {
    return kind == PostKind::kAbn ? capacitance_ff * supply_v * supply_v : 0;
  }
};

/// One entry of the ABN table as registers hold it.
struct AbnEntry {
  std::uint16_t gamma = 256;  ///< 8 fraction bits, > 0
  std::int16_t beta = 0;      ///< 4 fraction bits, in codes

  static AbnEntry from_word(std::uint32_t word) {
    return {static_cast<std::uint16_t>(word & 0xffff), static_cast<std::int16_t>(word >> 16)};
  }
};

}  // namespace leyden::cim
