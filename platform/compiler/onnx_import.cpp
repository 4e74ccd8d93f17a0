#include "platform/compiler/onnx_import.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>

#include <google/protobuf/stubs/logging.h>

#include "models/base/error.h"
#include "platform/compiler/onnx_node.h"
#include "platform/compiler/qdq_import.h"

namespace leyden::compiler {
namespace {

constexpr std::int64_t kMostDimension = 65535;  // 16-bit fields of the job registers
constexpr std::int64_t kMostElements = std::int64_t{1} << 26;
constexpr std::int64_t kLeastOpset = 7;

/// Walks the nodes of a file in order and builds the graph.
class Importer {
 public:
  Importer(const onnx::ModelProto& model, const std::string& where)
      : proto_(model.graph()), where_(where) {
    for (const auto& opset : model.opset_import()) {
      if (!opset.domain().empty() && opset.domain() != "ai.onnx") continue;
      if (opset.version() < kLeastOpset) {
        throw base::UsageError(where_ + ": opset " + std::to_string(opset.version()) +
                               " is not supported; convert the model to opset " +
                               std::to_string(kLeastOpset) + " or later");
      }
    }
  }

  Graph run() {
    graph_.name = proto_.name();
    for (const auto& tensor : proto_.initializer()) {
      constants_[tensor.name()] = read_constant(tensor, tensor.name());
    }
    read_input();
    std::size_t index = 0;
    for (const auto& node : proto_.node()) add(OnnxNode(node, index++));
    finish();
    return std::move(graph_);
  }

 private:
  void read_input() {
    const onnx::ValueInfoProto* input = nullptr;
    for (const auto& candidate : proto_.input()) {
      if (constants_.count(candidate.name())) continue;
      if (input) {
        throw base::UsageError(where_ + ": has more than one input ('" + input->name() + "' and '" +
                               candidate.name() + "'); one image is supported");
      }
      input = &candidate;
    }
    if (!input || proto_.output_size() != 1) {
      throw base::UsageError(where_ +
                             ": a network with one input and one output is needed; it has " +
                             std::to_string(proto_.output_size()) + " outputs and " +
                             (input ? "one input" : "no input"));
    }
    graph_.input = input->name();
    define(input->name(), input_shape(*input));
  }

  Shape input_shape(const onnx::ValueInfoProto& input) const {
    const auto& dims = input.type().tensor_type().shape().dim();
    std::vector<std::int64_t> sizes;
    for (const auto& dim : dims) sizes.push_back(dim.has_dim_value() ? dim.dim_value() : 0);
    // The batch may have a name instead of a number.
    const bool batch = !sizes.empty() && sizes[0] <= 1 && sizes[0] >= 0;
    const bool rest = std::all_of(sizes.begin() + (sizes.empty() ? 0 : 1), sizes.end(),
                                  [](auto s) { return s >= 1 && s <= kMostDimension; });
    if (!batch || !rest || (sizes.size() != 4 && sizes.size() != 2)) {
      std::string text;
      for (const std::int64_t size : sizes)
        text += (text.empty() ? "" : "x") + std::to_string(size);
      throw base::UsageError(
          where_ + ": input '" + input.name() + "' of shape " + (text.empty() ? "unknown" : text) +
          " is not supported; 1 x channels x height x width with fixed sizes is");
    }
    if (sizes.size() == 2) return {sizes[1], 1, 1};
    return {sizes[1], sizes[2], sizes[3]};
  }

  void define(const std::string& tensor, const Shape& shape) {
    if (shape.channels > kMostDimension || shape.height > kMostDimension ||
        shape.width > kMostDimension || shape.elements() > kMostElements) {
      throw base::UsageError(where_ + ": tensor '" + tensor + "' of shape " + to_string(shape) +
                             " is too large; at most 65535 channels, rows or columns and 2^26 "
                             "elements are supported");
    }
    if (!graph_.shapes.emplace(tensor, shape).second || constants_.count(tensor)) {
      throw base::UsageError(where_ + ": tensor '" + tensor + "' is defined twice");
    }
  }

  const std::string& resolve(const std::string& tensor) const {
    const auto found = aliases_.find(tensor);
    return found == aliases_.end() ? tensor : found->second;
  }

  void add(const OnnxNode& node) {
    if (softmax_) softmax_->refuse("only a Softmax that makes the network's output is supported");
    if (node.type() == "Constant") return add_constant(node);
    if (fold_reshape(node)) return;
    onnx::NodeProto renamed = node.proto();
    for (std::string& input : *renamed.mutable_input()) input = resolve(input);
    const OnnxNode resolved(renamed, 0);
    if (node.type() == "Identity" || node.type() == "Dropout") return pass_through(resolved);
    if (node.type() == "Softmax" || node.type() == "LogSoftmax") {
      pass_through(resolved);
      softmax_.emplace(node);
      graph_.notes.push_back(node.type() + " '" + node.name() +
                             "' is left out: the class is the highest value without it too");
      return;
    }
    Node made;
    made.name = node.name();
    made.type = node.type();
    made.operation = convert_node(resolved, constants_, graph_.shapes, made.inputs);
    made.output = node.output();
    const Shape shape = infer_shape(made, graph_.shapes);
    define(made.output, shape);
    graph_.nodes.push_back(std::move(made));
  }

