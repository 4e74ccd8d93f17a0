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

const std::vector<std::uint64_t>& DigitCounter::count(const std::uint8_t* rows,
                                                      std::uint64_t positions,
                                                      std::size_t row_length, unsigned in_bits,
                                                      unsigned digit_bits,
                                                      std::uint64_t& driven_digits) {
  constexpr std::uint64_t kBlock = 128;  // 128 * 2 * 255 fit 16 bits
  sums_.assign(row_length, 0);
  partial_.resize(row_length);
  driven_digits = 0;
  for (std::uint64_t first = 0; first < positions; first += kBlock) {
    std::fill(partial_.begin(), partial_.end(), std::uint16_t{0});
    for (std::uint64_t m = first; m < std::min(positions, first + kBlock); ++m) {
      for (unsigned shift = 0; shift < in_bits; shift += digit_bits) {
        const unsigned bits = std::min(digit_bits, in_bits - shift);
        driven_digits += add_digit(rows + m * row_length, row_length, shift, (1u << bits) - 1,
                                   digit_bits - bits, partial_.data());
      }
    }
    for (std::size_t i = 0; i < row_length; ++i) sums_[i] += partial_[i];
  }
  return sums_;
}

const std::vector<std::uint8_t>& LiveDigits::find(const std::uint8_t* rows, const Job& job,
                                                  const MacroParameters& macro,
                                                  const std::vector<RowSegment>& segments) {
  const std::size_t positions = job.positions();
  masks_.assign(positions * segments.size(), 0);
  steps_.assign(positions, 0);
  for (std::size_t m = 0; m < positions; ++m) {
    for (std::size_t s = 0; s < segments.size(); ++s) {
      const std::uint8_t* codes = rows + m * job.window_count + segments[s].first;
      std::uint8_t any = 0;
      for (unsigned i = 0; i < segments[s].rows; ++i) any |= codes[i];
      std::uint8_t mask = 0;
      for (unsigned shift = 0, k = 0; shift < job.in_bits; shift += macro.drive.bits, ++k) {
        const unsigned bits = std::min(macro.drive.bits, job.in_bits - shift);
        if (((static_cast<unsigned>(any) >> shift) & ((1u << bits) - 1)) != 0) {
          mask = static_cast<std::uint8_t>(mask | 1u << k);
          ++steps_[m];
        }
      }
      masks_[m * segments.size() + s] = mask;
    }
  }
  return masks_;
}

}  // namespace leyden::cim
