#pragma once

#include <string>
#include <vector>

#include "platform/compiler/calibration.h"
#include "platform/compiler/plan.h"

namespace leyden::compiler {

/// Sets the ranges of converters that are given, gain and offset of every output of every macro
/// layer, and the tables of row splits.
///
/// With LSB_D = units * rows_per_unit * 2^(bx + bw - b - r) (docs/models/cim.md):
///   gamma = s_w s_x LSB_D / s_y,  beta = bias / s_y + zp_y - zp_x gamma / LSB_D sum(w).
/// Row splits convert with beta = 2^(b-1) and a gamma that brings the calibration images' partial
/// sums to the converter's full range; the vector unit's table undoes it. Without reshaping every
/// layer does so, with gain 1 or one gain for all its outputs.
/// @param plan network and mapping are set; ranges, abn, format, accumulate, table and notes are
/// filled in
/// @param graph the float graph, run on the calibration images for the sums of row splits
/// @throws base::UsageError when an output's range is open and there is no calibration image
void set_abn(Plan& plan, const Graph& graph, const NetworkFile& file,
             const std::vector<Image>& calibration);

}  // namespace leyden::compiler
