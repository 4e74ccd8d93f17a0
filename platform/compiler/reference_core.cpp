#include "platform/compiler/reference_core.h"

#include <algorithm>
#include <functional>

namespace leyden::compiler {
namespace {

constexpr std::int64_t kExpEntries = 256;
constexpr std::int64_t kExpBits = 15;
constexpr std::int64_t kLogBits = 16;

/// Floor of a / 2^shift with half of 2^shift added before.
std::int64_t rounded_shift(std::int64_t a, unsigned shift) {
  const std::int64_t divisor = std::int64_t{1} << shift;
  const std::int64_t value = a + divisor / 2 * (shift > 0 ? 1 : 0);
  const std::int64_t quotient = value / divisor;
  return value % divisor < 0 ? quotient - 1 : quotient;
}

/// One layer on the core: element (y, x, c) of its input, and its output code by code.
class CoreLayer {
 public:
  CoreLayer(const QuantLayer& layer, const Shape& in, const Shape& out, const std::uint8_t* x)
      : layer_(layer), in_(in), out_(out), x_(x) {}

  void run(std::uint8_t* result) const {
    const auto code = kernel();
    for (std::int64_t y = 0; y < out_.height; ++y) {
      for (std::int64_t x = 0; x < out_.width; ++x) {
        for (std::int64_t c = 0; c < out_.channels; ++c) {
          *result++ = static_cast<std::uint8_t>(code(y, x, c));
        }
      }
    }
  }

 private:
  using Kernel = std::function<std::int64_t(std::int64_t, std::int64_t, std::int64_t)>;

  Kernel kernel() const {
    switch (layer_.core.kernel) {
      case CoreKernel::kCopy:
        return [this](auto y, auto x, auto c) { return x_[flat(y, x, c)]; };
      case CoreKernel::kFlatten:
        return [this](auto y, auto x, auto c) {
          const std::int64_t i = flat(y, x, c);
          return x_[i % in_.pixels() * in_.channels + i / in_.pixels()];
        };
      case CoreKernel::kPad:
        return [this](auto y, auto x, auto c) {
          return at(y - layer_.window.pad_top, x - layer_.window.pad_left, c, layer_.core.fill);
        };
      case CoreKernel::kMaxPool:
        return [this](auto y, auto x, auto c) { return max_pool(y, x, c); };
      case CoreKernel::kAveragePool:
        return [this](auto y, auto x, auto c) { return average_pool(y, x, c); };
      case CoreKernel::kSoftmax:
      case CoreKernel::kLogSoftmax:
        return [this](auto y, auto x, auto c) { return softmax(y, x, c); };
      case CoreKernel::kArgMax:
        return [this](auto y, auto x, auto) { return arg_max(y, x); };
      case CoreKernel::kConv:
        return [this](auto y, auto x, auto c) { return conv(y, x, c); };
    }
    return {};
  }

  std::int64_t flat(std::int64_t y, std::int64_t x, std::int64_t c) const {
    return (y * out_.width + x) * out_.channels + c;
  }
  bool inside(std::int64_t y, std::int64_t x) const {
    return y >= 0 && y < in_.height && x >= 0 && x < in_.width;
  }
  std::int64_t at(std::int64_t y, std::int64_t x, std::int64_t c, std::int64_t outside) const {
    return inside(y, x) ? x_[(y * in_.width + x) * in_.channels + c] : outside;
  }
  std::int64_t clamp(std::int64_t code) const {
    return std::clamp<std::int64_t>(code, layer_.result.low, layer_.result.high);
  }

  /// Calls body(tap, y, x) for each tap of the window of output (oy, ox) that lies in the input.
  template <typename Body>
  void for_taps(std::int64_t oy, std::int64_t ox, Body body) const {
    const Window& w = layer_.window;
    for (std::int64_t tap = 0; tap < w.kernel_height * w.kernel_width; ++tap) {
      const std::int64_t y = oy * w.stride_y - w.pad_top + tap / w.kernel_width * w.dilation_y;
      const std::int64_t x = ox * w.stride_x - w.pad_left + tap % w.kernel_width * w.dilation_x;
      if (inside(y, x)) body(tap, y, x);
    }
  }

