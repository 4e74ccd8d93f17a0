#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "models/base/activity.h"
#include "models/base/archive.h"
#include "models/base/energy_ledger.h"

namespace leyden::chip {

/// Numbers that stand for a part of an image's time beside the layers of the network; the first
/// three are the firmware's (leyden/image.h).
inline constexpr std::uint32_t kBootLayer = 0xffff0000u;
inline constexpr std::uint32_t kInputLayer = 0xffff0001u;
inline constexpr std::uint32_t kOutputLayer = 0xffff0002u;
/// Trimming of the macros by firmware, before the weight load (leyden/image.h); no part of boot.
inline constexpr std::uint32_t kCalibrationLayer = 0xffff0004u;
/// Time of an image outside every marked layer: firmware between two layers, wake-up and sleep.
inline constexpr std::uint32_t kControlLayer = 0xffff0003u;

/// What windows of time cost. Integers only, so sums are exact and free of order.
struct Usage {
  std::uint64_t windows = 0;      ///< windows added up
  std::uint64_t cycles = 0;       ///< their cycles; equals the sum of `causes`
  std::uint64_t picoseconds = 0;  ///< their time
  base::CauseCycles causes{};     ///< every cycle under one cause
  base::CauseCycles busy{};       ///< busy cycles per cause, overlaps included
  base::EventCounts counts;       ///< event counts, as EnergyLedger::snapshot

  void add(const Usage& other);
  void archive(base::Archive& a) { a(windows, cycles, picoseconds, causes, busy, counts); }
};

/// Usage per layer number.
using LayerUsage = std::map<std::uint32_t, Usage>;

void add(LayerUsage& sum, const LayerUsage& more);

/// What the counts mean: the ledger's declarations, enough to turn counts into energy elsewhere.
struct EventTable {
  std::vector<base::EventKind> kinds;
  std::vector<double> point_scales;  ///< energy factor of each supply point against nominal

  /// A ledger with the same declarations and no counts.
  base::EnergyLedger ledger() const;
};

}  // namespace leyden::chip
