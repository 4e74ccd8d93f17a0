#pragma once

#include <map>
#include <string>
#include <vector>

#include "platform/compiler/float_conv.h"
#include "platform/compiler/graph.h"

namespace leyden::compiler {

/// Executes a graph in float, one image at a time: the measure of what quantising costs, and the
/// source of calibration ranges. Keeps the values of every tensor of the last image.
class FloatExecutor {
 public:
  /// @param graph must outlive the executor
  explicit FloatExecutor(const Graph& graph);

  /// @param input channels x height x width values
  /// @return values of the network's output, valid until the next run
  /// @throws base::UsageError when `input` has another number of elements
  const std::vector<float>& run(const std::vector<float>& input);

  /// Values of a tensor after the last run, channels x height x width.
  const std::vector<float>& tensor(const std::string& name) const { return values_.at(name); }

 private:
  class Step;

  const Graph& graph_;
  FloatConv conv_;
  std::map<std::string, std::vector<float>> values_;
};

}  // namespace leyden::compiler
