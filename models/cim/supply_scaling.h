#pragma once

#include <string>
#include <vector>

#include "models/base/parameter.h"

namespace leyden::cim {

/// How the macro's figures move with its supply (DVFS). Energies and times of a chip file hold at
/// the reference supply.
struct SupplyScaling {
  double reference_supply_v = 0;  ///< 0: the supply itself
  double energy_exponent = 2;     ///< energy as (V / V_ref)^exponent
  double threshold_v = 0;
  double delay_exponent = 0;  ///< alpha of the alpha-power law; 0: time does not move

  static std::vector<base::ParameterSpec> specs();
  /// @throws base::UsageError for a supply at or below the threshold, or so close to it that times
  /// move by a factor of more than 1000, and for a reference between 0 and 0.1 V
  static SupplyScaling read(const base::ParameterSet& set, const std::string& scope);

  /// The supply whose square, C V^2, gives the energy at this supply:
  /// V_ref (V / V_ref)^(exponent / 2); the supply itself for an exponent of 2.
  double energy_supply_v(double supply_v) const;
  /// Time here over time at the reference (Sakurai and Newton, technology.h).
  double delay_factor(double supply_v) const;
  /// Leakage power here over that at the reference: in proportion to the supply, a constant
  /// current (assumed; drain-induced barrier lowering makes it fall faster).
  double leakage_factor(double supply_v) const {
    return reference_supply_v == 0 ? 1 : supply_v / reference_supply_v;
  }
};

}  // namespace leyden::cim
