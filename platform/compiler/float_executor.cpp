#include "platform/compiler/float_executor.h"

#include <algorithm>
#include <array>
#include <limits>

#include "models/base/error.h"
#include "platform/compiler/fake_quantise.h"

namespace leyden::compiler {
namespace {

/// Outputs ox whose tap ix = ox * stride + offset lies in 0 .. in - 1: half-open range.
struct Range {
  std::int64_t first;
  std::int64_t last;
};

Range valid_outputs(std::int64_t offset, std::int64_t stride, std::int64_t in, std::int64_t out) {
  const std::int64_t first = offset >= 0 ? 0 : (-offset + stride - 1) / stride;
  const std::int64_t last = in - 1 - offset < 0 ? 0 : (in - 1 - offset) / stride + 1;
  return {std::min(first, out), std::clamp(last, std::min(first, out), out)};
}

/// Calls body(out_row, in_row, range, offset) for each output row and tap (ky, kx) in the input.
template <typename Body>
void for_each_tap(const Window& window, std::int64_t ky, std::int64_t kx, const Shape& in,
                  const Shape& out, Body body) {
  const Range rows = valid_outputs(ky - window.pad_top, window.stride_y, in.height, out.height);
  const std::int64_t offset = kx - window.pad_left;
  const Range columns = valid_outputs(offset, window.stride_x, in.width, out.width);
  for (std::int64_t oy = rows.first; oy < rows.last; ++oy) {
    const std::int64_t iy = oy * window.stride_y + ky - window.pad_top;
    body(oy * out.width, iy * in.width + offset, columns);
  }
}

void run_conv(const Conv& conv, const Shape& in, const Shape& out, const float* x, float* y) {
  const Window& window = conv.window;
  const float* weight = conv.weight.data();
  for (std::int64_t o = 0; o < out.channels; ++o, y += out.pixels()) {
    std::fill_n(y, out.pixels(), conv.bias[static_cast<std::size_t>(o)]);
    const std::int64_t per_group = conv.in_channels / conv.groups;
    const std::int64_t first = o / (conv.out_channels / conv.groups) * per_group;
    for (std::int64_t c = first; c < first + per_group; ++c) {
      const float* plane = x + c * in.pixels();
      for (std::int64_t ky = 0; ky < window.kernel_height; ++ky) {
        for (std::int64_t kx = 0; kx < window.kernel_width; ++kx) {
          const float w = *weight++;
          for_each_tap(window, ky * window.dilation_y, kx * window.dilation_x, in, out,
                       [&](std::int64_t out_row, std::int64_t in_row, Range columns) {
                         float* to = y + out_row;
                         const float* from = plane + in_row;
                         for (std::int64_t ox = columns.first; ox < columns.last; ++ox) {
                           to[ox] += w * from[ox * window.stride_x];
                         }
                       });
        }
      }
    }
  }
}

void run_gemm(const Gemm& gemm, const float* x, float* y) {
  constexpr std::int64_t kLanes = 8;  // independent sums let the compiler use vectors
  const float* weight = gemm.weight.data();
  for (std::int64_t o = 0; o < gemm.out_features; ++o, weight += gemm.in_features) {
    std::array<float, kLanes> sums{};
    std::int64_t i = 0;
    for (; i + kLanes <= gemm.in_features; i += kLanes) {
      for (std::int64_t lane = 0; lane < kLanes; ++lane) {
        sums[static_cast<std::size_t>(lane)] += weight[i + lane] * x[i + lane];
      }
    }
    float sum = gemm.bias[static_cast<std::size_t>(o)];
    for (; i < gemm.in_features; ++i) sum += weight[i] * x[i];
    for (const float part : sums) sum += part;
    y[o] = sum;
  }
}

/// Pools with `combine(accumulated, tap)` from `start`.
template <typename Combine>
void run_pool(const Window& window, const Shape& in, const Shape& out, const float* x, float* y,
              float start, Combine combine) {
  std::fill_n(y, out.elements(), start);
  for (std::int64_t c = 0; c < out.channels; ++c) {
    for (std::int64_t ky = 0; ky < window.kernel_height; ++ky) {
      for (std::int64_t kx = 0; kx < window.kernel_width; ++kx) {
        for_each_tap(window, ky, kx, in, out,
                     [&](std::int64_t out_row, std::int64_t in_row, Range columns) {
                       float* to = y + c * out.pixels() + out_row;
                       const float* from = x + c * in.pixels() + in_row;
                       for (std::int64_t ox = columns.first; ox < columns.last; ++ox) {
                         to[ox] = combine(to[ox], from[ox * window.stride_x]);
                       }
                     });
      }
    }
  }
}

}  // namespace

FloatExecutor::FloatExecutor(const Graph& graph) : graph_(graph) {
  for (const auto& [name, shape] : graph.shapes) {
    values_[name].resize(static_cast<std::size_t>(shape.elements()));
  }
}

const std::vector<float>& FloatExecutor::run(const std::vector<float>& input) {
  std::vector<float>& first = values_.at(graph_.input);
  if (input.size() != first.size()) {
    throw base::UsageError("an image of " + std::to_string(input.size()) +
                           " values does not fit the input of shape " +
                           to_string(graph_.shape(graph_.input)));
  }
  first = input;
  fake_quantise(graph_, graph_.input, first);
  for (const Node& node : graph_.nodes) {
    const Shape& in = graph_.shape(node.inputs[0]);
    const Shape& out = graph_.shape(node.output);
    const std::vector<float>& x = values_.at(node.inputs[0]);
    std::vector<float>& y = values_.at(node.output);
    if (const auto* conv = std::get_if<Conv>(&node.operation)) {
      run_conv(*conv, in, out, x.data(), y.data());
    } else if (const auto* gemm = std::get_if<Gemm>(&node.operation)) {
      run_gemm(*gemm, x.data(), y.data());
    } else if (std::holds_alternative<Add>(node.operation)) {
      const std::vector<float>& other = values_.at(node.inputs[1]);
      for (std::size_t i = 0; i < y.size(); ++i) y[i] = x[i] + other[i];
    } else if (std::holds_alternative<Relu>(node.operation)) {
      for (std::size_t i = 0; i < y.size(); ++i) y[i] = std::max(x[i], 0.0f);
    } else if (const auto* scale = std::get_if<ScaleShift>(&node.operation)) {
      const auto pixels = static_cast<std::size_t>(in.pixels());
      for (std::size_t i = 0; i < y.size(); ++i) {
        y[i] = x[i] * scale->scale[i / pixels] + scale->shift[i / pixels];
      }
    } else if (const auto* pool = std::get_if<MaxPool>(&node.operation)) {
      run_pool(pool->window, in, out, x.data(), y.data(), -std::numeric_limits<float>::infinity(),
               [](float a, float b) { return std::max(a, b); });
    } else if (const auto* average = std::get_if<AveragePool>(&node.operation)) {
      run_pool(average->window, in, out, x.data(), y.data(), 0.0f,
               [](float a, float b) { return a + b; });
      const auto taps =
          static_cast<float>(average->window.kernel_height * average->window.kernel_width);
      for (float& value : y) value /= taps;
    } else {
      y = x;  // Flatten
    }
    fake_quantise(graph_, node.output, y);
  }
  return values_.at(graph_.output);
}

}  // namespace leyden::compiler
