#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "platform/compiler/plan.h"

namespace leyden::compiler {

/// How full a macro's array is.
struct MacroOccupancy {
  std::uint64_t cells = 0;
  std::uint64_t resident = 0;  ///< cells taken for good
  std::uint64_t shared = 0;    ///< cells that streamed tiles share
  std::uint64_t used = 0;      ///< of the resident ones, those that hold a weight
};
std::vector<MacroOccupancy> macro_occupancy(const Plan& plan);

/// Columns and rows a tile takes and leaves idle.
struct TileFill {
  unsigned idle_columns = 0;
  unsigned idle_rows = 0;
  double fill = 0;  ///< cells with a weight / cells taken, 0 to 1
};
TileFill tile_fill(const Plan& plan, const Tile& tile);

/// A picture of what the arrays hold: a panel a macro, units down, columns across; tiles in the
/// colour of their layer with its name and fill, streamed ones hatched. SVG.
std::string occupancy_picture(const Plan& plan);

}  // namespace leyden::compiler
