#include "platform/compiler/mapping.h"

#include <algorithm>
#include <functional>
#include <optional>

#include "models/base/error.h"
#include "platform/compiler/array_packer.h"
#include "platform/compiler/group_cut.h"

namespace leyden::compiler {
namespace {

constexpr std::int64_t kMostDilation = 16;  // PAD.DILATION_X, _Y
constexpr std::size_t kMostSearched = 64;   // candidates for the shared space

unsigned divide_up(std::size_t a, std::size_t b) { return static_cast<unsigned>((a + b - 1) / b); }

void check_precision(const QuantNetwork& network, const QuantLayer& layer,
                     const ChipGeometry& geometry) {
  const auto check = [&](unsigned bits, unsigned most, const std::string& what) {
    if (bits <= most) return;
    throw base::UsageError("layer '" + layer.name + "': " + what + " of " + std::to_string(bits) +
                           " bits are beyond the chip's " + std::to_string(most) + " bits");
  };
  check(network.tensors[layer.inputs[0]].bits, geometry.input_bits, "input codes");
  check(layer.weight_bits, geometry.weight_bits, "weights");
  check(network.tensors[layer.output].bits, geometry.output_bits, "output codes");
  const unsigned least = cim::least_weight_bits(geometry.representation);
  if (layer.weight_bits < least) {
    throw base::UsageError("layer '" + layer.name + "': weights of " +
                           std::to_string(layer.weight_bits) + " bit hold no sign in the chip's " +
                           "pairs of cells, which take at least " + std::to_string(least));
  }
  const std::int64_t dilation = std::max(layer.window.dilation_y, layer.window.dilation_x);
  if (dilation > kMostDilation) {
    throw base::UsageError("layer '" + layer.name + "': a dilation of " + std::to_string(dilation) +
                           " is beyond the 16 a job can address");
  }
  if (network.rows(layer) > 65535) {
    throw base::UsageError("layer '" + layer.name + "': a window of " +
                           std::to_string(network.rows(layer)) +
                           " elements is beyond the 65535 a job can address");
  }
}

/// Outputs of a tile of at most `width` columns.
unsigned outputs_per_tile(const QuantLayer& layer, const ChipGeometry& geometry, unsigned width) {
  const unsigned per_output = geometry.layout(layer.weight_bits).width();
  const unsigned per_tile = std::min({width / per_output, geometry.abn_entries, 65535u});
  if (per_tile == 0) {
    throw base::UsageError("layer '" + layer.name + "': weights of " +
                           std::to_string(layer.weight_bits) + " bits do not fit the " +
                           std::to_string(geometry.columns) + " columns of a macro");
  }
  return per_tile;
}

/// Tiles of `groups` groups, every output of them in tiles of at most `per_tile`.
void add_tiles(const QuantNetwork& network, const Tile& like, unsigned per_tile, unsigned per_group,
               const ChipGeometry& geometry, LayerMapping& mapping) {
  const QuantLayer& layer = network.layers[like.layer];
  const auto rows = static_cast<unsigned>(network.rows(layer)) * like.group_count;
  const unsigned part_rows = mapping.units * geometry.rows_per_unit;
  const unsigned per_output = geometry.layout(layer.weight_bits).width();
  const unsigned step = geometry.column_step();
  const unsigned outputs = like.group_count * per_group;
  for (unsigned first = 0; first < outputs; first += per_tile) {
    for (unsigned part = 0; part < mapping.parts; ++part) {
      Tile tile = like;
      tile.part = part;
      tile.window_first = part * part_rows;
      tile.window_count = std::min(part_rows, rows - tile.window_first);
      tile.output_first = like.group_first * per_group + first;
      tile.output_count = std::min(per_tile, outputs - first);
      tile.units = mapping.units;
      tile.columns = divide_up(tile.output_count * per_output, step) * step;
      mapping.tiles.push_back(tile);
    }
  }
}

/// Cuts a layer into tiles of at most `width` columns.
LayerMapping cut_layer(const QuantNetwork& network, std::size_t index, const ChipGeometry& geometry,
                       unsigned width) {
  const QuantLayer& layer = network.layers[index];
  LayerMapping mapping;
  if (layer.kind != LayerKind::kMacro) return mapping;
  check_precision(network, layer, geometry);
  const unsigned per_tile = outputs_per_tile(layer, geometry, width);
  const auto groups = static_cast<unsigned>(layer.groups);
  const unsigned per_group = static_cast<unsigned>(network.outputs(layer)) / groups;
  const unsigned shared =
      groups == 1 ? 1 : choose_groups(network, layer, geometry, per_tile).groups;
  const std::size_t rows = network.rows(layer) * shared;
  unsigned units = divide_up(rows, geometry.rows_per_unit);
  mapping.parts = divide_up(units, geometry.page_units());
  if (layer.whole_line) units = mapping.parts * geometry.page_units();
  mapping.units = divide_up(units, mapping.parts);
  mapping.parts = divide_up(rows, mapping.units * geometry.rows_per_unit);
  Tile like;
  like.layer = index;
  for (unsigned group = 0; group < groups; group += shared) {
    like.group_first = group;
    like.group_count = std::min(shared, groups - group);
    add_tiles(network, like, per_tile, per_group, geometry, mapping);
  }
  return mapping;
}

using Mappings = std::vector<LayerMapping>;
using TileList = std::vector<Tile*>;

Mappings cut_layers(const QuantNetwork& network, const ChipGeometry& geometry, unsigned width) {
  Mappings mappings;
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    mappings.push_back(cut_layer(network, i, geometry, width));
  }
  return mappings;
}

TileList all_tiles(Mappings& mappings) {
  TileList tiles;
  for (LayerMapping& mapping : mappings) {
    for (Tile& tile : mapping.tiles) tiles.push_back(&tile);
  }
  return tiles;
}

/// Orders in which rectangles are tried: packing is sensitive to it.
std::vector<std::function<std::pair<std::uint64_t, std::uint64_t>(const Tile&)>> orders() {
  return {
      [](const Tile& t) { return std::pair<std::uint64_t, std::uint64_t>(t.area(), t.units); },
      [](const Tile& t) { return std::pair<std::uint64_t, std::uint64_t>(t.columns, t.units); },
      [](const Tile& t) { return std::pair<std::uint64_t, std::uint64_t>(t.units, t.columns); }};
}

/// Gives tiles consecutive ABN entries, so that the rest of each table is free.
void number_abn(const ChipGeometry& geometry, const TileList& tiles) {
  std::vector<unsigned> taken(geometry.macros);
  for (Tile* tile : tiles) {
    tile->abn_first = taken[tile->macro];
    taken[tile->macro] += tile->output_count;
  }
}

/// Places all tiles for good. @param reserve a tile placed first, whose places stay free
bool pack(const ChipGeometry& geometry, TileList tiles, const Tile* reserve, unsigned buffers = 1) {
  std::uint64_t area = reserve ? reserve->area() * buffers : 0;
  for (const Tile* tile : tiles) area += tile->area();
  if (area > std::uint64_t{geometry.units()} * geometry.columns * geometry.macros) return false;
  for (const bool spread : {true, false}) {
    if (!spread && geometry.macros == 1) continue;
    for (const auto& key : orders()) {
      std::stable_sort(tiles.begin(), tiles.end(),
                       [&](const Tile* a, const Tile* b) { return key(*a) > key(*b); });
      ArrayPacker packer(geometry);
      Tile first = reserve ? *reserve : Tile{};
      bool good = true;
      for (unsigned n = 0; reserve && n < buffers && good; ++n) good = packer.place(first, spread);
      for (std::size_t i = 0; i < tiles.size() && good; ++i) {
        good = packer.place(*tiles[i], spread);
      }
      if (!good) continue;
      number_abn(geometry, tiles);
      return true;
    }
  }
  return false;
}

/// Free space left by the resident tiles, with the ABN entries they took.
ArrayPacker space_beside(const ChipGeometry& geometry, const TileList& resident) {
  ArrayPacker packer(geometry);
  for (const Tile* tile : resident) packer.occupy(*tile);
  return packer;
}

std::vector<unsigned> abn_taken(const ChipGeometry& geometry, const TileList& resident) {
  std::vector<unsigned> taken(geometry.macros);
  for (const Tile* tile : resident) taken[tile->macro] += tile->output_count;
  return taken;
}

/// Gives streamed tiles their places, in the order of their jobs: beside the tile streamed before
/// into the same macro where there is room, so that loading overlaps its computing.
bool place_streamed(const ChipGeometry& geometry, const TileList& resident,
                    const TileList& streamed) {
  const ArrayPacker space = space_beside(geometry, resident);
  const std::vector<unsigned> taken = abn_taken(geometry, resident);
  std::vector<const Tile*> last(geometry.macros, nullptr);
  unsigned next_macro = 0;
  for (Tile* tile : streamed) {
    bool placed = false;
    for (const bool beside : {true, false}) {
      for (unsigned i = 0; i < geometry.macros && !placed; ++i) {
        const unsigned macro = (next_macro + i) % geometry.macros;
        if (taken[macro] + tile->output_count > geometry.abn_entries) continue;
        ArrayPacker trial = space;
        if (beside && last[macro]) trial.occupy(*last[macro]);
        placed = trial.place_in(macro, *tile);
      }
    }
    if (!placed) return false;
    const Tile* before = last[tile->macro];
    tile->abn_first = taken[tile->macro];
    if (before && before->abn_first < tile->abn_first + tile->output_count) {
      const unsigned behind = before->abn_first + before->output_count;
      if (behind + tile->output_count <= geometry.abn_entries) tile->abn_first = behind;
    }
    last[tile->macro] = tile;
    next_macro = (tile->macro + 1) % geometry.macros;
  }
  return true;
}

/// Tiles to load for every image when space for a tile like `shared` is kept for them: the fewest
/// cells, largest first, that let the others stay. @param coarse in larger and larger steps.
/// Nothing when the others never fit.
std::optional<TileList> choose_streamed(const ChipGeometry& geometry, const TileList& tiles,
                                        const Tile* shared, unsigned buffers = 1,
                                        bool coarse = false) {
  TileList movable;
  for (Tile* tile : tiles) {
    if (tile != shared && tile->units <= shared->units && tile->columns <= shared->columns) {
      movable.push_back(tile);
    }
  }
  std::stable_sort(movable.begin(), movable.end(),
                   [](const Tile* a, const Tile* b) { return a->area() > b->area(); });
  for (std::size_t moved = 0; moved <= movable.size(); moved += coarse ? 1 + moved / 16 : 1) {
    const auto end = movable.begin() + static_cast<std::ptrdiff_t>(moved);
    TileList resident;
    TileList streamed;
    for (Tile* tile : tiles) {
      const bool out = tile == shared || std::find(movable.begin(), end, tile) != end;
      (out ? streamed : resident).push_back(tile);
    }
    if (pack(geometry, resident, shared, buffers) && place_streamed(geometry, resident, streamed)) {
      return streamed;
    }
  }
  return std::nullopt;
}

std::uint64_t cells(const TileList& tiles) {
  std::uint64_t sum = 0;
  for (const Tile* tile : tiles) sum += tile->area();
  return sum;
}

/// One tile of every size, the largest first.
TileList sizes_of(const TileList& tiles) {
  TileList candidates = tiles;
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Tile* a, const Tile* b) { return a->area() > b->area(); });
  const auto same_size = [](const Tile* a, const Tile* b) {
    return a->units == b->units && a->columns == b->columns;
  };
  candidates.erase(std::unique(candidates.begin(), candidates.end(), same_size), candidates.end());
  return candidates;
}

