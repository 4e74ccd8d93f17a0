#pragma once

#include <cstddef>
#include <cstdint>

#include "models/cim/job.h"

namespace leyden::cim {

/// Gathers the tile's part of `count` windows: rows[m * job.window_count + i] is element
/// window_first + i, in (ky, kx, channel) order, of output position first_position + m (row-major).
/// Elements outside the input are pad_value. Codes are cut to in_bits.
/// @param input  pixel (0, 0), channel 0
/// @param rows   count * window_count bytes
void im2col(const Job& job, const std::uint8_t* input, std::size_t first_position,
            std::size_t count, std::uint8_t* rows);

}  // namespace leyden::cim
