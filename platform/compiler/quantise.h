#pragma once

#include <vector>

#include "platform/compiler/calibration.h"
#include "platform/compiler/network_file.h"
#include "platform/compiler/quantised.h"

namespace leyden::compiler {

/// Quantises a float graph: scales are folded, a Relu becomes the clamp of the layer before it,
/// activations are unsigned codes (zero point 0 after a Relu, an offset code otherwise, the middle
/// code for the network's output), weights symmetric per output channel. Ranges come from the
/// network file where it names the tensor, else from the calibration images.
/// @throws base::UsageError one sentence naming the node or tensor
QuantNetwork quantise(const Graph& graph, const NetworkFile& file,
                      const std::vector<Image>& calibration);

}  // namespace leyden::compiler
