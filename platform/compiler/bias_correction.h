#pragma once

#include <vector>

#include "platform/compiler/calibration.h"
#include "platform/compiler/quantised.h"

namespace leyden::compiler {

/// Takes from the bias of every output what rounding its weights adds to it on the average (Nagel
/// et al., ICCV 2019): E[y_q - y] = sum_i (s q_i - w_i) E[x_i], with E[x_i] the mean of the float
/// network's inputs at every tap of the window over positions and images, padding counted as 0.
/// @param graph the graph that `network` was quantised from: its float weights
/// @throws base::UsageError when there is no image
void correct_biases(QuantNetwork& network, const Graph& graph, const InputFormat& format,
                    const std::vector<Image>& images);

}  // namespace leyden::compiler
