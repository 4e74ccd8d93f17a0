#pragma once

#include <string>
#include <vector>

#include "models/base/parameter.h"

namespace leyden::cim {

/// Fourth stage: the converter.
enum class ConvertKind { kSar };
/// What the converter's full scale follows.
enum class ReferenceKind {
  kReplica,  ///< a replica of the line: nominal parasitics, settling and droop cancel
  kSupply,   ///< the supply: they show as a gain error
};

/// Successive-approximation converter, one per column (shared by `sharing` columns). Full scale
/// V_dd * 2^-range_shift.
struct ConvertParameters {
  ConvertKind kind = ConvertKind::kSar;
  ReferenceKind reference = ReferenceKind::kReplica;
  unsigned bits = 8;  ///< most bits
  unsigned range_shift = 0;
  unsigned sharing = 1;     ///< columns served one after the other
  double time_base_ns = 0;  ///< conversion time = base + bits * per_bit
  double time_per_bit_ns = 0;
  double energy_linear_ff = 0;  ///< energy = (linear * b + exponential * 4^b) * V^2
  double energy_exponential_ff = 0;
  double noise_mv = 0;      ///< comparator and reference noise at the input, rms
  double offset_mv = 0;     ///< static offset of a column, sigma over a die
  double gain_percent = 0;  ///< static gain error of a column, sigma over a die
  double inl_lsb = 0;       ///< bound of the smooth integral non-linearity, LSB at 8 bits
  double area_um2 = 0;      ///< of one converter

  static std::vector<base::ParameterSpec> specs();
  static ConvertParameters read(const base::ParameterSet& set, const std::string& scope);

  double time_ns(unsigned out_bits) const { return time_base_ns + time_per_bit_ns * out_bits; }
  /// Energy of one conversion in fJ (the ZigZag form).
  double energy_fj(unsigned out_bits, double supply_v) const;
};

}  // namespace leyden::cim
