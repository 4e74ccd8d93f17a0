#pragma once

#include <string>

#include <onnx/onnx_pb.h>

#include "platform/compiler/qdq_import.h"
#include "platform/compiler/qdq_nodes.h"

namespace leyden::compiler {

/// Appends a node that leaves the values of `tensor` as they are, so that its output can have an
/// encoding of its own. @return its output
std::string add_requantisation(onnx::GraphProto& graph, ConstantTable& constants,
                               const std::string& tensor, const std::string& output);

/// Brings encodings to where the chip has codes:
/// - MaxPool and what only relabels has one encoding for its input and its output: an encoding
///   behind goes before it, and two different ones get a node that requantises between;
/// - a tensor that only a Relu or Clip reads loses its encoding when its codes reach as far as
///   those behind: both become one layer;
/// - a Clip whose bounds lie outside the codes behind it becomes a Relu or disappears;
/// - all inputs of a Concat get the encoding of its output.
void simplify_encodings(onnx::GraphProto& graph, QdqAnnotations& found);

}  // namespace leyden::compiler
