#include "platform/compiler/qdq_import.h"

#include <algorithm>
#include <set>
#include <utility>

#include "platform/compiler/onnx_node.h"
#include "platform/compiler/qdq_expand.h"
#include "platform/compiler/qdq_simplify.h"
#include "platform/compiler/qdq_weights.h"

namespace leyden::compiler {
namespace {

using onnx::NodeProto;
using onnx::TensorProto;

bool is_quantised(const onnx::GraphProto& graph) {
  static const std::set<std::string> kTypes{
      "QuantizeLinear", "DequantizeLinear", "QLinearConv",          "QLinearMatMul",
      "ConvInteger",    "MatMulInteger",    "DynamicQuantizeLinear"};
  return std::any_of(graph.node().begin(), graph.node().end(), [](const NodeProto& node) {
    return kTypes.count(node.op_type()) > 0 || node.domain() == "com.microsoft";
  });
}

/// Walks the nodes in order; QuantizeLinear and DequantizeLinear leave what they say behind.
class Folder {
 public:
  explicit Folder(onnx::GraphProto& graph) : graph_(graph), constants_(graph) {
    for (const auto& input : graph.input()) {
      if (!constants_.has(input.name())) inputs_.insert(input.name());
    }
  }

  QdqAnnotations run() {
    google::protobuf::RepeatedPtrField<NodeProto> nodes;
    nodes.Swap(graph_.mutable_node());
    for (NodeProto& node : nodes) fold(node);
    for (auto& output : *graph_.mutable_output()) output.set_name(resolve(output.name()));
    return std::move(found_);
  }

 private:
  void fold(NodeProto& node) {
    const bool quantises = node.op_type() == "QuantizeLinear";
    if (quantises || node.op_type() == "DequantizeLinear") {
      if (!has_input(node, 0)) refuse_quantised(node, "has no input");
      if (node.output_size() < 1 || node.output(0).empty()) refuse_quantised(node, "has no output");
      return quantises ? quantise(node) : dequantise(node);
    }
    if (node.op_type() == "Transpose" && fold_transpose(node)) return;
    const bool codes = has_input(node, 0) && coded_.count(node.input(0)) > 0;
    if (codes) check_reader_of_codes(node);
    if (!codes && keeps_encoding(node.op_type()) && node.output_size() > 0 && has_input(node, 0) &&
        inputs_.count(node.input(0)) > 0) {
      inputs_.insert(node.output(0));  // what its codes mean is said further on
    }
    for (std::string& input : *node.mutable_input()) {
      if (codes && keeps_encoding(node.op_type()) && node.output_size() > 0) {
        const TensorEncoding encoding = coded_.at(input);
        coded_[node.output(0)] = encoding;
        found_.tensors[node.output(0)] = encoding;
        node.set_input(0, resolve(input));
        break;  // what follows is a shape
      }
      input = resolve(input);
    }
    take_weights(node);
    *graph_.add_node() = node;
  }

  void check_reader_of_codes(const NodeProto& node) const {
    if (keeps_encoding(node.op_type()) || node.op_type() == "ArgMax") return;
    refuse_quantised(node, "reads the codes of '" + printable(node.input(0)) +
                               "' as they are; DequantizeLinear is needed between");
  }

  const std::string& resolve(const std::string& tensor) const {
    const auto found = aliases_.find(tensor);
    return found == aliases_.end() ? tensor : found->second;
  }

  TensorEncoding encoding_of(const NodeProto& node) const {
    const auto scale = constants_.scales(node, 1);
    StoredIntegers zero{{}, {0}, TensorProto::UINT8};
    if (has_input(node, 2)) zero = constants_.integers(node, 2);
    if (scale.size() != 1 || zero.values.size() != 1) {
      refuse_quantised(node,
                       "one scale a channel is not supported for a tensor that depends on the "
                       "image; the nearest supported form is one scale");
    }
    return make_encoding(node, scale[0], zero.values[0], zero.type);
  }

  void quantise(const NodeProto& node) {
    if (constants_.has(node.input(0))) {
      stored_[node.output(0)] = quantise_constant(node, constants_);
      return;
    }
    const TensorEncoding encoding = encoding_of(node);
    std::string tensor = resolve(node.input(0));
    if (coded_.count(node.input(0))) refuse_quantised(node, "quantises codes");
    const auto known = found_.tensors.find(tensor);
    if (known != found_.tensors.end() && !same_encoding(known->second, encoding)) {
      tensor = add_requantisation(graph_, constants_, tensor, node.output(0) + "/requantised");
    }
    found_.tensors[tensor] = encoding;
    coded_[node.output(0)] = encoding;
    aliases_[node.output(0)] = tensor;
  }

  void dequantise(const NodeProto& node) {
    const std::string& input = node.input(0);
    const auto stored = stored_.find(input);
    if (stored != stored_.end() || constants_.has(input)) {
      define_constant(node.output(0),
                      dequantise_constant(
                          node, constants_,
                          stored != stored_.end() ? stored->second : constants_.integers(node, 0)));
      return;
    }
    const TensorEncoding encoding = encoding_of_codes(node);
    const auto known = coded_.find(input);
    if (known == coded_.end()) {
      if (inputs_.count(input) == 0) {
        refuse_quantised(node, "input '" + printable(input) + "' does not hold codes");
      }
      coded_[input] = encoding;  // the network's input is codes
      found_.tensors[input] = encoding;
    } else if (!same_encoding(known->second, encoding)) {
      refuse_quantised(node, "reads codes of " + to_string(known->second) + " with " +
                                 to_string(encoding) + "; they must be the same");
    }
    aliases_[node.output(0)] = resolve(input);
  }

