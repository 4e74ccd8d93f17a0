// Operators that move no value: they change how ONNX sees a tensor.
#include <algorithm>
#include <numeric>

#include "platform/compiler/onnx_context.h"
#include "platform/compiler/onnx_shapes.h"

namespace leyden::compiler {
namespace {

/// The same values with other dimensions, or another order.
void relabel_dims(OnnxContext& context, const OnnxNode& node, std::vector<std::int64_t> dims) {
  View view = context.view(node, 0);
  view.dims = std::move(dims);
  context.relabel(node, std::move(view));
}

void convert_flatten(OnnxContext& context, const OnnxNode& node) {
  node.allow({"axis"});
  node.expect_inputs(1, 1);
  const auto& dims = context.view(node, 0).dims;
  std::int64_t axis = node.integer("axis", 1);
  const auto rank = static_cast<std::int64_t>(dims.size());
  if (axis < -rank || axis > rank) {
    node.refuse("attribute axis " + std::to_string(axis) + " does not fit an input of " +
                std::to_string(rank) + " dimensions");
  }
  if (axis < 0) axis += rank;
  const auto product = [](auto first, auto last) {
    return std::accumulate(first, last, std::int64_t{1}, std::multiplies<>());
  };
  const auto split = dims.begin() + axis;
  relabel_dims(context, node, {product(dims.begin(), split), product(split, dims.end())});
}

void convert_reshape(OnnxContext& context, const OnnxNode& node) {
  node.allow({"allowzero", "shape"});
  node.expect_inputs(1, 2);
  const auto& from = context.view(node, 0).dims;
  const auto target = context.integers(node, "shape", 1);
  if (!target) node.refuse("the new shape must be a constant of integers");
  relabel_dims(context, node, reshaped_dims(node, from, *target));
}

void convert_squeeze(OnnxContext& context, const OnnxNode& node) {
  node.allow({"axes"});
  node.expect_inputs(1, 2);
  const auto axes = context.integers(node, "axes", 1);
  relabel_dims(context, node, squeezed_dims(node, context.view(node, 0).dims, axes));
}

void convert_unsqueeze(OnnxContext& context, const OnnxNode& node) {
  node.allow({"axes"});
  node.expect_inputs(1, 2);
  const auto axes = context.integers(node, "axes", 1);
  if (!axes) node.refuse("its axes are missing");
  relabel_dims(context, node, unsqueezed_dims(node, context.view(node, 0).dims, *axes));
}

void convert_transpose(OnnxContext& context, const OnnxNode& node) {
  node.allow({"perm"});
  node.expect_inputs(1, 1);
  const View& view = context.view(node, 0);
  auto moved = transposed(view, transpose_order(node, view.dims.size()));
  if (!moved) {
    node.refuse("transposing " + to_string(view.dims) +
                " is not supported after the Reshape before it");
  }
  context.relabel(node, std::move(*moved));
}

void convert_identity(OnnxContext& context, const OnnxNode& node) {
  node.allow({"ratio", "seed", "is_test", "to", "saturate"});
  node.expect_inputs(1, 3);
  if (node.type() == "Dropout" && node.has_input(2) && context.scalar(node, 2) != 0.0f) {
    node.refuse("training_mode must be a constant that is false");
  }
  if (node.type() == "Cast") {
    const std::int64_t to = node.integer("to", 1);
    using onnx::TensorProto;
    if (to != TensorProto::FLOAT && to != TensorProto::DOUBLE) {
      node.refuse("attribute to " + std::to_string(to) +
                  " is not supported for a computed tensor; the nearest supported form is a cast "
                  "to float");
    }
  }
  context.relabel(node, context.view(node, 0));
}

}  // namespace

void add_relabel_converters(OnnxConverters& converters) {
  converters["Flatten"] = convert_flatten;
  converters["Reshape"] = convert_reshape;
  converters["Squeeze"] = convert_squeeze;
  converters["Unsqueeze"] = convert_unsqueeze;
  converters["Transpose"] = convert_transpose;
  converters["Identity"] = convert_identity;
  converters["Dropout"] = convert_identity;
  converters["Cast"] = convert_identity;
}

}  // namespace leyden::compiler
