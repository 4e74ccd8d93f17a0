#include "platform/compiler/quantised.h"

namespace leyden::compiler {

std::string to_string(LayerKind kind) {
  switch (kind) {
    case LayerKind::kMacro:
      return "macro";
    case LayerKind::kMaxPool:
      return "max_pool";
    case LayerKind::kAveragePool:
      return "average_pool";
    case LayerKind::kAdd:
      return "add";
    case LayerKind::kScale:
      return "scale";
    case LayerKind::kLookup:
      return "lookup";
    case LayerKind::kConcat:
      return "concat";
    case LayerKind::kCore:
      return "core";
  }
  return "";
}

std::string to_string(CoreKernel kernel) {
  switch (kernel) {
    case CoreKernel::kCopy:
      return "copy";
    case CoreKernel::kFlatten:
      return "flatten";
    case CoreKernel::kPad:
      return "pad";
    case CoreKernel::kMaxPool:
      return "max_pool";
    case CoreKernel::kAveragePool:
      return "average_pool";
    case CoreKernel::kSoftmax:
      return "softmax";
    case CoreKernel::kLogSoftmax:
      return "log_softmax";
    case CoreKernel::kArgMax:
      return "arg_max";
    case CoreKernel::kConv:
      return "conv";
  }
  return "";
}

std::size_t QuantNetwork::rows(const QuantLayer& layer) const {
  const Shape& in = tensors[layer.inputs[0]].shape;
  return static_cast<std::size_t>(layer.window.kernel_height * layer.window.kernel_width *
                                  in.channels / layer.groups);
}

std::uint64_t QuantNetwork::macs(const QuantLayer& layer) const {
  if (layer.weights.empty()) return 0;
  return std::uint64_t{positions(layer)} * rows(layer) * outputs(layer);
}

}  // namespace leyden::compiler
