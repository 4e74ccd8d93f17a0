#pragma once

#include <string>

#include "platform/compiler/graph.h"
#include "platform/compiler/layer_groups.h"
#include "platform/compiler/quantised.h"
#include "platform/compiler/weight_codes.h"

namespace leyden::compiler {

/// Lowering: what each operator of the graph becomes in integers. The functions fill a layer whose
/// name, inputs, output and clamp (`result.low`, `result.high`) are set.

/// @throws base::UsageError naming the node
[[noreturn]] void refuse(const Node& node, const std::string& what);

/// Nearest code of a real value.
int code_of(double real, const QuantTensor& tensor);

/// Clamp of a layer's output codes to the values of its group.
void set_clamp(const LayerGroup& group, const QuantTensor& out, QuantLayer& layer);

// Layers with weights (lower_weights.cpp): on macros; move_to_core() makes a kernel of them.
void lower_conv(const Conv& conv, const WeightOptions& options, QuantLayer& layer);
void lower_gemm(const Gemm& gemm, const Shape& in, const WeightOptions& options, QuantLayer& layer);
void move_to_core(const Node& node, const QuantTensor& in, QuantLayer& layer);

/// Multipliers and offsets of all convolutions on the core, from their scales and biases; to be set
/// again when a bias changes.
void set_multipliers(QuantNetwork& network);

// Pooling (lower_pool.cpp): on the vector unit where it can, else on the core.
void lower_max_pool(const Node& node, const MaxPool& pool, bool on_core, QuantLayer& layer);
void lower_average_pool(const Node& node, const AveragePool& pool, bool on_core,
                        const QuantTensor& in, const QuantTensor& out, QuantLayer& layer);

// Element by element (lower_elements.cpp): on the vector unit.
void lower_add(const QuantTensor& a, const QuantTensor& b, const QuantTensor& out,
               QuantLayer& layer);
/// @param scale null: y = x, between tensors of different codes
void lower_scale(const ScaleShift* scale, const QuantTensor& in, const QuantTensor& out,
                 QuantLayer& layer);
/// A table of any function of one code. @param function null: y = x
void lower_lookup(const Function* function, const QuantTensor& in, const QuantTensor& out,
                  QuantLayer& layer);

// Kernels of the core (lower_core.cpp).
void lower_pad(const Node& node, const Pad& pad, const QuantTensor& in, QuantLayer& layer);
void lower_softmax(const Softmax& softmax, const QuantTensor& in, const QuantTensor& out,
                   QuantLayer& layer);
void lower_arg_max(const Node& node, const ArgMax& arg_max, const QuantTensor& in,
                   QuantLayer& layer);
void lower_flatten(QuantLayer& layer);

}  // namespace leyden::compiler
