#include "platform/compiler/onnx_import.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>

#include <google/protobuf/stubs/logging.h>

#include "models/base/error.h"
#include "platform/compiler/onnx_external.h"
#include "platform/compiler/onnx_operators.h"
#include "platform/compiler/onnx_pads.h"
#include "platform/compiler/onnx_shapes.h"
#include "platform/compiler/qdq_import.h"

namespace leyden::compiler {
namespace {

constexpr std::int64_t kLeastOpset = 7;
constexpr std::int64_t kMostElements = std::int64_t{1} << 26;

/// Declared sizes of an input, 0 for a size with a name instead of a number.
Dims declared_dims(const onnx::ValueInfoProto& input) {
  Dims dims;
  for (const auto& dim : input.type().tensor_type().shape().dim()) {
    dims.push_back(dim.has_dim_value() ? dim.dim_value() : 0);
  }
  return dims;
}

/// A graph, and how ONNX's tensors lie in its own.
struct Imported {
  Graph graph;
  std::map<std::string, View> views;
};

/// Walks the nodes of a file in order and builds the graph.
class Importer {
 public:
  /// @param layout of the input, or nullptr: as its dimensions say
  Importer(const onnx::ModelProto& model, const OnnxConstants& constants, const std::string& where,
           const InputLayout* layout)
      : proto_(model.graph()),
        where_(where),
        layout_(layout),
        context_(opset_of(model), layout != nullptr) {
    context_.constants() = constants;
  }

  Imported run() {
    context_.graph().name = proto_.name();
    read_input();
    std::size_t index = 0;
    for (const auto& proto : proto_.node()) {
      const OnnxNode node(proto, index++);
      if (node.type() == "Constant") {
        add_constant(node);
      } else {
        convert_node(context_, node);
      }
    }
    finish();
    return {std::move(context_.graph()), context_.views()};
  }

 private:
  std::int64_t opset_of(const onnx::ModelProto& model) const {
    std::int64_t version = kLeastOpset;
    for (const auto& opset : model.opset_import()) {
      if (!opset.domain().empty() && opset.domain() != "ai.onnx") continue;
      version = opset.version();
      if (version < kLeastOpset) {
        throw base::UsageError(where_ + ": opset " + std::to_string(version) +
                               " is not supported; convert the model to opset " +
                               std::to_string(kLeastOpset) + " or later");
      }
    }
    return version;
  }

  void read_input() {
    const onnx::ValueInfoProto* input = nullptr;
    for (const auto& candidate : proto_.input()) {
      if (context_.constants().count(candidate.name())) continue;
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
    const Dims dims = input_dims(*input);
    View view = view_in_order(input->name(), dims);
    if (layout_) view.atoms = layout_->atoms;
    context_.declare_input(view, layout_ ? layout_->shape : default_shape(dims));
  }

  /// Dimensions of the input with a batch of one image.
  Dims input_dims(const onnx::ValueInfoProto& input) const {
    const Dims stated = declared_dims(input);
    Dims dims = stated;
    // The batch may have a name, or -1, instead of a number.
    if (!dims.empty() && (dims[0] == 0 || dims[0] == -1)) dims[0] = 1;
    const std::size_t rank = dims.size();
    std::int64_t elements = 1;
    const bool one_image = rank == 4 ? dims[0] == 1 : rank != 2 || dims[0] == 1 || dims[1] == 1;
    bool fits = rank > 0 && rank <= 8 && one_image;
    for (const std::int64_t dim : dims) {
      fits = fits && dim >= 1 && elements <= kMostElements / dim;
      if (fits) elements *= dim;
    }
    if (!fits) {
      std::string text;
      for (const std::int64_t size : stated) {
        text += (text.empty() ? "" : "x") + std::to_string(size);
      }
      throw base::UsageError(
          where_ + ": input '" + input.name() + "' of shape " + (text.empty() ? "unknown" : text) +
          " is not supported; 1 x channels x height x width with fixed sizes is");
    }
    return dims;
  }

  /// How an input lies in the graph when no node says otherwise.
  static Shape default_shape(const Dims& dims) {
    if (const auto image = image_of_dims(dims)) return *image;
    if (dims.size() == 3) return {dims[0], dims[1], dims[2]};  // an image without a batch
    if (dims.size() < 3) return {dims[0] * (dims.size() == 2 ? dims[1] : 1), 1, 1};
    Shape shape{dims[1], dims[2], 1};
    for (std::size_t i = 3; i < dims.size(); ++i) shape.width *= dims[i];
    shape.channels *= dims[0];
    return shape;
  }

  void add_constant(const OnnxNode& node) {
    for (const auto& attribute : node.proto().attribute()) {
      OnnxConstant constant;
      if (attribute.name() == "value" && attribute.has_t()) {
        constant = read_constant(attribute.t(), node.output());
      } else if (attribute.name() == "value_float") {
        constant = {{}, {node.real("value_float", 0)}, {}, true};
      } else if (attribute.name() == "value_int") {
        constant = {{}, {}, {node.integer("value_int", 0)}, false};
      } else if (attribute.name() == "value_ints") {
        constant = {{attribute.ints_size()}, {}, node.integers("value_ints", {}), false};
      } else if (attribute.name() == "value_floats") {
        constant = {{attribute.floats_size()},
                    {attribute.floats().begin(), attribute.floats().end()},
                    {},
                    true};
      } else {
        continue;
      }
      return context_.set_constant(node, std::move(constant));
    }
    node.refuse("only a Constant with attribute value is supported");
  }

  void finish() {
    Graph& graph = context_.graph();
    const std::string& output = proto_.output(0).name();
    const auto found = context_.views().find(output);
    if (found == context_.views().end() || found->second.tensor == graph.input) {
      throw base::UsageError(where_ + ": no node computes the output '" + output + "'");
    }
    View view = found->second;
    if (!view.in_order()) {
      if (view.is_vector()) {
        throw base::UsageError(where_ + ": the values of output '" + output +
                               "' are in another order than channels, height, width; leave out the "
                               "Transpose before it");
      }
      graph.notes.push_back("the output '" + output +
                            "' is given in the order channels, height, width");
    }
    graph.output = view.tensor;
    remove_unused();
    fold_pads(graph);
    if (graph.nodes.empty()) throw base::UsageError(where_ + ": the network has no nodes");
  }

  /// Nodes whose result nobody uses cost nothing on the chip; they are told.
  void remove_unused() {
    Graph& graph = context_.graph();
    std::set<std::string> used{graph.output};
    std::vector<Node> kept;
    for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node) {
      if (!used.count(node->output)) {
        if (!context_.absorbed().count(node->output)) {
          graph.notes.push_back("node '" + node->name + "' is left out: nothing uses its output");
        }
        continue;
      }
      used.insert(node->inputs.begin(), node->inputs.end());
      kept.push_back(std::move(*node));
    }
    std::reverse(kept.begin(), kept.end());
    graph.nodes = std::move(kept);
  }

