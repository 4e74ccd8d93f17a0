#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <onnx/onnx_pb.h>

#include "platform/compiler/graph.h"

namespace leyden::compiler {

/// @throws base::UsageError "node 'x' (QLinearConv): what"
[[noreturn]] void refuse_quantised(const onnx::NodeProto& node, const std::string& what);

/// An integer constant of the file as it is stored.
struct StoredIntegers {
  std::vector<std::int64_t> dims;
  std::vector<std::int64_t> values;
  int type = 0;  ///< onnx::TensorProto::DataType
};

/// Constants of a graph by name: initialisers and Constant nodes.
class ConstantTable {
 public:
  /// @param graph its tensors are copied as they are needed only
  explicit ConstantTable(const onnx::GraphProto& graph);

  bool has(const std::string& name) const { return tensors_.count(name) > 0; }
  const onnx::TensorProto& tensor(const std::string& name) const { return tensors_.at(name); }
  void add(const onnx::TensorProto& tensor) { tensors_[tensor.name()] = tensor; }

  /// Real values of input `index` of a node. @throws base::UsageError when it is no float constant
  std::vector<float> reals(const onnx::NodeProto& node, int index) const;
  /// Scale of a quantisation: one value, or one an axis, above 0 and finite.
  std::vector<float> scales(const onnx::NodeProto& node, int index) const;
  /// Stored integers of input `index`. @throws base::UsageError when it is no such constant
  StoredIntegers integers(const onnx::NodeProto& node, int index) const;

 private:
  const onnx::TensorProto& constant(const onnx::NodeProto& node, int index,
                                    const std::string& role) const;

  std::map<std::string, onnx::TensorProto> tensors_;
};

bool has_input(const onnx::NodeProto& node, int index);

onnx::NodeProto make_onnx_node(const std::string& type, const std::string& name,
                               const std::vector<std::string>& inputs, const std::string& output);
void set_integer(onnx::NodeProto& node, const std::string& attribute, std::int64_t value);
std::int64_t integer_of(const onnx::NodeProto& node, const std::string& attribute,
                        std::int64_t otherwise);
float real_of(const onnx::NodeProto& node, const std::string& attribute, float otherwise);

/// A float32 constant with its data inside.
onnx::TensorProto make_float_tensor(const std::string& name, const std::vector<std::int64_t>& dims,
                                    const std::vector<float>& values);

/// Scale and zero point of one tensor of codes as a node states them.
/// @param type of the codes; signed codes get 128 added
TensorEncoding make_encoding(const onnx::NodeProto& node, float scale, std::int64_t zero_point,
                             int type);
bool same_encoding(const TensorEncoding& a, const TensorEncoding& b);
/// "scale 0.5, zero point 3"
std::string to_string(const TensorEncoding& encoding);

/// Operators that only move or select values: their output has the encoding of their input.
bool keeps_encoding(const std::string& type);

}  // namespace leyden::compiler
