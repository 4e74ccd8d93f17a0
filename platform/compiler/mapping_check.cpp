#include "platform/compiler/mapping_check.h"

#include <algorithm>

#include "models/base/error.h"

namespace leyden::compiler {
namespace {

using base::UsageError;

bool overlap(unsigned a, unsigned a_count, unsigned b, unsigned b_count) {
  return a < b + b_count && b < a + a_count;
}

std::string range(unsigned first, unsigned count) {
  return std::to_string(first) + " to " + std::to_string(first + count - 1);
}

/// A tile with what names it.
struct Named {
  const Tile* tile;
  std::string name;  ///< "layer 'conv1', tile 0"
};

void check_place(const Named& named, const ChipGeometry& geometry, const std::string& where) {
  const Tile& tile = *named.tile;
  const auto refuse = [&](const std::string& what) {
    throw UsageError(where + ": " + named.name + " " + what);
  };
  if (tile.macro >= geometry.macros) {
    refuse("lies in macro " + std::to_string(tile.macro) + ", but the chip has " +
           std::to_string(geometry.macros));
  }
  if (tile.unit_first + tile.units > geometry.units()) {
    refuse("takes units " + range(tile.unit_first, tile.units) + ", but a macro has " +
           std::to_string(geometry.units()));
  }
  if (tile.unit_first / geometry.page_units() !=
      (tile.unit_first + tile.units - 1) / geometry.page_units()) {
    refuse("takes units " + range(tile.unit_first, tile.units) + " of two pages of " +
           std::to_string(geometry.page_units()) + " units; it must lie in one");
  }
  if (tile.column_first + tile.columns > geometry.columns) {
    refuse("takes columns " + range(tile.column_first, tile.columns) + ", but a macro has " +
           std::to_string(geometry.columns));
  }
  if (tile.column_first % geometry.column_step() != 0) {
    refuse("begins at column " + std::to_string(tile.column_first) + "; a multiple of " +
           std::to_string(geometry.column_step()) + " is needed");
  }
  if (tile.abn_first + tile.output_count > geometry.abn_entries) {
    refuse("takes ABN entries " + range(tile.abn_first, tile.output_count) + ", but a macro has " +
           std::to_string(geometry.abn_entries));
  }
}

/// Every output of every part and copy in one tile.
void check_cover(const LayerMapping& mapping, unsigned outputs, const std::string& where) {
  for (const Tile& tile : mapping.tiles) {
    if (tile.copy >= mapping.copies) {
      throw UsageError(where + " has a tile of copy " + std::to_string(tile.copy) + ", but " +
                       std::to_string(mapping.copies) + " copies are told");
    }
  }
  for (unsigned copy = 0; copy < mapping.copies; ++copy) {
    for (unsigned part = 0; part < mapping.parts; ++part) {
      std::vector<std::pair<unsigned, unsigned>> ranges;
      for (const Tile& tile : mapping.tiles) {
        if (tile.copy != copy || tile.part != part) continue;
        ranges.emplace_back(tile.output_first, tile.output_count);
      }
      std::sort(ranges.begin(), ranges.end());
      unsigned next = 0;
      const auto refuse = [&](unsigned output, const char* what) {
        throw UsageError(where + ": output " + std::to_string(output) + " of part " +
                         std::to_string(part) + ", copy " + std::to_string(copy) + ", " + what);
      };
      for (const auto& [first, count] : ranges) {
        if (first < next) refuse(first, "lies in two tiles");
        if (first > next) break;
        next = first + count;
      }
      if (next > outputs) refuse(outputs, "does not exist");
      if (next < outputs) refuse(next, "lies in no tile");
    }
  }
}

void check_apart(const std::vector<Named>& tiles, const std::string& where) {
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const Tile& a = *tiles[j].tile;
      const Tile& b = *tiles[i].tile;
      if (a.macro != b.macro || (!a.resident && !b.resident)) continue;
      const bool cells = overlap(a.unit_first, a.units, b.unit_first, b.units) &&
                         overlap(a.column_first, a.columns, b.column_first, b.columns);
      const bool abn = overlap(a.abn_first, a.output_count, b.abn_first, b.output_count);
      if (!cells && !abn) continue;
      throw UsageError(where + ": " + tiles[i].name + " shares " +
                       (cells ? "cells" : "ABN entries") + " of macro " + std::to_string(a.macro) +
                       " with " + tiles[j].name +
                       "; only tiles that are both not resident may share");
    }
  }
}

}  // namespace

void check_mapping(const std::vector<LayerMapping>& mappings, const QuantNetwork& network,
                   const ChipGeometry& geometry, const std::string& where) {
  const auto told = [&where](const std::string& name) { return where + ": " + name; };
  std::vector<Named> tiles;
  for (std::size_t i = 0; i < mappings.size(); ++i) {
    const QuantLayer& layer = network.layers[i];
    if (layer.kind != LayerKind::kMacro) continue;
    const std::string name = "layer '" + layer.name + "'";
    if (mappings[i].copies > 1 && network.tensors[layer.output].shape.height < mappings[i].copies) {
      throw UsageError(told(name) + " has " + std::to_string(mappings[i].copies) +
                       " copies, which share its " +
                       std::to_string(network.tensors[layer.output].shape.height) +
                       " output rows; no more copies than rows can work");
    }
    check_cover(mappings[i], static_cast<unsigned>(network.outputs(layer)), told(name));
    for (std::size_t t = 0; t < mappings[i].tiles.size(); ++t) {
      tiles.push_back({&mappings[i].tiles[t], name + ", tile " + std::to_string(t)});
      check_place(tiles.back(), geometry, where);
    }
  }
  check_apart(tiles, where);
}

}  // namespace leyden::compiler
