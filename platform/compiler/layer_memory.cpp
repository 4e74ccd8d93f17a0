#include "platform/compiler/layer_memory.h"

#include <algorithm>

namespace leyden::compiler {
namespace {

/// Tiles of equal output channels together, in the order in which the channels first appear.
std::vector<Pass> slices_of(const std::vector<Tile>& tiles, std::uint32_t channels, bool apart) {
  std::vector<Pass> slices;
  for (const Tile& tile : tiles) {
    const auto same = [&](const Pass& slice) {
      return !apart ||
             (slice.output_first == tile.output_first && slice.output_count == tile.output_count);
    };
    auto found = std::find_if(slices.begin(), slices.end(), same);
    if (found == slices.end()) {
      Pass slice;
      slice.output_first = apart ? tile.output_first : 0;
      slice.output_count = apart ? tile.output_count : channels;
      found = slices.insert(slices.end(), slice);
    }
    found->tiles.push_back(&tile);
  }
  if (slices.empty()) {
    slices.emplace_back();
    slices.back().output_count = channels;
  }
  return slices;
}

}  // namespace

std::vector<Pass> make_passes(const QuantNetwork& network, const QuantLayer& layer,
                              const std::vector<Tile>& tiles, bool slices_outer,
                              std::uint32_t stripe_rows) {
  const Shape& out = network.tensors[layer.output].shape;
  const Shape& in = network.tensors[layer.inputs[0]].shape;
  const std::vector<RowRange> stripes = cut_stripes(layer, in, out, stripe_rows);
  std::vector<Pass> passes;
  for (Pass& slice : slices_of(tiles, static_cast<std::uint32_t>(out.channels), slices_outer)) {
    for (const RowRange& rows : stripes) {
      slice.rows = rows;
      slice.inputs.clear();
      for (const std::size_t input : layer.inputs) {
        slice.inputs.push_back(input_rows(layer, network.tensors[input].shape, out, rows));
      }
      passes.push_back(slice);
    }
  }
  return passes;
}

bool needs_fetch(const std::vector<Pass>& passes, std::size_t pass, std::size_t k,
                 std::size_t copies) {
  return pass < copies || !(passes[pass].inputs[k].rows == passes[pass - copies].inputs[k].rows);
}

}  // namespace leyden::compiler
