#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "platform/compiler/plan.h"
#include "platform/compiler/step_list.h"
#include "platform/compiler/weight_loads.h"

namespace leyden::compiler {

/// Brings ranges of single columns into the range tables of the macros, where a layer has any
/// (ConverterRanges::by_output). An entry belongs to a column, whatever rows a job uses of it: what
/// all tiles of a column agree on is loaded once after boot, the rest before the jobs.
class RangeLoads {
 public:
  RangeLoads(const Plan& plan, ImageData& data);

  /// Appends the transfers after boot.
  void load_fixed(StepList& steps);
  /// Appends the transfer of a tile whose entries are not in place.
  /// @param channel of the DMA
  void load(const Tile& tile, unsigned channel, StepList& steps);
  /// Entries of a tile, as its job reads them: none where no layer has ranges of outputs.
  std::vector<Use> uses(const Tile& tile, bool writes) const;

 private:
  /// Entries of a tile's columns: 0 where the job's range counts.
  std::vector<unsigned> wanted(const Tile& tile) const;
  void transfer(unsigned macro, unsigned first, const std::vector<unsigned>& codes,
                unsigned channel, StepList& steps);

  const Plan& plan_;
  ImageData& data_;
  bool used_ = false;
  /// [macro][column], what is in place: kOpen where tiles differ and none was loaded.
  std::vector<std::vector<int>> state_;
  std::map<std::vector<unsigned>, std::uint32_t> placed_;  ///< offsets of entries in the data
};

}  // namespace leyden::compiler
