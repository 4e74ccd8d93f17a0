#include "models/cim/combine.h"

namespace leyden::cim {
std::vector<base::ParameterSpec> CombineParameters::specs() {
  return {
      {"combine.inputs",
       "",
       0,
       0,
       false,
       {"charge_sharing", "digital"},
       "How the digits of an input code are combined"},
      {"combine.columns",
       "",
       0,
       0,
       false,
       {"charge_sharing", "digital"},
       "How the columns of a weight are combined"},
      {"combine.column_mismatch_percent",
       "%",
       0,
       50,
       false,
       {},
       "A column's weight in the sharing, sigma, frozen per die",
       "0"},
      {"combine.input_mismatch_percent",
       "%",
       0,
       50,
       false,
       {},
       "The accumulating capacitor's share, sigma, frozen per die",
       "0"},
      {"combine.settling_tau_ns",
       "ns",
       0,
       1e6,
       false,
       {},
       "Time constant of the accumulating sharing",
       "0"},
      {"combine.capacitance_ff",
       "fF",
       0,
       1e6,
       false,
       {},
       "Sampling capacitor behind a summed current",
       "0"},
      {"combine.switch_capacitance_ff",
       "fF",
       0,
       1000,
       false,
       {},
       "Gate capacitance switched per column and step"},
  };
}

CombineParameters CombineParameters::read(const base::ParameterSet& set, const std::string& scope) {
  CombineParameters combine;
  const auto real = [&](const char* key) { return set.real(scope + ".combine." + key); };
  combine.inputs = set.choice_as<CombineKind>(scope + ".combine.inputs");
  combine.columns = set.choice_as<CombineKind>(scope + ".combine.columns");
  combine.column_mismatch_percent = real("column_mismatch_percent");
  combine.input_mismatch_percent = real("input_mismatch_percent");
  combine.settling_tau_ns = real("settling_tau_ns");
  combine.capacitance_ff = real("capacitance_ff");
  combine.switch_capacitance_ff = set.real(scope + ".combine.switch_capacitance_ff");
  return combine;
}

}  // namespace leyden::cim
