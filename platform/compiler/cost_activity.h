#pragma once

#include <vector>

#include "models/cim/parameters.h"
#include "platform/compiler/calibration.h"
#include "platform/compiler/cost_chip.h"
#include "platform/compiler/plan.h"

namespace leyden::compiler {

/// What the macro's energy needs of the values: mean driven levels and digits of a code, and mean
/// levels of a weight's cells where these are driven, of every macro layer. From windows sampled
/// evenly over the first calibration images, run through the host reference: networks trained for
/// few bits differ from their float form by more than the cost may.
/// @param plan wholly made: mapping, ABN
/// @return [layer]; all -1 without images
std::vector<LayerActivity> measure_activity(const Plan& plan, const std::vector<Image>& calibration,
                                            const cim::MacroParameters& macro);

}  // namespace leyden::compiler
