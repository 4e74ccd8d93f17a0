#pragma once

#include "platform/compiler/graph.h"

namespace leyden::compiler {

/// Rewrites a graph into one that computes the same with fewer nodes: a Relu after a MaxPool goes
/// before it, and per-channel scales and shifts (batch normalisation, added constants) go into the
/// convolution, matrix or other scale before them; a Pad goes into the padding of its reader.
Graph fold(const Graph& graph);

/// Nodes that read a tensor, and the network's output as one more reader.
std::size_t count_readers(const Graph& graph, const std::string& tensor);

}  // namespace leyden::compiler
