#pragma once

#include <vector>

#include "platform/compiler/chip_geometry.h"
#include "platform/compiler/quantised.h"
#include "platform/compiler/tile.h"

namespace leyden::compiler {

/// How a macro layer is cut: `parts` row splits of `units` units each, and column splits.
struct LayerMapping {
  unsigned parts = 1;
  unsigned units = 0;       ///< of each part, so that the LSB of all parts is the same
  std::vector<Tile> tiles;  ///< in the order of their jobs
};

/// Cuts the macro layers into tiles and places them. Every tile keeps its place for good when all
/// fit; else those that cost least to load are loaded for every image into space they share.
/// @return one entry a layer; vector layers have no tiles
/// @throws base::UsageError when a precision or a shape is beyond the chip
std::vector<LayerMapping> map_layers(const QuantNetwork& network, const ChipGeometry& geometry);

}  // namespace leyden::compiler
