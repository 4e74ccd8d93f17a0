#pragma once

#include <vector>

#include "platform/compiler/calibration.h"
#include "platform/compiler/network_file.h"
#include "platform/compiler/plan.h"

namespace leyden::compiler {

/// Sets the ranges of the converters, where the chip lets them be set
/// (docs/compiler-quantisation.md): those that a network file gives under `converter_ranges`, m =
/// round(f 2^n), at least 1, of a layer, of every row part, or of every output of every part; those
/// of other layers by `converter_calibration` from the sums of calibration images.
/// @param plan network and mapping are set; `ranges` of its layers are filled in
/// @param graph the float graph, whose activations are the layers' inputs
/// @throws base::UsageError naming the key: a node that is no layer on macros, a chip whose ranges
///         are fixed, a list that has not an entry for every part or output, no calibration image
void set_converter_ranges(Plan& plan, const Graph& graph, const NetworkFile& file,
                          const std::vector<Image>& calibration);

}  // namespace leyden::compiler
