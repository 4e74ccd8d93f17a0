#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "platform/compiler/chip_geometry.h"
#include "platform/compiler/quantised.h"
#include "platform/compiler/tile.h"

namespace leyden::compiler {

/// How a macro layer is cut: `parts` row splits of `units` units each, and column splits; and how
/// often it is there: every copy has all weights and computes its share of the output rows.
struct LayerMapping {
  unsigned parts = 1;
  unsigned units = 0;       ///< of each part, so that the LSB of all parts is the same
  unsigned copies = 1;      ///< of every tile
  std::vector<Tile> tiles;  ///< in the order of their jobs
};

/// Cuts the macro layers into tiles and places them. Every tile keeps its place for good when all
/// fit; else those that cost least to load are loaded for every image into space they share.
/// @return one entry a layer; vector layers have no tiles
/// @throws base::UsageError when a precision or a shape is beyond the chip
std::vector<LayerMapping> map_layers(const QuantNetwork& network, const ChipGeometry& geometry);

/// What a mapper may choose of a macro layer.
struct LayerChoice {
  unsigned narrow = 1;  ///< tiles are at most columns / narrow wide, in whole bytes
  unsigned copies = 1;
};

/// Cuts all layers as chosen; tiles have no place yet. Copies of a tile follow each other.
/// @param choices [layer]
/// @return nothing when a tile would not be wide enough for one output
std::optional<std::vector<LayerMapping>> cut_network(const QuantNetwork& network,
                                                     const ChipGeometry& geometry,
                                                     const std::vector<LayerChoice>& choices);
/// Gives every tile a place for good. @return false when the arrays are too small
bool place_resident(const ChipGeometry& geometry, std::vector<LayerMapping>& mappings);
/// Ways to load some tiles for every image into space they share: one for every size of tile that
/// may be the largest of these. @param buffers places kept for a tile of that size: with two one
/// can be loaded while the other computes
std::vector<std::vector<LayerMapping>> place_streaming(const ChipGeometry& geometry,
                                                       const std::vector<LayerMapping>& mappings,
                                                       unsigned buffers, std::size_t most_ways);

}  // namespace leyden::compiler
