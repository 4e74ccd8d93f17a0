#include "platform/compiler/float_conv.h"

#include <algorithm>
#include <array>

namespace leyden::compiler {
namespace {

constexpr std::size_t kOutputs = 4;  // of a block: 4 x 8 sums fit 8 registers of 4 floats
constexpr std::size_t kPixels = 8;
constexpr std::size_t kBlockPixels = 128;  // columns of patches that stay in the cache

/// Where a block of pixels lies, and what of the input its patches hold.
struct Block {
  std::size_t first_pixel;
  std::size_t pixels;  ///< rounded up to kPixels: the rest is 0
  std::int64_t first_channel;
  std::int64_t channels;
};

/// Writes the patches of a block, one row a tap.
void fill_patches(const Window& window, const Shape& in, const Shape& out, const Block& block,
                  const float* x, std::vector<float>& patches) {
  const auto taps =
      static_cast<std::size_t>(block.channels * window.kernel_height * window.kernel_width);
  patches.assign(taps * block.pixels, 0.0f);
  float* row = patches.data();
  const auto whole = static_cast<std::size_t>(out.pixels());
  const std::size_t count = std::min(block.pixels, whole - block.first_pixel);
  for (std::int64_t c = 0; c < block.channels; ++c) {
    const float* plane = x + (block.first_channel + c) * in.pixels();
    for (std::int64_t ky = 0; ky < window.kernel_height; ++ky) {
      for (std::int64_t kx = 0; kx < window.kernel_width; ++kx, row += block.pixels) {
        auto oy = static_cast<std::int64_t>(block.first_pixel) / out.width;
        auto ox = static_cast<std::int64_t>(block.first_pixel) % out.width;
        for (std::size_t p = 0; p < count; ++p) {
          const std::int64_t iy = oy * window.stride_y + ky * window.dilation_y - window.pad_top;
          const std::int64_t ix = ox * window.stride_x + kx * window.dilation_x - window.pad_left;
          if (iy >= 0 && iy < in.height && ix >= 0 && ix < in.width) {
            row[p] = plane[iy * in.width + ix];
          }
          if (++ox == out.width) {
            ox = 0;
            ++oy;
          }
        }
      }
    }
  }
}

using Sums = std::array<std::array<float, kPixels>, kOutputs>;

/// sums += weights of kOutputs outputs times kPixels columns of the patches.
void multiply(const std::array<const float*, kOutputs>& weights, const float* patches,
              std::size_t taps, std::size_t stride, Sums& sums) {
  Sums local = sums;  // in registers
  for (std::size_t k = 0; k < taps; ++k, patches += stride) {
    for (std::size_t o = 0; o < kOutputs; ++o) {
      const float weight = weights[o][k];
      for (std::size_t p = 0; p < kPixels; ++p) local[o][p] += weight * patches[p];
    }
  }
  sums = local;
}

}  // namespace

void FloatConv::run(const Conv& conv, const Shape& in, const Shape& out, const float* x, float* y) {
  const Window& window = conv.window;
  const auto pixels = static_cast<std::size_t>(out.pixels());
  const auto outputs = static_cast<std::size_t>(conv.out_channels / conv.groups);
  const std::int64_t channels = conv.in_channels / conv.groups;
  const auto taps = static_cast<std::size_t>(channels * window.kernel_height * window.kernel_width);
  for (std::int64_t g = 0; g < conv.groups; ++g) {
    const std::size_t first_output = static_cast<std::size_t>(g) * outputs;
    for (std::size_t at = 0; at < pixels; at += kBlockPixels) {
      const std::size_t count = std::min(kBlockPixels, pixels - at);
      const Block block{at, (count + kPixels - 1) / kPixels * kPixels, g * channels, channels};
      fill_patches(window, in, out, block, x, patches_);
      for (std::size_t o = first_output; o < first_output + outputs; o += kOutputs) {
        const std::size_t here = std::min(kOutputs, first_output + outputs - o);
        std::array<const float*, kOutputs> weights{};
        for (std::size_t i = 0; i < kOutputs; ++i) {
          weights[i] = conv.weight.data() + (o + std::min(i, here - 1)) * taps;
        }
        for (std::size_t p = 0; p < count; p += kPixels) {
          Sums sums{};
          for (std::size_t i = 0; i < here; ++i) sums[i].fill(conv.bias[o + i]);
          multiply(weights, patches_.data() + p, taps, block.pixels, sums);
          const std::size_t width = std::min(kPixels, count - p);
          for (std::size_t i = 0; i < here; ++i) {
            std::copy_n(sums[i].begin(), width, y + (o + i) * pixels + at + p);
          }
        }
      }
    }
  }
}

}  // namespace leyden::compiler
