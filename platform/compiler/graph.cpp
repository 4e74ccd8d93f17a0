#include "platform/compiler/graph.h"

#include <algorithm>
#include <cmath>

#include "models/base/error.h"

namespace leyden::compiler {
namespace {

[[noreturn]] void refuse(const Node& node, const std::string& what) {
  throw base::UsageError("node '" + node.name + "' (" + node.type + "): " + what);
}

Shape window_shape(const Node& node, const Window& window, const Shape& in, std::int64_t channels) {
  const Shape out{channels,
                  window_outputs(in.height, window.extent_height(), window.stride_y,
                                 window.pad_top + window.pad_bottom),
                  window_outputs(in.width, window.extent_width(), window.stride_x,
                                 window.pad_left + window.pad_right)};
  if (out.height < 1 || out.width < 1) {
    refuse(node, "a kernel of " + std::to_string(window.kernel_height) + "x" +
                     std::to_string(window.kernel_width) +
                     " does not fit the padded input of shape " + to_string(in));
  }
  return out;
}

Shape concat_shape(const Node& node, const std::map<std::string, Shape>& shapes) {
  Shape out = shapes.at(node.inputs.at(0));
  for (std::size_t i = 1; i < node.inputs.size(); ++i) {
    const Shape& next = shapes.at(node.inputs[i]);
    if (next.height != out.height || next.width != out.width) {
      refuse(node, "inputs of shapes " + to_string(out) + " and " + to_string(next) +
                       " cannot be joined; they must have the same height and width");
    }
    out.channels += next.channels;
  }
  return out;
}

}  // namespace

std::string to_string(const Shape& shape) {
  return std::to_string(shape.channels) + "x" + std::to_string(shape.height) + "x" +
         std::to_string(shape.width);
}

std::int64_t window_outputs(std::int64_t in, std::int64_t kernel, std::int64_t stride,
                            std::int64_t pads) {
  const std::int64_t room = in + pads - kernel;
  return room < 0 ? 0 : room / stride + 1;
}

Shape infer_shape(const Node& node, const std::map<std::string, Shape>& shapes) {
  const Shape& in = shapes.at(node.inputs.at(0));
  if (const auto* conv = std::get_if<Conv>(&node.operation)) {
    if (conv->in_channels != in.channels) {
      refuse(node, "weights for " + std::to_string(conv->in_channels) +
                       " input channels do not fit the input of shape " + to_string(in));
    }
    return window_shape(node, conv->window, in, conv->out_channels);
  }
  if (const auto* gemm = std::get_if<Gemm>(&node.operation)) {
    if (in != Shape{gemm->in_features, 1, 1}) {
      refuse(node, "weights for " + std::to_string(gemm->in_features) +
                       " inputs do not fit the input of shape " + to_string(in));
    }
    return {gemm->out_features, 1, 1};
  }
  if (std::holds_alternative<Add>(node.operation)) {
    const Shape& other = shapes.at(node.inputs.at(1));
    if (in != other) {
      refuse(node, "inputs of shapes " + to_string(in) + " and " + to_string(other) +
                       " cannot be added; both must have the same shape");
    }
    return in;
  }
  if (const auto* scale = std::get_if<ScaleShift>(&node.operation)) {
    if (static_cast<std::int64_t>(scale->scale.size()) != in.channels) {
      refuse(node, "a constant of " + std::to_string(scale->scale.size()) +
                       " values does not fit the channels of the input of shape " + to_string(in));
    }
    return in;
  }
  if (const auto* pool = std::get_if<MaxPool>(&node.operation)) {
    return window_shape(node, pool->window, in, in.channels);
  }
  if (const auto* pool = std::get_if<AveragePool>(&node.operation)) {
    return window_shape(node, pool->window, in, in.channels);
  }
  if (std::holds_alternative<Flatten>(node.operation)) return {in.elements(), 1, 1};
  if (std::holds_alternative<Concat>(node.operation)) return concat_shape(node, shapes);
  if (const auto* pad = std::get_if<Pad>(&node.operation)) {
    return {in.channels, in.height + pad->top + pad->bottom, in.width + pad->left + pad->right};
  }
  if (std::holds_alternative<ArgMax>(node.operation)) return {1, in.height, in.width};
  return in;
}

double Function::operator()(double x) const {
  switch (kind) {
    case Kind::kLeakyRelu:
      return x < 0 ? double{alpha} * x : x;
    case Kind::kSigmoid:
      return 1 / (1 + std::exp(-x));
    case Kind::kTanh:
      return std::tanh(x);
    case Kind::kElu:
      return x < 0 ? double{alpha} * std::expm1(x) : x;
    case Kind::kHardSigmoid:
      return std::clamp(double{alpha} * x + double{beta}, 0.0, 1.0);
    case Kind::kHardSwish:
      return x * std::clamp(x / 6 + 0.5, 0.0, 1.0);
    case Kind::kAbs:
      return std::abs(x);
    case Kind::kExp:
      return std::exp(x);
    case Kind::kSqrt:
      return std::sqrt(std::max(x, 0.0));
    case Kind::kSelu:
      return double{beta} * (x > 0 ? x : double{alpha} * std::expm1(x));
    case Kind::kCelu:
      return x < 0 ? double{alpha} * std::expm1(x / double{alpha}) : x;
    case Kind::kSoftplus:
      return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
    case Kind::kSoftsign:
      return x / (1 + std::abs(x));
    case Kind::kThresholdedRelu:
      return x > double{alpha} ? x : 0;
  }
  return x;
}

}  // namespace leyden::compiler
