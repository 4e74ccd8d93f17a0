#include "platform/validate/knobs.h"

namespace leyden::validate {

std::string to_string(Scope scope) {
  switch (scope) {
    case Scope::kNode:
      return "node";
    case Scope::kChip:
      return "chip";
    default:
      return "global";
  }
}

const std::vector<KnobSpec>& knob_specs() {
  using C = Coefficients;
  constexpr Scope kG = Scope::kGlobal;
  static const std::vector<KnobSpec> kSpecs = {
      {kG, "cell_capacitance_ff", "fF", true, &C::cell_capacitance_ff,
       "charged a cell and phase, at 28 nm; grows with the node"},
      {kG, "word_line_capacitance_ff", "fF", true, &C::word_line_capacitance_ff,
       "RRAM: a cell's share of its word line, at 28 nm"},
      {kG, "converter_energy", "1", true, &C::converter_energy,
       "energy of a conversion over ZigZag's equation, at 28 nm"},
      {kG, "converter_energy_exponent", "1", false, &C::converter_energy_exponent,
       "power of the node that energy goes with"},
      {kG, "integration_energy", "1", true, &C::integration_energy,
       "ternary pulses: energy of a pulse's integration in bits of a conversion"},
      {kG, "dac_energy", "1", true, &C::dac_energy, "energy of a row's DAC over ZigZag's equation"},
      {kG, "datapath_energy_pj", "pJ", true, &C::datapath_energy_pj,
       "digital work an output, at 28 nm, 0.9 V"},
      {kG, "supply_exponent", "1", false, &C::supply_exponent, "power of V that energy goes with"},
      {kG, "step_time", "1", true, &C::step_time,
       "time of a phase or decided bit over ZigZag's equation, at 28 nm, 0.9 V"},
      {kG, "integration_time", "1", true, &C::integration_time,
       "ternary pulses: time of an integration in steps"},
      {kG, "cell_area_um2", "um2", true, &C::cell_area_um2, "six transistors, at 28 nm"},
      {kG, "rram_cell_area_f2", "F2", true, &C::rram_cell_area_f2, "a transistor and its RRAM"},
      {kG, "capacitor_area_um2", "um2", true, &C::capacitor_area_um2,
       "unit capacitor of a multiplying circuit that cells share"},
      {kG, "line_area_um2", "um2", true, &C::line_area_um2,
       "drivers of one row or column, at 28 nm"},
      {kG, "datapath_area_um2", "um2", true, &C::datapath_area_um2,
       "digital datapath and control an output, at 28 nm"},
      {kG, "converter_area", "1", true, &C::converter_area,
       "area of a converter over ZigZag's equation, at 28 nm"},
      {kG, "converter_area_exponent", "1", false, &C::converter_area_exponent,
       "power of the node that area goes with"},
      {kG, "line_converter_area", "1", true, &C::line_converter_area,
       "ratio of that area without a capacitor array"},
      {kG, "flash_area", "1", true, &C::flash_area, "ratio of that area for a flash converter"},
      {kG, "dac_area_um2", "um2", true, &C::dac_area_um2, "a level of a row's DAC"},
      {Scope::kNode, "threshold_v", "V", true, &C::threshold_v,
       "threshold in the law of the delay"},
      {Scope::kChip, "array", "1", true, &C::array_ratio, "ratio of the array's energy"},
      {Scope::kChip, "converter", "1", true, &C::converter_ratio,
       "ratio of the converters' energy"},
      {Scope::kChip, "datapath", "1", true, &C::datapath_ratio, "ratio of the datapath's energy"},
      {Scope::kChip, "time", "1", true, &C::time_ratio, "ratio of the time of a step"},
      {Scope::kChip, "cell_area", "1", true, &C::cell_area_ratio, "ratio of the cells' area"},
      {Scope::kChip, "supply", "1", false, &C::supply_exponent,
       "added to the power of V that energy goes with"}};
  return kSpecs;
}

const KnobSpec* find_knob(Scope scope, const std::string& name) {
  for (const KnobSpec& spec : knob_specs()) {
    if (spec.scope == scope && spec.name == name) return &spec;
  }
  return nullptr;
}

bool Knob::applies(const std::string& chip, double at_node_nm) const {
  if (spec->scope == Scope::kChip) return subject == chip;
  return spec->scope == Scope::kGlobal || node_nm == at_node_nm;
}

Coefficients coefficients_of(const std::vector<Knob>& knobs, const std::string& chip,
                             double node_nm) {
  Coefficients with;
  with.threshold_v = kThresholdV;
  for (const Knob& knob : knobs) {
    if (!knob.applies(chip, node_nm)) continue;
    double& member = with.*(knob.spec->member);
    const bool added = knob.spec->scope == Scope::kChip && !knob.spec->logarithmic;
    member = added ? member + knob.value : knob.value;
  }
  return with;
}

}  // namespace leyden::validate
