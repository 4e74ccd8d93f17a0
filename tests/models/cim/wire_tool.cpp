// Bit lines with wire resistance, for the comparison with a solution of the whole network.
// Reads `rows columns near_rows resistance`, the inputs, then rows x columns conductances; writes
// the deficit of every column.
#include <cstdio>
#include <iostream>

#include "models/cim/wire.h"

int main() {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::size_t near_rows = 0;
  double resistance = 0;
  leyden::cim::WireLadder ladder;
  while (std::cin >> rows >> columns >> near_rows >> resistance) {
    std::vector<std::uint8_t> inputs(rows);
    for (auto& input : inputs) {
      unsigned value = 0;
      std::cin >> value;
      input = static_cast<std::uint8_t>(value);
    }
    std::vector<double> conductance(rows * columns);
    for (double& value : conductance) std::cin >> value;
    std::vector<double> deficit(columns);
    ladder.deficit(conductance.data(), columns, inputs.data(), rows, columns, near_rows, resistance,
                   deficit.data());
    for (const double value : deficit) std::printf("%.17g ", value);
    std::printf("\n");
  }
  return 0;
}
