#include "platform/compiler/tile_weights.h"

#include <algorithm>

namespace leyden::compiler {
namespace {

/// Where the rows of an output's group lie among those of its tile: runs of `run` elements,
/// `stride` apart, one a tap of the kernel. A tile of one group is a single run.
struct Runs {
  std::size_t count = 1;
  std::size_t run = 0;
  std::size_t stride = 0;
  std::size_t first = 0;    ///< in the tile's rows
  std::size_t weights = 0;  ///< in the layer's weights
};

Runs runs_of(const QuantLayer& layer, std::size_t rows, const Tile& tile, unsigned output) {
  const std::size_t o = tile.output_first + output;
  const std::size_t weights = o * rows + tile.window_first;
  if (tile.group_count == 1) return {1, tile.window_count, 0, 0, weights};
  // Tiles of several groups are never split by rows, so they begin at the first tap.
  const auto taps =
      static_cast<std::size_t>(layer.window.kernel_height * layer.window.kernel_width);
  const std::size_t outputs = layer.weights.size() / rows;
  const std::size_t group = o / (outputs / static_cast<std::size_t>(layer.groups));
  const std::size_t run = rows / taps;  // channels of a group
  return {taps, run, run * tile.group_count, (group - tile.group_first) * run, weights};
}

}  // namespace

ChannelRange tile_channels(const QuantNetwork& network, const QuantLayer& layer, const Tile& tile) {
  const std::int64_t channels = network.tensors[layer.inputs[0]].shape.channels / layer.groups;
  return {tile.group_first * channels, tile.group_count * channels};
}

void tile_column(const QuantLayer& layer, std::size_t rows, const Tile& tile, unsigned output,
                 std::int8_t* weights) {
  const Runs runs = runs_of(layer, rows, tile, output);
  std::fill_n(weights, tile.window_count, std::int8_t{0});
  for (std::size_t i = 0; i < runs.count; ++i) {
    std::copy_n(layer.weights.data() + runs.weights + i * runs.run, runs.run,
                weights + runs.first + i * runs.stride);
  }
}

std::int64_t tile_dot(const QuantLayer& layer, std::size_t rows, const Tile& tile, unsigned output,
                      const std::uint8_t* window) {
  const Runs runs = runs_of(layer, rows, tile, output);
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < runs.count; ++i) {
    sum += dot(window + runs.first + i * runs.stride,
               layer.weights.data() + runs.weights + i * runs.run, runs.run);
  }
  return sum;
}

}  // namespace leyden::compiler
