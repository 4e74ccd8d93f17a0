#include "models/base/energy_ledger.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "models/base/error.h"

namespace leyden::base {
namespace {

constexpr std::array<std::string_view, kComponentCount> kComponents = {
    "drive", "dot_product", "combine",  "adc",    "abn",  "weight_write", "lmem",   "dma",
    "bus",   "sram",        "off_chip", "vector", "core", "clock",        "leakage"};
constexpr std::size_t kSourceCount = 4;

/// Adds count * energy * scale of every event and point to the sum that `slot` chooses.
template <typename Slot>
std::vector<double> summed(const std::vector<EventKind>& kinds, const std::vector<double>& scales,
                           const EventCounts& counts, std::size_t slots, Slot slot) {
  if (counts.size() != kinds.size() * scales.size()) {
    throw ModelError("energy asked for " + std::to_string(counts.size()) + " counts, but " +
                     std::to_string(kinds.size()) + " events at " + std::to_string(scales.size()) +
                     " supply points are declared; take both snapshots after all declarations");
  }
  std::vector<double> sums(slots, 0.0);
  for (std::size_t point = 0; point < scales.size(); ++point) {
    for (std::size_t event = 0; event < kinds.size(); ++event) {
      const auto count = static_cast<double>(counts[point * kinds.size() + event]);
      const double scale = kinds[event].own_supply ? 1.0 : scales[point];
      sums[slot(kinds[event])] += count * kinds[event].energy_fj * scale;
    }
  }
  return sums;
}

}  // namespace

std::string_view to_string(Component component) {
  return kComponents.at(static_cast<std::size_t>(component));
}

EventId EnergyLedger::declare(const EventKind& kind) {
  if (!std::isfinite(kind.energy_fj) || kind.energy_fj < 0) {
    throw ModelError("the event '" + kind.name +
                     "' has an energy that is not a number of fJ from 0 up");
  }
  const auto same = [&](const EventKind& other) { return other.name == kind.name; };
  if (std::any_of(kinds_.begin(), kinds_.end(), same)) {
    throw ModelError("the event '" + kind.name +
                     "' is declared twice; each unit puts its own name before it");
  }
  kinds_.push_back(kind);
  for (auto& counts : counts_) counts.push_back(0);
  return kinds_.size() - 1;
}

std::size_t EnergyLedger::add_point(double scale) {
  if (!std::isfinite(scale) || scale < 0) {
    throw ModelError("a supply point has an energy factor that is not a number from 0 up");
  }
  scales_.push_back(scale);
  counts_.emplace_back(kinds_.size(), 0);
  return scales_.size() - 1;
}

void EnergyLedger::select_point(std::size_t point) {
  if (point >= scales_.size()) {
    throw ModelError("supply point " + std::to_string(point) + " is selected, but only " +
                     std::to_string(scales_.size()) + " are declared");
  }
  point_ = point;
}

void EnergyLedger::archive(Archive& a) {
  a.same(counts_.size(), "the number of supply points");
  for (auto& counts : counts_) a.fixed(counts);
  a.below(point_, counts_.size());
}

EventCounts EnergyLedger::snapshot() const {
  EventCounts all;
  all.reserve(counts_.size() * kinds_.size());
  for (const auto& counts : counts_) all.insert(all.end(), counts.begin(), counts.end());
  return all;
}

std::vector<double> EnergyLedger::energy_fj(const EventCounts& counts) const {
  return summed(kinds_, scales_, counts, kComponentCount,
                [](const EventKind& kind) { return static_cast<std::size_t>(kind.component); });
}

std::vector<double> EnergyLedger::energy_by_source_fj(const EventCounts& counts) const {
  return summed(kinds_, scales_, counts, kSourceCount,
                [](const EventKind& kind) { return static_cast<std::size_t>(kind.source); });
}

}  // namespace leyden::base
