#include "platform/compiler/onnx_node.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "models/base/error.h"

namespace leyden::compiler {
namespace {

using onnx::AttributeProto;

template <typename Field>
std::string list(const Field& values) {
  constexpr int kMost = 8;  // a message is one sentence
  std::ostringstream text;
  text << '[';
  for (int i = 0; i < std::min(kMost, values.size()); ++i) {
    text << (i > 0 ? ", " : "") << values.Get(i);
  }
  text << (values.size() > kMost ? ", ...]" : "]");
  return text.str();
}

std::string value_text(const AttributeProto& attribute) {
  std::ostringstream text;
  switch (attribute.type()) {
    case AttributeProto::INT:
      text << attribute.i();
      break;
    case AttributeProto::FLOAT:
      text << attribute.f();
      break;
    case AttributeProto::STRING:
      text << "'" << attribute.s() << "'";
      break;
    case AttributeProto::INTS:
      return list(attribute.ints());
    case AttributeProto::FLOATS:
      return list(attribute.floats());
    default:
      break;
  }
  return text.str();
}

}  // namespace

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

bool OnnxNode::has_attribute(const std::string& name) const {
  return std::any_of(proto_.attribute().begin(), proto_.attribute().end(),
                     [&](const AttributeProto& attribute) { return attribute.name() == name; });
}

std::string OnnxNode::attributes() const {
  std::string text;
  for (const AttributeProto& attribute : proto_.attribute()) {
    const std::string value = value_text(attribute);
    text += (text.empty() ? " with attributes " : ", ") + attribute.name() +
            (value.empty() ? "" : " " + value);
  }
  return text;
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
