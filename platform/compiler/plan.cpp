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

}  // namespace leyden::compiler
