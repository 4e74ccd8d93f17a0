#pragma once

#include <cstdint>
#include <vector>

#include "platform/compiler/quantised.h"

namespace leyden::compiler {

/// Channels [first, first + count) of a tensor.
struct ChannelRange {
  std::int64_t first = 0;
  std::int64_t count = 0;
};

/// One im2col row: the codes under the kernel at output (oy, ox), in (ky, kx, channel) order;
/// padded elements hold the zero point of the input.
/// @param row kernel_height * kernel_width * channels.count elements
void gather_window(const QuantLayer& layer, const QuantTensor& in, const ChannelRange& channels,
                   const std::uint8_t* codes, std::int64_t oy, std::int64_t ox, std::uint8_t* row);

/// Exact sum of x[i] * w[i]; at most 65535 elements, so 64 bits never overflow.
std::int64_t dot(const std::uint8_t* x, const std::int8_t* w, std::size_t count);

}  // namespace leyden::compiler
