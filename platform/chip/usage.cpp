#include "platform/chip/usage.h"

namespace leyden::chip {

void Usage::add(const Usage& other) {
  windows += other.windows;
  cycles += other.cycles;
  picoseconds += other.picoseconds;
  for (std::size_t i = 0; i < base::kCauseCount; ++i) {
    causes[i] += other.causes[i];
    busy[i] += other.busy[i];
  }
  if (counts.size() < other.counts.size()) counts.resize(other.counts.size());
  for (std::size_t i = 0; i < other.counts.size(); ++i) counts[i] += other.counts[i];
}

void add(LayerUsage& sum, const LayerUsage& more) {
  for (const auto& [layer, usage] : more) sum[layer].add(usage);
}

base::EnergyLedger EventTable::ledger() const {
  base::EnergyLedger ledger;
  for (const base::EventKind& kind : kinds) ledger.declare(kind);
  // Point 0 is the ledger's own, nominal.
  for (std::size_t point = 1; point < point_scales.size(); ++point) {
    ledger.add_point(point_scales[point]);
  }
  return ledger;
}

}  // namespace leyden::chip
