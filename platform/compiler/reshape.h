#pragma once

#include <string>
#include <vector>

#include "platform/compiler/calibration.h"
#include "platform/compiler/chip_geometry.h"
#include "platform/compiler/network_file.h"

namespace leyden::compiler {

/// Distribution-aware reshaping across layers. Codes of a tensor have one scale, set by its widest
/// channel, so the gain of narrow channels is lower than their distribution would take. Where the
/// next layer can take a channel's scale into its weights (LayerPair), channel c is divided by
///   s_c = (a_c / a)^alpha,   a_c = max |x_c| on calibration images, a = max over channels,
/// which raises its gain by 1 / s_c. alpha in {0, 1/8, .. 1} is the one with the least expected
/// squared error of the next layer's outputs, from rounding activations (step^2 / 12 through the
/// weights) and weights (through E[x_c^2]); with alpha 0 the pair stays as it is.
/// s_c is at least 1/8, at least what keeps the gain below 200, and 1 where a channel is never on.
/// @return notes: one sentence a pair that was changed
std::vector<std::string> reshape(Graph& graph, const NetworkFile& file,
                                 const std::vector<Image>& calibration,
                                 const ChipGeometry& geometry);

}  // namespace leyden::compiler
