#pragma once

#include "models/cim/parameters.h"

namespace leyden::cim {

/// What a cell of a level adds to its column for an input of 1, in levels of an ideal cell.
///
/// A capacitor adds its level. A resistive cell of on/off ratio r still conducts at its lowest
/// level: stored = (1 - 1/r) level + highest / r (the form of DNN+NeuroSim's hardware inference).
class CellResponse {
 public:
  explicit CellResponse(const MacroParameters& macro)
      : shares_line_(macro.cells.kind == CellKind::kCharge) {
    if (macro.cells.kind != CellKind::kRram || macro.cells.on_off_ratio <= 0) return;
    const double inverse = 1.0 / macro.cells.on_off_ratio;
    slope_ = 1.0 - inverse;
    lowest_ = macro.cells.highest_level() * inverse;
  }

  /// Whether a macro's cells add anything but their level.
  static bool has_errors(const MacroParameters& macro) {
    const CellParameters& cells = macro.cells;
    return macro.dot_product.mismatch_percent_sqrt_ff > 0 || cells.variation_percent > 0 ||
           cells.on_off_ratio > 0 || cells.stuck_on_ppm > 0 || cells.stuck_off_ppm > 0 ||
           macro.combine.column_mismatch_percent > 0;
  }
  /// Whether a cell's capacitor counts against the mean of its line: shared charge, not currents.
  bool shares_line() const { return shares_line_; }
  /// Whether a cell of the lowest level adds nothing.
  bool lowest_is_none() const { return lowest_ == 0; }
  double stored(unsigned level) const { return slope_ * level + lowest_; }
  /// @param level         as the cell holds it, stuck or not
  /// @param deviation     of its capacitor or conductance, relative
  /// @param line_mean     mean deviation of the capacitors that load the line; 0 for currents
  /// @param column_weight of the column in the combination, about 1
  /// @return what it adds beyond `level`, in levels
  double excess(unsigned level, double deviation, double line_mean, double column_weight) const {
    const double line = 1.0 + line_mean;
    if (line <= 0) return -static_cast<double>(level);  // a line without any capacitor
    const double response = stored(level);
    return ((1.0 + deviation) / line * column_weight - 1.0) * response + (response - level);
  }

 private:
  bool shares_line_;
  double slope_ = 1;
  double lowest_ = 0;
};

}  // namespace leyden::cim
