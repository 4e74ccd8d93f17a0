#include "platform/compiler/onnx_operators.h"

#include "platform/compiler/onnx_folder.h"

namespace leyden::compiler {
namespace {

const OnnxConverters& converters() {
  static const OnnxConverters kConverters = [] {
    OnnxConverters made;
    add_window_converters(made);
    add_matrix_converters(made);
    add_pointwise_converters(made);
    add_arithmetic_converters(made);
    add_channel_converters(made);
    add_relabel_converters(made);
    return made;
  }();
  return kConverters;
}

/// What comes nearest to an operator that is not supported, where there is something.
std::string nearest_form(const std::string& type) {
  static const std::map<std::string, std::string> kNearest{
      {"ConvTranspose", "Conv"},
      {"DeformConv", "Conv"},
      {"LpPool", "AveragePool"},
      {"GlobalLpPool", "GlobalAveragePool"},
      {"ReduceMin", "ReduceMax of the negated tensor"},
      {"ReduceL1", "ReduceSum of Abs"},
      {"InstanceNormalization", "BatchNormalization"},
      {"LayerNormalization", "BatchNormalization"},
      {"GroupNormalization", "BatchNormalization"},
      {"LpNormalization", "BatchNormalization"},
      {"MeanVarianceNormalization", "BatchNormalization"},
      {"LRN", "BatchNormalization"},
      {"Gelu", "HardSwish"},
      {"Erf", "Tanh"},
      {"Mish", "HardSwish"},
      {"Hardmax", "ArgMax"},
      {"TopK", "ArgMax"},
      {"Split", "Conv with weights of 0 and 1"},
      {"Slice", "Conv with weights of 0 and 1"},
      {"Gather", "Conv with weights of 0 and 1"},
      {"Resize", "Conv or AveragePool with strides"},
      {"Upsample", "Conv or AveragePool with strides"},
      {"Log", "LogSoftmax at the end"},
      {"Einsum", "MatMul"},
      {"LSTM", "Gemm"},
      {"GRU", "Gemm"},
      {"RNN", "Gemm"},
  };
  const auto found = kNearest.find(type);
  return found == kNearest.end() ? "" : found->second;
}

[[noreturn]] void refuse_operator(const OnnxNode& node) {
  const std::string nearest = nearest_form(node.type());
  std::string names;
  for (const auto& [type, converter] : converters()) names += (names.empty() ? "" : ", ") + type;
  node.refuse(
      "this operator" + node.attributes() + " is not supported; " +
      (nearest.empty() ? "supported are " + names : "the nearest supported form is " + nearest));
}

}  // namespace

void convert_node(OnnxContext& context, const OnnxNode& node) {
  if (auto constant = fold_constants(context, node)) {
    return context.set_constant(node, std::move(*constant));
  }
  const auto found = converters().find(node.type());
  if (found == converters().end()) refuse_operator(node);
  found->second(context, node);
}

}  // namespace leyden::compiler
