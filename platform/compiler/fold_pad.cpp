#include "platform/compiler/fold_pad.h"

#include <algorithm>

#include "platform/compiler/fold.h"

namespace leyden::compiler {
namespace {

// Exporters write the padding of a MaxPool as the lowest float, or minus infinity.
constexpr float kLowest = -1e30f;

bool padded(const Window& window) {
  return window.pad_top != 0 || window.pad_left != 0 || window.pad_bottom != 0 ||
         window.pad_right != 0;
}

/// The window with the padding of `pad` added; false where it would reach beyond the kernel.
bool widen(const Pad& pad, Window& window) {
  if (std::min({pad.top, pad.left, pad.bottom, pad.right}) < 0) return false;
  Window wide = window;
  wide.pad_top += pad.top;
  wide.pad_left += pad.left;
  wide.pad_bottom += pad.bottom;
  wide.pad_right += pad.right;
  if (std::max(wide.pad_top, wide.pad_bottom) >= wide.extent_height()) return false;
  if (std::max(wide.pad_left, wide.pad_right) >= wide.extent_width()) return false;
  window = wide;
  return true;
}

bool take(const Pad& pad, Operation& operation) {
  if (auto* conv = std::get_if<Conv>(&operation)) return pad.value == 0 && widen(pad, conv->window);
  if (auto* pool = std::get_if<MaxPool>(&operation)) {
    return pad.value <= kLowest && widen(pad, pool->window);
  }
  auto* average = std::get_if<AveragePool>(&operation);
  // Pixels of a Pad count in the divisor, those of the pooling may not.
  if (!average || pad.value != 0) return false;
  if (!average->count_include_pad && padded(average->window)) return false;
  if (!widen(pad, average->window)) return false;
  average->count_include_pad = true;
  return true;
}

}  // namespace

bool fold_pad(Graph& graph, std::size_t index) {
  Node& node = graph.nodes[index];
  if (node.inputs.size() != 1 || count_readers(graph, node.inputs[0]) != 1) return false;
  const auto before = std::find_if(graph.nodes.begin(), graph.nodes.end(), [&](const Node& other) {
    return other.output == node.inputs[0];
  });
  if (before == graph.nodes.end()) return false;
  const auto* pad = std::get_if<Pad>(&before->operation);
  if (graph.encodings.count(before->output) > 0) return false;  // codes keep them apart
  if (!pad || !take(*pad, node.operation)) return false;
  graph.shapes.erase(before->output);
  node.inputs[0] = before->inputs[0];
  graph.nodes.erase(before);
  return true;
}

}  // namespace leyden::compiler
