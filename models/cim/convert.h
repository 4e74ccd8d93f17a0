#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/base/parameter.h"
#include "models/cim/own_converter.h"

namespace leyden::cim {

/// Fourth stage: the converter.
enum class ConvertKind {
  kSar,
  kChargeInjectionSar,  ///< unary cells remove charge; the largest step uses all of them twice
  kFlash,
};
/// Where a converter's energy, time or area comes from: the file's own coefficients or a component
/// model of the literature (component_models.h).
enum class CostModel { kGiven, kNeuroSim, kZigZag, kAccelergy, kMeasured };
/// What the converter's full scale follows.
enum class ReferenceKind {
  kReplica,  ///< a replica of the line: nominal parasitics, settling and droop cancel
  kSupply,   ///< the supply: they show as a gain error
};

/// Converter, one per column (shared by `sharing` columns). Full scale V_dd * 2^-range_shift.
struct ConvertParameters {
  ConvertKind kind = ConvertKind::kSar;
  ReferenceKind reference = ReferenceKind::kReplica;
  unsigned bits = 8;  ///< most bits
  unsigned range_shift = 0;
  unsigned range_bits = 0;  ///< a job or column takes m/2^n of the range, n bits; 0: all of it
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
  CostModel energy_model = CostModel::kGiven;
  CostModel time_model = CostModel::kGiven;  ///< kGiven, kNeuroSim or kZigZag
  CostModel area_model = CostModel::kGiven;  ///< kGiven, kZigZag or kAccelergy
  double measured_energy_pj = 0;             ///< kMeasured: of a conversion of measured_bits
  unsigned measured_bits = 8;
  double measured_supply_v = 0;
  double unit_mismatch_percent = 0;  ///< of a unit element (SAR capacitor, injection cell), sigma
  double comparator_offset_mv = 0;   ///< of each comparator of a flash converter, sigma
  double compression = 1;       ///< levels at +-full/2 * |2k/2^b - 1|^compression about mid-scale
  double decision_time_ps = 0;  ///< a comparator is given
  double metastability_tau_ps = 0;  ///< its regeneration time constant; 0: it always decides
  std::shared_ptr<const OwnConverter> own;  ///< a user's, in the place of all the others

  static std::vector<base::ParameterSpec> specs();
  static ConvertParameters read(const base::ParameterSet& set, const std::string& scope);

  bool needs_node() const {
    return energy_model == CostModel::kNeuroSim || energy_model == CostModel::kAccelergy ||
           area_model == CostModel::kAccelergy;
  }
  unsigned highest_range() const { return 1u << range_bits; }  ///< 2^n, the whole range
  double time_ns(unsigned out_bits) const { return time_base_ns + time_per_bit_ns * out_bits; }
  /// Energy of one conversion in fJ (the ZigZag form).
  double energy_fj(unsigned out_bits, double supply_v) const;
};

}  // namespace leyden::cim
