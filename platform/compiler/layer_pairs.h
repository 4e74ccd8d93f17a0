#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "platform/compiler/graph.h"
#include "platform/compiler/network_file.h"

namespace leyden::compiler {

/// Two layers with weights such that dividing channel c of the first one's output by any s > 0 and
/// multiplying the second one's weights of channel c by s changes nothing: what lies between is
/// f(x / s) = f(x) / s (Relu, LeakyRelu, pooling, zero padding, a relabelling) and has no other
/// reader.
struct LayerPair {
  std::size_t first = 0;   ///< node
  std::size_t second = 0;  ///< node
  std::size_t channels = 0;
  std::string tensor;  ///< what the first computes, after its Relu
};

/// Pairs of a graph. A tensor whose range or encoding is given stays as it is.
std::vector<LayerPair> find_pairs(const Graph& graph, const NetworkFile& file);

/// max |w| of the weights of an output channel.
double output_reach(const Node& node, std::size_t channel);
/// max |w| of the weights that read an input channel of `channels`.
double input_reach(const Node& node, std::size_t channel, std::size_t channels);
/// Divides output channel c of the first and multiplies input channel c of the second.
void rescale(Graph& graph, const LayerPair& pair, std::size_t channel, double scale);

}  // namespace leyden::compiler