  void add_constant(const OnnxNode& node) {
    for (const auto& attribute : node.proto().attribute()) {
      if (attribute.name() != "value" || !attribute.has_t()) continue;
      constants_[node.output()] = read_constant(attribute.t(), node.output());
      return;
    }
    node.refuse("only a Constant with attribute value is supported");
  }

  /// A Reshape of a constant (older exporters flatten their matrices so) is done here.
  bool fold_reshape(const OnnxNode& node) {
    if (node.type() != "Reshape" || node.proto().input_size() != 2) return false;
    const auto data = constants_.find(node.input(0));
    const auto shape = constants_.find(node.input(1));
    if (data == constants_.end() || shape == constants_.end()) return false;
    OnnxConstant folded = data->second;
    const std::size_t count = std::max(folded.floats.size(), folded.integers.size());
    std::int64_t known = 1;
    for (const std::int64_t dim : shape->second.integers) {
      if (dim != -1 && (dim < 1 || dim > kMostElements / known)) {
        node.refuse("a dimension of " + std::to_string(dim) + " is not supported");
      }
      if (dim > 0) known *= dim;
    }
    folded.dims = shape->second.integers;
    std::int64_t product = 1;
    int open = 0;
    for (std::int64_t& dim : folded.dims) {
      if (dim == -1 && ++open == 1) dim = static_cast<std::int64_t>(count) / known;
      product *= dim;
    }
    if (open > 1 || product != static_cast<std::int64_t>(count)) {
      node.refuse("the new shape does not fit the " + std::to_string(count) +
                  " values of the constant '" + node.input(0) + "'");
    }
    constants_[node.output()] = std::move(folded);
    return true;
  }

  void pass_through(const OnnxNode& node) {
    if (!node.has_input(0)) node.refuse("has no input");
    if (const auto found = constants_.find(node.input(0)); found != constants_.end()) {
      const OnnxConstant copy = found->second;
      constants_[node.output()] = copy;
      return;
    }
    if (!graph_.shapes.count(node.input(0))) {
      node.refuse("input '" + node.input(0) + "' is no tensor computed before it");
    }
    aliases_[node.output()] = node.input(0);
  }

  void finish() {
    const std::string& output = proto_.output(0).name();
    if (softmax_ && softmax_->output() != output) {
      softmax_->refuse("only a Softmax that makes the network's output is supported");
    }
    graph_.output = resolve(output);
    if (!graph_.shapes.count(graph_.output) || graph_.output == graph_.input) {
      throw base::UsageError(where_ + ": no node computes the output '" + output + "'");
    }
    remove_unused();
    if (graph_.nodes.empty()) throw base::UsageError(where_ + ": the network has no nodes");
  }

  /// Nodes whose result nobody uses cost nothing on the chip; they are told.
  void remove_unused() {
    std::set<std::string> used{graph_.output};
    std::vector<Node> kept;
    for (auto node = graph_.nodes.rbegin(); node != graph_.nodes.rend(); ++node) {
      if (!used.count(node->output)) {
        graph_.notes.push_back("node '" + node->name + "' is left out: nothing uses its output");
        continue;
      }
      used.insert(node->inputs.begin(), node->inputs.end());
      kept.push_back(std::move(*node));
    }
    std::reverse(kept.begin(), kept.end());
    graph_.nodes = std::move(kept);
  }

  const onnx::GraphProto& proto_;
  std::string where_;
  Graph graph_;
  OnnxConstants constants_;
  std::map<std::string, std::string> aliases_;  ///< outputs of Identity and the like
  std::optional<OnnxNode> softmax_;             ///< seen: must be the last node
};

}  // namespace

Graph import_onnx_bytes(const std::string& bytes, const std::string& where) {
  const google::protobuf::LogSilencer silence;  // the sentence below is all a person needs
  onnx::ModelProto model;
  if (!model.ParseFromString(bytes) || !model.has_graph() || model.graph().node_size() == 0) {
    throw base::UsageError(where + ": is not an ONNX file, or holds no network");
  }
  try {
    const QdqAnnotations quantised = dequantise(*model.mutable_graph());
    Graph graph = Importer(model, where).run();
    annotate(quantised, graph);
    return graph;
  } catch (const base::UsageError& error) {
    const std::string text = printable(error.what());
    throw base::UsageError(text.rfind(where, 0) == 0 ? text : where + ": " + text);
  }
}

Graph import_onnx(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream || std::filesystem::is_directory(file)) {
    throw base::UsageError(file.string() + ": cannot be read; an ONNX file is needed");
  }
  const std::string bytes{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  return import_onnx_bytes(bytes, file.string());
}

}  // namespace leyden::compiler
