// Sums of tensors, arithmetic with constants, and BatchNormalization.
#include <algorithm>
#include <cmath>

#include "models/base/error.h"
#include "platform/compiler/onnx_context.h"

namespace leyden::compiler {
namespace {

/// y = scale x + shift with the constant `values` as one of them.
struct Applied {
  View view;
  ScaleShift scale;
};

/// One value per channel of input `index`, whose tensor becomes a vector when the constant has one
/// value for each of its features.
Applied apply_constant(OnnxContext& context, const OnnxNode& node, int index, int constant) {
  Applied applied{context.view(node, index), {}};
  const OnnxConstant& given = context.weights(node, constant);
  auto values = channel_values(given, applied.view, context.shape(applied.view));
  if (!values && applied.view.is_vector()) {
    applied.view = context.flattened(node, index);
    values = channel_values(given, applied.view, context.shape(applied.view));
  }
  if (!values) {
    node.refuse("a constant of shape " + to_string(given.dims) +
                " cannot be applied to a tensor of shape " +
                to_string(context.shape(applied.view)) +
                "; one value, or one a channel, is supported");
  }
  applied.scale.shift = *values;
  applied.scale.scale.assign(values->size(), 1.0f);
  return applied;
}

ScaleShift uniform_scale(const Shape& shape, float scale) {
  const auto channels = static_cast<std::size_t>(shape.channels);
  return {std::vector<float>(channels, scale), std::vector<float>(channels, 0.0f)};
}

/// Dimensions without leading ones: what broadcasting compares.
std::vector<std::int64_t> significant(const std::vector<std::int64_t>& dims) {
  const auto first = std::find_if(dims.begin(), dims.end(), [](auto dim) { return dim != 1; });
  return {first, dims.end()};
}

/// Views of two inputs as tensors of one shape and one order, or nothing said: infer_shape() tells
/// shapes that differ.
std::pair<View, View> aligned(OnnxContext& context, const OnnxNode& node, int first, int second) {
  View a = context.view(node, first);
  View b = context.view(node, second);
  if (context.shape(a) != context.shape(b) && a.is_vector() && b.is_vector()) {
    a = context.flattened(node, first);
    b = context.flattened(node, second);
  }
  const bool same_shape = context.shape(a) == context.shape(b);
  if (same_shape && (significant(a.dims) != significant(b.dims) || !(a.atoms == b.atoms))) {
    node.refuse("inputs of shapes " + to_string(a.dims) + " and " + to_string(b.dims) +
                " with their values in different orders cannot be added");
  }
  if (a.dims.size() < b.dims.size()) a.dims = b.dims;  // broadcasting adds leading ones
  return {a, b};
}

void emit_sum(OnnxContext& context, const OnnxNode& node, const View& a, const View& b) {
  context.emit_output(node, Add{}, {a.tensor, b.tensor}, a);
}

/// -x of input `index` in a tensor between two nodes.
View negated(OnnxContext& context, const OnnxNode& node, const View& view) {
  View result = view;
  result.tensor = context.emit(node, uniform_scale(context.shape(view), -1.0f), {view.tensor},
                               context.fresh(node.output() + "/minus"));
  return result;
}

/// Number of the constant among two inputs, or -1 when both are computed.
int constant_factor(const OnnxContext& context, const OnnxNode& node) {
  node.allow({});
  node.expect_inputs(2, 2);
  return context.constant(node, 1) ? 1 : context.constant(node, 0) ? 0 : -1;
}

void convert_add(OnnxContext& context, const OnnxNode& node) {
  const int constant = constant_factor(context, node);
  if (constant < 0) {
    const auto [a, b] = aligned(context, node, 0, 1);
    return emit_sum(context, node, a, b);
  }
  Applied applied = apply_constant(context, node, 1 - constant, constant);
  context.emit_same(node, std::move(applied.scale), applied.view);
}

void convert_sub(OnnxContext& context, const OnnxNode& node) {
  const int constant = constant_factor(context, node);
  if (constant < 0) {
    const auto [a, b] = aligned(context, node, 0, 1);
    return emit_sum(context, node, a, negated(context, node, b));
  }
  Applied applied = apply_constant(context, node, 1 - constant, constant);
  std::vector<float>& values = constant == 1 ? applied.scale.shift : applied.scale.scale;
  if (constant == 1) {
    for (float& value : values) value = -value;
  } else {
    std::fill(values.begin(), values.end(), -1.0f);
  }
  context.emit_same(node, std::move(applied.scale), applied.view);
}

/// x * HardSigmoid(x) with slope 1/6 and offset 1/2, as exporters write HardSwish.
bool convert_hard_swish(OnnxContext& context, const OnnxNode& node) {
  const Graph& graph = context.graph();
  for (int i = 0; i < 2; ++i) {
    const View& gate = context.view(node, i);
    const View& x = context.view(node, 1 - i);
    const auto before = std::find_if(graph.nodes.begin(), graph.nodes.end(), [&](const Node& n) {
      return n.output == gate.tensor && n.inputs[0] == x.tensor;
    });
    if (before == graph.nodes.end()) continue;
    const auto* function = std::get_if<Function>(&before->operation);
    const bool fits = function && function->kind == Function::Kind::kHardSigmoid &&
                      std::abs(function->alpha - 1.0f / 6) < 1e-6f && function->beta == 0.5f &&
                      x.dims == gate.dims && x.atoms == gate.atoms;
    if (!fits) continue;
    context.absorbed().insert(gate.tensor);
    context.emit_same(node, Function{Function::Kind::kHardSwish, 0, 0}, x);
    return true;
  }
  return false;
}

void convert_mul(OnnxContext& context, const OnnxNode& node) {
  const int constant = constant_factor(context, node);
  if (constant < 0) {
    if (convert_hard_swish(context, node)) return;
    node.refuse(
        "the product of two computed tensors is not supported; the nearest supported forms "
        "are Mul by a constant, and HardSwish");
  }
  Applied applied = apply_constant(context, node, 1 - constant, constant);
  std::swap(applied.scale.scale, applied.scale.shift);
  std::fill(applied.scale.shift.begin(), applied.scale.shift.end(), 0.0f);
  context.emit_same(node, std::move(applied.scale), applied.view);
}

void convert_div(OnnxContext& context, const OnnxNode& node) {
  if (constant_factor(context, node) != 1) {
    node.refuse(
        "dividing by a computed tensor is not supported; the nearest supported form is Div "
        "by a constant");
  }
  Applied applied = apply_constant(context, node, 0, 1);
  for (std::size_t c = 0; c < applied.scale.shift.size(); ++c) {
    const float factor = 1.0f / applied.scale.shift[c];
    if (!std::isfinite(factor)) node.refuse("dividing by 0 is not possible");
    applied.scale.scale[c] = factor;
    applied.scale.shift[c] = 0;
  }
  context.emit_same(node, std::move(applied.scale), applied.view);
}

void convert_neg(OnnxContext& context, const OnnxNode& node) {
  node.allow({});
  node.expect_inputs(1, 1);
  const View& view = context.view(node, 0);
  context.emit_same(node, uniform_scale(context.shape(view), -1.0f), view);
}

/// Sum or Mean of computed tensors of one shape.
void convert_sum(OnnxContext& context, const OnnxNode& node) {
  node.allow({});
  const int inputs = node.proto().input_size();
  node.expect_inputs(1, 64);
  const bool mean = node.type() == "Mean";
  View sum = context.view(node, 0);
  for (int i = 1; i < inputs; ++i) {
    const View next = context.view(node, i);
    if (context.shape(next) == context.shape(sum) &&
        (next.dims != sum.dims || !(next.atoms == sum.atoms))) {
      node.refuse("inputs with their values in different orders cannot be added");
    }
    if (i + 1 == inputs && !mean) return emit_sum(context, node, sum, next);
    sum.tensor =
        context.emit(node, Add{}, {sum.tensor, next.tensor}, context.fresh(node.output() + "/sum"));
  }
  if (inputs == 1) return context.relabel(node, sum);
  context.emit_same(node, uniform_scale(context.shape(sum), 1.0f / static_cast<float>(inputs)),
                    sum);
}

void convert_batch_normalisation(OnnxContext& context, const OnnxNode& node) {
  node.allow({"epsilon", "is_test", "momentum", "spatial", "training_mode"});
  node.expect_inputs(5, 5);
  if (node.integer("training_mode", 0) != 0 || node.integer("spatial", 1) != 1) {
    node.refuse("only inference with one mean a channel is supported (training_mode 0, spatial 1)");
  }
  View view = context.view(node, 0);
  // A row of pixels of one channel is no vector of features.
  const bool features = view.is_vector() && view.dims.size() > 1 && view.dims[1] != 1;
  if (features) view = context.flattened(node, 0);
  const std::int64_t channels = view.dims.size() < 2 ? 0 : view.dims[1];
  OnnxConstant along{{channels}, {}, {}, true};
  along.dims.resize(view.dims.size() < 2 ? 1 : view.dims.size() - 1, 1);
  const auto spread = [&](int index) {
    along.floats = context.vector(node, index, channels);
    const auto values = channel_values(along, view, context.shape(view));
    if (!values) {
      node.refuse("an input of shape " + to_string(view.dims) +
                  " is not supported; its second dimension must be the channels");
    }
    return *values;
  };
  const auto gamma = spread(1);
  const auto beta = spread(2);
  const auto mean = spread(3);
  const auto variance = spread(4);
  const double epsilon = node.real("epsilon", 1e-5f);
  ScaleShift result;
  for (std::size_t c = 0; c < gamma.size(); ++c) {
    const double deviation = std::sqrt(double{variance[c]} + epsilon);
    if (!(deviation > 0)) {
      node.refuse("the variance of channel " + std::to_string(c) + " must be above 0");
    }
    const double scale = gamma[c] / deviation;
    const double shift = beta[c] - mean[c] * scale;
    if (!std::isfinite(static_cast<float>(scale)) || !std::isfinite(static_cast<float>(shift))) {
      node.refuse("the scale of channel " + std::to_string(c) + " is not finite");
    }
    result.scale.push_back(static_cast<float>(scale));
    result.shift.push_back(static_cast<float>(shift));
  }
  context.emit_same(node, std::move(result), view);
}

}  // namespace

void add_arithmetic_converters(OnnxConverters& converters) {
  converters["Add"] = convert_add;
  converters["Sub"] = convert_sub;
  converters["Mul"] = convert_mul;
  converters["Div"] = convert_div;
  converters["Neg"] = convert_neg;
  converters["Sum"] = convert_sum;
  converters["Mean"] = convert_sum;
  converters["BatchNormalization"] = convert_batch_normalisation;
}

}  // namespace leyden::compiler
