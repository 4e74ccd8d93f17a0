#include "platform/compiler/qdq_fit.h"

#include <algorithm>
#include <cmath>
#include <sstream>

namespace leyden::compiler {
namespace {

constexpr double kSameScale = 1e-6;  // scales are written in decimal and stored as float32

std::string text(double value) {
  std::ostringstream stream;
  stream.precision(7);
  stream << value;
  return stream.str();
}

/// Least bits, from `bits` on, whose layout holds the integers of all weights; `bits` when none of
/// the macro's does.
unsigned bits_that_hold(const std::vector<float>& weights, const WeightEncoding& encoding,
                        const ChipGeometry& geometry) {
  long least = 0;
  long most = 0;
  const std::size_t row = weights.size() / encoding.scale.size();
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const long code = std::lround(double{weights[i]} / encoding.scale[i / row]);
    least = std::min(least, code);
    most = std::max(most, code);
  }
  for (unsigned bits = encoding.bits; bits <= geometry.weight_bits; ++bits) {
    const cim::WeightLayout layout = geometry.layout(bits);
    if (layout.minimum <= least && most <= layout.maximum) return bits;
  }
  return encoding.bits;
}

/// Rounds weights to the macro's integers. @return what was lost, "" when nothing was
std::string fit_weights(const std::vector<float>& weights, WeightEncoding& encoding,
                        const ChipGeometry& geometry) {
  if (encoding.bits == 0 || encoding.scale.empty()) return "";
  const unsigned had = encoding.bits;
  const unsigned least = cim::least_weight_bits(geometry.representation);
  encoding.bits = std::clamp(encoding.bits, least, std::max(least, geometry.weight_bits));
  encoding.bits = bits_that_hold(weights, encoding, geometry);
  const cim::WeightLayout layout = geometry.layout(encoding.bits);
  const auto codes = static_cast<double>(std::min(-layout.minimum, layout.maximum));
  const std::size_t row = weights.size() / encoding.scale.size();
  double error = 0;
  double power = 0;
  std::size_t changed = 0;
  for (std::size_t o = 0; o < encoding.scale.size(); ++o) {
    const auto first = weights.begin() + static_cast<std::ptrdiff_t>(o * row);
    const auto last = first + static_cast<std::ptrdiff_t>(row);
    const auto [low, high] = std::minmax_element(first, last);
    const double scale = encoding.scale[o];
    const bool fits = std::lround(double{*low} / scale) >= layout.minimum &&
                      std::lround(double{*high} / scale) <= layout.maximum;
    const double wider =
        fits ? scale : std::max(std::abs(double{*low}), std::abs(double{*high})) / codes;
    encoding.scale[o] = wider;
    changed += fits ? 0 : 1;
    for (auto w = first; w != last; ++w) {
      const double rounded = fits ? double{*w} : wider * std::round(double{*w} / wider);
      error += (rounded - double{*w}) * (rounded - double{*w});
      power += double{*w} * double{*w};
    }
  }
  if (changed == 0) return "";
  std::ostringstream percent;
  percent.precision(2);
  percent << 100 * std::sqrt(error / power);
  return "the weights of " + std::to_string(changed) + " of " +
         std::to_string(encoding.scale.size()) + " outputs need " + std::to_string(had) +
         " b where the macro holds " + std::to_string(layout.minimum) + " to " +
         std::to_string(layout.maximum) + ", and are rounded again with an error of " +
         percent.str() + " % of their root mean square";
}

void fit_all_weights(Graph& graph, const ChipGeometry& geometry) {
  for (Node& node : graph.nodes) {
    auto* conv = std::get_if<Conv>(&node.operation);
    auto* gemm = std::get_if<Gemm>(&node.operation);
    if (!conv && !gemm) continue;
    const std::string lost = conv ? fit_weights(conv->weight, conv->encoding, geometry)
                                  : fit_weights(gemm->weight, gemm->encoding, geometry);
    if (!lost.empty()) graph.notes.push_back("layer '" + node.name + "': " + lost);
  }
}

void fit_input(Graph& graph, const InputFormat& format) {
  const auto found = graph.encodings.find(graph.input);
  if (found == graph.encodings.end()) return;
  const TensorEncoding wanted = found->second;
  if (std::abs(format.scale - wanted.scale) <= kSameScale * wanted.scale &&
      format.zero_point == wanted.zero_point) {
    return;
  }
  graph.encodings.erase(graph.input);
  const std::string made = graph.input + "/codes";
  for (Node& node : graph.nodes)
    std::replace(node.inputs.begin(), node.inputs.end(), graph.input, made);
  const Shape shape = graph.shape(graph.input);
  const auto channels = static_cast<std::size_t>(shape.channels);
  graph.shapes[made] = shape;
  graph.encodings[made] = wanted;
  graph.nodes.insert(graph.nodes.begin(), {made,
                                           "QuantizeLinear",
                                           ScaleShift{std::vector<float>(channels, 1.0f),
                                                      std::vector<float>(channels, 0.0f)},
                                           {graph.input},
                                           made});
  graph.notes.push_back(
      "the input's codes (scale " + text(format.scale) + ", zero point " +
      std::to_string(format.zero_point) +
      ") are brought to those of the quantised graph by a layer of its own; with input.scale " +
      text(wanted.scale) + " and input.zero_point " + std::to_string(wanted.zero_point) +
      " it would not be needed");
}

}  // namespace

bool input_of_codes(const Graph& graph, InputFormat& format) {
  const auto found = graph.encodings.find(graph.input);
  if (found == graph.encodings.end()) return false;
  format.scale = found->second.scale;
  format.zero_point = found->second.zero_point;
  return true;
}

Graph fit_quantised_graph(const Graph& graph, const InputFormat& format,
                          const ChipGeometry& geometry) {
  Graph fitted = graph;
  fit_input(fitted, format);
  fit_all_weights(fitted, geometry);
  return fitted;
}

}  // namespace leyden::compiler
