#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "models/base/energy_ledger.h"
#include "models/cpu/observer.h"

namespace leyden::trace {

/// What one instruction takes from the supply in the core and in its SRAM: the ledger's own events,
/// told by instruction. What its bus accesses take elsewhere is not its function's.
class EnergyTable {
 public:
  explicit EnergyTable(const base::EnergyLedger& ledger);

  /// In attojoule, at the present supply point.
  std::uint64_t of(const cpu::Retired& event) const;
  std::uint64_t of(const cpu::Trapped& event) const;
  /// What the ledger has counted of these events, in fJ.
  double counted_fj() const;

 private:
  struct Point {
    std::array<std::uint64_t, cpu::kTimingClassCount> instruction{};  ///< aJ
    std::uint64_t read = 0;                                           ///< of one word of SRAM
    std::uint64_t write = 0;
  };
  std::uint64_t fetch_aj(const Point& point, std::uint32_t pc, unsigned words, unsigned bus) const;

  const base::EnergyLedger& ledger_;
  std::vector<std::size_t> events_;  ///< of the ledger that are meant
  std::vector<Point> points_;        ///< by supply point
};

}  // namespace leyden::trace
