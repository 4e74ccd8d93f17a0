#pragma once

#include "platform/compiler/onnx_context.h"

namespace leyden::compiler {

/// Adds the node to the graph: folds it when it is constant, else converts it.
/// @throws base::UsageError when the operator, an attribute or a constant is not supported
void convert_node(OnnxContext& context, const OnnxNode& node);

}  // namespace leyden::compiler
