#pragma once

#include <cstdint>
#include <optional>

#include <systemc>

namespace leyden::base {

/// Cycles of a data path that are kept for a transaction which is not known in full yet.
struct PathClaim {
  std::uint64_t number = 0;  ///< claims are numbered in the order of their cycles
  std::uint64_t address = 0;
  sc_core::sc_time asked;  ///< edge at which the master asked
  sc_core::sc_time start;  ///< edge of the first beat
  std::uint64_t beats = 0;
};

/// A data path that masters of pins ask when they show an address, as masters of the TLM model do.
/// Their transaction follows, with the claim in its BegunExtension: a write when its last beat was
/// taken. Transactions reach a target in the order in which they were granted the path, as if all
/// had been known at once: one without a claim waits in its b_transport for claims before it.
class DataPath {
 public:
  virtual ~DataPath() = default;

  /// Bytes of a beat.
  virtual std::uint64_t width_bytes() const = 0;
  /// Takes the path for the beats of [address, address + length), from `asked` or the first edge
  /// at which it is free.
  /// @param asked  the clock edge at or before now
  /// @return nothing where no claim can be made: ask with the transaction
  virtual std::optional<PathClaim> claim(std::uint64_t address, std::uint64_t length,
                                         const sc_core::sc_time& asked) = 0;
  /// Whether every claim before it of the same target has ended.
  virtual bool first(std::uint64_t number) const = 0;
  /// Its transaction is being made, or never will be. Ending twice is ending once.
  virtual void end(std::uint64_t number) = 0;
  /// Some claim has ended.
  virtual const sc_core::sc_event& ended() const = 0;
};

}  // namespace leyden::base
