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

/// Counts levels and driven digits of digits of several bits.
class DigitCounter {
 public:
  /// Begins a job of rows of this length, all sums 0.
  void start(std::size_t row_length, unsigned in_bits, unsigned digit_bits);
  /// Adds rows: positions x row_length codes.
  void add(const std::uint8_t* rows, std::uint64_t positions);
  /// @return levels of the rows since start()
  const std::vector<std::uint64_t>& sums() const { return sums_; }
  std::uint64_t driven_digits() const { return driven_digits_; }

 private:
  std::vector<std::uint16_t> partial_;
  std::vector<std::uint64_t> sums_;
  unsigned in_bits_ = 0;
  unsigned digit_bits_ = 1;
  std::uint64_t driven_digits_ = 0;
};

/// Which digits are not 0 in all rows of a segment: what zero skipping drives.
class LiveDigits {
 public:
  /// Begins a job.
  void start();
  /// Adds positions, in order. rows: positions x window_count codes
  void add(const std::uint8_t* rows, std::size_t positions, const Job& job, unsigned digit_bits,
           const std::vector<RowSegment>& segments);
  /// Positions x segments masks since start(): bit k tells digit k.
  const std::vector<std::uint8_t>& masks() const { return masks_; }
  /// Digits that are driven, of every position over its segments.
  const std::vector<std::uint32_t>& steps() const { return steps_; }

 private:
  std::vector<std::uint8_t> masks_;
  std::vector<std::uint32_t> steps_;
};

}  // namespace leyden::cim
