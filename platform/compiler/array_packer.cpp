#include "platform/compiler/array_packer.h"

#include <algorithm>
#include <limits>
#include <tuple>

namespace leyden::compiler {

ArrayPacker::ArrayPacker(const ChipGeometry& geometry)
    : abn_entries_(geometry.abn_entries),
      column_step_(geometry.column_step()),
      macros_(geometry.macros) {
  // A rectangle a page: free rectangles are never joined, so no tile crosses from one to the next.
  for (Macro& macro : macros_) {
    for (unsigned first = 0; first < geometry.units(); first += geometry.page_units()) {
      macro.free.push_back({first, first + geometry.page_units(), 0, geometry.columns});
    }
  }
}

const ArrayPacker::Rect* ArrayPacker::find(const Macro& macro, const Tile& tile) const {
  if (macro.abn_used + tile.output_count > abn_entries_) return nullptr;
  const Rect* best = nullptr;
  auto least = std::pair(std::numeric_limits<unsigned>::max(), 0u);
  for (const Rect& rect : macro.free) {
    const unsigned units = rect.unit_end - rect.unit;
    const unsigned columns = rect.column_end - rect.column;
    if (units < tile.units || columns < tile.columns) continue;
    // Columns come in whole bytes: compared in those steps, both sides count alike.
    const unsigned rest_units = units - tile.units;
    const unsigned rest_columns = (columns - tile.columns) / column_step_;
    const auto rest = std::minmax(rest_units, rest_columns);
    if (!best || std::pair(rest.first, rest.second) < least) {
      best = &rect;
      least = {rest.first, rest.second};
    }
  }
  return best;
}

bool ArrayPacker::place(Tile& tile, bool spread) {
  const Rect* best = nullptr;
  unsigned best_macro = 0;
  auto least = std::tuple(std::size_t{0}, 0u);
  for (unsigned m = 0; m < macros_.size(); ++m) {
    const Rect* rect = find(macros_[m], tile);
    if (!rect) continue;
    const auto& layers = macros_[m].layers;
    const auto same =
        static_cast<std::size_t>(std::count(layers.begin(), layers.end(), tile.layer));
    const auto score = std::tuple(spread ? same : 0, spread ? macros_[m].abn_used : m);
    if (!best || score < least) {
      best = rect;
      best_macro = m;
      least = score;
    }
  }
  if (!best) return false;
  take(best_macro, *best, tile);
  return true;
}

bool ArrayPacker::place_in(unsigned macro, Tile& tile) {
  const Rect* rect = find(macros_[macro], tile);
  if (!rect) return false;
  take(macro, *rect, tile);
  return true;
}

void ArrayPacker::take(unsigned macro, const Rect& free, Tile& tile) {
  tile.macro = macro;
  tile.unit_first = free.unit;
  tile.column_first = free.column;
  tile.abn_first = macros_[macro].abn_used;
  macros_[macro].abn_used += tile.output_count;
  occupy(tile);
}

void ArrayPacker::occupy(const Tile& tile) {
  Macro& macro = macros_[tile.macro];
  macro.layers.push_back(tile.layer);
  cut(macro, {tile.unit_first, tile.unit_first + tile.units, tile.column_first,
              tile.column_first + tile.columns});
}

void ArrayPacker::cut(Macro& macro, const Rect& taken) {
  std::vector<Rect> pieces;
  for (const Rect& rect : macro.free) {
    const bool apart = taken.unit >= rect.unit_end || taken.unit_end <= rect.unit ||
                       taken.column >= rect.column_end || taken.column_end <= rect.column;
    if (apart) {
      pieces.push_back(rect);
      continue;
    }
    if (taken.unit > rect.unit) {
      pieces.push_back({rect.unit, taken.unit, rect.column, rect.column_end});
    }
    if (taken.unit_end < rect.unit_end) {
      pieces.push_back({taken.unit_end, rect.unit_end, rect.column, rect.column_end});
    }
    if (taken.column > rect.column) {
      pieces.push_back({rect.unit, rect.unit_end, rect.column, taken.column});
    }
    if (taken.column_end < rect.column_end) {
      pieces.push_back({rect.unit, rect.unit_end, taken.column_end, rect.column_end});
    }
  }
  const auto inside = [](const Rect& a, const Rect& b) {
    return a.unit >= b.unit && a.unit_end <= b.unit_end && a.column >= b.column &&
           a.column_end <= b.column_end;
  };
  macro.free.clear();
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    bool covered = false;
    for (std::size_t j = 0; j < pieces.size() && !covered; ++j) {
      covered = j != i && inside(pieces[i], pieces[j]) && (!inside(pieces[j], pieces[i]) || j < i);
    }
    if (!covered) macro.free.push_back(pieces[i]);
  }
}

}  // namespace leyden::compiler
