// Conv, pooling and Pad: operators that look at pixels around a pixel.
#include <algorithm>
#include <cmath>
#include <tuple>

#include "platform/compiler/onnx_context.h"

namespace leyden::compiler {
namespace {

constexpr std::int64_t kMostWindow = 255;   // fields of the KERNEL and PAD registers
constexpr std::int64_t kMostDilation = 16;  // fields of the PAD register

/// Checks that all values of an attribute lie in least..most and are `count` in number.
void check_values(const OnnxNode& node, const std::string& attribute,
                  const std::vector<std::int64_t>& values, std::size_t count, std::int64_t least,
                  std::int64_t most = kMostWindow) {
  const bool good =
      values.size() == count &&
      std::all_of(values.begin(), values.end(), [&](auto v) { return v >= least && v <= most; });
  if (!good) {
    node.refuse("attribute " + attribute + " " + to_string(values) +
                " is not supported; it needs " + std::to_string(count) + " values of " +
                std::to_string(least) + " to " + std::to_string(most));
  }
}

/// One axis of a window.
struct Axis {
  std::int64_t kernel = 1;
  std::int64_t stride = 1;
  std::int64_t dilation = 1;
  std::int64_t before = 0;
  std::int64_t after = 0;

  std::int64_t extent() const { return (kernel - 1) * dilation + 1; }
};

struct Axes {
  Axis y;
  Axis x;

