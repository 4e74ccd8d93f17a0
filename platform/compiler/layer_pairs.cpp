#include "platform/compiler/layer_pairs.h"

#include <algorithm>
#include <cmath>

#include "platform/compiler/fold.h"

namespace leyden::compiler {
namespace {

bool has_weights(const Node& node) {
  return std::holds_alternative<Conv>(node.operation) ||
         std::holds_alternative<Gemm>(node.operation);
}

bool is_encoded(const Node& node) {
  const auto* conv = std::get_if<Conv>(&node.operation);
  const auto* gemm = std::get_if<Gemm>(&node.operation);
  return (conv ? conv->encoding.bits : gemm->encoding.bits) != 0;
}

/// f(x / s) = f(x) / s for s > 0, channel by channel.
bool lets_scales_through(const Node& node) {
  if (const auto* pad = std::get_if<Pad>(&node.operation)) return pad->value == 0;
  if (const auto* function = std::get_if<Function>(&node.operation)) {
    return function->kind == Function::Kind::kLeakyRelu;
  }
  return std::holds_alternative<Relu>(node.operation) ||
         std::holds_alternative<MaxPool>(node.operation) ||
         std::holds_alternative<AveragePool>(node.operation) ||
         std::holds_alternative<Flatten>(node.operation);
}

const Node* only_reader(const Graph& graph, const std::string& tensor) {
  if (count_readers(graph, tensor) != 1) return nullptr;
  for (const Node& node : graph.nodes) {
    if (std::find(node.inputs.begin(), node.inputs.end(), tensor) != node.inputs.end()) {
      return &node;
    }
  }
  return nullptr;  // the network's output
}

/// Applies `use` to every weight of an output channel.
template <typename Operation, typename Use>
void each_of_output(Operation& operation, std::size_t channel, Use use) {
  const std::size_t rows = operation.weight.size() / operation.bias.size();
  for (std::size_t i = 0; i < rows; ++i) use(operation.weight[channel * rows + i]);
}

/// Applies `use` to every weight that reads an input channel.
template <typename Convolution, typename Use>
void each_of_input_of_conv(Convolution& conv, std::size_t channel, Use use) {
  const auto inputs = static_cast<std::size_t>(conv.in_channels / conv.groups);
  const auto outputs = static_cast<std::size_t>(conv.out_channels / conv.groups);
  const auto taps = static_cast<std::size_t>(conv.window.kernel_height * conv.window.kernel_width);
  const std::size_t group = channel / inputs;
  for (std::size_t o = group * outputs; o < (group + 1) * outputs; ++o) {
    for (std::size_t t = 0; t < taps; ++t) {
      use(conv.weight[(o * inputs + channel % inputs) * taps + t]);
    }
  }
}

template <typename Matrix, typename Use>
void each_of_input_of_gemm(Matrix& gemm, std::size_t channel, std::size_t channels, Use use) {
  const auto features = static_cast<std::size_t>(gemm.in_features);
  const std::size_t pixels = features / channels;
  for (std::size_t o = 0; o < gemm.bias.size(); ++o) {
    for (std::size_t p = 0; p < pixels; ++p) {
      use(gemm.weight[o * features + channel * pixels + p]);
    }
  }
}

}  // namespace

std::vector<LayerPair> find_pairs(const Graph& graph, const NetworkFile& file) {
  std::vector<LayerPair> pairs;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& first = graph.nodes[i];
    if (!has_weights(first) || is_encoded(first)) continue;
    LayerPair pair;
    pair.first = i;
    pair.channels = static_cast<std::size_t>(graph.shape(first.output).channels);
    pair.tensor = first.output;
    const auto fixed = [&](const std::string& tensor) {
      return file.activation_ranges.count(tensor) != 0 || graph.encodings.count(tensor) != 0;
    };
    bool good = !fixed(first.output);
    const Node* next = only_reader(graph, first.output);
    while (good && next && lets_scales_through(*next)) {
      if (std::holds_alternative<Relu>(next->operation)) pair.tensor = next->output;
      good = !fixed(next->output);
      next = only_reader(graph, next->output);
    }
    if (!good || !next || !has_weights(*next) || is_encoded(*next)) continue;
    pair.second = static_cast<std::size_t>(next - graph.nodes.data());
    pairs.push_back(pair);
  }
  return pairs;
}

double output_reach(const Node& node, std::size_t channel) {
  double most = 0;
  const auto use = [&](float w) { most = std::max(most, std::abs(double{w})); };
  if (const auto* conv = std::get_if<Conv>(&node.operation)) each_of_output(*conv, channel, use);
  if (const auto* gemm = std::get_if<Gemm>(&node.operation)) each_of_output(*gemm, channel, use);
  return most;
}

double input_reach(const Node& node, std::size_t channel, std::size_t channels) {
  double most = 0;
  const auto use = [&](float w) { most = std::max(most, std::abs(double{w})); };
  if (const auto* conv = std::get_if<Conv>(&node.operation)) {
    each_of_input_of_conv(*conv, channel, use);
  } else if (const auto* gemm = std::get_if<Gemm>(&node.operation)) {
    each_of_input_of_gemm(*gemm, channel, channels, use);
  }
  return most;
}

void rescale(Graph& graph, const LayerPair& pair, std::size_t channel, double scale) {
  const auto divide = [scale](float& w) { w = static_cast<float>(w / scale); };
  const auto multiply = [scale](float& w) { w = static_cast<float>(w * scale); };
  Operation& first = graph.nodes[pair.first].operation;
  if (auto* conv = std::get_if<Conv>(&first)) {
    each_of_output(*conv, channel, divide);
    divide(conv->bias[channel]);
  } else if (auto* gemm = std::get_if<Gemm>(&first)) {
    each_of_output(*gemm, channel, divide);
    divide(gemm->bias[channel]);
  }
  Operation& second = graph.nodes[pair.second].operation;
  if (auto* conv = std::get_if<Conv>(&second)) {
    each_of_input_of_conv(*conv, channel, multiply);
  } else if (auto* gemm = std::get_if<Gemm>(&second)) {
    each_of_input_of_gemm(*gemm, channel, pair.channels, multiply);
  }
}

}  // namespace leyden::compiler
