#include "models/cim/dot_product.h"

#include <cmath>

namespace leyden::cim {

std::vector<base::ParameterSpec> DotProductParameters::specs() {
  return {
      {"dot_product.kind",
       "",
       0,
       0,
       false,
       {"charge_sharing", "current_summing"},
       "How a column's products add up"},
      {"dot_product.rows_active",
       "1",
       0,
       8192,
       true,
       {},
       "Most rows on at once, more are added digitally; 0: all rows of a page",
       "0"},
      {"dot_product.read_voltage_v",
       "V",
       0,
       5,
       false,
       {},
       "Across a conducting cell (current summing)",
       "0"},
      {"dot_product.wire_resistance_ohm",
       "ohm",
       0,
       1e4,
       false,
       {},
       "Bit line, per row (current summing)",
       "0"},
      {"cell.capacitance_ff", "fF", 0.05, 100, false, {}, "Capacitor of one cell"},
      {"cell.mismatch_percent_sqrt_ff",
       "%",
       0,
       20,
       false,
       {},
       "Capacitor mismatch: sigma(dC/C) in % times sqrt(C in fF); a resistive cell has none"},
      {"cell.area_um2", "um2", 0.001, 100, false, {}, "Area of one cell"},
      {"dot_product.step_time_ns",
       "ns",
       0.01,
       1e6,
       false,
       {},
       "One input bit: drive, charge sharing, accumulation"},
      {"dot_product.parasitic_ratio",
       "1",
       0,
       10,
       false,
       {},
       "Line capacitance to ground over the capacitance of its cells"},
      {"dot_product.settling_tau_ns", "ns", 0, 1e6, false, {}, "Time constant of charge sharing"},
      {"dot_product.charge_injection_mv",
       "mV",
       -50,
       50,
       false,
       {},
       "Pedestal the line's switch leaves, per step"},
      {"dot_product.leakage_tau_us",
       "us",
       0.01,
       1e12,
       false,
       {},
       "Time constant with which held charge leaks"},
  };
}

DotProductParameters DotProductParameters::read(const base::ParameterSet& set,
                                                const std::string& scope) {
  const auto real = [&](const char* key) { return set.real(scope + "." + key); };
  DotProductParameters dot;
  dot.kind = set.choice_as<DotProductKind>(scope + ".dot_product.kind");
  dot.rows_active = static_cast<unsigned>(set.integer(scope + ".dot_product.rows_active"));
  dot.read_voltage_v = real("dot_product.read_voltage_v");
  dot.wire_resistance_ohm = real("dot_product.wire_resistance_ohm");
  dot.capacitance_ff = real("cell.capacitance_ff");
  dot.mismatch_percent_sqrt_ff = real("cell.mismatch_percent_sqrt_ff");
  dot.cell_area_um2 = real("cell.area_um2");
  dot.step_time_ns = real("dot_product.step_time_ns");
  dot.parasitic_ratio = real("dot_product.parasitic_ratio");
  dot.settling_tau_ns = real("dot_product.settling_tau_ns");
  dot.charge_injection_mv = real("dot_product.charge_injection_mv");
  dot.leakage_tau_us = real("dot_product.leakage_tau_us");
  return dot;
}

double DotProductParameters::mismatch_sigma() const {
  return mismatch_percent_sqrt_ff / 100.0 / std::sqrt(capacitance_ff);
}

double DotProductParameters::gain(unsigned input_bits) const {
  const double settled =
      settling_tau_ns > 0 ? 1.0 - std::exp(-step_time_ns / settling_tau_ns) : 1.0;
  const double held_us = mean_age_steps(input_bits) * step_time_ns * 1e-3;
  return settled * std::exp(-held_us / leakage_tau_us) / (1.0 + parasitic_ratio);
}

double DotProductParameters::mean_age_steps(unsigned input_bits) {
  const double last = std::ldexp(1.0, -static_cast<int>(input_bits));  // weight of the first bit
  return (2.0 - (input_bits + 2) * last) / (1.0 - last);
}

double DotProductParameters::injected_charge(unsigned rows, double supply_v) const {
  return std::round(charge_injection_mv * 1e-3 / supply_v * rows * 65536.0) / 65536.0;
}

double DotProductParameters::noise_variance_v2(unsigned rows, double temperature_k) const {
  return kBoltzmann * temperature_k / (rows * capacitance_ff * 1e-15 * (1.0 + parasitic_ratio));
}

}  // namespace leyden::cim
