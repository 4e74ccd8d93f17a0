#pragma once

#include <filesystem>
#include <string>

#include "platform/compiler/graph.h"

namespace leyden::compiler {

/// Reads an ONNX file (opset 7 or later, one image) into a Graph. Constants are folded into the
/// nodes that use them; operators that only relabel a tensor disappear. An input of
/// 1 x height x width x channels is seen as channels x height x width where the nodes behind it say
/// so (a Transpose), and one that is reshaped before it is used has the shape it is used in.
/// @throws base::UsageError one sentence: file missing, not an ONNX file, unsupported node (name,
///         operator, attribute, nearest supported form), shape mismatch (node and both shapes)
Graph import_onnx(const std::filesystem::path& file);

/// The same from the bytes of a file. @param where how messages name it
/// @param folder in which data beside the file must lie; empty: there is none
Graph import_onnx_bytes(const std::string& bytes, const std::string& where,
                        const std::filesystem::path& folder = {});

}  // namespace leyden::compiler
