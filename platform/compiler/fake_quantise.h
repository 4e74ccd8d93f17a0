#pragma once

#include <string>
#include <vector>

#include "platform/compiler/graph.h"

namespace leyden::compiler {

/// Rounds the values of a tensor to those its codes stand for, where a quantised graph gives it an
/// encoding: scale (clamp(round(x / scale) + zero_point, 0, 2^bits - 1) - zero_point), half to even
/// and in float32 as QuantizeLinear and DequantizeLinear of ONNX.
void fake_quantise(const Graph& graph, const std::string& tensor, std::vector<float>& values);

}  // namespace leyden::compiler
