#include "platform/compiler/plan.h"

namespace leyden::compiler {

std::size_t LayerPlan::table_bytes() const {
  return table.size() * vector::kTableEntryBytes + constants.size();
}

double Plan::fill(std::size_t layer) const {
  const LayerPlan& plan = layers[layer];
  if (plan.cells_occupied == 0) return 0;
  return static_cast<double>(plan.cells_used) / static_cast<double>(plan.cells_occupied);
}

double Plan::occupancy(std::size_t layer) const {
  const double cells = static_cast<double>(geometry.rows) * geometry.columns * geometry.macros;
  return static_cast<double>(layers[layer].cells_occupied) / cells;
}

TensorPlace Plan::place(std::size_t tensor, std::size_t layer) const {
  const LmemCopy& copy = copies[tensor];
  if (copy.used && layer <= copy.until) return {LEYDEN_SPACE_BUS, copy.address};
  return {homes[tensor], addresses[tensor]};
}

void count_work(Plan& plan) {
  for (std::size_t i = 0; i < plan.layers.size(); ++i) {
    const QuantLayer& layer = plan.network.layers[i];
    LayerPlan& made = plan.layers[i];
    made.macs = plan.network.macs(layer);
    // Copies share the positions between them.
    made.mvms = std::uint64_t{plan.network.positions(layer)} * made.mapping.tiles.size() /
                made.mapping.copies;
    if (layer.kind != LayerKind::kMacro) continue;
    const unsigned width = plan.geometry.layout(layer.weight_bits).width();
    for (const Tile& tile : made.mapping.tiles) {
      made.cells_used += std::uint64_t{tile.output_rows()} * tile.output_count * width;
      made.cells_occupied += tile.area() * plan.geometry.rows_per_unit;
    }
  }
}

}  // namespace leyden::compiler
