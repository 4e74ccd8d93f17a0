// Functions of one variable.
#include <algorithm>
#include <cmath>
#include <limits>

#include "platform/compiler/onnx_context.h"

namespace leyden::compiler {
namespace {

constexpr float kMost = std::numeric_limits<float>::max();

void convert_relu(OnnxContext& context, const OnnxNode& node) {
  node.allow({});
  node.expect_inputs(1, 1);
  context.emit_same(node, Relu{}, context.view(node, 0));
}

/// min(max(x, low), high); without bounds the tensor itself.
void emit_clip(OnnxContext& context, const OnnxNode& node, const View& view, float low,
               float high) {
  if (std::isnan(low) || std::isnan(high)) node.refuse("a bound that is not a number");
  low = std::clamp(low, -kMost, kMost);
  high = std::clamp(high, -kMost, kMost);
  if (low == -kMost && high == kMost) return context.relabel(node, view);
  if (low == 0 && high == kMost) return context.emit_same(node, Relu{}, view);
  context.emit_same(node, Clip{low, high}, view);
}

/// A bound stated as an attribute; infinite is none.
float stated_bound(const OnnxNode& node, const std::string& name, float otherwise) {
  for (const auto& attribute : node.proto().attribute()) {
    if (attribute.name() == name && std::isinf(attribute.f())) return attribute.f();
  }
  return node.real(name, otherwise);
}

void convert_clip(OnnxContext& context, const OnnxNode& node) {
  node.allow({"max", "min"});
  node.expect_inputs(1, 3);
  const View& view = context.view(node, 0);
  const float low = context.scalar(node, 1).value_or(stated_bound(node, "min", -kMost));
  const float high = context.scalar(node, 2).value_or(stated_bound(node, "max", kMost));
  emit_clip(context, node, view, low, high);
}

/// Max or Min of one tensor and constants of one value.
void convert_bound(OnnxContext& context, const OnnxNode& node) {
  node.allow({});
  const bool least = node.type() == "Max";
  int computed = -1;
  float low = -kMost;
  float high = kMost;
  for (int i = 0; i < node.proto().input_size(); ++i) {
    if (!context.constant(node, i)) {
      if (computed >= 0) {
        node.refuse("of two computed tensors is not supported; the nearest supported form is " +
                    node.type() + " of a tensor and a constant of one value");
      }
      computed = i;
      continue;
    }
    const float bound = *context.scalar(node, i);
    if (least) low = std::max(low, bound);
    if (!least) high = std::min(high, bound);
  }
  if (computed < 0) node.refuse("needs one input that depends on the image");
  emit_clip(context, node, context.view(node, computed), low, high);
}

struct Parameters {
  Function::Kind kind;
  const char* first = nullptr;  ///< attribute that becomes alpha
  float alpha = 0;
  const char* second = nullptr;  ///< attribute that becomes beta
  float beta = 0;
};

const std::map<std::string, Parameters>& functions() {
  using Kind = Function::Kind;
  // Defaults as ONNX states them.
  static const std::map<std::string, Parameters> kFunctions{
      {"LeakyRelu", {Kind::kLeakyRelu, "alpha", 0.01f}},
      {"Sigmoid", {Kind::kSigmoid}},
      {"Tanh", {Kind::kTanh}},
      {"Elu", {Kind::kElu, "alpha", 1.0f}},
      {"HardSigmoid", {Kind::kHardSigmoid, "alpha", 0.2f, "beta", 0.5f}},
      {"HardSwish", {Kind::kHardSwish}},
      {"Abs", {Kind::kAbs}},
      {"Exp", {Kind::kExp}},
      {"Sqrt", {Kind::kSqrt}},
      {"Selu",
       {Kind::kSelu, "alpha", 1.67326319217681884765625f, "gamma", 1.05070102214813232421875f}},
      {"Celu", {Kind::kCelu, "alpha", 1.0f}},
      {"Softplus", {Kind::kSoftplus}},
      {"Softsign", {Kind::kSoftsign}},
      {"ThresholdedRelu", {Kind::kThresholdedRelu, "alpha", 1.0f}},
  };
  return kFunctions;
}

void convert_function(OnnxContext& context, const OnnxNode& node) {
  const Parameters& parameters = functions().at(node.type());
  std::vector<std::string> names;
  Function function{parameters.kind, parameters.alpha, parameters.beta};
  if (parameters.first) {
    names.emplace_back(parameters.first);
    function.alpha = node.real(parameters.first, parameters.alpha);
  }
  if (parameters.second) {
    names.emplace_back(parameters.second);
    function.beta = node.real(parameters.second, parameters.beta);
  }
  node.allow(names);
  node.expect_inputs(1, 1);
  if (function.kind == Function::Kind::kCelu && function.alpha == 0) {
    node.refuse("attribute alpha 0 is not supported; it divides");
  }
  context.emit_same(node, function, context.view(node, 0));
}

void convert_prelu(OnnxContext& context, const OnnxNode& node) {
  node.allow({});
  node.expect_inputs(2, 2);
  const View& view = context.view(node, 0);
  const std::vector<float>& slopes = context.weights(node, 1).floats;
  const bool one = !slopes.empty() && std::all_of(slopes.begin(), slopes.end(),
                                                  [&](float s) { return s == slopes[0]; });
  if (!one) {
    node.refuse(
        "slopes of shape " + to_string(context.weights(node, 1).dims) +
        " with different values are not supported; the nearest supported form is one slope");
  }
  context.emit_same(node, Function{Function::Kind::kLeakyRelu, slopes[0], 0}, view);
}

}  // namespace

void add_pointwise_converters(OnnxConverters& converters) {
  converters["Relu"] = convert_relu;
  converters["Clip"] = convert_clip;
  converters["Max"] = convert_bound;
  converters["Min"] = convert_bound;
  converters["PRelu"] = convert_prelu;
  for (const auto& [type, parameters] : functions()) converters[type] = convert_function;
}

}  // namespace leyden::compiler
