#include "platform/compiler/qdq_simplify.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <vector>

namespace leyden::compiler {
namespace {

using onnx::NodeProto;

constexpr const char* kZero = "/requantise/zero";  // name of the constant 0

NodeProto requantisation(onnx::GraphProto& graph, const std::string& tensor,
                         const std::string& output) {
  bool known = false;
  for (const auto& constant : graph.initializer()) known = known || constant.name() == kZero;
  if (!known) *graph.add_initializer() = make_float_tensor(kZero, {1}, {0.0f});
  return make_onnx_node("Add", output, {tensor, kZero}, output);
}

double lowest(const TensorEncoding& e) { return -e.scale * e.zero_point; }
double highest(const TensorEncoding& e) { return e.scale * ((1 << e.bits) - 1 - e.zero_point); }

class Simplifier {
 public:
  Simplifier(onnx::GraphProto& graph, QdqAnnotations& found)
      : graph_(graph), found_(found), constants_(graph) {}

  void run() {
    for (const NodeProto& node : graph_.node()) {
      for (const std::string& input : node.input()) ++readers_[input];
    }
    for (const auto& output : graph_.output()) ++readers_[output.name()];
    // Backwards: an encoding may pass several nodes on its way to the one that computes.
    for (int i = graph_.node_size() - 1; i >= 0; --i) visit(*graph_.mutable_node(i));
    rebuild();
  }

 private:
  const TensorEncoding* encoding(const std::string& tensor) const {
    const auto found = found_.tensors.find(tensor);
    return found == found_.tensors.end() ? nullptr : &found->second;
  }

  void visit(NodeProto& node) {
    if (node.output_size() < 1 || node.input_size() < 1) return;
    if (keeps_encoding(node.op_type())) return move_before(node);
    if (node.op_type() == "Concat") return join(node);
    if (node.op_type() == "Relu" || node.op_type() == "Clip") {
      release(node);
      if (node.op_type() == "Clip") simplify_clip(node);
    }
  }

  void move_before(NodeProto& node) {
    const TensorEncoding* behind = encoding(node.output(0));
    if (!behind) return;
    require(node, 0, *behind);
    found_.tensors.erase(node.output(0));
  }

  /// Input `index` of `node` gets an encoding, through a node of its own where it has another.
  void require(NodeProto& node, int index, const TensorEncoding& wanted) {
    const std::string tensor = node.input(index);
    if (constants_.has(tensor)) return;
    const TensorEncoding* before = encoding(tensor);
    if (!before) {
      found_.tensors[tensor] = wanted;
    } else if (!same_encoding(*before, wanted)) {
      const std::string output =
          node.output(0) + "/requantised" + (index > 0 ? std::to_string(index) : "");
      found_.tensors[output] = wanted;
      inserted_[node.output(0)].push_back(requantisation(graph_, tensor, output));
      node.set_input(index, output);
    }
  }

  void join(NodeProto& node) {
    const TensorEncoding* behind = encoding(node.output(0));
    if (!behind) {
      const TensorEncoding* first = encoding(node.input(0));
      const bool same = first && std::all_of(node.input().begin(), node.input().end(),
                                             [&](const std::string& input) {
                                               const TensorEncoding* other = encoding(input);
                                               return other && same_encoding(*first, *other);
                                             });
      if (!same) return;
      found_.tensors[node.output(0)] = *first;
      return;
    }
    const TensorEncoding wanted = *behind;
    for (int i = 0; i < node.input_size(); ++i) require(node, i, wanted);
  }

  /// Relu and Clip are the clamp of the layer before: codes between them are not needed.
  void release(const NodeProto& node) {
    const TensorEncoding* before = encoding(node.input(0));
    const TensorEncoding* behind = encoding(node.output(0));
    if (!behind || readers_[node.input(0)] != 1) return;
    if (!before && behind->zero_point != 0) {
      // A converter clamps at code 0 alone: the layer before gives the codes, another the clamp.
      const TensorEncoding same = *behind;
      found_.tensors[node.input(0)] = same;
      return;
    }
    if (!before) return;
    for (const auto& input : graph_.input()) {
      if (input.name() == node.input(0)) return;
    }
    const double half = behind->scale / 2;
    const double least = node.op_type() == "Relu" ? std::max(0.0, lowest(*behind))
                                                  : std::max(lower(node), lowest(*behind));
    const double most =
        node.op_type() == "Relu" ? highest(*behind) : std::min(upper(node), highest(*behind));
    if (highest(*before) < most - half || lowest(*before) > least + half) return;
    const TensorEncoding same = *behind;
    found_.tensors.erase(node.input(0));
    if (same.zero_point != 0) found_.tensors[node.input(0)] = same;
  }

  double bound(const NodeProto& node, int index, const char* attribute, double otherwise) const {
    const auto stated =
        static_cast<double>(real_of(node, attribute, std::numeric_limits<float>::quiet_NaN()));
    if (!std::isnan(stated)) return stated;
    if (!has_input(node, index) || !constants_.has(node.input(index))) return otherwise;
    const auto values = constants_.reals(node, index);
    return values.size() == 1 ? double{values[0]} : otherwise;
  }
  double lower(const NodeProto& node) const {
    return bound(node, 1, "min", -std::numeric_limits<double>::infinity());
  }
  double upper(const NodeProto& node) const {
    return bound(node, 2, "max", std::numeric_limits<double>::infinity());
  }

  void simplify_clip(NodeProto& node) {
    const TensorEncoding* behind = encoding(node.output(0));
    if (!behind) return;
    const auto code = [&](double value) {
      return std::nearbyint(value / behind->scale) + behind->zero_point;
    };
    const bool no_lower = code(lower(node)) <= 0;
    const bool no_upper = code(upper(node)) >= (1 << behind->bits) - 1;
    const bool zero = lower(node) == 0;
    if (!no_upper || !(no_lower || zero)) return;
    node.clear_attribute();
    while (node.input_size() > 1) node.mutable_input()->RemoveLast();
    if (zero) {
      node.set_op_type("Relu");
      return;
    }
    node.set_op_type("Identity");
    move_before(node);
  }

  /// Puts the new nodes before those that read them.
  void rebuild() {
    google::protobuf::RepeatedPtrField<NodeProto> nodes;
    nodes.Swap(graph_.mutable_node());
    for (const NodeProto& node : nodes) {
      const auto before = node.output_size() > 0 ? inserted_.find(node.output(0)) : inserted_.end();
      if (before != inserted_.end()) {
        for (const NodeProto& made : before->second) *graph_.add_node() = made;
      }
      *graph_.add_node() = node;
    }
  }

  onnx::GraphProto& graph_;
  QdqAnnotations& found_;
  ConstantTable constants_;
  std::map<std::string, int> readers_;
  std::map<std::string, std::vector<NodeProto>> inserted_;  ///< by output of the node behind
};

}  // namespace

std::string add_requantisation(onnx::GraphProto& graph, ConstantTable& constants,
                               const std::string& tensor, const std::string& output) {
  *graph.add_node() = requantisation(graph, tensor, output);
  constants.add(make_float_tensor(kZero, {1}, {0.0f}));
  return output;
}

void simplify_encodings(onnx::GraphProto& graph, QdqAnnotations& found) {
  Simplifier(graph, found).run();
}

}  // namespace leyden::compiler
