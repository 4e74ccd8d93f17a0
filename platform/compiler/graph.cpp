#include "platform/compiler/graph.h"

#include "models/base/error.h"

namespace leyden::compiler {
namespace {

[[noreturn]] void refuse(const Node& node, const std::string& what) {
  throw base::UsageError("node '" + node.name + "' (" + node.type + "): " + what);
}

Shape window_shape(const Node& node, const Window& window, const Shape& in, std::int64_t channels) {
  const Shape out{channels,
                  window_outputs(in.height, window.kernel_height, window.stride_y,
                                 window.pad_top + window.pad_bottom),
                  window_outputs(in.width, window.kernel_width, window.stride_x,
                                 window.pad_left + window.pad_right)};
  if (out.height < 1 || out.width < 1) {
    refuse(node, "a kernel of " + std::to_string(window.kernel_height) + "x" +
                     std::to_string(window.kernel_width) +
                     " does not fit the padded input of shape " + to_string(in));
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
  return in;
}

}  // namespace leyden::compiler
