#include "platform/compiler/qdq_nodes.h"

#include <cmath>
#include <cstring>
#include <set>
#include <sstream>

#include "models/base/error.h"
#include "platform/compiler/onnx_node.h"

namespace leyden::compiler {
namespace {

using onnx::TensorProto;

const onnx::AttributeProto* find_attribute(const onnx::NodeProto& node, const std::string& name) {
  for (const auto& attribute : node.attribute()) {
    if (attribute.name() == name) return &attribute;
  }
  return nullptr;
}

}  // namespace

void refuse_quantised(const onnx::NodeProto& node, const std::string& what) {
  std::string name = node.name();
  if (name.empty() && node.output_size() > 0) name = node.output(0);
  throw base::UsageError("node '" + printable(name) + "' (" + printable(node.op_type()) +
                         "): " + what);
}

ConstantTable::ConstantTable(const onnx::GraphProto& graph) {
  for (const auto& tensor : graph.initializer()) add(tensor);
  for (const auto& node : graph.node()) {
    const auto* value = find_attribute(node, "value");
    if (node.op_type() != "Constant" || node.output_size() != 1 || !value || !value->has_t()) {
      continue;
    }
    onnx::TensorProto tensor = value->t();
    tensor.set_name(node.output(0));
    add(tensor);
  }
}

const onnx::TensorProto& ConstantTable::constant(const onnx::NodeProto& node, int index,
                                                 const std::string& role) const {
  if (!has_input(node, index)) {
    refuse_quantised(node, "input " + std::to_string(index) + " (" + role + ") is missing");
  }
  const auto found = tensors_.find(node.input(index));
  if (found == tensors_.end()) {
    refuse_quantised(node, "its " + role + " '" + printable(node.input(index)) +
                               "' is computed while the network runs; a constant is supported");
  }
  return found->second;
}

std::vector<float> ConstantTable::reals(const onnx::NodeProto& node, int index) const {
  const OnnxConstant read =
      read_constant(constant(node, index, "float constant"), node.input(index));
  if (!read.is_float) {
    refuse_quantised(node, "input '" + printable(node.input(index)) + "' must hold float values");
  }
  return read.floats;
}

std::vector<float> ConstantTable::scales(const onnx::NodeProto& node, int index) const {
  constant(node, index, "scale");
  std::vector<float> values = reals(node, index);
  for (const float value : values) {
    if (!(value > 0)) {
      refuse_quantised(node, "scale '" + printable(node.input(index)) + "' must be above 0");
    }
  }
  if (values.empty()) refuse_quantised(node, "its scale has no value");
  return values;
}

StoredIntegers ConstantTable::integers(const onnx::NodeProto& node, int index) const {
  const TensorProto& tensor = constant(node, index, "integer constant");
  OnnxConstant read = read_constant(tensor, node.input(index));
  const int type = tensor.data_type();
  if (type != TensorProto::INT8 && type != TensorProto::UINT8 && type != TensorProto::INT32) {
    refuse_quantised(node, "input '" + printable(node.input(index)) + "' of data type " +
                               std::to_string(type) +
                               " is not supported; int8, uint8 and int32 are");
  }
  return {std::move(read.dims), std::move(read.integers), type};
}

bool has_input(const onnx::NodeProto& node, int index) {
  return index < node.input_size() && !node.input(index).empty();
}

onnx::NodeProto make_onnx_node(const std::string& type, const std::string& name,
                               const std::vector<std::string>& inputs, const std::string& output) {
  onnx::NodeProto node;
  node.set_op_type(type);
  node.set_name(name);
  for (const std::string& input : inputs) node.add_input(input);
  node.add_output(output);
  return node;
}

void set_integer(onnx::NodeProto& node, const std::string& attribute, std::int64_t value) {
  auto* added = node.add_attribute();
  added->set_name(attribute);
  added->set_type(onnx::AttributeProto::INT);
  added->set_i(value);
}

std::int64_t integer_of(const onnx::NodeProto& node, const std::string& attribute,
                        std::int64_t otherwise) {
  const auto* found = find_attribute(node, attribute);
  return found && found->type() == onnx::AttributeProto::INT ? found->i() : otherwise;
}

float real_of(const onnx::NodeProto& node, const std::string& attribute, float otherwise) {
  const auto* found = find_attribute(node, attribute);
  return found && found->type() == onnx::AttributeProto::FLOAT ? found->f() : otherwise;
}

onnx::TensorProto make_float_tensor(const std::string& name, const std::vector<std::int64_t>& dims,
                                    const std::vector<float>& values) {
  TensorProto tensor;
  tensor.set_name(name);
  tensor.set_data_type(TensorProto::FLOAT);
  for (const std::int64_t dim : dims) tensor.add_dims(dim);
  std::string raw(values.size() * sizeof(float), '\0');
  if (!values.empty()) std::memcpy(raw.data(), values.data(), raw.size());
  tensor.set_raw_data(raw);
  return tensor;
}

TensorEncoding make_encoding(const onnx::NodeProto& node, float scale, std::int64_t zero_point,
                             int type) {
  if (type != TensorProto::INT8 && type != TensorProto::UINT8) {
    refuse_quantised(node, "codes of data type " + std::to_string(type) +
                               " are not supported for a tensor that depends on the image; int8 "
                               "and uint8 are");
  }
  const std::int64_t code = type == TensorProto::INT8 ? zero_point + 128 : zero_point;
  return {8, double{scale}, static_cast<int>(code)};
}

bool same_encoding(const TensorEncoding& a, const TensorEncoding& b) {
  return a.bits == b.bits && a.scale == b.scale && a.zero_point == b.zero_point;
}

std::string to_string(const TensorEncoding& encoding) {
  std::ostringstream text;
  text << "scale " << encoding.scale << ", zero point " << encoding.zero_point;
  return text.str();
}

bool keeps_encoding(const std::string& type) {
  static const std::set<std::string> kTypes{"MaxPool",   "Flatten",   "Reshape",  "Squeeze",
                                            "Unsqueeze", "Transpose", "Identity", "Dropout"};
  return kTypes.count(type) > 0;
}

}  // namespace leyden::compiler
