#pragma once

#include <cstdint>

#include "models/cim/parameters.h"

namespace leyden::cim {

/// Column noise and mismatch in LSB rms at the converter's most bits and gain 1, measured on the
/// model: what fidelity `analog` adds to `quantised`, nominal line gain, pedestal and compression
/// apart. Metastable comparisons, which change codes and not levels, are in none.
struct ColumnError {
  double total = 0;     ///< all together
  double temporal = 0;  ///< kT/C, comparator and reference noise, supply
  double offset = 0;    ///< static offset of the columns
  double gain = 0;      ///< static gain error of the columns
  double mismatch = 0;  ///< capacitors of the cells, or conductances from device to device
  double inl = 0;       ///< converter's smooth integral non-linearity
  double transfer = 0;  ///< its unit elements or comparators
  double read = 0;      ///< read noise of resistive cells
  double on_off = 0;    ///< lowest conductance that is not none
  double stuck = 0;     ///< cells that are stuck
  double columns = 0;   ///< weights of columns in the combination
  double inputs = 0;    ///< levels of inputs: DAC, accumulation
  double wire = 0;      ///< resistance of bit lines
};

/// Runs the full array on random data (8-bit inputs and weights, or the most the macro has), once
/// with all effects and once with each alone, over `dies` dies from `first_die` on.
ColumnError column_error_lsb_rms(const MacroParameters& macro, std::uint32_t first_die,
                                 unsigned dies);

}  // namespace leyden::cim
