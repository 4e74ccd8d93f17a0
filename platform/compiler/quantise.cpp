#include "platform/compiler/quantise.h"

#include <algorithm>
#include <cmath>

#include "models/base/error.h"
#include "models/base/parameter.h"
#include "platform/compiler/fold.h"
#include "platform/compiler/layer_groups.h"
#include "platform/compiler/layer_rules.h"
#include "platform/compiler/lower.h"
#include "platform/compiler/tensor_ranges.h"

namespace leyden::compiler {
namespace {

constexpr unsigned kInputBits = 8;          // codes of the data set
constexpr std::int64_t kMostDilation = 16;  // of a macro: 4-bit fields of register PAD
constexpr std::int64_t kMostKernel = 255;   // 8-bit fields of register KERNEL

template <typename T>
bool is(const Node& node) {
  return std::holds_alternative<T>(node.operation);
}

bool same_codes(const QuantTensor& a, const QuantTensor& b) {
  return a.bits == b.bits && a.scale == b.scale && a.zero_point == b.zero_point;
}

class Quantiser {
 public:
  Quantiser(const Graph& graph, const NetworkFile& file, const std::vector<Image>& calibration)
      : graph_(graph),
        file_(file),
        name_(file.name.empty() ? graph.name : file.name),
        groups_((check_input(), group_nodes(graph, file))),
        ranges_(graph, file, groups_, calibration) {}

  QuantNetwork run() {
    network_.name = name_;
    network_.notes = graph_.notes;
    network_.notes.insert(network_.notes.end(), groups_.notes.begin(), groups_.notes.end());
    check_layer_keys(file_.quantisation, graph_);
    check_places();
    add_input();
    for (const LayerGroup& group : groups_.list) add_layer(group);
    network_.output = tensor(graph_.output);
    if (network_.tensors[network_.output].shape != graph_.shape(graph_.output)) {
      network_.output = flattened(graph_.output, network_.output);
    }
    set_classes();
    set_multipliers(network_);
    return std::move(network_);
  }

 private:
  void check_input() const {
    const InputFormat& input = file_.input;
    const Shape stated{input.channels, input.height, input.width};
    const Shape& in = graph_.shape(graph_.input);
    if (stated != in) {
      throw base::UsageError("network '" + name_ + "': its file states an input of " +
                             to_string(stated) + " and its graph takes " + to_string(in) +
                             " (channels x height x width)");
    }
  }

