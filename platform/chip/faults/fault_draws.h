#pragma once

#include <cstdint>
#include <vector>

#include "models/base/random.h"

namespace leyden::chip {

/// Purposes of the random streams of faults (base::StreamKey::purpose); die: faults.seed; image:
/// the image, or the die's seed for what is frozen in it; tile: memory, macro, line or master.
enum FaultStream : std::uint32_t {
  kFlipRateStream = 0xfa01,   ///< times and places of flips by rate
  kFlipCountStream = 0xfa02,  ///< of flips by number
  kInterruptStream = 0xfa03,  ///< rises: dropped, late
  kBusStream = 0xfa04,        ///< transfers: refused, delayed
  kStuckCellStream = 0xfa05,
  kDeadColumnStream = 0xfa06,
  kDeadAdcStream = 0xfa07,
  kStuckSpareStream = 0xfa08,
};

/// Draws of faults: plain arithmetic on counter-based numbers.
class FaultDraws {
 public:
  explicit FaultDraws(const base::StreamKey& key) : stream_(key) {}

  /// Uniform below `limit`, which is above 0: element `index`.
  std::uint64_t below(std::uint64_t limit, std::uint64_t index) const;
  bool happens(double percent, std::uint64_t index) const {
    return stream_.uniform(index) * 100.0 < percent;
  }
  /// `count` different numbers below `limit`, all of them when there are not more; ascending.
  std::vector<std::uint64_t> distinct(std::uint64_t count, std::uint64_t limit) const;
  /// Numbers below `limit` each of which is there with probability `p`; ascending.
  std::vector<std::uint64_t> each(double p, std::uint64_t limit) const;
  /// Exponential of mean 1, element `index`.
  double interval(std::uint64_t index) const;

 private:
  base::RandomStream stream_;
};

/// A Poisson process of flips over the bits of a memory.
class FlipProcess {
 public:
  struct Flip {
    std::uint64_t cycle = 0;  ///< after the beginning of the process
    std::uint64_t bit = 0;    ///< of the memory
  };
  /// @param per_cycle  flips of the whole memory in a cycle, above 0
  FlipProcess(const base::StreamKey& key, std::uint64_t bits, double per_cycle)
      : draws_(key), bits_(bits), per_cycle_(per_cycle) {}
  Flip next();

 private:
  FaultDraws draws_;
  std::uint64_t bits_;
  double per_cycle_;
  std::uint64_t index_ = 0;
  double cycle_ = 0;
};

}  // namespace leyden::chip
