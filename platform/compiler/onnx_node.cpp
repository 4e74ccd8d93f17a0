#include "platform/compiler/onnx_node.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "models/base/error.h"

namespace leyden::compiler {
namespace {

using onnx::AttributeProto;
using onnx::TensorProto;

/// Reads `count` little-endian values of the file into `values`.
template <typename T, typename Out>
void read_raw(const std::string& raw, std::vector<Out>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    T value;
    std::memcpy(&value, raw.data() + i * sizeof(T), sizeof(T));
    values[i] = static_cast<Out>(value);
  }
}

[[noreturn]] void refuse_constant(const std::string& name, const std::string& what) {
  throw base::UsageError("constant '" + name + "': " + what);
}

std::size_t count_elements(const TensorProto& tensor, const std::string& name) {
  constexpr std::int64_t kMost = std::int64_t{1} << 28;
  std::int64_t count = 1;
  for (const std::int64_t dim : tensor.dims()) {
    if (dim < 0 || (dim > 0 && count > kMost / dim)) {
      refuse_constant(name, "a dimension of " + std::to_string(dim) +
                                " is not possible; at most 2^28 elements are supported");
    }
    count *= dim;
  }
  return static_cast<std::size_t>(count);
}

/// Takes the values from raw_data or from the typed field.
template <typename T, typename Field, typename Out>
void read_values(const TensorProto& tensor, const Field& field, const std::string& name,
                 std::size_t count, std::vector<Out>& values) {
  const std::size_t present = tensor.has_raw_data() ? tensor.raw_data().size() / sizeof(T)
                                                    : static_cast<std::size_t>(field.size());
  if (present != count || (tensor.has_raw_data() && tensor.raw_data().size() % sizeof(T) != 0)) {
    refuse_constant(name, "holds " + std::to_string(present) + " values where its shape needs " +
                              std::to_string(count));
  }
  values.resize(count);
  if (tensor.has_raw_data()) {
    read_raw<T>(tensor.raw_data(), values);
  } else {
    for (std::size_t i = 0; i < count; ++i) {
      values[i] = static_cast<Out>(field.Get(static_cast<int>(i)));
    }
  }
}

}  // namespace

OnnxConstant read_constant(const TensorProto& tensor, const std::string& name) {
  if (tensor.data_location() == TensorProto::EXTERNAL) {
    refuse_constant(name, "lies in a file of its own; save the model with all data inside");
  }
  OnnxConstant constant;
  constant.dims.assign(tensor.dims().begin(), tensor.dims().end());
  const std::size_t count = count_elements(tensor, name);
  switch (tensor.data_type()) {
    case TensorProto::FLOAT:
      read_values<float>(tensor, tensor.float_data(), name, count, constant.floats);
      constant.is_float = true;
      break;
    case TensorProto::DOUBLE:
      read_values<double>(tensor, tensor.double_data(), name, count, constant.floats);
      constant.is_float = true;
      break;
    case TensorProto::INT64:
      read_values<std::int64_t>(tensor, tensor.int64_data(), name, count, constant.integers);
      break;
    case TensorProto::INT32:
      read_values<std::int32_t>(tensor, tensor.int32_data(), name, count, constant.integers);
      break;
    case TensorProto::INT8:
      read_values<std::int8_t>(tensor, tensor.int32_data(), name, count, constant.integers);
      break;
    case TensorProto::UINT8:
      read_values<std::uint8_t>(tensor, tensor.int32_data(), name, count, constant.integers);
      break;
    default:
      refuse_constant(name, "data type " + std::to_string(tensor.data_type()) +
                                " is not supported; use float32 values");
  }
  for (const float value : constant.floats) {
    if (!std::isfinite(value)) refuse_constant(name, "holds a value that is not finite");
  }
  return constant;
}

std::string printable(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return text;
}

OnnxNode::OnnxNode(const onnx::NodeProto& proto, std::size_t index)
    : proto_(proto), name_(proto.name()) {
  if (name_.empty() && proto.output_size() > 0) name_ = proto.output(0);
  if (name_.empty()) name_ = "number " + std::to_string(index);
  name_ = printable(name_);
  if (proto.output_size() < 1 || proto.output(0).empty()) refuse("has no output");
  if (!proto.domain().empty() && proto.domain() != "ai.onnx") {
    refuse("operators of domain '" + proto.domain() + "' are not supported");
  }
}

void OnnxNode::refuse(const std::string& what) const {
  throw base::UsageError("node '" + name_ + "' (" + proto_.op_type() + "): " + what);
}

void OnnxNode::allow(const std::vector<std::string>& attributes) const {
  for (const AttributeProto& attribute : proto_.attribute()) {
    if (std::find(attributes.begin(), attributes.end(), attribute.name()) == attributes.end()) {
      refuse("attribute " + attribute.name() + " is not supported; leave it out");
    }
  }
}

bool OnnxNode::has_input(int index) const {
  return index < proto_.input_size() && !proto_.input(index).empty();
}

void OnnxNode::expect_inputs(int least, int most) const {
  if (proto_.input_size() < least || proto_.input_size() > most) {
    refuse("has " + std::to_string(proto_.input_size()) + " inputs where " + std::to_string(least) +
           (least == most ? "" : " to " + std::to_string(most)) + " are possible");
  }
  for (int i = 0; i < least; ++i) {
    if (!has_input(i)) refuse("input " + std::to_string(i) + " is missing");
  }
}

const AttributeProto* OnnxNode::find(const std::string& name,
                                     AttributeProto::AttributeType type) const {
  for (const AttributeProto& attribute : proto_.attribute()) {
    if (attribute.name() != name) continue;
    if (attribute.type() != type) refuse("attribute " + name + " has a wrong type");
    return &attribute;
  }
  return nullptr;
}

std::int64_t OnnxNode::integer(const std::string& attribute, std::int64_t otherwise) const {
  const AttributeProto* found = find(attribute, AttributeProto::INT);
  return found ? found->i() : otherwise;
}

float OnnxNode::real(const std::string& attribute, float otherwise) const {
  const AttributeProto* found = find(attribute, AttributeProto::FLOAT);
  if (found && !std::isfinite(found->f())) refuse("attribute " + attribute + " is not finite");
  return found ? found->f() : otherwise;
}

std::string OnnxNode::text(const std::string& attribute, const std::string& otherwise) const {
  const AttributeProto* found = find(attribute, AttributeProto::STRING);
  return found ? found->s() : otherwise;
}

std::vector<std::int64_t> OnnxNode::integers(const std::string& attribute,
                                             const std::vector<std::int64_t>& otherwise) const {
  const AttributeProto* found = find(attribute, AttributeProto::INTS);
  if (!found) return otherwise;
  return {found->ints().begin(), found->ints().end()};
}

}  // namespace leyden::compiler
