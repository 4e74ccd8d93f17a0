#pragma once

#include <cstdint>
#include <vector>

#include "platform/compiler/dot_product.h"
#include "platform/compiler/quantised.h"
#include "platform/compiler/tile.h"

namespace leyden::compiler {

/// The channels a tile's kernel reads from a pixel: those of its groups.
ChannelRange tile_channels(const QuantNetwork& network, const QuantLayer& layer, const Tile& tile);

/// Weights of a tile's output as its array holds them, rows window_first on, in the order (ky, kx,
/// channels of the tile's groups): 0 where a row belongs to another group than the output.
/// @param rows    network.rows(layer)
/// @param output  of the tile, 0 .. output_count - 1
/// @param weights tile.window_count values
void tile_column(const QuantLayer& layer, std::size_t rows, const Tile& tile, unsigned output,
                 std::int8_t* weights);

/// Exact dot product of a tile's window with the weights of one of its outputs: the rows of the
/// output's own group alone.
/// @param window elements window_first on of the tile's im2col row, tile.window_count of them
std::int64_t tile_dot(const QuantLayer& layer, std::size_t rows, const Tile& tile, unsigned output,
                      const std::uint8_t* window);

}  // namespace leyden::compiler
