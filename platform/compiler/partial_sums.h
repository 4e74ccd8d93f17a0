#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "platform/compiler/calibration.h"
#include "platform/compiler/plan.h"

namespace leyden::compiler {

/// What the partial sums of row-split layers reach on calibration images. The inputs of a layer
/// are the float network's activations, rounded to codes.
class PartialSums {
 public:
  /// Runs the float network only when some layer is split.
  /// @throws base::UsageError when a layer is split and there is no calibration image
  PartialSums(const Plan& plan, const Graph& graph, const NetworkFile& file,
              const std::vector<Image>& calibration);

  /// Per output the magnitude that takes the converter's whole range: that which the sums of its
  /// parts seldom exceed, or with which the squared error of clipping and rounding is least. Of a
  /// layer whose converters were given ranges, what its conversions can reach.
  const std::vector<double>& peaks(std::size_t layer) const { return peaks_.at(layer); }

 private:
  std::map<std::size_t, std::vector<double>> peaks_;
};

}  // namespace leyden::compiler
