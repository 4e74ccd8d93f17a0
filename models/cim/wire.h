#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace leyden::cim {

/// Bit lines with wire resistance: a ladder for each column. Row i's cell, of conductance g_i, lies
/// between its input, at voltage v_i, and node i of the line; a wire of resistance r joins
/// neighbouring nodes, and row 0's node to the converter, which holds the line's end at 0 V. A row
/// whose input is 0 is cut off by its select transistor.
///
/// From the far end inwards a ladder is a source: short-circuit current J beside a conductance Y. A
/// cell makes it (J + g v, Y + g), a wire (J, Y) / (1 + r Y). That is the exact solution, in one
/// pass. Units are free: currents in those of g v, resistance in those of 1/g.
class WireLadder {
 public:
  /// Current that the converters do not get: sum_i g_i v_i - J, per column.
  /// @param conductance  rows x stride, rows of `columns` values
  /// @param inputs       v_i, `rows` values
  /// @param near_rows    rows of the line before row 0, all cut off
  /// @param resistance   of the wire of one row, r
  /// @param deficit      `columns` values
  void deficit(const double* conductance, std::size_t stride, const std::uint8_t* inputs,
               std::size_t rows, std::size_t columns, std::size_t near_rows, double resistance,
               double* deficit);

 private:
  std::vector<double> current_;      // J
  std::vector<double> conductance_;  // Y
};

}  // namespace leyden::cim
