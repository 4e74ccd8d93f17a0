#include "platform/compiler/fold.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "platform/compiler/fold_pad.h"

namespace leyden::compiler {
namespace {

/// Index of the node that computes `tensor`, or nodes.size() for the network's input.
std::size_t producer(const Graph& graph, const std::string& tensor) {
  const auto found = std::find_if(graph.nodes.begin(), graph.nodes.end(),
                                  [&](const Node& node) { return node.output == tensor; });
  return static_cast<std::size_t>(found - graph.nodes.begin());
}

/// The one node before node `index` when that node has no other reader, else nullptr.
Node* only_before(Graph& graph, std::size_t index) {
  const std::string& tensor = graph.nodes[index].inputs[0];
  const std::size_t before = producer(graph, tensor);
  if (before == graph.nodes.size() || count_readers(graph, tensor) != 1) return nullptr;
  return &graph.nodes[before];
}

/// relu(max(x)) = max(relu(x)), and before the pooling it costs nothing.
bool swap_relu_and_pool(Graph& graph, std::size_t index) {
  Node& relu = graph.nodes[index];
  Node* pool = only_before(graph, index);
  if (!std::holds_alternative<Relu>(relu.operation) || !pool ||
      !std::holds_alternative<MaxPool>(pool->operation)) {
    return false;
  }
  // The tensor between them keeps its name and takes the shape before the pooling.
  graph.shapes[pool->output] = graph.shape(pool->inputs[0]);
  if (const auto codes = graph.encodings.find(relu.output); codes != graph.encodings.end()) {
    graph.encodings[pool->output] = codes->second;
  }
  std::swap(pool->operation, relu.operation);
  std::swap(pool->name, relu.name);
  std::swap(pool->type, relu.type);
  return true;
}

/// y = scale (w x + b) + shift, per output channel.
void scale_rows(std::vector<float>& weight, std::vector<float>& bias, const ScaleShift& scale) {
  const std::size_t row = weight.size() / bias.size();
  for (std::size_t o = 0; o < bias.size(); ++o) {
    for (std::size_t i = 0; i < row; ++i) weight[o * row + i] *= scale.scale[o];
    bias[o] = bias[o] * scale.scale[o] + scale.shift[o];
  }
}

/// Scales the steps of integers that a quantised graph gives. @return false where they would not
/// stay integers of their bits: the most negative one changes its sign, or all become 0
bool scale_encoding(const std::vector<float>& weight, const ScaleShift& scale,
                    WeightEncoding& encoding) {
  if (encoding.bits == 0) return true;
  const std::size_t row = weight.size() / encoding.scale.size();
  WeightEncoding scaled = encoding;
  for (std::size_t o = 0; o < encoding.scale.size(); ++o) {
    const auto first = weight.begin() + static_cast<std::ptrdiff_t>(o * row);
    const double least = *std::min_element(first, first + static_cast<std::ptrdiff_t>(row));
    const long lowest = -(1L << (encoding.bits - 1));
    const double factor = scale.scale[o];
    if (factor == 0 || (factor < 0 && std::lround(least / encoding.scale[o]) <= lowest)) {
      return false;
    }
    scaled.scale[o] *= std::abs(factor);
  }
  encoding = std::move(scaled);
  return true;
}

bool fold_scale(Graph& graph, std::size_t index) {
  const auto* scale = std::get_if<ScaleShift>(&graph.nodes[index].operation);
  Node* before = scale ? only_before(graph, index) : nullptr;
  // Codes between them, as a quantised graph asks for, keep them apart.
  if (!before || graph.encodings.count(before->output) > 0) return false;
  if (auto* conv = std::get_if<Conv>(&before->operation)) {
    if (!scale_encoding(conv->weight, *scale, conv->encoding)) return false;
    scale_rows(conv->weight, conv->bias, *scale);
  } else if (auto* gemm = std::get_if<Gemm>(&before->operation)) {
    if (!scale_encoding(gemm->weight, *scale, gemm->encoding)) return false;
    scale_rows(gemm->weight, gemm->bias, *scale);
  } else if (auto* first = std::get_if<ScaleShift>(&before->operation)) {
    scale_rows(first->scale, first->shift, *scale);
  } else {
    return false;
  }
  graph.shapes.erase(before->output);
  before->output = graph.nodes[index].output;
  graph.nodes.erase(graph.nodes.begin() + static_cast<std::ptrdiff_t>(index));
  return true;
}

}  // namespace

std::size_t count_readers(const Graph& graph, const std::string& tensor) {
  std::size_t readers = graph.output == tensor ? 1 : 0;
  for (const Node& node : graph.nodes) {
    readers += static_cast<std::size_t>(std::count(node.inputs.begin(), node.inputs.end(), tensor));
  }
  return readers;
}

Graph fold(const Graph& graph) {
  Graph folded = graph;
  bool changed = true;
  while (changed) {
    changed = false;
    for (std::size_t i = 0; i < folded.nodes.size() && !changed; ++i) {
      changed = swap_relu_and_pool(folded, i) || fold_scale(folded, i) || fold_pad(folded, i);
    }
  }
  return folded;
}

}  // namespace leyden::compiler
