#pragma once

#include <vector>

#include "platform/compiler/chip_geometry.h"
#include "platform/compiler/tile.h"

namespace leyden::compiler {

/// Places rectangles of units x columns into the macros' arrays, and takes entries of their ABN
/// tables. Free space is kept as the list of its maximal rectangles.
class ArrayPacker {
 public:
  explicit ArrayPacker(const ChipGeometry& geometry);

  /// Finds the free place that fits `tile` most tightly and takes it.
  /// @param spread prefer macros that hold fewer tiles of the same layer: these run side by side
  /// @return false when there is none; `tile` is unchanged then
  bool place(Tile& tile, bool spread);
  /// The same in one macro.
  bool place_in(unsigned macro, Tile& tile);
  /// Takes the array cells of a tile that already has its place; no ABN entries.
  void occupy(const Tile& tile);
  unsigned abn_used(unsigned macro) const { return macros_[macro].abn_used; }

 private:
  /// Half-open ranges of units and columns.
  struct Rect {
    unsigned unit, unit_end, column, column_end;
  };
  struct Macro {
    std::vector<Rect> free;
    unsigned abn_used = 0;
    std::vector<std::size_t> layers;  ///< of the tiles placed
  };

  /// The tightest free rectangle for the tile, or nullptr.
  const Rect* find(const Macro& macro, const Tile& tile) const;
  void take(unsigned macro, const Rect& free, Tile& tile);
  static void cut(Macro& macro, const Rect& taken);

  unsigned abn_entries_;
  unsigned column_step_;
  std::vector<Macro> macros_;
};

}  // namespace leyden::compiler
