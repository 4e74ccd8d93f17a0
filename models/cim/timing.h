#pragma once

#include <cstdint>

#include "models/base/activity.h"
#include "models/cim/job.h"
#include "models/cim/parameters.h"

namespace leyden::cim {

/// Cycles of a job and what bounds them; closed form, used by the CIM unit and by cost models.
struct JobTiming {
  std::uint64_t cycles = 0;       ///< from start to done, without contention
  base::CauseCycles split{};      ///< the same cycles by what bounds them; sums to `cycles`
  std::uint64_t feed_end = 0;     ///< cycle after which the input region is no longer read
  std::uint64_t read_beats = 0;   ///< accesses of the feeder to LMEM
  std::uint64_t write_beats = 0;  ///< accesses of the writer to LMEM
  std::uint64_t feed_bytes = 0;
  std::uint64_t mvm_cycles = 0;        ///< one input-serial dot product of the array
  std::uint64_t convert_cycles = 0;    ///< all conversions of one position
  std::uint64_t macro_cycles = 0;      ///< cycles the macro is busy in the whole job
  std::uint64_t fill_cycles = 0;       ///< the feed of the first position
  std::uint64_t drain_cycles = 0;      ///< the write-back of the last one
  std::uint64_t phases = 0;            ///< dot products of a position, each with its conversions
  std::uint64_t phase_mvm_cycles = 0;  ///< one of them
  std::uint64_t phase_convert_cycles = 0;  ///< its conversions
  std::uint64_t next_feed_cycles = 0;      ///< the feed of a position whose register is not empty
  std::uint64_t row_first = 1;             ///< positions of an output row that find an empty one
};

/// Analog time in whole cycles, rounded up (design section 4).
std::uint64_t cycles_for_ns(double ns, double clock_hz);

/// Accesses to LMEM that the feeder makes for one position.
struct FeederBeats {
  std::uint64_t first = 0;      ///< of a position whose shift register is empty: its whole window
  std::uint64_t next = 0;       ///< of the others: the columns that are new
  std::uint64_t row_first = 0;  ///< positions at the start of every output row that are the former

  std::uint64_t of(std::uint64_t column) const { return column < row_first ? first : next; }
};
FeederBeats feeder_beats(const Job& job, const FeederShape& shape);

/// A position passes three stages: feed (im2col by shift register: a window costs only its new
/// columns, the first of an output row the whole window), macro (dot product, then conversion) and
/// write-back. They overlap on consecutive positions; every slot lasts as long as its slowest
/// stage: cycles = overhead + feed(0) + sum_p max(feed(p + 1), macro, write(p - 1)) + write(last).
/// Where inputs are combined digitally a conversion follows every digit; where rows are on in
/// segments all of it is done for each. The job must be valid (validate()).
/// @param steps  digits driven of every position over its segments (Macro::steps_taken()): with
///               zero skipping fewer than all; nullptr: all, the closed form
JobTiming job_timing(const Job& job, const MacroParameters& macro, double clock_hz,
                     const std::uint32_t* steps = nullptr);

}  // namespace leyden::cim
