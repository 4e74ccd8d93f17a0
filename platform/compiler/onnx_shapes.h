#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "platform/compiler/onnx_node.h"

namespace leyden::compiler {

using Dims = std::vector<std::int64_t>;

/// Number of elements, or a refusal when it is beyond what is supported.
std::int64_t checked_elements(const OnnxNode& node, const Dims& dims);

/// Dimensions that a Reshape of a tensor of `from` to `target` makes (0: as before, unless
/// allowzero; -1: what is left).
/// @throws base::UsageError when they do not hold the same number of elements
Dims reshaped_dims(const OnnxNode& node, const Dims& from, const Dims& target);
/// @param axes nothing: all dimensions of 1
Dims squeezed_dims(const OnnxNode& node, const Dims& from, const std::optional<Dims>& axes);
Dims unsqueezed_dims(const OnnxNode& node, const Dims& from, const Dims& axes);
/// Attribute perm of a Transpose: for each dimension of the output the one of the input.
std::vector<std::size_t> transpose_order(const OnnxNode& node, std::size_t rank);

}  // namespace leyden::compiler
