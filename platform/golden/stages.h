#pragma once

#include <cstdint>

#include "models/cim/codes.h"
#include "platform/golden/cim_jobs.h"

namespace leyden::golden {

/// One im2col row. @param row  job.window_count bytes
void feeder_row(GoldenChip& chip, const cim::Macro& macro, const cim::DecodedJob& decoded,
                std::uint32_t position, std::uint8_t* row);
/// Accesses to LMEM that a position of a valid job costs.
std::uint64_t feeder_beats(const cim::Macro& macro, const cim::Job& job, std::uint32_t position);

/// Codes of dot products, one job at a time: what comes behind the line.
class OutputStage {
 public:
  /// @throws Failure LEYDEN_REFUSED (also ABN entries never written or with a gain of 0),
  ///         base::ModelError (a gain beyond exact integers)
  OutputStage(const GoldenChip& chip, cim::Macro& macro, const cim::Job& job);

  std::int32_t code(unsigned output, double dot_product) const;

 private:
  const cim::Macro& macro_;
  cim::Job job_;
  cim::CodeParameters codes_;
  std::unique_ptr<cim::TransferCurves> curves_;  // of the die's converters, where they have any
};

/// Code of a level by the converter of one physical column.
std::uint32_t converter_code(const GoldenChip& chip, cim::Macro& macro, unsigned column,
                             unsigned bits, double level);

/// An entry of the ABN table and the precisions it is used at.
struct AbnSetting {
  std::uint32_t word = 0;
  unsigned line_rows = 0;
  unsigned in_bits = 0;
  unsigned weight_bits = 0;
  unsigned out_bits = 0;
  unsigned range_shift = 0;
  bool partial = false;
};
/// @throws Failure LEYDEN_BAD_VALUE
std::int32_t abn_code(const AbnSetting& setting, std::int64_t dot_product);

}  // namespace leyden::golden
