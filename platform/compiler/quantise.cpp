#include "platform/compiler/quantise.h"

#include <algorithm>
#include <cmath>

#include "models/base/error.h"
#include "models/base/parameter.h"
#include "platform/compiler/fixed_point.h"
#include "platform/compiler/fold.h"
#include "platform/compiler/layer_rules.h"
#include "platform/compiler/weight_codes.h"

namespace leyden::compiler {
namespace {

constexpr unsigned kInputBits = 8;         // codes of the data set
constexpr std::int64_t kMostKernel = 255;  // 8-bit fields of register KERNEL

[[noreturn]] void refuse(const Node& node, const std::string& what) {
  throw base::UsageError("node '" + node.name + "' (" + node.type + "): " + what);
}

/// A node and the Relu after it, which becomes one layer.
struct Group {
  const Node* node;
  bool relu;
  std::string output;
};

/// [out][channel][pixel] to [out][pixel][channel], the order of an im2col row.
std::vector<float> channels_last(const std::vector<float>& weights, std::size_t outputs,
                                 std::size_t channels) {
  const std::size_t pixels = weights.size() / outputs / channels;
  std::vector<float> result(weights.size());
  for (std::size_t o = 0; o < outputs; ++o) {
    for (std::size_t c = 0; c < channels; ++c) {
      for (std::size_t p = 0; p < pixels; ++p) {
        result[(o * pixels + p) * channels + c] = weights[(o * channels + c) * pixels + p];
      }
    }
  }
  return result;
}

/// Operators of the graph that have no place on the chip yet.
void refuse_unmapped(const Node& node) {
  const bool mapped = !std::holds_alternative<Clip>(node.operation) &&
                      !std::holds_alternative<Function>(node.operation) &&
                      !std::holds_alternative<Concat>(node.operation) &&
                      !std::holds_alternative<Pad>(node.operation) &&
                      !std::holds_alternative<Softmax>(node.operation) &&
                      !std::holds_alternative<ArgMax>(node.operation);
  if (!mapped) refuse(node, "it has no place on the chip");
}

class Quantiser {
 public:
  Quantiser(const Graph& graph, const NetworkFile& file, const std::vector<Image>& calibration)
      : graph_(graph), file_(file), calibration_(calibration) {}

  QuantNetwork run() {
    network_.name = file_.name.empty() ? graph_.name : file_.name;
    network_.notes = graph_.notes;
    check_input();
    check_layer_keys(file_.quantisation, graph_);
    make_groups();
    find_ranges();
    add_input();
    for (const Group& group : groups_) add_layer(group);
    network_.output = tensor(graph_.output);
    check_output();
    return std::move(network_);
  }

 private:
  void check_input() const {
    const InputFormat& input = file_.input;
    const Shape stated{input.channels, input.height, input.width};
    const Shape& in = graph_.shape(graph_.input);
    if (stated != in) {
      throw base::UsageError("network '" + network_.name + "': its file states an input of " +
                             to_string(stated) + " and its graph takes " + to_string(in) +
                             " (channels x height x width)");
    }
  }

  void check_output() const {
    const Shape& out = network_.tensors[network_.output].shape;
    if (file_.classes == 0 && out.pixels() != 1) {
      throw base::UsageError("network '" + network_.name + "': its graph computes " +
                             to_string(out) +
                             " values; a classifier ends in 1 x 1 pixel, a value a class");
    }
    if (out.pixels() != 1 || (file_.classes != 0 && out.channels != file_.classes)) {
      throw base::UsageError("network '" + network_.name + "': its file states " +
                             std::to_string(file_.classes) + " classes and its graph computes " +
                             to_string(out) + " values");
    }
  }

