#pragma once

#include "platform/compiler/graph.h"

namespace leyden::compiler {

/// Moves the padding of Pad nodes into the only node that reads them, where that gives the same
/// values: zeros before a convolution or an average that counts them, and before a maximum what
/// never wins (values below all others, or 0 behind a Relu).
void fold_pads(Graph& graph);

}  // namespace leyden::compiler
