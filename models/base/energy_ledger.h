#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/base/archive.h"
#include "models/base/parameter.h"

namespace leyden::base {

/// Components the energy report is told by (design section 5).
enum class Component {
  kDrive,
  kDotProduct,
  kCombine,
  kAdc,
  kAbn,
  kWeightWrite,
  kLmem,
  kDma,
  kBus,
  kSram,
  kOffChip,
  kVector,
  kCore,
  kClock,
  kLeakage,
};
inline constexpr std::size_t kComponentCount = 15;
std::string_view to_string(Component component);  ///< "drive", "dot_product", ...

/// A kind of countable event and what one costs at the nominal supply.
struct EventKind {
  std::string name;  ///< unit in words: "cim0.converter.conversion"
  Component component;
  double energy_fj = 0;              ///< per event at nominal supply, in fJ
  Source source = Source::kAssumed;  ///< weakest provenance of the parameters it rests on
  bool own_supply = false;  ///< not fed by the digital supply: supply points do not scale it
};

using EventId = std::size_t;

/// Counts of all events, index = EventId. Integers, so sums are exact and order-free.
using EventCounts = std::vector<std::uint64_t>;

/// Always-on energy accounting: integer event counters, one set per supply point, converted to
/// energy only when told. energy = sum over points of count * energy_fj * (V / V_nominal)^2
/// (CV^2), without the last factor for events with a supply of their own; it never depends on the
/// order of events.
class EnergyLedger {
 public:
  EventId declare(const EventKind& kind);
  void count(EventId event, std::uint64_t times = 1) { counts_[point_][event] += times; }

  /// Declares a supply point. Point 0 is nominal. @param scale energy factor against nominal
  std::size_t add_point(double scale);
  /// Closes the ledger at the present point and goes on at another.
  void select_point(std::size_t point);
  std::size_t point() const { return point_; }
  /// Energy factors of the supply points.
  const std::vector<double>& scales() const { return scales_; }

  const std::vector<EventKind>& kinds() const { return kinds_; }
  /// Counts and the present point; the declarations are the chip's.
  void archive(Archive& a);
  /// Counts so far, point-major: [point * kinds().size() + event].
  EventCounts snapshot() const;
  /// Energy in fJ of a difference of two snapshots, per component. @return kComponentCount values
  std::vector<double> energy_fj(const EventCounts& counts) const;
  /// Energy in fJ per provenance (index = Source) of the same counts.
  std::vector<double> energy_by_source_fj(const EventCounts& counts) const;

 private:
  std::vector<EventKind> kinds_;
  std::vector<double> scales_{1.0};
  std::vector<std::vector<std::uint64_t>> counts_{1};
  std::size_t point_ = 0;
};

}  // namespace leyden::base
