#pragma once

#include <map>
#include <string>

#include "models/base/parameter.h"
#include "models/cim/parameters.h"
#include "tests/models/cim/chip_parameters.h"

namespace leyden::cim::test {

using Settings = std::map<std::string, std::string>;

inline const Settings kSilent = {{"cell.mismatch_percent_sqrt_ff", "0"},
                                 {"dot_product.charge_injection_mv", "0"},
                                 {"converter.noise_mv", "0"},
                                 {"converter.offset_mv", "0"},
                                 {"converter.gain_percent", "0"},
                                 {"converter.inl_lsb", "0"}};
inline const Settings kResistive = {{"cell.kind", "rram"},
                                    {"cell.on_conductance_us", "160"},
                                    {"dot_product.parasitic_ratio", "0"},
                                    {"dot_product.kind", "current_summing"},
                                    {"dot_product.settling_tau_ns", "0"},
                                    {"dot_product.read_voltage_v", "0.2"},
                                    {"combine.capacitance_ff", "20"},
                                    {"converter.reference", "supply"},
                                    {"dot_product.leakage_tau_us", "1e12"}};
inline const Settings kDigital = {
    {"combine.inputs", "digital"}, {"combine.columns", "digital"}, {"post.kind", "digital_scale"}};

inline Settings with(Settings base, const Settings& more) {
  for (const auto& [key, value] : more) base[key] = value;
  return base;
}

inline base::ParameterSet parameters_of(const Settings& settings) {
  base::ParameterSet parameters = imagine_parameters();
  for (const auto& [key, value] : settings) {
    parameters.set_text("cim." + key, value, base::Source::kAssumed, "test", "test");
  }
  return parameters;
}

inline MacroParameters macro_of(const Settings& settings) {
  return read_macro_parameters(parameters_of(settings));
}

}  // namespace leyden::cim::test
