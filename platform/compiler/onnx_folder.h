#pragma once

#include <optional>

#include "platform/compiler/onnx_context.h"

namespace leyden::compiler {

/// Computes a node whose inputs are constants, and Shape and Size of computed tensors: the chains
/// that exporters write around Reshape, and weights that they prepare in the graph.
/// @return nothing when the node depends on the image's values, or is none of those that are folded
/// @throws base::UsageError when shapes do not fit together
std::optional<OnnxConstant> fold_constants(const OnnxContext& context, const OnnxNode& node);

}  // namespace leyden::compiler