  void check_places() const {
    std::vector<std::string> known;
    for (const LayerGroup& group : groups_.list) known.push_back(group.node->name);
    for (const auto& entry : file_.place) {
      const std::string& name = entry.first;
      const Place place = entry.second;
      const auto found = std::find_if(groups_.list.begin(), groups_.list.end(),
                                      [&](const auto& g) { return g.node->name == name; });
      if (found == groups_.list.end()) {
        const std::string nearest = base::nearest_word(name, known);
        throw base::UsageError("network '" + name_ + "': place names '" + name +
                               "', which is no layer" +
                               (nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
      }
      const Node& node = *found->node;
      const bool weights = is<Conv>(node) || is<Gemm>(node);
      const bool pool = is<MaxPool>(node) || is<AveragePool>(node);
      if (!weights && (!pool || place == Place::kMacro)) {
        refuse(node,
               "place can say core or macro for Conv, Gemm and MatMul, and core for MaxPool "
               "and AveragePool");
      }
    }
  }

  bool on_core(const Node& node) const {
    const auto stated = file_.place.find(node.name);
    if (stated != file_.place.end()) return stated->second == Place::kCore;
    const auto* conv = std::get_if<Conv>(&node.operation);
    return conv && std::max(conv->window.dilation_y, conv->window.dilation_x) > kMostDilation;
  }

  /// What the output stands for: a class a channel, the class itself, or nothing of the kind.
  void set_classes() {
    const Shape& out = network_.tensors[network_.output].shape;
    const Shape& in = network_.tensors[network_.input].shape;
    const LayerGroup* last = groups_.producer(groups_.resolve(graph_.output));
    const bool is_class = last && is<ArgMax>(*last->node);
    const Shape& scores = is_class ? graph_.shape(last->node->inputs[0]) : out;
    if (!file_.classifier) return;
    if (file_.classes == 0) {  // no network file: an image as output is no class
      if (out.pixels() != 1 || out.elements() == in.elements()) return;
    } else if (out.pixels() != 1 || scores.channels != file_.classes) {
      throw base::UsageError("network '" + name_ + "': its file states " +
                             std::to_string(file_.classes) + " classes and its graph computes " +
                             to_string(scores) + " values");
    }
    network_.classes = static_cast<std::size_t>(scores.channels);
    network_.class_is_code = is_class;
  }

  void add_input() {
    network_.input = add_tensor({graph_.input,
                                 graph_.shape(graph_.input),
                                 kInputBits,
                                 file_.input.scale,
                                 static_cast<int>(file_.input.zero_point),
                                 {}});
  }

  std::size_t tensor(const std::string& name) const { return indices_.at(groups_.resolve(name)); }

  std::size_t add_tensor(const QuantTensor& made) {
    indices_[made.name] = network_.tensors.size();
    network_.tensors.push_back(made);
    return network_.tensors.size() - 1;
  }

  /// A tensor in the order that Flatten gives it, not that in which it was computed.
  std::size_t flattened(const std::string& name, std::size_t from) {
    QuantTensor made = network_.tensors[from];
    const Shape shape = graph_.shape(name);
    made.values = made.source();
    made.name += ":flat";
    if (const auto found = indices_.find(made.name); found != indices_.end()) return found->second;
    made.shape = shape;
    QuantLayer layer;
    layer.name = name + ":flatten";
    layer.inputs = {from};
    layer.result.high = static_cast<std::uint32_t>(made.highest());
    layer.output = add_tensor(made);
    lower_flatten(layer);
    network_.layers.push_back(std::move(layer));
    return network_.tensors.size() - 1;
  }

  /// A tensor in the codes of another one. @param place of the input among the node's
  std::size_t recoded(const Node& node, std::size_t place, std::size_t from,
                      const QuantTensor& codes) {
    if (same_codes(network_.tensors[from], codes)) return from;
    QuantTensor made = network_.tensors[from];
    made.values = made.source();
    made.name = node.output + ":input" + std::to_string(place);
    made.bits = codes.bits;
    made.scale = codes.scale;
    made.zero_point = codes.zero_point;
    QuantLayer layer;
    layer.name = node.name + ":recode" + std::to_string(place);
    layer.inputs = {from};
    layer.result.high = static_cast<std::uint32_t>(made.highest());
    layer.output = add_tensor(made);
    lower_lookup(nullptr, network_.tensors[from], made, layer);
    network_.layers.push_back(std::move(layer));
    return network_.tensors.size() - 1;
  }

  static bool element_wise(const Node& node) {
    return is<Add>(node) || is<Relu>(node) || is<Clip>(node) || is<Function>(node) ||
           is<ScaleShift>(node);
  }

  /// Whether a node computes the same from a flattened tensor as it lies in memory.
  bool reads_as_it_lies(const Node& node, const std::vector<std::size_t>& inputs) const {
    const Shape& in = network_.tensors[inputs[0]].shape;
    if (is<Gemm>(node)) return in.height <= kMostKernel && in.width <= kMostKernel;
    if (is<Add>(node)) return in == network_.tensors[inputs[1]].shape;
    if (const auto* scale = std::get_if<ScaleShift>(&node.operation)) {
      return in.channels == static_cast<std::int64_t>(scale->scale.size());
    }
    return element_wise(node);
  }

  std::vector<std::size_t> operands(const Node& node) {
    std::vector<std::size_t> inputs;
    for (const std::string& input : node.inputs) inputs.push_back(tensor(input));
    if (reads_as_it_lies(node, inputs)) return inputs;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const std::string& name = node.inputs[i];
      if (network_.tensors[inputs[i]].shape != graph_.shape(name)) {
        inputs[i] = flattened(name, inputs[i]);
      }
    }
    return inputs;
  }

  /// The tensor that a layer computes.
  QuantTensor output_of(const LayerGroup& group, const QuantLayer& layer) const {
    const Node& node = *group.node;
    const QuantTensor& in = network_.tensors[layer.inputs[0]];
    const Shape& shape = element_wise(node) ? in.shape : graph_.shape(group.output);
    if (!keeps_codes(node)) return ranges_.make(group, shape);
    QuantTensor made = in;
    made.name = group.output;
    made.values.clear();
    made.shape = shape;
    const auto* pad = std::get_if<Pad>(&node.operation);
    if (!pad) return made;
    // Padding outside the input's range needs other codes.
    const auto value = static_cast<double>(pad->value);
    const double least = -made.scale * made.zero_point;
    const double most = made.scale * (made.highest() - made.zero_point);
    if (value >= least - made.scale / 2 && value <= most + made.scale / 2) return made;
    made.scale = (std::max(most, value) - std::min(least, value)) / made.highest();
    made.zero_point = static_cast<int>(std::round(-std::min(least, value) / made.scale));
    return made;
  }

  void add_layer(const LayerGroup& group) {
    const Node& node = *group.node;
    QuantLayer layer;
    layer.name = node.name;
    layer.inputs = operands(node);
    QuantTensor out = output_of(group, layer);
    if (is<Concat>(node) || is<Pad>(node)) {
      for (std::size_t i = 0; i < layer.inputs.size(); ++i) {
        layer.inputs[i] = recoded(node, i, layer.inputs[i], out);
      }
    }
    set_clamp(group, out, layer);
    if (!(is<Conv>(node) || is<Gemm>(node)) || on_core(node) || !narrows(layer, out)) {
      push(node, std::move(layer), out);
      return;
    }
    // The converter clamps to the ends of its codes: a narrower clamp is a table of its own.
    QuantLayer clamp;
    clamp.name = node.name + ":clamp";
    clamp.result = layer.result;
    layer.result = {0, 0, static_cast<std::uint32_t>(out.highest())};
    QuantTensor whole = out;
    whole.name += ":whole";
    push(node, std::move(layer), whole);
    clamp.inputs = {network_.tensors.size() - 1};
    clamp.output = add_tensor(out);
    lower_lookup(nullptr, whole, out, clamp);
    network_.layers.push_back(std::move(clamp));
  }

  static bool narrows(const QuantLayer& layer, const QuantTensor& out) {
    return layer.result.low > 0 || layer.result.high < static_cast<std::uint32_t>(out.highest());
  }

  void push(const Node& node, QuantLayer layer, const QuantTensor& out) {
    layer.output = add_tensor(out);
    lower(node, out, layer);
    network_.layers.push_back(std::move(layer));
  }

  void lower(const Node& node, const QuantTensor& out, QuantLayer& layer) const {
    const QuantTensor& in = network_.tensors[layer.inputs[0]];
    const bool core = on_core(node);
    if (const auto* conv = std::get_if<Conv>(&node.operation)) {
      lower_conv(*conv, weight_options(node.name), layer);
      if (core) move_to_core(node, in, layer);
    } else if (const auto* gemm = std::get_if<Gemm>(&node.operation)) {
      if (in.shape.height > kMostKernel || in.shape.width > kMostKernel) {
        refuse(node, "a matrix over an input of " + to_string(in.shape) +
                         " is not supported; at most 255 rows and columns of pixels are");
      }
      lower_gemm(*gemm, in.shape, weight_options(node.name), layer);
      if (core) move_to_core(node, in, layer);
    } else if (const auto* pool = std::get_if<MaxPool>(&node.operation)) {
      lower_max_pool(node, *pool, core, layer);
    } else if (const auto* average = std::get_if<AveragePool>(&node.operation)) {
      lower_average_pool(node, *average, core, in, out, layer);
    } else if (is<Add>(node)) {
      lower_add(in, network_.tensors[layer.inputs[1]], out, layer);
    } else if (const auto* scale = std::get_if<ScaleShift>(&node.operation)) {
      lower_scale(scale, in, out, layer);
    } else if (is<Relu>(node)) {
      lower_scale(nullptr, in, out, layer);
    } else if (is<Clip>(node)) {
      lower_lookup(nullptr, in, out, layer);
    } else if (const auto* function = std::get_if<Function>(&node.operation)) {
      lower_lookup(function, in, out, layer);
    } else if (is<Concat>(node)) {
      layer.kind = LayerKind::kConcat;
    } else if (const auto* pad = std::get_if<Pad>(&node.operation)) {
      lower_pad(node, *pad, in, layer);
    } else if (const auto* softmax = std::get_if<Softmax>(&node.operation)) {
      lower_softmax(*softmax, in, out, layer);
    } else if (const auto* arg_max = std::get_if<ArgMax>(&node.operation)) {
      lower_arg_max(node, *arg_max, in, layer);
    } else {
      refuse(node, "it has no place on the chip");
    }
  }

  WeightOptions weight_options(const std::string& node) const {
    return make_weight_options(file_.quantisation, graph_, node);
  }

  const Graph& graph_;
  const NetworkFile& file_;
  std::string name_;
  LayerGroups groups_;
  TensorRanges ranges_;
  QuantNetwork network_;
  std::map<std::string, std::size_t> indices_;
};

}  // namespace

void refuse(const Node& node, const std::string& what) {
  throw base::UsageError("node '" + node.name + "' (" + node.type + "): " + what);
}

int code_of(double real, const QuantTensor& tensor) {
  const double code = std::round(real / tensor.scale) + tensor.zero_point;
  return static_cast<int>(std::clamp(code, 0.0, static_cast<double>(tensor.highest())));
}

void set_clamp(const LayerGroup& group, const QuantTensor& out, QuantLayer& layer) {
  layer.result.low = static_cast<std::uint32_t>(code_of(group.low, out));
  layer.result.high = static_cast<std::uint32_t>(code_of(group.high, out));
}

QuantNetwork quantise(const Graph& graph, const NetworkFile& file,
                      const std::vector<Image>& calibration) {
  const Graph folded = fold(graph);
  return Quantiser(folded, file, calibration).run();
}

}  // namespace leyden::compiler
