#pragma once

#include <vector>

#include "platform/compiler/graph.h"

namespace leyden::compiler {

/// Convolution in float: patches of the input as columns of a matrix, blocks of 4 outputs by 8
/// pixels in registers. Each output adds its products in the order (channel, row, column), whatever
/// the blocks, so that the result does not depend on the shape of anything else.
class FloatConv {
 public:
  /// @param x input, channels x height x width
  /// @param y output, as `out` says
  void run(const Conv& conv, const Shape& in, const Shape& out, const float* x, float* y);

 private:
  std::vector<float> patches_;  ///< [taps of a group][pixels of a block]
};

}  // namespace leyden::compiler
