#pragma once

#include <filesystem>
#include <string>

#include "platform/compiler/graph.h"

namespace leyden::compiler {

/// Reads an ONNX file (opset 7 or later, batch of 1) into a Graph. Identity and Dropout disappear,
/// a Softmax before the output is left out with a note (the class stays the same), constants are
/// folded into the nodes that use them.
/// @throws base::UsageError one sentence: file missing, not an ONNX file, unsupported node (name,
///         operator, attribute, nearest supported form), shape mismatch (node and both shapes)
Graph import_onnx(const std::filesystem::path& file);

/// The same from the bytes of a file. @param where how messages name it
Graph import_onnx_bytes(const std::string& bytes, const std::string& where);

}  // namespace leyden::compiler