  const onnx::GraphProto& proto_;
  std::string where_;
  const InputLayout* layout_;
  OnnxContext context_;
};

/// The layout of an input that the network sees as 1 x height x width x channels, if it may be one:
/// converters from TensorFlow write a Transpose behind such an input.
std::optional<InputLayout> channels_last_layout(const onnx::GraphProto& graph,
                                                const OnnxConstants& constants) {
  const bool any = std::any_of(graph.node().begin(), graph.node().end(),
                               [](const auto& node) { return node.op_type() == "Transpose"; });
  for (const auto& input : graph.input()) {
    if (constants.count(input.name()) > 0) continue;
    const Dims dims = declared_dims(input);
    if (!any || dims.size() != 4) return std::nullopt;
    const Shape shape{dims[3], dims[1], dims[2]};
    return InputLayout{
        shape,
        merge({{shape.height, shape.width}, {shape.width, 1}, {shape.channels, shape.pixels()}})};
  }
  return std::nullopt;
}

Imported import_model(const onnx::ModelProto& model, const std::string& where) {
  OnnxConstants constants;
  for (const auto& tensor : model.graph().initializer()) {
    constants[tensor.name()] = read_constant(tensor, tensor.name());
  }
  const auto run = [&](const InputLayout* layout) {
    try {
      return Importer(model, constants, where, layout).run();
    } catch (const LayoutWanted& wanted) {
      return Importer(model, constants, where, &wanted.layout).run();
    }
  };
  try {
    return run(nullptr);
  } catch (const base::UsageError&) {
    const auto layout = channels_last_layout(model.graph(), constants);
    if (!layout) throw;
    try {
      return run(&*layout);
    } catch (const base::UsageError&) {
      // The first sentence, about the network as it says it is, is the one to read.
    }
    throw;
  }
}

/// Names the encodings by the graph's tensors: one that ONNX only relabels has none of its own.
void rename_encodings(const Imported& imported, QdqAnnotations& quantised) {
  const auto given = quantised.tensors;
  for (const auto& [name, encoding] : given) {
    const auto view = imported.views.find(name);
    if (view == imported.views.end() || imported.graph.shapes.count(name) > 0) continue;
    const auto [known, added] = quantised.tensors.emplace(view->second.tensor, encoding);
    const TensorEncoding& other = known->second;
    if (!added && (other.bits != encoding.bits || other.scale != encoding.scale ||
                   other.zero_point != encoding.zero_point)) {
      throw base::UsageError(
          "tensor '" + name + "' only relabels '" + known->first +
          "' and is coded in another way; one scale and zero point is supported");
    }
  }
}

}  // namespace

namespace {

/// Names are keys of mapping files and of options of layers, and ONNX lets nodes share one. The
/// last node keeps the name, for it computes what an ONNX node that became several computes.
void name_apart(std::vector<Node>& nodes) {
  std::set<std::string> names;
  for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
    const std::string name = node->name;
    for (int number = 2; !names.insert(node->name).second; ++number) {
      node->name = name + ":" + std::to_string(number);
    }
  }
}

}  // namespace

Graph import_onnx_bytes(const std::string& bytes, const std::string& where,
                        const std::filesystem::path& folder) {
  const google::protobuf::LogSilencer silence;  // the sentence below is all a person needs
  onnx::ModelProto model;
  if (!model.ParseFromString(bytes) || !model.has_graph() || model.graph().node_size() == 0) {
    throw base::UsageError(where + ": is not an ONNX file, or holds no network");
  }
  try {
    take_in_external_data(*model.mutable_graph(), folder);
    QdqAnnotations quantised = dequantise(*model.mutable_graph());
    Imported imported = import_model(model, where);
    rename_encodings(imported, quantised);
    annotate(quantised, imported.graph);
    name_apart(imported.graph.nodes);
    return std::move(imported.graph);
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
  const std::filesystem::path folder = file.parent_path();
  return import_onnx_bytes(bytes, file.string(), folder.empty() ? "." : folder);
}

}  // namespace leyden::compiler
