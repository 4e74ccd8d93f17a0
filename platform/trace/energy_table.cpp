#include "platform/trace/energy_table.h"

#include <cmath>
#include <string>

#include "models/base/error.h"
#include "registers/memory_map.h"

namespace leyden::trace {
namespace {

constexpr double kAttojoules = 1000;  // of a femtojoule

bool in_sram(std::uint32_t address) {
  return address - registers::kSramBase < registers::kSramSize;
}

}  // namespace

EnergyTable::EnergyTable(const base::EnergyLedger& ledger) : ledger_(ledger) {
  const auto& kinds = ledger.kinds();
  const auto event = [&](const std::string& name) {
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      if (kinds[i].name == name) {
        events_.push_back(i);
        return i;
      }
    }
    throw base::ModelError("The chip counts no event " + name + ", which a profile needs.");
  };
  std::array<std::size_t, cpu::kTimingClassCount> classes{};
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const auto name = cpu::to_string(static_cast<cpu::TimingClass>(i));
    classes[i] = event("core." + std::string(name));
  }
  const std::size_t read = event("sram.core_read");
  const std::size_t write = event("sram.core_write");
  for (const double scale : ledger.scales()) {
    const auto energy = [&](std::size_t i) {
      const double factor = kinds[i].own_supply ? 1 : scale;
      return static_cast<std::uint64_t>(std::llround(kinds[i].energy_fj * factor * kAttojoules));
    };
    Point point;
    for (std::size_t i = 0; i < classes.size(); ++i) point.instruction[i] = energy(classes[i]);
    point.read = energy(read);
    point.write = energy(write);
    points_.push_back(point);
  }
}

std::uint64_t EnergyTable::fetch_aj(const Point& point, std::uint32_t pc, unsigned words,
                                    unsigned bus) const {
  return (words + (in_sram(pc) ? bus : 0)) * point.read;
}

std::uint64_t EnergyTable::of(const cpu::Retired& event) const {
  const Point& point = points_[ledger_.point()];
  std::uint64_t energy = point.instruction[static_cast<std::size_t>(cpu::info(event.id).timing)];
  energy += fetch_aj(point, event.pc, event.fetch_words, event.bus_fetches);
  if (event.access != cpu::MemoryAccess::kNone && (!event.over_bus || in_sram(event.address))) {
    if (event.access != cpu::MemoryAccess::kStore) energy += point.read;
    if (event.access != cpu::MemoryAccess::kLoad) energy += point.write;
  }
  return energy;
}

std::uint64_t EnergyTable::of(const cpu::Trapped& event) const {
  return fetch_aj(points_[ledger_.point()], event.epc, event.fetch_words, event.bus_fetches);
}

double EnergyTable::counted_fj() const {
  const base::EventCounts all = ledger_.snapshot();
  base::EventCounts meant(all.size());
  const std::size_t kinds = ledger_.kinds().size();
  for (std::size_t first = 0; first < all.size(); first += kinds) {
    for (const std::size_t event : events_) meant[first + event] = all[first + event];
  }
  double sum = 0;
  for (const double energy : ledger_.energy_fj(meant)) sum += energy;
  return sum;
}

}  // namespace leyden::trace