  /// As encoding_of; a zero point that is left out has the type of the codes.
  TensorEncoding encoding_of_codes(const NodeProto& node) const {
    TensorEncoding encoding = encoding_of(node);
    const auto known = coded_.find(node.input(0));
    if (!has_input(node, 2) && known != coded_.end() && known->second.zero_point == 128) {
      encoding.zero_point = 128;
    }
    return encoding;
  }

  void define_constant(const std::string& name, DequantisedConstant constant) {
    *graph_.add_initializer() = make_float_tensor(name, constant.dims, constant.reals());
    constants_.add(graph_.initializer(graph_.initializer_size() - 1));
    weights_[name] = std::move(constant);
  }

  /// Transpose of weights keeps what is known of them.
  bool fold_transpose(const NodeProto& node) {
    const auto found = weights_.find(has_input(node, 0) ? node.input(0) : "");
    if (found == weights_.end() || node.output_size() < 1) return false;
    const auto rank = static_cast<std::int64_t>(found->second.dims.size());
    std::vector<std::int64_t> order = OnnxNode(node, 0).integers("perm", {});
    if (order.empty()) {
      for (std::int64_t d = rank; d-- > 0;) order.push_back(d);
    }
    std::vector<std::int64_t> sorted = order;
    std::sort(sorted.begin(), sorted.end());
    for (std::int64_t d = 0; d < rank; ++d) {
      if (static_cast<std::int64_t>(sorted.size()) != rank ||
          sorted[static_cast<std::size_t>(d)] != d) {
        refuse_quantised(node, "attribute perm must hold every axis once");
      }
    }
    define_constant(node.output(0), found->second.transposed(order));
    return true;
  }

  void take_weights(const NodeProto& node) {
    if (node.input_size() < 2 || node.output_size() < 1) return;
    const auto found = weights_.find(node.input(1));
    if (found == weights_.end()) return;
    std::int64_t axis = 0;
    const bool matrix = node.op_type() == "MatMul" || node.op_type() == "Gemm";
    if (matrix) axis = integer_of(node, "transB", 0) != 0 ? 0 : 1;
    const bool fits = matrix ? found->second.dims.size() == 2
                             : node.op_type() == "Conv" && found->second.dims.size() >= 3;
    if (!fits) return;
    std::string note;
    WeightEncoding encoding = found->second.encoding(axis, note);
    const float alpha = matrix ? real_of(node, "alpha", 1.0f) : 1.0f;
    if (!(alpha > 0)) {
      encoding.bits = 0;
      note = "attribute alpha is not above 0, so that its weights are rounded again";
    }
    for (double& scale : encoding.scale) scale *= double{alpha};
    if (!note.empty()) {
      found_.notes.push_back(
          "node '" + printable(node.name().empty() ? node.output(0) : node.name()) + "': " + note);
    }
    if (encoding.bits != 0) found_.weights[node.output(0)] = std::move(encoding);
  }

  onnx::GraphProto& graph_;
  ConstantTable constants_;
  QdqAnnotations found_;
  std::set<std::string> inputs_;  ///< the network's input, and what only moves its values
  std::map<std::string, std::string> aliases_;    ///< outputs of folded nodes: the real tensor
  std::map<std::string, TensorEncoding> coded_;   ///< tensors of the file that hold codes
  std::map<std::string, StoredIntegers> stored_;  ///< outputs of QuantizeLinear of constants
  std::map<std::string, DequantisedConstant>
      weights_;  ///< outputs of DequantizeLinear of constants
};

/// Constants that nobody reads any more: the stored integers and their scales.
void drop_unused_constants(onnx::GraphProto& graph) {
  std::set<std::string> read;
  for (const NodeProto& node : graph.node()) read.insert(node.input().begin(), node.input().end());
  for (const auto& output : graph.output()) read.insert(output.name());
  std::set<std::string> dropped;
  const auto unread = [&](const auto& thing) {
    if (read.count(thing.name()) > 0) return false;
    dropped.insert(thing.name());
    return true;
  };
  auto& constants = *graph.mutable_initializer();
  constants.erase(std::remove_if(constants.begin(), constants.end(), unread), constants.end());
  auto& inputs = *graph.mutable_input();  // files of older versions list their constants here
  inputs.erase(std::remove_if(inputs.begin(), inputs.end(),
                              [&](const auto& input) { return dropped.count(input.name()) > 0; }),
               inputs.end());
  auto& nodes = *graph.mutable_node();
  nodes.erase(std::remove_if(nodes.begin(), nodes.end(),
                             [&](const NodeProto& node) {
                               return node.op_type() == "Constant" && node.output_size() == 1 &&
                                      read.count(node.output(0)) == 0;
                             }),
              nodes.end());
}

}  // namespace

QdqAnnotations dequantise(onnx::GraphProto& graph) {
  if (!is_quantised(graph)) return {};
  expand_quantised_operators(graph);
  QdqAnnotations found = Folder(graph).run();
  simplify_encodings(graph, found);
  drop_unused_constants(graph);
  return found;
}

void annotate(const QdqAnnotations& annotations, Graph& graph) {
  graph.notes.insert(graph.notes.end(), annotations.notes.begin(), annotations.notes.end());
  for (const auto& [tensor, encoding] : annotations.tensors) {
    if (graph.shapes.count(tensor) > 0) graph.encodings[tensor] = encoding;
  }
  for (Node& node : graph.nodes) {
    const auto found = annotations.weights.find(node.output);
    if (found == annotations.weights.end()) continue;
    auto* conv = std::get_if<Conv>(&node.operation);
    auto* gemm = std::get_if<Gemm>(&node.operation);
    if (conv && found->second.scale.size() == conv->bias.size()) conv->encoding = found->second;
    if (gemm && found->second.scale.size() == gemm->bias.size()) gemm->encoding = found->second;
  }
}

}  // namespace leyden::compiler
