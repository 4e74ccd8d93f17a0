#pragma once

#include <cstdint>
#include <vector>

#include "models/base/archive.h"

namespace leyden::memory {

/// How busy one LMEM bank is: it serves one 16-byte beat a cycle. Jobs spread their beats evenly
/// over their cycles and were timed when they started, so they go first; the bus takes the cycles
/// that jobs leave.
///
/// Fluid model. With r = beats / cycles of a new job over [now, now + cycles) and rho(t) the sum of
/// the rates of the jobs running at t, the job's backlog B grows by r + rho(t) - 1 a cycle (never
/// below 0), after its window by rho(t) - 1; the job takes as many cycles more as B needs to drain.
/// A bus access of n beats is served at max(0, 1 - rho(t)) beats a cycle. Rates are fixed-point
/// numbers of 16 fraction bits, rounded up; results are whole cycles, rounded up.
class BankLoad {
 public:
  /// A job of `beats` beats over `cycles` cycles (at least 1) starts at cycle `now`.
  /// @return cycles it takes longer
  std::uint64_t occupy(std::uint64_t now, std::uint64_t beats, std::uint64_t cycles);
  /// The bus transfers `beats` beats, from cycle `from` on, in order of the calls.
  /// @return the cycle in which the last one has been served
  std::uint64_t serve(std::uint64_t from, std::uint64_t beats);
  void clear();
  void archive(base::Archive& a) { a(uses_, bus_free_at_); }

 private:
  struct Use {
    std::uint64_t end;   ///< first cycle after the job
    std::uint64_t rate;  ///< beats a cycle, fixed point
    void archive(base::Archive& a) { a(end, rate); }
  };
  void forget_until(std::uint64_t now);

  std::vector<Use> uses_;          ///< by end, ascending
  std::uint64_t bus_free_at_ = 0;  ///< cycle from which the next bus access is served
};

}  // namespace leyden::memory
