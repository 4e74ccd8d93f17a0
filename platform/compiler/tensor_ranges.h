#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "platform/compiler/calibration.h"
#include "platform/compiler/layer_groups.h"
#include "platform/compiler/network_file.h"
#include "platform/compiler/quantised.h"
#include "platform/compiler/ranges.h"

namespace leyden::compiler {

/// Scale and zero point of every tensor: those the graph gives, those of the network file's ranges,
/// else of calibrated ranges, of which all that a Concat joins get a common one.
class TensorRanges {
 public:
  /// The arguments must outlive it.
  /// @throws base::UsageError for a range of a tensor that no layer computes, and for a missing one
  TensorRanges(const Graph& graph, const NetworkFile& file, const LayerGroups& groups,
               const std::vector<Image>& calibration);

  /// The tensor a group computes, whose values are not simply coded as its input.
  QuantTensor make(const LayerGroup& group, const Shape& shape) const;

 private:
  const Range* given(const std::string& tensor) const;
  bool is_given(const std::string& tensor) const;
  void find(const std::vector<Image>& calibration);
  void check_names() const;
  void unite_all();
  bool unite(const LayerGroup& concat);
  std::string coded_as(const std::string& tensor) const;
  bool may_take(const std::string& tensor, const Range& range) const;
  CodeRule rule(const LayerGroup& group) const;
  void set_scale(const LayerGroup& group, QuantTensor& made) const;

  const Graph& graph_;
  const NetworkFile& file_;
  const LayerGroups& groups_;
  std::map<std::string, Range> ranges_;
  std::set<std::string> united_;  ///< tensors that share their range with others
};

}  // namespace leyden::compiler
