#include "platform/compiler/float_executor.h"

#include <algorithm>
#include <array>
#include <cmath>
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
  const std::int64_t first_row = ky * window.dilation_y - window.pad_top;
  const Range rows = valid_outputs(first_row, window.stride_y, in.height, out.height);
  const std::int64_t offset = kx * window.dilation_x - window.pad_left;
  const Range columns = valid_outputs(offset, window.stride_x, in.width, out.width);
  for (std::int64_t oy = rows.first; oy < rows.last; ++oy) {
    const std::int64_t iy = oy * window.stride_y + first_row;
    body(oy * out.width, iy * in.width + offset, columns);
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

/// Taps of one axis that lie in the input, for each output.
std::vector<float> taps_inside(std::int64_t kernel, std::int64_t dilation, std::int64_t stride,
                               std::int64_t pad, std::int64_t in, std::int64_t out) {
  std::vector<float> counts(static_cast<std::size_t>(out));
  for (std::int64_t k = 0; k < kernel; ++k) {
    const Range range = valid_outputs(k * dilation - pad, stride, in, out);
    for (std::int64_t o = range.first; o < range.last; ++o) {
      counts[static_cast<std::size_t>(o)] += 1;
    }
  }
  return counts;
}

void run_average(const AveragePool& pool, const Shape& in, const Shape& out, const float* x,
                 float* y) {
  const Window& window = pool.window;
  run_pool(window, in, out, x, y, 0.0f, [](float a, float b) { return a + b; });
  if (pool.count_include_pad) {
    const auto taps = static_cast<float>(window.kernel_height * window.kernel_width);
    for (std::int64_t i = 0; i < out.elements(); ++i) y[i] /= taps;
    return;
  }
  const auto rows = taps_inside(window.kernel_height, window.dilation_y, window.stride_y,
                                window.pad_top, in.height, out.height);
  const auto columns = taps_inside(window.kernel_width, window.dilation_x, window.stride_x,
                                   window.pad_left, in.width, out.width);
  for (std::int64_t c = 0; c < out.channels; ++c) {
    for (const float row : rows) {
      for (const float column : columns) *y++ /= std::max(row * column, 1.0f);
    }
  }
}

void run_pad(const Pad& pad, const Shape& in, const Shape& out, const float* x, float* y) {
  std::fill_n(y, out.elements(), pad.value);
  for (std::int64_t c = 0; c < in.channels; ++c) {
    for (std::int64_t iy = 0; iy < in.height; ++iy) {
      std::copy_n(x + (c * in.height + iy) * in.width, in.width,
                  y + (c * out.height + iy + pad.top) * out.width + pad.left);
    }
  }
}

void run_softmax(bool logarithm, const Shape& in, const float* x, float* y) {
  const std::int64_t pixels = in.pixels();
  for (std::int64_t p = 0; p < pixels; ++p) {
    float most = x[p];
    for (std::int64_t c = 1; c < in.channels; ++c) most = std::max(most, x[c * pixels + p]);
    double sum = 0;
    for (std::int64_t c = 0; c < in.channels; ++c) {
      sum += std::exp(double{x[c * pixels + p]} - double{most});
    }
    for (std::int64_t c = 0; c < in.channels; ++c) {
      const double above = double{x[c * pixels + p]} - double{most};
      y[c * pixels + p] =
          static_cast<float>(logarithm ? above - std::log(sum) : std::exp(above) / sum);
    }
  }
}

void run_arg_max(bool last, const Shape& in, const float* x, float* y) {
  const std::int64_t pixels = in.pixels();
  for (std::int64_t p = 0; p < pixels; ++p) {
    std::int64_t best = 0;
    for (std::int64_t c = 1; c < in.channels; ++c) {
      const float value = x[c * pixels + p];
      const float most = x[best * pixels + p];
      if (value > most || (last && value == most)) best = c;
    }
    y[p] = static_cast<float>(best);
  }
}

}  // namespace

/// Runs one node on the values of its inputs.
class FloatExecutor::Step {
 public:
  Step(FloatExecutor& executor, const Node& node)
      : executor_(executor),
        node_(node),
        in_(executor.graph_.shape(node.inputs[0])),
        out_(executor.graph_.shape(node.output)),
        x_(executor.values_.at(node.inputs[0])),
        y_(executor.values_.at(node.output)) {}

  void operator()(const Conv& conv) { executor_.conv_.run(conv, in_, out_, x_.data(), y_.data()); }
  void operator()(const Gemm& gemm) { run_gemm(gemm, x_.data(), y_.data()); }
  void operator()(const Add&) {
    const std::vector<float>& other = executor_.values_.at(node_.inputs[1]);
    for (std::size_t i = 0; i < y_.size(); ++i) y_[i] = x_[i] + other[i];
  }
  void operator()(const Relu&) {
    for (std::size_t i = 0; i < y_.size(); ++i) y_[i] = std::max(x_[i], 0.0f);
  }
  void operator()(const Clip& clip) {
    for (std::size_t i = 0; i < y_.size(); ++i) {
      y_[i] = std::min(std::max(x_[i], clip.low), clip.high);
    }
  }
  void operator()(const Function& function) {
    for (std::size_t i = 0; i < y_.size(); ++i) {
      y_[i] = static_cast<float>(function(double{x_[i]}));
    }
  }
  void operator()(const ScaleShift& scale) {
    const auto pixels = static_cast<std::size_t>(in_.pixels());
    for (std::size_t i = 0; i < y_.size(); ++i) {
      y_[i] = x_[i] * scale.scale[i / pixels] + scale.shift[i / pixels];
    }
  }
  void operator()(const MaxPool& pool) {
    run_pool(pool.window, in_, out_, x_.data(), y_.data(), -std::numeric_limits<float>::infinity(),
             [](float a, float b) { return std::max(a, b); });
  }
  void operator()(const AveragePool& pool) { run_average(pool, in_, out_, x_.data(), y_.data()); }
  void operator()(const Flatten&) { y_ = x_; }
  void operator()(const Concat&) {
    auto to = y_.begin();
    for (const std::string& input : node_.inputs) {
      const std::vector<float>& part = executor_.values_.at(input);
      to = std::copy(part.begin(), part.end(), to);
    }
  }
  void operator()(const Pad& pad) { run_pad(pad, in_, out_, x_.data(), y_.data()); }
  void operator()(const Softmax& softmax) {
    run_softmax(softmax.logarithm, in_, x_.data(), y_.data());
  }
  void operator()(const ArgMax& arg_max) { run_arg_max(arg_max.last, in_, x_.data(), y_.data()); }

 private:
  FloatExecutor& executor_;
  const Node& node_;
  const Shape& in_;
  const Shape& out_;
  const std::vector<float>& x_;
  std::vector<float>& y_;
};

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
    std::visit(Step(*this, node), node.operation);
    fake_quantise(graph_, node.output, values_.at(node.output));
  }
  return values_.at(graph_.output);
}

}  // namespace leyden::compiler
