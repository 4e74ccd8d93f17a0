#include "models/cim/wire.h"

#include <algorithm>

namespace leyden::cim {

void WireLadder::deficit(const double* conductance, std::size_t stride, const std::uint8_t* inputs,
                         std::size_t rows, std::size_t columns, std::size_t near_rows,
                         double resistance, double* deficit) {
  current_.assign(columns, 0);
  conductance_.assign(columns, 0);
  std::fill(deficit, deficit + columns, 0.0);
  // Wires between two rows that are on are one, as long as both.
  std::size_t wires = 0;
  const auto pass_wires = [&] {
    const double r = resistance * static_cast<double>(wires);
    for (std::size_t c = 0; c < columns; ++c) {
      const double factor = 1.0 / (1.0 + r * conductance_[c]);
      current_[c] *= factor;
      conductance_[c] *= factor;
    }
    wires = 0;
  };
  for (std::size_t i = rows; i-- > 0;) {
    const double input = inputs[i];
    if (input > 0) {
      pass_wires();
      const double* row = conductance + i * stride;
      for (std::size_t c = 0; c < columns; ++c) {
        const double current = row[c] * input;
        current_[c] += current;
        conductance_[c] += row[c];
        deficit[c] += current;
      }
    }
    ++wires;
  }
  wires += near_rows;
  pass_wires();
  for (std::size_t c = 0; c < columns; ++c) deficit[c] -= current_[c];
}

}  // namespace leyden::cim
