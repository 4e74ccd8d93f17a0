#pragma once

#include "models/cim/parameters.h"

namespace leyden::cim {

/// What a cell of a level adds to its column for an input of 1, in levels of an ideal cell.
///
/// A capacitor adds its level. A resistive cell of on/off ratio r still conducts at its lowest
/// level: stored = (1 - 1/r) level + highest / r (the form of DNN+NeuroSim's hardware inference).
class CellResponse {
 public:
  explicit CellResponse(const MacroParameters& macro) {
    if (macro.cells.kind != CellKind::kRram || macro.cells.on_off_ratio <= 0) return;
    const double inverse = 1.0 / macro.cells.on_off_ratio;
    slope_ = 1.0 - inverse;
    lowest_ = macro.cells.highest_level() * inverse;
  }

  double stored(unsigned level) const { return slope_ * level + lowest_; }
  /// @param level         as the cell holds it, stuck or not
  /// @param deviation     of its capacitor or conductance, relative
  /// @param line_mean     mean deviation of the capacitors that load the line; 0 for currents
  /// @param column_weight of the column in the combination, about 1
  /// @return what it adds beyond `level`, in levels
  double excess(unsigned level, double deviation, double line_mean, double column_weight) const {
    return stored(level) * ((1.0 + deviation) / (1.0 + line_mean) * column_weight) - level;
  }

 private:
  double slope_ = 1;
  double lowest_ = 0;
};

}  // namespace leyden::cim
