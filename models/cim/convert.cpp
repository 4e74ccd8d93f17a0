#include "models/cim/convert.h"

#include <cmath>
#include <map>

namespace leyden::cim {

std::vector<base::ParameterSpec> ConvertParameters::specs() {
  return {
      {"converter.kind",
       "",
       0,
       0,
       false,
       {"sar", "charge_injection_sar", "flash"},
       "Kind of converter"},
      {"converter.reference",
       "",
       0,
       0,
       false,
       {"replica", "supply"},
       "What the full scale follows: a replica line (nominal line gain cancels) or the supply"},
      {"converter.bits", "1", 1, 12, true, {}, "Most bits of a conversion"},
      {"converter.range_shift", "1", 0, 8, true, {}, "Full scale is V_dd * 2^-r"},
      {"converter.range_bits",
       "1",
       0,
       8,
       true,
       {},
       "Bits n of the range that a job or a column sets, m/2^n of the full scale; 0: it is fixed",
       "0"},
      {"converter.sharing", "1", 1, 256, true, {}, "Columns one converter serves in turn"},
      {"converter.time_base_ns", "ns", 0, 1e6, false, {}, "Conversion time, constant part"},
      {"converter.time_per_bit_ns", "ns", 0, 1e6, false, {}, "Conversion time, per bit"},
      {"converter.energy_linear_ff",
       "fF",
       0,
       1e6,
       false,
       {},
       "Conversion energy over V^2, per bit"},
      {"converter.energy_exponential_ff",
       "fF",
       0,
       1e6,
       false,
       {},
       "Conversion energy over V^2, per 4^bits"},
      {"converter.noise_mv",
       "mV",
       0,
       100,
       false,
       {},
       "Comparator and reference noise at the input, rms"},
      {"converter.offset_mv", "mV", 0, 100, false, {}, "Static offset of a column, sigma"},
      {"converter.gain_percent", "%", 0, 50, false, {}, "Static gain error of a column, sigma"},
      {"converter.inl_lsb",
       "1",
       0,
       32,
       false,
       {},
       "Bound of the smooth integral non-linearity, in LSB at 8 bits"},
      {"converter.area_um2", "um2", 0, 1e6, false, {}, "Area of one converter"},
      {"converter.energy_model",
       "",
       0,
       0,
       false,
       {"given", "neurosim", "zigzag", "accelergy", "measured"},
       "Where a conversion's energy comes from: energy_linear_ff and energy_exponential_ff, or a "
       "component model",
       "given"},
      {"converter.time_model",
       "",
       0,
       0,
       false,
       {"given", "neurosim", "zigzag"},
       "Where a conversion's time comes from: time_base_ns and time_per_bit_ns, or a component "
       "model",
       "given"},
      {"converter.area_model",
       "",
       0,
       0,
       false,
       {"given", "zigzag", "accelergy"},
       "Where a converter's area comes from: area_um2, or a component model",
       "given"},
      {"converter.measured_energy_pj",
       "pJ",
       0,
       1e6,
       false,
       {},
       "Model measured: energy of one conversion",
       "0"},
      {"converter.measured_bits", "1", 1, 16, true, {}, "Model measured: its bits", "8"},
      {"converter.measured_supply_v", "V", 0, 5, false, {}, "Model measured: its supply", "0"},
      {"converter.unit_mismatch_percent",
       "%",
       0,
       50,
       false,
       {},
       "Unit element (SAR capacitor, injection cell), sigma, frozen per die",
       "0"},
      {"converter.comparator_offset_mv",
       "mV",
       0,
       1000,
       false,
       {},
       "Every comparator of a flash converter, sigma, frozen per die",
       "0"},
      {"converter.compression",
       "1",
       0.25,
       4,
       false,
       {},
       "Exponent of the levels about mid-scale; 1: linear",
       "1"},
      {"converter.decision_time_ps",
       "ps",
       0,
       1e6,
       false,
       {},
       "Time a comparator is given to decide",
       "0"},
      {"converter.metastability_tau_ps",
       "ps",
       0,
       1e6,
       false,
       {},
       "Regeneration time constant of a comparator; 0: it always decides",
       "0"},
  };
}

ConvertParameters ConvertParameters::read(const base::ParameterSet& set, const std::string& scope) {
  const auto real = [&](const char* key) { return set.real(scope + ".converter." + key); };
  const auto whole = [&](const char* key) {
    return static_cast<unsigned>(set.integer(scope + ".converter." + key));
  };
  ConvertParameters convert;
  convert.kind = set.choice_as<ConvertKind>(scope + ".converter.kind");
  const auto model = [&](const char* key) {
    static const std::map<std::string, CostModel> kModels = {{"given", CostModel::kGiven},
                                                             {"neurosim", CostModel::kNeuroSim},
                                                             {"zigzag", CostModel::kZigZag},
                                                             {"accelergy", CostModel::kAccelergy},
                                                             {"measured", CostModel::kMeasured}};
    return kModels.at(set.choice(scope + ".converter." + key));
  };
  convert.energy_model = model("energy_model");
  convert.time_model = model("time_model");
  convert.area_model = model("area_model");
  convert.measured_energy_pj = real("measured_energy_pj");
  convert.measured_bits = whole("measured_bits");
  convert.measured_supply_v = real("measured_supply_v");
  convert.unit_mismatch_percent = real("unit_mismatch_percent");
  convert.comparator_offset_mv = real("comparator_offset_mv");
  convert.compression = real("compression");
  convert.decision_time_ps = real("decision_time_ps");
  convert.metastability_tau_ps = real("metastability_tau_ps");
  convert.reference = set.choice(scope + ".converter.reference") == "replica"
                          ? ReferenceKind::kReplica
                          : ReferenceKind::kSupply;
  convert.bits = whole("bits");
  convert.range_shift = whole("range_shift");
  convert.range_bits = whole("range_bits");
  convert.sharing = whole("sharing");
  convert.time_base_ns = real("time_base_ns");
  convert.time_per_bit_ns = real("time_per_bit_ns");
  convert.energy_linear_ff = real("energy_linear_ff");
  convert.energy_exponential_ff = real("energy_exponential_ff");
  convert.noise_mv = real("noise_mv");
  convert.offset_mv = real("offset_mv");
  convert.gain_percent = real("gain_percent");
  convert.inl_lsb = real("inl_lsb");
  convert.area_um2 = real("area_um2");
  convert.own = std::dynamic_pointer_cast<const OwnConverter>(set.attached(scope + ".converter"));
  return convert;
}

double ConvertParameters::energy_fj(unsigned out_bits, double supply_v) const {
  return (energy_linear_ff * out_bits +
          energy_exponential_ff * std::ldexp(1.0, 2 * static_cast<int>(out_bits))) *
         supply_v * supply_v;
}

}  // namespace leyden::cim
