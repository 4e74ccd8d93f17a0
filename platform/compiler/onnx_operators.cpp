// One converter per ONNX operator: checks what the chip supports and folds constants in.
#include <algorithm>
#include <cmath>
#include <functional>

#include "models/base/error.h"
#include "platform/compiler/onnx_node.h"

namespace leyden::compiler {
namespace {

constexpr std::int64_t kMostWindow = 255;  // fields of the KERNEL and PAD registers

/// What a converter sees: the node, the constants, and the shape of its first input.
struct Source {
  const OnnxNode& node;
  const OnnxConstants& constants;
  const std::map<std::string, Shape>& shapes;

  const OnnxConstant* constant(int index) const {
    if (!node.has_input(index)) return nullptr;
    const auto found = constants.find(node.input(index));
    return found == constants.end() ? nullptr : &found->second;
  }
  /// Shape of a computed input. @throws base::UsageError for a constant or an unknown tensor
  const Shape& shape(int index) const {
    const auto found = shapes.find(node.input(index));
    if (found != shapes.end()) return found->second;
    if (constant(index)) {
      node.refuse("input '" + node.input(index) +
                  "' is a constant where a tensor that depends "
                  "on the image is supported");
    }
    node.refuse("input '" + node.input(index) + "' is no tensor computed before it");
  }
  const OnnxConstant& weights(int index) const {
    const OnnxConstant* found = constant(index);
    if (!found || !found->is_float) {
      node.refuse("input " + std::to_string(index) +
                  " must be a constant of float values for its weights to be written into a macro");
    }
    return *found;
  }
  /// A vector of `count` values, or zeros when the input is absent.
  std::vector<float> vector(int index, std::int64_t count) const {
    if (!node.has_input(index)) return std::vector<float>(static_cast<std::size_t>(count), 0.0f);
    const OnnxConstant& found = weights(index);
    if (static_cast<std::int64_t>(found.floats.size()) != count) {
      node.refuse("input '" + node.input(index) + "' holds " + std::to_string(found.floats.size()) +
                  " values where " + std::to_string(count) + " are needed");
    }
    return found.floats;
  }
};

std::string list(const std::vector<std::int64_t>& values) {
  std::string text = "[";
  for (const std::int64_t value : values) {
    if (text.size() > 1) text += ", ";
    text += std::to_string(value);
  }
  return text + "]";
}

/// Checks that all values of an attribute lie in least..kMostWindow and are `count` in number.
void check_values(const OnnxNode& node, const std::string& attribute,
                  const std::vector<std::int64_t>& values, std::size_t count, std::int64_t least) {
  const bool good =
      values.size() == count && std::all_of(values.begin(), values.end(),
                                            [&](auto v) { return v >= least && v <= kMostWindow; });
  if (!good) {
    node.refuse("attribute " + attribute + " " + list(values) + " is not supported; it needs " +
                std::to_string(count) + " values of " + std::to_string(least) + " to " +
                std::to_string(kMostWindow));
  }
}

void check_dilations(const OnnxNode& node) {
  const auto dilations = node.integers("dilations", {1, 1});
  if (std::any_of(dilations.begin(), dilations.end(), [](auto d) { return d != 1; })) {
    node.refuse("attribute dilations " + list(dilations) +
                " is not supported; the nearest supported form is dilations [1, 1]");
  }
}

/// Padding of one axis for auto_pad SAME: as many outputs as ceil(in / stride).
std::pair<std::int64_t, std::int64_t> same_pads(std::int64_t in, std::int64_t kernel,
                                                std::int64_t stride, bool upper) {
  const std::int64_t out = (in + stride - 1) / stride;
  const std::int64_t total = std::max<std::int64_t>(0, (out - 1) * stride + kernel - in);
  const std::int64_t less = total / 2;
  return upper ? std::pair(less, total - less) : std::pair(total - less, less);
}

Window window_of(const Source& source, const std::vector<std::int64_t>& kernel) {
  const OnnxNode& node = source.node;
  check_values(node, "kernel_shape", kernel, 2, 1);
  const auto strides = node.integers("strides", {1, 1});
  check_values(node, "strides", strides, 2, 1);
  Window window{kernel[0], kernel[1], strides[0], strides[1]};
  const std::string automatic = node.text("auto_pad", "NOTSET");
  const Shape& in = source.shape(0);
  if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
    const bool upper = automatic == "SAME_UPPER";
    std::tie(window.pad_top, window.pad_bottom) =
        same_pads(in.height, kernel[0], strides[0], upper);
    std::tie(window.pad_left, window.pad_right) = same_pads(in.width, kernel[1], strides[1], upper);
  } else if (automatic == "NOTSET") {
    const auto pads = node.integers("pads", {0, 0, 0, 0});
    check_values(node, "pads", pads, 4, 0);
    window.pad_top = pads[0];
    window.pad_left = pads[1];
    window.pad_bottom = pads[2];
    window.pad_right = pads[3];
  } else if (automatic != "VALID") {
    node.refuse("attribute auto_pad " + automatic +
                " is not supported; the nearest supported forms are NOTSET, VALID, SAME_UPPER and "
                "SAME_LOWER");
  }
  return window;
}

Operation convert_conv(const Source& source) {
  const OnnxNode& node = source.node;
  node.allow({"auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"});
  node.expect_inputs(2, 3);
  const OnnxConstant& weight = source.weights(1);
  if (weight.dims.size() != 4 || weight.floats.empty()) {
    node.refuse("weights of shape " + list(weight.dims) +
                " are not supported; a 2-D convolution has [out, in, height, width]");
  }
  const std::int64_t group = node.integer("group", 1);
  const auto dilations = node.integers("dilations", {1, 1});
  const std::vector<std::int64_t> kernel{weight.dims[2], weight.dims[3]};
  const auto stated = node.integers("kernel_shape", kernel);
  if (stated != kernel) {
    node.refuse("attribute kernel_shape " + list(stated) + " does not fit weights of shape " +
                list(weight.dims));
  }
  Conv conv;
  conv.window = window_of(source, kernel);
  conv.out_channels = weight.dims[0];
  conv.in_channels = weight.dims[1] * group;
  conv.groups = group;
  conv.window.dilation_y = dilations[0];
  conv.window.dilation_x = dilations[1];
  conv.weight = weight.floats;
  conv.bias = source.vector(2, conv.out_channels);
  return conv;
}

/// Weights [in, out] or, with `transposed`, [out, in], times `alpha`.
Gemm gemm_of(const OnnxNode& node, const OnnxConstant& weight, bool transposed, float alpha) {
  if (weight.dims.size() != 2 || weight.floats.empty()) {
    node.refuse("weights of shape " + list(weight.dims) +
                " are not supported; a matrix has two dimensions");
  }
  Gemm gemm;
  gemm.out_features = weight.dims[transposed ? 0 : 1];
  gemm.in_features = weight.dims[transposed ? 1 : 0];
  const auto outputs = static_cast<std::size_t>(gemm.out_features);
  const auto inputs = static_cast<std::size_t>(gemm.in_features);
  gemm.weight.resize(weight.floats.size());
  for (std::size_t o = 0; o < outputs; ++o) {
    for (std::size_t i = 0; i < inputs; ++i) {
      gemm.weight[o * inputs + i] =
          alpha * weight.floats[transposed ? o * inputs + i : i * outputs + o];
    }
  }
  return gemm;
}

/// One value per channel from a constant that broadcasts over pixels.
std::vector<float> per_channel(const Source& source, int index, const Shape& shape) {
  const OnnxConstant& constant = source.weights(index);
  const auto channels = static_cast<std::size_t>(shape.channels);
  if (constant.floats.size() == 1) return std::vector<float>(channels, constant.floats[0]);
  // The axis of the channels, counted from the last: a vector of features has no pixels after it.
  const std::size_t rank = constant.dims.size();
  const std::size_t after = shape.pixels() == 1 && rank <= 2 ? 0 : 2;
  const bool fits = constant.floats.size() == channels && rank > after &&
                    constant.dims[rank - 1 - after] == shape.channels;
  if (!fits) {
    source.node.refuse("a constant of shape " + list(constant.dims) +
                       " cannot be added to a tensor of shape " + to_string(shape) +
                       "; one value, or one a channel, is supported");
  }
  return constant.floats;
}

Operation convert_gemm(const Source& source) {
  const OnnxNode& node = source.node;
  node.allow({"alpha", "beta", "transA", "transB"});
  node.expect_inputs(2, 3);
  if (node.integer("transA", 0) != 0) {
    node.refuse("attribute transA 1 is not supported; the nearest supported form is transA 0");
  }
  Gemm gemm =
      gemm_of(node, source.weights(1), node.integer("transB", 0) != 0, node.real("alpha", 1.0f));
  gemm.bias.assign(static_cast<std::size_t>(gemm.out_features), 0.0f);
  if (node.has_input(2)) {
    gemm.bias = per_channel(source, 2, {gemm.out_features, 1, 1});
    for (float& value : gemm.bias) value *= node.real("beta", 1.0f);
  }
  return gemm;
}

Operation convert_matmul(const Source& source) {
  source.node.allow({});
  source.node.expect_inputs(2, 2);
  Gemm gemm = gemm_of(source.node, source.weights(1), false, 1.0f);
  gemm.bias.assign(static_cast<std::size_t>(gemm.out_features), 0.0f);
  return gemm;
}

Operation convert_add(const Source& source, std::vector<std::string>& inputs) {
  const OnnxNode& node = source.node;
  node.allow({});
  node.expect_inputs(2, 2);
  const int constant = source.constant(1) ? 1 : source.constant(0) ? 0 : -1;
  if (constant < 0) {
    source.shape(1);
    inputs = {node.input(0), node.input(1)};
    return Add{};
  }
  const Shape& shape = source.shape(1 - constant);
  inputs = {node.input(1 - constant)};
  ScaleShift scale;
  scale.shift = per_channel(source, constant, shape);
  scale.scale.assign(scale.shift.size(), 1.0f);
  return scale;
}

Operation convert_batch_normalisation(const Source& source) {
  const OnnxNode& node = source.node;
  node.allow({"epsilon", "momentum", "spatial", "training_mode"});
  node.expect_inputs(5, 5);
  if (node.integer("training_mode", 0) != 0 || node.integer("spatial", 1) != 1) {
    node.refuse("only inference with one mean a channel is supported (training_mode 0, spatial 1)");
  }
  const std::int64_t channels = source.shape(0).channels;
  const auto gamma = source.vector(1, channels);
  const auto beta = source.vector(2, channels);
  const auto mean = source.vector(3, channels);
  const auto variance = source.vector(4, channels);
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
  return result;
}

/// ceil_mode as padding after the last pixel: the same windows, counted with floor.
void apply_ceil_mode(Window& window, const Shape& in) {
  const auto extend = [](std::int64_t size, std::int64_t kernel, std::int64_t stride,
                         std::int64_t before, std::int64_t& after) {
    const std::int64_t rest = (size + before + after - kernel) % stride;
    if (rest > 0) after += stride - rest;
  };
  extend(in.height, window.kernel_height, window.stride_y, window.pad_top, window.pad_bottom);
  extend(in.width, window.kernel_width, window.stride_x, window.pad_left, window.pad_right);
}

Operation convert_max_pool(const Source& source) {
  const OnnxNode& node = source.node;
  node.allow(
      {"auto_pad", "ceil_mode", "dilations", "kernel_shape", "pads", "storage_order", "strides"});
  node.expect_inputs(1, 1);
  check_dilations(node);
  MaxPool pool{window_of(source, node.integers("kernel_shape", {}))};
  if (node.integer("ceil_mode", 0) != 0) apply_ceil_mode(pool.window, source.shape(0));
  return pool;
}

Operation convert_average_pool(const Source& source) {
  const OnnxNode& node = source.node;
  node.allow({"auto_pad", "ceil_mode", "count_include_pad", "dilations", "kernel_shape", "pads",
              "strides"});
  node.expect_inputs(1, 1);
  check_dilations(node);
  const Window window = window_of(source, node.integers("kernel_shape", {}));
  Window padded = window;
  if (node.integer("ceil_mode", 0) != 0) apply_ceil_mode(padded, source.shape(0));
  if (padded.pad_bottom != window.pad_bottom || padded.pad_right != window.pad_right) {
    node.refuse(
        "attribute ceil_mode 1 is not supported where the last window is cut; the nearest "
        "supported form is ceil_mode 0");
  }
  const bool any_pad = window.pad_top + window.pad_left + window.pad_bottom + window.pad_right > 0;
  if (any_pad && node.integer("count_include_pad", 0) == 0) {
    node.refuse(
        "attribute count_include_pad 0 is not supported with padding; the nearest "
        "supported form is count_include_pad 1, or no padding");
  }
  return AveragePool{window};
}

Operation convert_global_average_pool(const Source& source) {
  source.node.allow({});
  source.node.expect_inputs(1, 1);
  const Shape& in = source.shape(0);
  check_values(source.node, "kernel_shape", {in.height, in.width}, 2, 1);
  return AveragePool{{in.height, in.width, in.height, in.width}};
}

Operation convert_flatten(const Source& source) {
  source.node.allow({"axis"});
  source.node.expect_inputs(1, 1);
  const std::int64_t axis = source.node.integer("axis", 1);
  if (axis != 1 && axis != -3) {
    source.node.refuse("attribute axis " + std::to_string(axis) +
                       " is not supported; the nearest supported form is axis 1");
  }
  return Flatten{};
}

Operation convert_reshape(const Source& source) {
  const OnnxNode& node = source.node;
  node.allow({"allowzero"});
  node.expect_inputs(2, 2);
  const OnnxConstant* target = source.constant(1);
  const Shape& in = source.shape(0);
  if (!target || target->is_float) node.refuse("the new shape must be a constant of integers");
  const std::vector<std::int64_t>& to = target->integers;
  const std::int64_t count = in.elements();
  const bool flat = to.size() == 2 && (to[0] == 1 || to[0] == 0 || to[0] == -1) &&
                    (to[1] == count || (to[1] == -1 && to[0] != -1));
  if (!flat) {
    node.refuse("reshaping " + to_string(in) + " to " + list(to) +
                " is not supported; the nearest supported form is [1, " + std::to_string(count) +
                "]");
  }
  return Flatten{};
}

Operation convert_relu(const Source& source) {
  source.node.allow({});
  source.node.expect_inputs(1, 1);
  return Relu{};
}

}  // namespace

