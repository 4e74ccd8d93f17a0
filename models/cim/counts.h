#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/base/energy_ledger.h"
#include "models/cim/digits.h"
#include "models/cim/job.h"
#include "models/cim/tile.h"

namespace leyden::cim {

/// What a job did, in exact integers. Sums of jobs are exact, so energy does not depend on order.
struct JobCounts {
  std::uint64_t mvms = 0;  ///< output positions
  std::uint64_t macs = 0;  ///< multiplications and additions of the mapped weights
  /// Sum over positions, rows and digits of what is driven: levels of DriveActivity; for single
  /// bits the set bits, sum_i sum_k x_i[k].
  std::uint64_t driven_bits = 0;
  std::uint64_t driven_digits = 0;  ///< digits other than 0
  std::uint64_t driven_cells = 0;   ///< driven_bits * columns in use, the dummy among them
  std::uint64_t charged_cells = 0;  ///< unit products: sum over rows: driven * levels of its cells
  std::uint64_t combine_steps = 0;  ///< steps (digits driven, by segment) * columns in use
  std::uint64_t conversions = 0;    ///< those of outputs and of the dummy column
  std::uint64_t adds = 0;           ///< shifts and additions: a conversion each
  std::uint64_t scales = 0;         ///< digital gains and offsets: an output each
  std::uint64_t feed_bytes = 0;
  std::uint64_t write_bytes = 0;
  std::uint64_t line_cells = 0;  ///< positions * rows that load the line * columns of the array

  JobCounts& operator+=(const JobCounts& other);
  void archive(base::Archive& a) {
    a(mvms, macs, driven_bits, driven_digits, driven_cells, charged_cells, combine_steps);
    a(conversions, adds, scales);
    a(feed_bytes, write_bytes, line_cells);
  }
};

/// Counts set input bits per row of the array.
class BitCounter {
 public:
  /// Begins a job of rows of this length, all sums 0.
  void start(std::size_t row_length) { sums_.assign(row_length, 0); }
  /// Adds rows: positions x row_length codes.
  void add(const std::uint8_t* rows, std::uint64_t positions);
  /// @return per-row sums since start()
  const std::vector<std::uint64_t>& sums() const { return sums_; }

 private:
  std::vector<std::uint8_t> partial_;  // scratch: sums of a few positions
  std::vector<std::uint64_t> sums_;
};

/// Everything but feed_bytes, which job_timing() knows.
JobCounts count_job(const Job& job, const MacroParameters& macro, const Tile& tile,
                    const DriveActivity& activity);

/// The same from sums alone, without values: what the drivers are expected to do.
struct ExpectedDrive {
  double levels = 0;           ///< sum over positions, rows and digits, as DriveActivity::levels
  double digits = 0;           ///< of them other than 0
  double cell_levels_row = 0;  ///< mean sum of the levels of a row's cells, without the dummy's
};
/// Expected counts of a job in which every digit takes its step (no zero skipping).
JobCounts expect_counts(const Job& job, const MacroParameters& macro, const ExpectedDrive& drive);

/// The macro's events in an energy ledger, one declaration for the unit and for figures.
class MacroEvents {
 public:
  /// Declares the events of a macro under `name` ("cim0").
  /// @param parameters  for the provenance of each event's energy; nullptr: taken as assumed
  MacroEvents(base::EnergyLedger& ledger, const MacroParameters& macro,
              const base::ParameterSet* parameters, const std::string& name,
              const std::string& scope = "cim");

  /// Adds the macro's events of a job (drive to post).
  void count_macro(const Job& job, const JobCounts& counts);
  /// Adds the feeder's and the writer's.
  void count_transport(const JobCounts& counts);
  void count_weight_rows(std::uint64_t rows);

 private:
  base::EnergyLedger& ledger_;
  unsigned converter_bits_;                 ///< of every conversion; 0: of the job's codes
  std::vector<base::EventId> dac_;          // one where there are DACs
  std::vector<base::EventId> off_current_;  // one where there are resistive cells
  std::vector<base::EventId> digital_;      // addition, scale
  base::EventId drive_;
  base::EventId dot_product_;
  base::EventId combine_;
  std::vector<base::EventId> conversion_;  // index = bits - 1
  base::EventId post_;
  base::EventId feed_;
  base::EventId write_;
  base::EventId weight_row_;
};

}  // namespace leyden::cim