  Window window() const {
    return {y.kernel, x.kernel, y.stride, x.stride,   y.before,
            x.before, y.after,  x.after,  y.dilation, x.dilation};
  }
};

/// Padding for auto_pad SAME: as many outputs as ceil(in / stride).
void pad_to_same(Axis& axis, std::int64_t in, bool upper) {
  const std::int64_t out = (in + axis.stride - 1) / axis.stride;
  const std::int64_t total =
      std::max<std::int64_t>(0, (out - 1) * axis.stride + axis.extent() - in);
  axis.before = upper ? total / 2 : total - total / 2;
  axis.after = total - axis.before;
}

/// Kernel, strides, dilations and padding of a node over `in`, of one or two dimensions.
Axes axes_of(const OnnxNode& node, const Shape& in, std::size_t spatial,
             const std::vector<std::int64_t>& kernel) {
  const std::vector<std::int64_t> ones(spatial, 1);
  check_values(node, "kernel_shape", kernel, spatial, 1);
  const auto strides = node.integers("strides", ones);
  check_values(node, "strides", strides, spatial, 1);
  const auto dilations = node.integers("dilations", ones);
  check_values(node, "dilations", dilations, spatial, 1, kMostDilation);
  Axes axes;
  axes.x = {kernel.back(), strides.back(), dilations.back(), 0, 0};
  if (spatial == 2) axes.y = {kernel[0], strides[0], dilations[0], 0, 0};
  const std::string automatic = node.text("auto_pad", "NOTSET");
  if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
    pad_to_same(axes.y, in.height, automatic == "SAME_UPPER");
    pad_to_same(axes.x, in.width, automatic == "SAME_UPPER");
  } else if (automatic == "NOTSET" || automatic.empty()) {
    const auto pads = node.integers("pads", std::vector<std::int64_t>(2 * spatial, 0));
    check_values(node, "pads", pads, 2 * spatial, 0);
    axes.x.before = pads[spatial - 1];
    axes.x.after = pads[2 * spatial - 1];
    if (spatial == 2) std::tie(axes.y.before, axes.y.after) = std::pair(pads[0], pads[2]);
  } else if (automatic != "VALID") {
    node.refuse("attribute auto_pad " + automatic +
                " is not supported; the nearest supported forms are NOTSET, VALID, SAME_UPPER and "
                "SAME_LOWER");
  }
  return axes;
}

void convert_conv(OnnxContext& context, const OnnxNode& node) {
  node.allow({"auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"});
  node.expect_inputs(2, 3);
  const OnnxConstant& weight = context.weights(node, 1);
  const View& view = context.view(node, 0);
  const std::size_t rank = weight.dims.size();
  if ((rank != 4 && rank != 3) || weight.floats.empty()) {
    node.refuse("weights of shape " + to_string(weight.dims) +
                " are not supported; a 2-D convolution has [out, in, height, width]");
  }
  const Shape in = context.image(node, view);
  if (rank != view.dims.size()) {
    node.refuse("weights of shape " + to_string(weight.dims) + " do not fit an input of shape " +
                to_string(view.dims));
  }
  const std::int64_t group = node.integer("group", 1);
  if (group < 1 || weight.dims[0] % group != 0 || group > in.channels) {
    node.refuse("attribute group " + std::to_string(group) + " does not fit weights of shape " +
                to_string(weight.dims) + " and " + std::to_string(in.channels) +
                " input channels; it must divide both");
  }
  const std::vector<std::int64_t> kernel(weight.dims.begin() + 2, weight.dims.end());
  const auto stated = node.integers("kernel_shape", kernel);
  if (stated != kernel) {
    node.refuse("attribute kernel_shape " + to_string(stated) + " does not fit weights of shape " +
                to_string(weight.dims));
  }
  Conv conv;
  conv.window = axes_of(node, in, rank - 2, kernel).window();
  conv.out_channels = weight.dims[0];
  conv.in_channels = weight.dims[1] * group;
  conv.groups = group;
  conv.weight = weight.floats;
  conv.bias = context.vector(node, 2, conv.out_channels);
  context.emit_image(node, std::move(conv), view);
}

/// ceil_mode as padding after the last pixel: the same windows, counted with floor. A window that
/// would begin behind the input and its padding before is none.
/// @return true when there is such padding, so that the last window is cut
bool apply_ceil_mode(Axis& axis, std::int64_t in) {
  const std::int64_t room = in + axis.before + axis.after - axis.extent();
  const std::int64_t rest = room % axis.stride;
  if (room < 0 || rest == 0) return false;
  const std::int64_t last = (room / axis.stride + 1) * axis.stride;  // where it would begin
  if (last >= in + axis.before) return false;
  axis.after += axis.stride - rest;
  return true;
}

/// Refuses windows of which all taps are padding: they have no greatest value and no mean.
void check_taps(const OnnxNode& node, const Axis& axis, std::int64_t in) {
  const std::int64_t outputs =
      window_outputs(in, axis.extent(), axis.stride, axis.before + axis.after);
  for (std::int64_t o = 0; o < outputs; ++o) {
    bool any = false;
    for (std::int64_t k = 0; k < axis.kernel && !any; ++k) {
      const std::int64_t at = o * axis.stride + k * axis.dilation - axis.before;
      any = at >= 0 && at < in;
    }
    if (!any) {
      node.refuse("window number " + std::to_string(o) +
                  " holds nothing but padding; pads must be smaller than the kernel");
    }
  }
}

Axes pool_axes(OnnxContext& context, const OnnxNode& node) {
  const View& view = context.view(node, 0);
  const Shape in = context.image(node, view);
  return axes_of(node, in, view.dims.size() - 2, node.integers("kernel_shape", {}));
}

void convert_max_pool(OnnxContext& context, const OnnxNode& node) {
  node.allow(
      {"auto_pad", "ceil_mode", "dilations", "kernel_shape", "pads", "storage_order", "strides"});
  node.expect_inputs(1, 1);
  Axes axes = pool_axes(context, node);
  const View& view = context.view(node, 0);
  const Shape in = context.shape(view);
  if (node.integer("ceil_mode", 0) != 0) {
    apply_ceil_mode(axes.y, in.height);
    apply_ceil_mode(axes.x, in.width);
  }
  check_taps(node, axes.y, in.height);
  check_taps(node, axes.x, in.width);
  context.emit_image(node, MaxPool{axes.window()}, view);
}

void convert_average_pool(OnnxContext& context, const OnnxNode& node) {
  node.allow({"auto_pad", "ceil_mode", "count_include_pad", "dilations", "kernel_shape", "pads",
              "strides"});
  node.expect_inputs(1, 1);
  Axes axes = pool_axes(context, node);
  View view = context.view(node, 0);
  Shape in = context.shape(view);
  const Window stated = axes.window();
  const bool padded = stated.pad_top + stated.pad_left + stated.pad_bottom + stated.pad_right > 0;
  bool include = !padded || node.integer("count_include_pad", 0) != 0;
  if (node.integer("ceil_mode", 0) != 0) {
    const bool cut_y = apply_ceil_mode(axes.y, in.height);
    const bool cut_x = apply_ceil_mode(axes.x, in.width);
    if ((cut_y || cut_x) && include) {
      // What lies behind the padding never counts: the padding that does becomes a Pad.
      if (padded) {
        const Pad pad{stated.pad_top, stated.pad_left, stated.pad_bottom, stated.pad_right, 0};
        view.tensor = context.emit(node, pad, {view.tensor}, context.fresh(node.output() + "/pad"));
        in = context.shape(view);
        axes.y.after -= stated.pad_bottom;
        axes.x.after -= stated.pad_right;
        axes.y.before = axes.x.before = 0;
      }
      include = false;
    }
  }
  if (!include) {
    check_taps(node, axes.y, in.height);
    check_taps(node, axes.x, in.width);
  }
  context.emit_image(node, AveragePool{axes.window(), include}, view);
}

Window whole_window(const OnnxNode& node, const Shape& in) {
  check_values(node, "kernel_shape", {in.height, in.width}, 2, 1);
  return {in.height, in.width, in.height, in.width};
}

void convert_global_average_pool(OnnxContext& context, const OnnxNode& node) {
  node.allow({});
  node.expect_inputs(1, 1);
  const View& view = context.view(node, 0);
  const Shape in = context.image(node, view);
  context.emit_image(node, AveragePool{whole_window(node, in)}, view);
}

void convert_global_max_pool(OnnxContext& context, const OnnxNode& node) {
  node.allow({});
  node.expect_inputs(1, 1);
  const View& view = context.view(node, 0);
  const Shape in = context.image(node, view);
  context.emit_image(node, MaxPool{whole_window(node, in)}, view);
}

void convert_pad(OnnxContext& context, const OnnxNode& node) {
  node.allow({"mode", "pads", "value"});
  node.expect_inputs(1, 3);
  if (node.text("mode", "constant") != "constant") {
    node.refuse("attribute mode " + node.text("mode", "") +
                " is not supported; the nearest supported form is constant");
  }
  const View& view = context.view(node, 0);
  const std::size_t rank = view.dims.size();
  const auto pads = context.integers(node, "pads", 1);
  const std::vector<std::int64_t> none(2 * rank, 0);
  check_values(node, "pads", pads.value_or(none), 2 * rank, 0, 65535);
  if (!pads || *pads == none) return context.relabel(node, view);
  context.image(node, view);
  const std::vector<std::int64_t>& p = *pads;
  if (p[0] + p[1] + p[rank] + p[rank + 1] != 0) {
    node.refuse("padding " + to_string(p) +
                " is not supported; only height and width may be padded");
  }
  Pad pad;
  pad.left = p[rank - 1];
  pad.right = p[2 * rank - 1];
  if (rank == 4) std::tie(pad.top, pad.bottom) = std::pair(p[2], p[6]);
  pad.value =
      node.has_attribute("value") ? node.real("value", 0) : context.scalar(node, 2).value_or(0.0f);
  if (!std::isfinite(pad.value)) {
    node.refuse(
        "a padding value that is not finite is not supported; the nearest supported form "
        "is padding by MaxPool itself");
  }
  context.emit_image(node, pad, view);
}

}  // namespace

void add_window_converters(OnnxConverters& converters) {
  converters["Conv"] = convert_conv;
  converters["MaxPool"] = convert_max_pool;
  converters["AveragePool"] = convert_average_pool;
  converters["GlobalAveragePool"] = convert_global_average_pool;
  converters["GlobalMaxPool"] = convert_global_max_pool;
  converters["Pad"] = convert_pad;
}

}  // namespace leyden::compiler
