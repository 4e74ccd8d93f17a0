#pragma once

#include "models/base/parameter.h"
#include "platform/compiler/plan.h"
#include "platform/report/roofline.h"

namespace leyden::run {

/// Peaks of the macros for every precision of the plan's layers, by the closed form of job_timing()
/// for a job that fills the array, feeding left out; and what the memories can move:
///   off-chip memory  off_chip.bytes_per_cycle f
///   LMEM             2 banks x 16 B f (docs/models/memory.md)
///   weight window    min(bus.data_width_bytes, bytes of a row / cycles of a row) f, macros take
///   turns
report::RooflineFacts roofline_facts(const compiler::Plan& plan,
                                     const base::ParameterSet& parameters);

}  // namespace leyden::run
