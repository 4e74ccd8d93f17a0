#pragma once

#include <cstdint>

namespace leyden::memory {

/// One stream of a unit's accesses to LMEM: one beat at a time.
class BeatClient {
 public:
  virtual ~BeatClient() = default;
  /// The bank serves the beat in the present cycle; late in it, so what follows comes at its end.
  virtual void beat_served() = 0;
};

/// LMEM as units see it when the chip is approximately timed: each beat is an access to its bank at
/// a cycle of its own.
class BeatPortIf {
 public:
  virtual ~BeatPortIf() = default;
  /// Asks for one beat from the present edge on. A client has one at most under way.
  /// @param address  bus address of a byte of the beat
  /// @param rank     among clients of the same cycle the lowest goes first; apart for each
  virtual void request_beat(BeatClient& client, std::uint64_t address, bool write,
                            unsigned rank) = 0;
};

/// Ranks: CIM units by their number, feeder before writer, then the vector unit.
inline constexpr unsigned kRanksOfUnit = 2;
inline constexpr unsigned kVectorRank = 1000;

}  // namespace leyden::memory
