#pragma once

#include <cstdint>

#include "models/base/random.h"
#include "models/cim/convert.h"
#include "models/cim/transfer.h"

namespace leyden::cim {

/// A comparator regenerates with a time constant tau: what differs by less than
///
///     v = swing * exp(-decision time / tau)
///
/// has not reached the swing when time is up, and the bit is a coin's. A level anywhere within an
/// LSB is unresolved with probability 2 v / LSB (at most 1) and its code wrong with half of it.
class Metastability {
 public:
  /// @param swing_v  to which a comparator must regenerate: the supply
  /// @param lsb_v    one LSB of the code at the comparator's input
  Metastability(const ConvertParameters& convert, double swing_v, double lsb_v);

  /// Half width of the window about a threshold within which a comparison is a coin's, LSB.
  double window_lsb() const { return window_lsb_; }

  /// The code of a level with its unresolved comparisons drawn: of a search those on its way, of a
  /// flash converter every comparator's. Draws nothing unless a threshold is within the window.
  /// @param conversion  number of the conversion, for the draws
  unsigned code(const TransferCurve& curve, double level, const base::RandomStream& coins,
                std::uint64_t conversion) const;

 private:
  bool near_threshold(const TransferCurve& curve, double level, unsigned code) const;

  ConvertKind kind_;
  double window_lsb_ = 0;
};

}  // namespace leyden::cim