  void make_groups() {
    std::vector<const Node*> fused;
    for (const Node& node : graph_.nodes) {
      if (std::find(fused.begin(), fused.end(), &node) != fused.end()) continue;
      if (std::holds_alternative<Flatten>(node.operation)) {
        aliases_[node.output] = resolve(node.inputs[0]);
        continue;
      }
      Group group{&node, std::holds_alternative<Relu>(node.operation), node.output};
      if (!group.relu && !std::holds_alternative<MaxPool>(node.operation) &&
          count_readers(graph_, node.output) == 1 && graph_.encodings.count(node.output) == 0) {
        for (const Node& next : graph_.nodes) {
          if (!std::holds_alternative<Relu>(next.operation) || next.inputs[0] != node.output) {
            continue;
          }
          group.relu = true;
          group.output = next.output;
          fused.push_back(&next);
        }
      }
      groups_.push_back(group);
    }
  }

  const std::string& resolve(const std::string& tensor) const {
    const auto found = aliases_.find(tensor);
    return found == aliases_.end() ? tensor : found->second;
  }

  /// The range given for a tensor, or for the pooled tensor made of it (same codes).
  const Range* given_range(const std::string& tensor) const {
    const auto& given = file_.activation_ranges;
    if (const auto found = given.find(tensor); found != given.end()) return &found->second;
    for (const Group& group : groups_) {
      if (!std::holds_alternative<MaxPool>(group.node->operation)) continue;
      if (resolve(group.node->inputs[0]) != tensor) continue;
      if (const Range* range = given_range(group.output)) return range;
    }
    return nullptr;
  }

