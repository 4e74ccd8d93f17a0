#include "models/cim/digits.h"

#include <algorithm>

namespace leyden::cim {
namespace {

/// Adds a digit of every code, left aligned, to its sum. @return digits other than 0
std::uint32_t add_digit(const std::uint8_t* __restrict codes, std::size_t count, unsigned shift,
                        unsigned mask, unsigned align, std::uint16_t* __restrict sums) {
  std::uint32_t driven = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const unsigned digit = (static_cast<unsigned>(codes[i]) >> shift) & mask;
    sums[i] = static_cast<std::uint16_t>(sums[i] + (digit << align));
    driven += digit != 0 ? 1 : 0;
  }
  return driven;
}

}  // namespace

void DigitCounter::start(std::size_t row_length, unsigned in_bits, unsigned digit_bits) {
  sums_.assign(row_length, 0);
  partial_.resize(row_length);
  in_bits_ = in_bits;
  digit_bits_ = digit_bits;
  driven_digits_ = 0;
}

void DigitCounter::add(const std::uint8_t* rows, std::uint64_t positions) {
  constexpr std::uint64_t kBlock = 128;  // 128 * 2 * 255 fit 16 bits
  const std::size_t length = sums_.size();
  for (std::uint64_t first = 0; first < positions; first += kBlock) {
    std::fill(partial_.begin(), partial_.end(), std::uint16_t{0});
    for (std::uint64_t m = first; m < std::min(positions, first + kBlock); ++m) {
      for (unsigned shift = 0; shift < in_bits_; shift += digit_bits_) {
        const unsigned bits = std::min(digit_bits_, in_bits_ - shift);
        driven_digits_ += add_digit(rows + m * length, length, shift, (1u << bits) - 1,
                                    digit_bits_ - bits, partial_.data());
      }
    }
    for (std::size_t i = 0; i < length; ++i) sums_[i] += partial_[i];
  }
}

void LiveDigits::start() {
  masks_.clear();
  steps_.clear();
}

void LiveDigits::add(const std::uint8_t* rows, std::size_t positions, const Job& job,
                     unsigned digit_bits, const std::vector<RowSegment>& segments) {
  for (std::size_t m = 0; m < positions; ++m) {
    std::uint32_t steps = 0;
    for (const RowSegment& segment : segments) {
      const std::uint8_t* codes = rows + m * job.window_count + segment.first;
      unsigned any = 0;
      for (unsigned i = 0; i < segment.rows; ++i) any |= codes[i];
      unsigned mask = 0;
      for (unsigned shift = 0, k = 0; shift < job.in_bits; shift += digit_bits, ++k) {
        const unsigned bits = std::min(digit_bits, job.in_bits - shift);
        if (((any >> shift) & ((1u << bits) - 1)) == 0) continue;
        mask |= 1u << k;
        ++steps;
      }
      masks_.push_back(static_cast<std::uint8_t>(mask));
    }
    steps_.push_back(steps);
  }
}

}  // namespace leyden::cim
