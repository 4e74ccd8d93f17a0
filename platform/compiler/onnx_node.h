#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <onnx/onnx_pb.h>

#include "platform/compiler/onnx_constant.h"

namespace leyden::compiler {

/// Text of a file as it may be printed: control characters become '?'.
std::string printable(std::string text);

/// A node of the file with checked access to its attributes.
class OnnxNode {
 public:
  OnnxNode(const onnx::NodeProto& proto, std::size_t index);

  const std::string& name() const { return name_; }
  const std::string& type() const { return proto_.op_type(); }
  const onnx::NodeProto& proto() const { return proto_; }

  /// Refuses attributes that are not in the list, by name.
  void allow(const std::vector<std::string>& attributes) const;
  /// Refuses another number of inputs or more than one output in use.
  void expect_inputs(int least, int most) const;
  const std::string& input(int index) const { return proto_.input(index); }
  bool has_input(int index) const;
  const std::string& output() const { return proto_.output(0); }

  std::int64_t integer(const std::string& attribute, std::int64_t otherwise) const;
  float real(const std::string& attribute, float otherwise) const;
  std::string text(const std::string& attribute, const std::string& otherwise) const;
  std::vector<std::int64_t> integers(const std::string& attribute,
                                     const std::vector<std::int64_t>& otherwise) const;

  bool has_attribute(const std::string& attribute) const;
  /// " with attributes axis 1, mode 'linear'" for messages, or nothing when there are none.
  std::string attributes() const;

  /// @throws base::UsageError "node 'x' (Conv): what"
  [[noreturn]] void refuse(const std::string& what) const;

 private:
  const onnx::AttributeProto* find(const std::string& attribute,
                                   onnx::AttributeProto::AttributeType type) const;

  const onnx::NodeProto& proto_;
  std::string name_;
};

}  // namespace leyden::compiler
