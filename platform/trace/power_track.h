#pragma once

#include <cstdint>
#include <vector>

#include "models/base/energy_ledger.h"
#include "platform/trace/clock_map.h"

namespace leyden::trace {

/// Power over time from the energy ledger. The ledger knows when something is counted, not how long
/// it takes: the energy of a job is spread over the job, leakage and clock over the window of the
/// report they are counted in, and the rest over the time from one look at the ledger to the next.
/// What a window's steps integrate to is the window's energy.
class PowerTrack {
 public:
  /// Cycles between two looks at the ledger, at least; more in a long window.
  static constexpr std::uint64_t kInterval = 256;

  /// Constant power from a cycle on, in mW, by base::Component.
  struct Step {
    std::uint64_t cycle = 0;
    std::vector<double> milliwatt;
  };

  PowerTrack(const base::EnergyLedger& ledger, const ClockMap& clock);

  /// The energy of a job is about to be counted, and has been: it is spent over [start, end).
  void charging();
  void charged(std::uint64_t start, std::uint64_t end);
  /// The chip has come to a cycle; looks at the ledger when enough time has passed.
  void pass(std::uint64_t cycle) {
    if (cycle >= next_look_) look(cycle);
  }
  /// Ends a window in which `counts` were counted. @return its steps, the first at `start`
  std::vector<Step> close(std::uint64_t start, std::uint64_t end, const base::EventCounts& counts);

 private:
  using Energy = std::vector<double>;  ///< fJ by component
  struct Job {
    std::uint64_t start;
    std::uint64_t end;
    Energy energy;
  };
  /// A stretch of time that ends at a look, from the one before.
  struct Stretch {
    std::uint64_t end;
    Energy energy;  ///< without jobs
  };
  void look(std::uint64_t cycle);
  /// Energy counted since the last look, without jobs and what is counted by the window.
  Energy since_last_look();

  const base::EnergyLedger& ledger_;
  const ClockMap& clock_;
  std::uint64_t start_ = 0;     ///< of the window under way
  base::EventCounts last_;      ///< at the last look
  base::EventCounts of_jobs_;   ///< counted for jobs since then
  base::EventCounts charging_;  ///< before the job that is being counted, else empty
  std::vector<Job> jobs_;
  std::vector<Stretch> stretches_;
  std::uint64_t next_look_ = 0;
};

}  // namespace leyden::trace
