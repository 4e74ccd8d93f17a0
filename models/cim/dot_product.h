#pragma once

#include <string>
#include <vector>

#include "models/base/parameter.h"

namespace leyden::cim {

/// Boltzmann's constant in J/K, exact (SI 2019), for kT/C noise.
inline constexpr double kBoltzmann = 1.380649e-23;

/// Second stage: how the products of a column become one voltage.
enum class DotProductKind {
  /// On a line split into units; only the units in use load the line (adaptive swing), so a step's
  /// voltage is V_dd * sum(x w) / N with N the rows of the units in use.
  kChargeSharing,
  kCurrentSumming,  ///< currents of conducting cells on a bit line
};

struct DotProductParameters {
  DotProductKind kind = DotProductKind::kChargeSharing;
  unsigned rows_active = 0;             ///< most rows on at once; 0: all of a page
  double read_voltage_v = 0;            ///< across a conducting cell (current summing)
  double wire_resistance_ohm = 0;       ///< of a bit line, per row (current summing)
  double capacitance_ff = 0;            ///< of one cell's capacitor
  double mismatch_percent_sqrt_ff = 0;  ///< sigma(dC/C) = this / sqrt(C), in % and fF
  double cell_area_um2 = 0;
  double step_time_ns = 0;         ///< one input bit: drive, share, accumulate
  double parasitic_ratio = 0;      ///< line capacitance to ground over the cells' capacitance
  double settling_tau_ns = 0;      ///< time constant of the charge sharing
  double charge_injection_mv = 0;  ///< pedestal of the line's switch, per step
  double leakage_tau_us = 0;       ///< time constant of the held charge

  static std::vector<base::ParameterSpec> specs();
  static DotProductParameters read(const base::ParameterSet& set, const std::string& scope);

  /// Energy of one set cell under one set input bit, in fJ: its capacitor charged, C V^2.
  double cell_energy_fj(double supply_v) const { return capacitance_ff * supply_v * supply_v; }
  /// Energy of one conducting cell over a step, in fJ: V^2 G t.
  double read_energy_fj(double conductance_us) const {
    return read_voltage_v * read_voltage_v * conductance_us * step_time_ns;
  }
  /// Relative standard deviation of one cell's capacitor (Pelgrom: 1/sqrt(area), so 1/sqrt(C)).
  double mismatch_sigma() const;
  /// Voltage of the real line over the ideal one: parasitics, settling of a step, and droop of the
  /// held charge's mean_age_steps().
  double gain(unsigned input_bits) const;
  /// Age at the end of accumulation, in steps, of the charge of `input_bits` equal input bits, LSB
  /// first: the bit n steps before the last is n + 1 steps old and counts 2^-(n+1), so the mean is
  /// (2 - (bx + 2) 2^-bx) / (1 - 2^-bx), 1 to almost 2.
  static double mean_age_steps(unsigned input_bits);
  /// Charge injection of one step in units of one cell's full charge, line of `rows` cells;
  /// rounded to 2^-16, so that the collapsed and the bit-by-bit path add exactly the same number.
  double injected_charge(unsigned rows, double supply_v) const;
  /// kT/C noise variance of one sampled line of `rows` cells, V^2.
  double noise_variance_v2(unsigned rows, double temperature_k) const;
};

}  // namespace leyden::cim
