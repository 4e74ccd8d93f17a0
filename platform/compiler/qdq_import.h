#pragma once

#include <map>
#include <string>
#include <vector>

#include <onnx/onnx_pb.h>

#include "platform/compiler/graph.h"

namespace leyden::compiler {

/// What a quantised ONNX graph says beyond its float form.
struct QdqAnnotations {
  std::map<std::string, TensorEncoding> tensors;  ///< by tensor
  std::map<std::string, WeightEncoding> weights;  ///< by output tensor of the node with weights
  std::vector<std::string> notes;                 ///< one sentence each
};

/// Turns a quantised graph (QDQ, QLinear and Integer operators) into its float form: weights and
/// biases become float constants, QuantizeLinear and DequantizeLinear of other tensors disappear
/// and leave an encoding. A float graph is left as it is.
/// @throws base::UsageError what cannot be turned, by name
QdqAnnotations dequantise(onnx::GraphProto& graph);

/// Writes the annotations into the graph that was imported from the float form.
void annotate(const QdqAnnotations& annotations, Graph& graph);

}  // namespace leyden::compiler
