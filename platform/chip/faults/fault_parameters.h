#pragma once

#include <cstdint>
#include <vector>

#include "models/base/parameter.h"

namespace leyden::chip {

/// Random flips in bits of one kind. A rate and a number can be given together.
struct FlipRates {
  double per_mbit_ms = 0;   ///< Poisson process; a Mbit is 2^20 bits
  std::uint64_t count = 0;  ///< exactly so many an image
};

/// What the keys below `faults` say: faults that are drawn.
struct FaultRates {
  std::uint32_t seed = 1;
  bool from_start = false;  ///< flips come from reset on, not from the post of the image on
  double hang_factor = 10;
  FlipRates sram;
  FlipRates lmem;
  FlipRates weights;
  std::uint64_t register_flips = 0;  ///< an image
  double drop_percent = 0;           ///< of the rises of units' interrupt lines
  double late_percent = 100;
  std::uint64_t late_cycles = 0;
  double error_percent = 0;  ///< of the transfers on the bus
  double delay_percent = 100;
  std::uint64_t delay_cycles = 0;
  double stuck_cells_ppm = 0;
  unsigned stuck_on_percent = 50;  ///< of stuck cells, at the highest level
  unsigned dead_columns = 0;       ///< of each macro
  unsigned dead_adcs = 0;
  bool dead_adcs_highest = false;

  bool in_macros() const { return stuck_cells_ppm > 0 || dead_columns > 0 || dead_adcs > 0; }
  bool on_interrupts() const { return drop_percent > 0 || (late_cycles > 0 && late_percent > 0); }
  bool on_bus() const { return error_percent > 0 || (delay_cycles > 0 && delay_percent > 0); }
  bool counts_flips() const { return sram.count + lmem.count + weights.count + register_flips > 0; }
  /// Whether there is any fault at all.
  bool any() const {
    return in_macros() || on_interrupts() || on_bus() || counts_flips() || sram.per_mbit_ms > 0 ||
           lmem.per_mbit_ms > 0 || weights.per_mbit_ms > 0;
  }
};

/// Keys of the scope `faults`; each may be left out, and then there is no such fault.
std::vector<base::ParameterSpec> fault_specs();
FaultRates read_fault_rates(const base::ParameterSet& parameters);

}  // namespace leyden::chip
