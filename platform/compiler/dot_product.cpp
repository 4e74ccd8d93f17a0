#include "platform/compiler/dot_product.h"

#include <algorithm>

namespace leyden::compiler {

void gather_window(const QuantLayer& layer, const QuantTensor& in, const ChannelRange& channels,
                   const std::uint8_t* codes, std::int64_t oy, std::int64_t ox, std::uint8_t* row) {
  const Window& window = layer.window;
  for (std::int64_t ky = 0; ky < window.kernel_height; ++ky) {
    const std::int64_t y = oy * window.stride_y + ky * window.dilation_y - window.pad_top;
    for (std::int64_t kx = 0; kx < window.kernel_width; ++kx, row += channels.count) {
      const std::int64_t x = ox * window.stride_x + kx * window.dilation_x - window.pad_left;
      if (y < 0 || y >= in.shape.height || x < 0 || x >= in.shape.width) {
        std::fill_n(row, channels.count, static_cast<std::uint8_t>(in.zero_point));
      } else {
        const std::int64_t pixel = y * in.shape.width + x;
        std::copy_n(codes + pixel * in.shape.channels + channels.first, channels.count, row);
      }
    }
  }
}

std::int64_t dot(const std::uint8_t* x, const std::int8_t* w, std::size_t count) {
  // 65536 products of at most 255 * 128 fit 32 bits; the compiler makes vectors of it.
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += std::int32_t{x[i]} * std::int32_t{w[i]};
  return sum;
}

}  // namespace leyden::compiler
