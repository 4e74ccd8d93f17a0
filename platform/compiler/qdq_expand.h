#pragma once

#include <onnx/onnx_pb.h>

namespace leyden::compiler {

/// Writes QLinear and Integer operators as what they mean: DequantizeLinear before the float
/// operator and QuantizeLinear behind it. QLinearConv, QLinearMatMul, ConvInteger and MatMulInteger
/// with Cast and Mul behind them, and of com.microsoft QGemm, QLinearAdd, QLinearMul,
/// QLinearConcat, QLinearAveragePool, QLinearGlobalAveragePool, QLinearLeakyRelu, QLinearSigmoid
/// and QLinearSoftmax. Other nodes stay as they are.
/// @throws base::UsageError what has no such meaning, by name
void expand_quantised_operators(onnx::GraphProto& graph);

}  // namespace leyden::compiler
