#pragma once

#include <vector>

#include "platform/compiler/graph.h"
#include "platform/compiler/quantised.h"

namespace leyden::compiler {

/// How the weights of one layer become integers.
struct WeightOptions {
  unsigned bits = 4;  ///< 2 to 8
};

/// Rounds weights to integers, symmetric about 0, one scale an output. Weights of a quantised graph
/// (`encoding.bits` not 0) keep the integers and scales that it gives them.
/// @param weights [output][row], rows in the order of QuantLayer::weights
/// @param layer its `bias` is set, one an output; weight_bits, weights and weight_scale are filled
void quantise_weights(const std::vector<float>& weights, const WeightEncoding& encoding,
                      const WeightOptions& options, QuantLayer& layer);

}  // namespace leyden::compiler
