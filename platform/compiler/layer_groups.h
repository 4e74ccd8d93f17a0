#pragma once

#include <limits>
#include <map>
#include <string>
#include <vector>

#include "platform/compiler/graph.h"
#include "platform/compiler/network_file.h"

namespace leyden::compiler {

/// A node and the Relu and Clip nodes behind it, which become one layer: the values of its output
/// lie in low .. high.
struct LayerGroup {
  const Node* node = nullptr;
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  std::string output;  ///< tensor

  bool clamped() const { return low > -1e300 || high < 1e300; }
};

/// The layers a graph is cut into, in the order of execution.
struct LayerGroups {
  std::vector<LayerGroup> list;
  std::map<std::string, std::string> aliases;  ///< outputs of Flatten: the tensor they relabel
  std::vector<std::string> notes;

  const std::string& resolve(const std::string& tensor) const;
  /// The group that computes a tensor, nullptr for the network's input.
  const LayerGroup* producer(const std::string& tensor) const;
};

/// @param graph folded; must outlive the groups
LayerGroups group_nodes(const Graph& graph, const NetworkFile& file);

/// Whether a node leaves codes as they are, so that its output is coded as its input.
bool keeps_codes(const Node& node);

}  // namespace leyden::compiler
