#pragma once

#include <cstddef>

#include "platform/compiler/graph.h"

namespace leyden::compiler {

/// Puts the Pad before node `index` into that node's own padding, where nobody else reads it and
/// the padded values are those the node pads with. @return whether the graph changed
bool fold_pad(Graph& graph, std::size_t index);

}  // namespace leyden::compiler