void stream(const ChipGeometry& geometry, const TileList& tiles) {
  TileList candidates = sizes_of(tiles);
  if (candidates.size() > kMostSearched) candidates.resize(kMostSearched);
  TileList best = tiles;
  for (const Tile* shared : candidates) {
    const auto found = choose_streamed(geometry, tiles, shared);
    if (found && cells(*found) < cells(best)) best = *found;
  }
  TileList resident;
  for (Tile* tile : tiles) {
    tile->resident = std::find(best.begin(), best.end(), tile) == best.end();
    if (tile->resident) resident.push_back(tile);
  }
  // The search left the places of its last try behind: repeat the best.
  const Tile* largest = *std::max_element(
      best.begin(), best.end(), [](const Tile* a, const Tile* b) { return a->area() < b->area(); });
  if (!pack(geometry, resident, resident.empty() ? nullptr : largest) ||
      !place_streamed(geometry, resident, best)) {
    throw base::ModelError("the mapper could not repeat its own placement");
  }
}

/// Columns of the widest output, 0 when none fits at all (cut_layer says so).
unsigned widest_output(const QuantNetwork& network, const ChipGeometry& geometry) {
  unsigned widest = 0;
  for (const QuantLayer& layer : network.layers) {
    if (layer.kind != LayerKind::kMacro || layer.weight_bits > geometry.weight_bits) continue;
    widest = std::max(widest, geometry.layout(layer.weight_bits).width());
  }
  return widest > geometry.columns ? 0 : widest;
}

}  // namespace

