#pragma once

#include <string>

#include "platform/compiler/qdq_nodes.h"

namespace leyden::compiler {

/// A constant that DequantizeLinear makes: integers without zero point, and their scales.
struct DequantisedConstant {
  std::vector<std::int64_t> dims;
  std::vector<std::int64_t> integers;  ///< q - z
  std::vector<double> scale;           ///< one, or one along `axis`
  std::int64_t axis = 0;

  /// Scale of element `index`.
  double scale_of(std::size_t index) const;
  std::vector<float> reals() const;
  /// Dimensions in another order, as Transpose does.
  DequantisedConstant transposed(const std::vector<std::int64_t>& order) const;
  /// Weights of `outputs` rows along axis `output_axis`: least bits that hold all integers, and one
  /// scale an output. bits 0 when the scales run along another axis. Integers beyond 8 b get a
  /// wider scale, to which they are rounded; `note` says so.
  WeightEncoding encoding(std::int64_t output_axis, std::string& note) const;
};

/// DequantizeLinear of stored integers. @param node states scale, zero point and axis
DequantisedConstant dequantise_constant(const onnx::NodeProto& node, const ConstantTable& constants,
                                        StoredIntegers stored);

/// QuantizeLinear of a float constant: rounds half to even, as ONNX says.
StoredIntegers quantise_constant(const onnx::NodeProto& node, const ConstantTable& constants);

}  // namespace leyden::compiler