  void find_ranges() {
    std::vector<std::string> known;
    std::map<std::string, CodeRule> missing;
    for (const Group& group : groups_) {
      known.push_back(group.output);
      if (std::holds_alternative<MaxPool>(group.node->operation)) continue;
      if (graph_.encodings.count(group.output) > 0) continue;
      const Range* range = given_range(group.output);
      if (!range) missing[group.output] = code_rule(group);
      if (range) ranges_[group.output] = *range;
    }
    for (const auto& [tensor, range] : file_.activation_ranges) {
      if (std::find(known.begin(), known.end(), tensor) != known.end()) continue;
      const std::string nearest = base::nearest_word(tensor, known);
      throw base::UsageError("network '" + network_.name + "': activation_ranges names '" + tensor +
                             "', which no layer computes" +
                             (nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
    }
    ranges_.merge(calibrate_ranges(graph_, missing, calibration_, file_));
  }

  CodeRule code_rule(const Group& group) const {
    const bool calibrated_output =
        group.output == resolve(graph_.output) && !given_range(group.output);
    return make_code_rule(file_.quantisation, group.node->name, group.relu, calibrated_output);
  }

  void add_input() {
    network_.input = 0;
    network_.tensors.push_back({graph_.input, graph_.shape(graph_.input), kInputBits,
                                file_.input.scale, static_cast<int>(file_.input.zero_point)});
    indices_[graph_.input] = 0;
  }

  std::size_t tensor(const std::string& name) const { return indices_.at(resolve(name)); }

  QuantTensor make_tensor(const Group& group, const Shape& shape) const {
    const CodeRule rule = code_rule(group);
    QuantTensor made{group.output, shape, rule.bits, 1, 0};
    if (const auto found = graph_.encodings.find(group.output); found != graph_.encodings.end()) {
      made.bits = found->second.bits;
      made.scale = found->second.scale;
      made.zero_point = found->second.zero_point;
      return made;
    }
    const Range& range = ranges_.at(group.output);
    if (group.relu && range.minimum < 0 && given_range(group.output)) {
      throw base::UsageError("network '" + network_.name + "': activation_ranges." + group.output +
                             ".min must be 0, for the tensor comes out of a Relu");
    }
    const Codes codes = codes_of_range(range, rule);
    made.scale = codes.scale;
    made.zero_point = codes.zero_point;
    return made;
  }

  /// Shape in memory of a layer's output. A flattened tensor still lies as it was computed, which
  /// a matrix and element-wise layers can read, and others cannot.
  Shape layer_shape(const Node& node, const QuantLayer& layer) const {
    if (const auto* gemm = std::get_if<Gemm>(&node.operation)) return {gemm->out_features, 1, 1};
    const Shape& in = network_.tensors[layer.inputs[0]].shape;
    const bool relabelled = in != graph_.shape(node.inputs[0]);
    const bool add = std::holds_alternative<Add>(node.operation);
    if (add && in != network_.tensors[layer.inputs[1]].shape) {
      refuse(node, "adding tensors that were flattened from different shapes is not supported");
    }
    const bool element_wise = add || std::holds_alternative<Relu>(node.operation) ||
                              std::holds_alternative<ScaleShift>(node.operation);
    if (relabelled && !element_wise) {
      refuse(node, "a flattened tensor of shape " + to_string(in) +
                       " can be read by Gemm, MatMul, Add and Relu only");
    }
    return element_wise ? in : graph_.shape(node.output);
  }

  void add_layer(const Group& group) {
    const Node& node = *group.node;
    QuantLayer layer;
    layer.name = node.name;
    for (const std::string& input : node.inputs) layer.inputs.push_back(tensor(input));
    const QuantTensor in = network_.tensors[layer.inputs[0]];
    const Shape shape = layer_shape(node, layer);
    if (std::holds_alternative<MaxPool>(node.operation)) {
      QuantTensor out = in;
      out.name = group.output;
      out.shape = shape;
      add_tensor(out);
    } else {
      add_tensor(make_tensor(group, shape));
    }
    layer.output = network_.tensors.size() - 1;
    fill(node, group.relu, layer);
    network_.layers.push_back(std::move(layer));
  }

  void add_tensor(const QuantTensor& made) {
    indices_[made.name] = network_.tensors.size();
    network_.tensors.push_back(made);
  }

  void fill(const Node& node, bool relu, QuantLayer& layer) const {
    refuse_unmapped(node);
    const QuantTensor& in = network_.tensors[layer.inputs[0]];
    const QuantTensor& out = network_.tensors[layer.output];
    layer.result.low = static_cast<std::uint32_t>(relu ? out.zero_point : 0);
    layer.result.high = static_cast<std::uint32_t>(out.highest());
    if (const auto* conv = std::get_if<Conv>(&node.operation)) {
      fill_conv(*conv, layer);
    } else if (const auto* gemm = std::get_if<Gemm>(&node.operation)) {
      fill_gemm(node, *gemm, in.shape, layer);
    } else if (const auto* pool = std::get_if<MaxPool>(&node.operation)) {
      layer.kind = LayerKind::kMaxPool;
      layer.window = pool->window;
    } else if (const auto* average = std::get_if<AveragePool>(&node.operation)) {
      fill_average(node, average->window, in, out, layer);
    } else if (std::holds_alternative<Add>(node.operation)) {
      fill_add(in, network_.tensors[layer.inputs[1]], out, layer);
    } else if (const auto* scale = std::get_if<ScaleShift>(&node.operation)) {
      if (in.shape.channels != static_cast<std::int64_t>(scale->scale.size())) {
        refuse(node, "one constant a feature after a Flatten of " + to_string(in.shape) +
                         " is not supported; put it before the Flatten, or behind a Gemm");
      }
      fill_scale({scale->scale.begin(), scale->scale.end()},
                 {scale->shift.begin(), scale->shift.end()}, in, out, layer);
    } else {
      const auto channels = static_cast<std::size_t>(in.shape.channels);
      fill_scale(std::vector<double>(channels, 1.0), std::vector<double>(channels, 0.0), in, out,
                 layer);
    }
  }

  WeightOptions weight_options(const std::string& node) const {
    return make_weight_options(file_.quantisation, graph_, node);
  }

  void fill_conv(const Conv& conv, QuantLayer& layer) const {
    layer.groups = conv.groups;
    layer.window = conv.window;
    layer.bias.assign(conv.bias.begin(), conv.bias.end());
    quantise_weights(channels_last(conv.weight, conv.bias.size(),
                                   static_cast<std::size_t>(conv.in_channels / conv.groups)),
                     conv.encoding, weight_options(layer.name), layer);
  }

  void fill_gemm(const Node& node, const Gemm& gemm, const Shape& in, QuantLayer& layer) const {
    if (in.height > kMostKernel || in.width > kMostKernel) {
      refuse(node, "a matrix over an input of " + to_string(in) +
                       " is not supported; at most 255 rows and columns of pixels are");
    }
    layer.window.kernel_height = in.height;
    layer.window.kernel_width = in.width;
    layer.bias.assign(gemm.bias.begin(), gemm.bias.end());
    quantise_weights(
        channels_last(gemm.weight, gemm.bias.size(), static_cast<std::size_t>(in.channels)),
        gemm.encoding, weight_options(layer.name), layer);
  }

  static void fill_average(const Node& node, const Window& window, const QuantTensor& in,
                           const QuantTensor& out, QuantLayer& layer) {
    layer.kind = LayerKind::kAveragePool;
    layer.window = window;
    const bool any_pad =
        window.pad_top + window.pad_left + window.pad_bottom + window.pad_right > 0;
    if (any_pad && in.zero_point != 0) {
      refuse(node, "padding is supported only where the input is never negative, as after a Relu");
    }
    const auto taps = static_cast<double>(window.kernel_height * window.kernel_width);
    const double factor = in.scale / out.scale / taps;
    const FixedPoint fixed =
        to_fixed_point({factor}, {out.zero_point - factor * taps * in.zero_point});
    layer.scales = {fixed.factors[0], 0, fixed.offsets[0]};
    layer.result.shift = fixed.shift;
  }

  static void fill_add(const QuantTensor& a, const QuantTensor& b, const QuantTensor& out,
                       QuantLayer& layer) {
    layer.kind = LayerKind::kAdd;
    const double factor_a = a.scale / out.scale;
    const double factor_b = b.scale / out.scale;
    const FixedPoint fixed = to_fixed_point(
        {factor_a, factor_b}, {out.zero_point - factor_a * a.zero_point - factor_b * b.zero_point});
    layer.scales = {fixed.factors[0], fixed.factors[1], fixed.offsets[0]};
    layer.result.shift = fixed.shift;
  }

  static void fill_scale(const std::vector<double>& scale, const std::vector<double>& shift,
                         const QuantTensor& in, const QuantTensor& out, QuantLayer& layer) {
    layer.kind = LayerKind::kScale;
    std::vector<double> factors;
    std::vector<double> offsets;
    for (std::size_t c = 0; c < scale.size(); ++c) {
      factors.push_back(scale[c] * in.scale / out.scale);
      offsets.push_back(shift[c] / out.scale + out.zero_point - factors[c] * in.zero_point);
    }
    const FixedPoint fixed = to_fixed_point(factors, offsets);
    layer.result.shift = fixed.shift;
    for (std::size_t c = 0; c < scale.size(); ++c) {
      layer.table.push_back({fixed.factors[c], fixed.offsets[c], 0, 0});
    }
  }

  const Graph& graph_;
  const NetworkFile& file_;
  const std::vector<Image>& calibration_;
  QuantNetwork network_;
  std::vector<Group> groups_;
  std::map<std::string, std::string> aliases_;  ///< outputs of Flatten: the tensor they relabel
  std::map<std::string, Range> ranges_;
  std::map<std::string, std::size_t> indices_;
};

}  // namespace

QuantNetwork quantise(const Graph& graph, const NetworkFile& file,
                      const std::vector<Image>& calibration) {
  const Graph folded = fold(graph);
  return Quantiser(folded, file, calibration).run();
}

}  // namespace leyden::compiler