Operation convert_node(const OnnxNode& node, const OnnxConstants& constants,
                       const std::map<std::string, Shape>& shapes,
                       std::vector<std::string>& inputs) {
  using Converter = std::function<Operation(const Source&)>;
  const std::map<std::string, Converter> converters{
      {"Conv", convert_conv},
      {"Gemm", convert_gemm},
      {"MatMul", convert_matmul},
      {"Add", [&inputs](const Source& source) { return convert_add(source, inputs); }},
      {"Relu", convert_relu},
      {"BatchNormalization", convert_batch_normalisation},
      {"MaxPool", convert_max_pool},
      {"AveragePool", convert_average_pool},
      {"GlobalAveragePool", convert_global_average_pool},
      {"Flatten", convert_flatten},
      {"Reshape", convert_reshape},
  };
  const auto found = converters.find(node.type());
  if (found == converters.end()) {
    node.refuse(
        "this operator is not supported; supported are Conv, Gemm, MatMul, Add, Relu, "
        "BatchNormalization, MaxPool, AveragePool, GlobalAveragePool, Flatten, Reshape, "
        "Identity, Dropout, and Softmax at the end");
  }
  const Source source{node, constants, shapes};
  if (node.proto().input_size() > 0) inputs = {node.input(0)};
  Operation operation = found->second(source);
  for (const std::string& input : inputs) {
    if (shapes.find(input) == shapes.end()) {
      node.refuse("input '" + input + "' must depend on the image, and be computed before it");
    }
  }
  return operation;
}

}  // namespace leyden::compiler