  std::int64_t max_pool(std::int64_t oy, std::int64_t ox, std::int64_t c) const {
    std::int64_t most = 0;
    for_taps(oy, ox, [&](auto, auto y, auto x) { most = std::max(most, at(y, x, c, 0)); });
    return most;
  }

  std::int64_t average_pool(std::int64_t oy, std::int64_t ox, std::int64_t c) const {
    std::int64_t sum = 0;
    std::int64_t taps = 0;
    for_taps(oy, ox, [&](auto, auto y, auto x) {
      sum += at(y, x, c, 0) - layer_.core.fill;
      ++taps;
    });
    if (layer_.core.flag) taps = layer_.window.kernel_height * layer_.window.kernel_width;
    const std::int64_t factor = taps == 0 ? 0 : (layer_.core.factor + taps / 2) / taps;
    return clamp(rounded_shift(sum * factor, layer_.result.shift) + layer_.core.offset);
  }

  std::int64_t softmax(std::int64_t y, std::int64_t x, std::int64_t c) const {
    const CoreWork& core = layer_.core;
    const auto table = [&](std::int64_t i) {
      return std::int64_t{core.tables[static_cast<std::size_t>(i)]};
    };
    std::int64_t most = 0;
    for (std::int64_t k = 0; k < in_.channels; ++k) most = std::max(most, at(y, x, k, 0));
    std::int64_t sum = 0;
    for (std::int64_t k = 0; k < in_.channels; ++k) sum += table(most - at(y, x, k, 0));
    const std::int64_t below = most - at(y, x, c, 0);
    if (core.kernel == CoreKernel::kSoftmax) {
      return clamp((table(kExpEntries + below) + sum / 2) / sum + core.offset);
    }
    std::int64_t exponent = 0;
    while (sum >> (exponent + 1) != 0) ++exponent;
    // Eight bits behind the leading one, and sixteen more.
    const std::int64_t mantissa =
        (sum << 24 >> exponent) - (std::int64_t{1} << 24);  // 0 .. 2^24 - 1
    const std::int64_t i = mantissa / 65536;
    const std::int64_t here = table(kExpEntries + i);
    const std::int64_t next = table(kExpEntries + i + 1);
    const std::int64_t logarithm = (exponent - kExpBits) * (std::int64_t{1} << kLogBits) + here +
                                   (next - here) * (mantissa % 65536) / 65536;
    const std::int64_t value = -core.factor * below - core.second * logarithm;
    return clamp(rounded_shift(value, layer_.result.shift) + core.offset);
  }

  std::int64_t arg_max(std::int64_t y, std::int64_t x) const {
    const std::uint8_t* first = x_ + (y * in_.width + x) * in_.channels;
    const std::uint8_t* best = std::max_element(first, first + in_.channels);
    if (layer_.core.flag) {
      for (const std::uint8_t* k = first; k < first + in_.channels; ++k)
        best = *k == *best ? k : best;
    }
    return best - first;
  }

  std::int64_t conv(std::int64_t oy, std::int64_t ox, std::int64_t o) const {
    const std::int64_t channels = in_.channels / layer_.groups;
    const std::int64_t group = o / (out_.channels / layer_.groups);
    const std::int64_t row = layer_.window.kernel_height * layer_.window.kernel_width * channels;
    const std::int8_t* weights = layer_.weights.data() + o * row;
    std::int64_t sum = 0;
    for_taps(oy, ox, [&](auto tap, auto y, auto x) {
      for (std::int64_t c = 0; c < channels; ++c) {
        sum += (at(y, x, group * channels + c, 0) - layer_.core.fill) * weights[tap * channels + c];
      }
    });
    const vector::TableEntry& entry = layer_.table[static_cast<std::size_t>(o)];
    return clamp(rounded_shift(sum * entry.multiplier + entry.offset, layer_.result.shift));
  }

  const QuantLayer& layer_;
  const Shape& in_;
  const Shape& out_;
  const std::uint8_t* x_;
};

}  // namespace

void run_core(const QuantLayer& layer, const Shape& in, const Shape& out, const std::uint8_t* x,
              std::uint8_t* y) {
  CoreLayer(layer, in, out, x).run(y);
}

}  // namespace leyden::compiler
