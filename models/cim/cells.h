#pragma once

#include <string>
#include <vector>

#include "models/base/parameter.h"
#include "models/cim/representation.h"

namespace leyden::cim {

/// What a cell is.
enum class CellKind {
  kCharge,  ///< SRAM cell with a capacitor; several pages of cells may share one
  kRram,    ///< resistive cell that conducts
};

/// The cells: levels, pages, how weights lie in them, and what is imperfect in a resistive one.
/// The capacitor's own keys are DotProductParameters'.
struct CellParameters {
  CellKind kind = CellKind::kCharge;
  unsigned bits = 1;   ///< of a level, 1 to 4
  unsigned pages = 1;  ///< cells that share one MAC circuit; a job uses one page
  Representation representation = Representation::kTwosComplement;
  double on_conductance_us = 0;   ///< of the highest level, microsiemens
  double on_off_ratio = 0;        ///< highest over lowest conductance; 0: the lowest is none
  double variation_percent = 0;   ///< device to device, sigma(dG/G), frozen per die
  double read_noise_percent = 0;  ///< sigma(dG/G) of a read
  double stuck_on_ppm = 0;        ///< cells stuck at the highest level, frozen per die
  double stuck_off_ppm = 0;       ///< cells stuck at the lowest

  double off_conductance_us() const {  ///< of the lowest level
    return on_off_ratio > 0 ? on_conductance_us / on_off_ratio : 0.0;
  }
  unsigned highest_level() const { return (1u << bits) - 1; }

  static std::vector<base::ParameterSpec> specs();
  static CellParameters read(const base::ParameterSet& set, const std::string& scope);
};

}  // namespace leyden::cim