std::vector<LayerMapping> map_layers(const QuantNetwork& network, const ChipGeometry& geometry) {
  // Narrower tiles pack better and need more jobs: the widest that fit are taken.
  for (unsigned narrow = 1; narrow <= 8; narrow *= 2) {
    const unsigned width = geometry.columns / narrow / 8 * 8;
    if (width < 8 || width < widest_output(network, geometry)) break;
    Mappings mappings = cut_layers(network, geometry, width);
    if (pack(geometry, all_tiles(mappings), nullptr)) return mappings;
  }
  Mappings mappings = cut_layers(network, geometry, geometry.columns);
  stream(geometry, all_tiles(mappings));
  return mappings;
}

std::optional<std::vector<LayerMapping>> cut_network(const QuantNetwork& network,
                                                     const ChipGeometry& geometry,
                                                     const std::vector<LayerChoice>& choices) {
  Mappings mappings;
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const LayerChoice& choice = choices.at(i);
    const QuantLayer& layer = network.layers[i];
    const unsigned width =
        choice.narrow == 1 ? geometry.columns : geometry.columns / choice.narrow / 8 * 8;
    if (layer.kind == LayerKind::kMacro && choice.narrow > 1 &&
        width < geometry.layout(layer.weight_bits).width()) {
      return std::nullopt;
    }
    LayerMapping mapping = cut_layer(network, i, geometry, width);
    // Copies share the rows: more of them than rows would have nothing to do.
    const auto height = static_cast<unsigned>(network.tensors[layer.output].shape.height);
    const unsigned copies = std::min(choice.copies, height);
    mapping.copies = copies;
    std::vector<Tile> tiles;
    for (const Tile& tile : mapping.tiles) {
      for (unsigned copy = 0; copy < copies; ++copy) {
        tiles.push_back(tile);
        tiles.back().copy = copy;
      }
    }
    mapping.tiles = std::move(tiles);
    mappings.push_back(std::move(mapping));
  }
  return mappings;
}

bool place_resident(const ChipGeometry& geometry, std::vector<LayerMapping>& mappings) {
  return pack(geometry, all_tiles(mappings), nullptr);
}

std::vector<std::vector<LayerMapping>> place_streaming(const ChipGeometry& geometry,
                                                       const std::vector<LayerMapping>& mappings,
                                                       unsigned buffers, std::size_t most_ways) {
  std::vector<Mappings> ways;
  Mappings trial = mappings;
  const TileList tiles = all_tiles(trial);
  TileList sizes = sizes_of(tiles);
  if (sizes.size() > most_ways) sizes.resize(most_ways);
  for (const Tile* shared : sizes) {
    const auto streamed = choose_streamed(geometry, tiles, shared, buffers, true);
    if (!streamed) continue;
    for (Tile* tile : tiles) {
      tile->resident = std::find(streamed->begin(), streamed->end(), tile) == streamed->end();
    }
    ways.push_back(trial);
  }
  return ways;
}

}  // namespace leyden::compiler
