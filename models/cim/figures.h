#pragma once

#include <cstdint>
#include <vector>

#include "models/base/parameter.h"
#include "models/cim/array.h"
#include "models/cim/job.h"
#include "models/cim/parameters.h"

namespace leyden::cim {

/// Figures of a macro at one precision, from a simulated job on the full array.
struct MacroFigures {
  unsigned in_bits = 0;
  unsigned weight_bits = 0;
  unsigned out_bits = 0;
  double ops = 0;        ///< of one MVM; a multiplication and an addition are two
  double time_ns = 0;    ///< of one MVM: cycles the macro is busy
  double energy_pj = 0;  ///< of one MVM: counted events and leakage
  std::vector<double> energy_by_component_pj;  ///< base::kComponentCount values
  double area_mm2 = 0;                         ///< cells, converters and drivers
  double pops_per_w = 0;
  double tops_per_mm2 = 0;
  double kilobytes_per_mm2 = 0;  ///< 1 kB = 1000 B
};

/// A job that fills the array with random weights and random inputs (half the bits set): a 3 x 3
/// window where the rows allow it, 1 x 1 else.
struct FullArrayJob {
  Job job;
  std::vector<std::uint8_t> input;
};
FullArrayJob full_array_job(const MacroParameters& macro, unsigned in_bits, unsigned weight_bits,
                            unsigned out_bits, unsigned positions_per_side, std::uint32_t seed);
/// Fills the cells with random weights, the ABN table with gain `gamma` and half-scale offsets.
void fill_array(WeightArray& array, const MacroParameters& macro, std::uint16_t gamma,
                unsigned out_bits, std::uint32_t seed);

/// Runs the job and tells the macro's figures: energy = counted events x energy an event and
/// leakage x time, time = cycles of job_timing(), area = sum of the parts. The feeder's and the
/// writer's energy and any wait for them are the system's, not the macro's.
/// @param parameters  what `macro` was read from, for provenance
MacroFigures macro_figures(const base::ParameterSet& parameters, const MacroParameters& macro,
                           unsigned in_bits, unsigned weight_bits, unsigned out_bits,
                           double clock_hz);

}  // namespace leyden::cim
