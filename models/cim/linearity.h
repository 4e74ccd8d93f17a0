#pragma once

#include <cstdint>
#include <vector>

#include "models/cim/parameters.h"

namespace leyden::cim {

/// Linearity of a die's converters, measured on the model as docs/dies.md tells: a ramp of dot
/// products over the range of every column, gain 1, without temporal noise. In LSB of the
/// converter at its most bits.
struct Linearity {
  std::uint64_t columns = 0;  ///< outputs measured, each with another first column
  double inl_max_lsb = 0;     ///< |transition - best-fit line|, greatest over columns and codes
  double inl_rms_lsb = 0;     ///< over columns and codes
  double dnl_max_lsb = 0;     ///< |width of a code / mean width - 1|
  double dnl_rms_lsb = 0;
  double offset_rms_lsb = 0;  ///< of the best-fit lines at mid-scale, over columns
  double gain_rms_percent = 0;
  double error_max_lsb = 0;  ///< |transition - ideal transition|: all static errors together
  double error_rms_lsb = 0;
  std::uint64_t missing_codes = 0;  ///< codes that never appear
};

/// One column's transfer: where its codes begin.
struct Transfer {
  std::vector<double> transitions;  ///< input in LSB about mid-scale at which code k + first begins
  unsigned first = 1;               ///< code of transitions[0]
};

/// Ramp points per LSB: what a transition is known to.
inline constexpr unsigned kRampPointsPerLsb = 16;

/// Transfers of all columns of one macro.
/// @param instance number of the macro on the chip
/// @param trims    words of the trim table, a word a column; empty: reset
/// @param repairs  words of the repair table, a word a spare column; empty: reset
std::vector<Transfer> measure_transfers(MacroParameters macro, std::uint32_t die, unsigned instance,
                                        const std::vector<std::uint32_t>& trims,
                                        const std::vector<std::uint32_t>& repairs = {});

/// What transfers say, of all macros of a die together.
/// @param bits of the converter
Linearity linearity_of(const std::vector<Transfer>& transfers, unsigned bits);

}  // namespace leyden::cim
