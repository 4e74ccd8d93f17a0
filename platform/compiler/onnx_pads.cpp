#include "platform/compiler/onnx_pads.h"

#include <algorithm>
#include <limits>

#include "platform/compiler/fold.h"

namespace leyden::compiler {
namespace {

constexpr std::int64_t kMostPad = 255;  // fields of the PAD register

bool has_padding(const Window& window) {
  return window.pad_top + window.pad_left + window.pad_bottom + window.pad_right > 0;
}

/// The window with `pad` added, when the fields hold it.
bool widen(Window& window, const Pad& pad) {
  Window wide = window;
  wide.pad_top += pad.top;
  wide.pad_left += pad.left;
  wide.pad_bottom += pad.bottom;
  wide.pad_right += pad.right;
  const bool fits =
      std::max({wide.pad_top, wide.pad_left, wide.pad_bottom, wide.pad_right}) <= kMostPad;
  if (fits) window = wide;
  return fits;
}

/// True when every window holds a pixel of the input, so that padding decides no maximum.
bool smaller_than_kernel(const Window& window) {
  return std::max(window.pad_top, window.pad_bottom) < window.kernel_height &&
         std::max(window.pad_left, window.pad_right) < window.kernel_width &&
         window.dilation_y == 1 && window.dilation_x == 1;
}

bool never_negative(const Graph& graph, const std::string& tensor) {
  return std::any_of(graph.nodes.begin(), graph.nodes.end(), [&](const Node& node) {
    return node.output == tensor && std::holds_alternative<Relu>(node.operation);
  });
}

bool fold_into(const Graph& graph, const Node& pad_node, Node& next) {
  const Pad& pad = std::get<Pad>(pad_node.operation);
  if (auto* conv = std::get_if<Conv>(&next.operation)) {
    return pad.value == 0 && widen(conv->window, pad);
  }
  if (auto* average = std::get_if<AveragePool>(&next.operation)) {
    // Zeros of the Pad count; cut windows of the pooling do not, and cannot be told from them.
    const bool counts = average->count_include_pad || !has_padding(average->window);
    if (pad.value != 0 || !counts || !widen(average->window, pad)) return false;
    average->count_include_pad = true;
    return true;
  }
  if (auto* pool = std::get_if<MaxPool>(&next.operation)) {
    const bool loses = pad.value <= std::numeric_limits<float>::lowest() ||
                       (pad.value == 0 && never_negative(graph, pad_node.inputs[0]));
    Window wide = pool->window;
    if (!loses || !widen(wide, pad) || !smaller_than_kernel(wide)) return false;
    pool->window = wide;
    return true;
  }
  return false;
}

}  // namespace

void fold_pads(Graph& graph) {
  for (std::size_t i = 0; i < graph.nodes.size();) {
    const Node pad = graph.nodes[i];
    bool folded = false;
    if (std::holds_alternative<Pad>(pad.operation) && count_readers(graph, pad.output) == 1) {
      for (Node& next : graph.nodes) {
        if (next.inputs[0] != pad.output || !fold_into(graph, pad, next)) continue;
        next.inputs[0] = pad.inputs[0];
        folded = true;
      }
    }
    if (!folded) {
      ++i;
      continue;
    }
    graph.shapes.erase(pad.output);
    graph.nodes.erase(graph.nodes.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

}  // namespace leyden::compiler
