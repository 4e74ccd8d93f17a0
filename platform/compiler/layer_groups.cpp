#include "platform/compiler/layer_groups.h"

#include <algorithm>

#include "platform/compiler/fold.h"

namespace leyden::compiler {
namespace {

template <typename T>
bool is(const Node& node) {
  return std::holds_alternative<T>(node.operation);
}

/// Whether the layer of a node ends in a clamp that can hold a Relu or a Clip behind it.
bool ends_in_clamp(const Node& node) {
  return !keeps_codes(node) && !is<Concat>(node) && !is<Softmax>(node) && !is<ArgMax>(node);
}

/// Narrows the range of a group by a Relu or a Clip; false for other nodes.
bool take_clamp(const Node& node, LayerGroup& group) {
  LayerGroup next;
  if (is<Relu>(node)) {
    next.low = 0;
  } else if (const auto* clip = std::get_if<Clip>(&node.operation)) {
    next.low = static_cast<double>(clip->low);
    next.high = static_cast<double>(clip->high);
  } else {
    return false;
  }
  group.low = std::min(std::max(group.low, next.low), next.high);
  group.high = std::min(std::max(group.high, next.low), next.high);
  return true;
}

const Node* only_reader(const Graph& graph, const std::string& tensor) {
  if (count_readers(graph, tensor) != 1) return nullptr;
  for (const Node& node : graph.nodes) {
    if (!node.inputs.empty() && node.inputs[0] == tensor) return &node;
  }
  return nullptr;
}

}  // namespace

bool keeps_codes(const Node& node) { return is<MaxPool>(node) || is<Pad>(node); }

const std::string& LayerGroups::resolve(const std::string& tensor) const {
  const auto found = aliases.find(tensor);
  return found == aliases.end() ? tensor : found->second;
}

const LayerGroup* LayerGroups::producer(const std::string& tensor) const {
  const auto found = std::find_if(list.begin(), list.end(),
                                  [&](const LayerGroup& group) { return group.output == tensor; });
  return found == list.end() ? nullptr : &*found;
}

LayerGroups group_nodes(const Graph& graph, const NetworkFile& file) {
  LayerGroups groups;
  std::vector<const Node*> fused;
  for (const Node& node : graph.nodes) {
    if (std::find(fused.begin(), fused.end(), &node) != fused.end()) continue;
    const bool last = node.output == graph.output;
    if (is<Flatten>(node) || (is<Softmax>(node) && file.omit_softmax && last)) {
      groups.aliases[node.output] = groups.resolve(node.inputs[0]);
      if (is<Softmax>(node)) {
        groups.notes.push_back("node '" + node.name +
                               "' is left out, as the network file asks; the class is the same");
      }
      continue;
    }
    LayerGroup group;
    group.node = &node;
    group.output = node.output;
    take_clamp(node, group);
    // Codes between them, as a quantised graph asks for, keep layers apart.
    while (ends_in_clamp(node) && graph.encodings.count(group.output) == 0) {
      const Node* next = only_reader(graph, group.output);
      if (!next || !take_clamp(*next, group)) break;
      group.output = next->output;
      fused.push_back(next);
    }
    groups.list.push_back(group);
  }
  return groups;
}

}  // namespace leyden::compiler
