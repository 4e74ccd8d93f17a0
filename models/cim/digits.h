#pragma once

#include <cstdint>
#include <vector>

#include "models/cim/conversions.h"

namespace leyden::cim {

/// What the drivers did in a job, from its codes.
struct DriveActivity {
  /// Sum over positions and digits of what is driven on every row of the job, in units of the
  /// lowest level of a full digit: a shorter digit is driven left aligned. For single bits the set
  /// bits.
  const std::vector<std::uint64_t>* levels = nullptr;
  std::uint64_t driven_digits = 0;  ///< digits other than 0
  std::uint64_t steps = 0;          ///< digits that took a step, over positions and segments
};

/// Digits of several bits of codes.
class DigitCounter {
 public:
  /// Counts levels and driven digits of digits of `digit_bits`. rows: positions x row_length codes.
  /// @return levels of the rows, valid until the next call
  const std::vector<std::uint64_t>& count(const std::uint8_t* rows, std::uint64_t positions,
                                          std::size_t row_length, unsigned in_bits,
                                          unsigned digit_bits, std::uint64_t& driven_digits);

 private:
  std::vector<std::uint16_t> partial_;
  std::vector<std::uint64_t> sums_;
};

/// Which digits are not 0 in all rows of a segment: what zero skipping drives.
class LiveDigits {
 public:
  /// Bit k of a mask tells digit k: positions x segments masks, valid until the next call.
  const std::vector<std::uint8_t>& find(const std::uint8_t* rows, const Job& job,
                                        const MacroParameters& macro,
                                        const std::vector<RowSegment>& segments);
  const std::vector<std::uint8_t>& masks() const { return masks_; }
  /// Digits that are driven, of every position over its segments.
  const std::vector<std::uint32_t>& steps() const { return steps_; }

 private:
  std::vector<std::uint8_t> masks_;
  std::vector<std::uint32_t> steps_;
};

}  // namespace leyden::cim
