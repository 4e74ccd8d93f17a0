#pragma once

#include <cstdint>

#include "models/cim/array.h"
#include "models/cim/codes.h"
#include "models/cim/job.h"

namespace leyden::cim {

/// Applies the trim table to the conversions of a job, after the converters' own gain and offset
/// and before gamma (docs/calibration.md):
///   value' = value * GAIN + OFFSET * LSB / 16,  LSB_D = N 2^(bx + bw - b - r)
/// with b the converter's most bits and r its range shift. An output's trim is that of its first
/// column, as its converter is. Noise keeps its size. With all entries at reset nothing changes.
/// Where gain and offset are digital (several conversions an output) trims do not act.
void apply_trims(const Job& job, const MacroParameters& macro, const WeightArray& array,
                 CodeParameters& codes);

/// One step of OFFSET in units of D for a job.
double trim_step(const Job& job, const MacroParameters& macro);

}  // namespace leyden::cim
