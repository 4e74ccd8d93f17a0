#include <algorithm>

#include "models/cim/counts.h"

// Highway compiles what lies between BEFORE and AFTER once per instruction set and chooses at run
// time; with AVX3_DL bytes have a population count of their own.
#define HWY_WANT_AVX3_DL
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/cim/bit_counter.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace leyden::cim {
namespace HWY_NAMESPACE {  // NOLINT(readability-identifier-naming): a macro, N_AVX2 and so on
namespace hn = hwy::HWY_NAMESPACE;

/// sums[i] = set bits of bytes[i + l * length] over `lines` lines, at most 31 of them.
void count_bits(const std::uint8_t* HWY_RESTRICT bytes, std::size_t lines, std::size_t length,
                std::uint8_t* HWY_RESTRICT sums) {
  constexpr hn::ScalableTag<std::uint8_t> kBytes;
  const std::size_t lanes = hn::Lanes(kBytes);
  std::size_t i = 0;
  for (; i + 2 * lanes <= length; i += 2 * lanes) {
    auto first = hn::Zero(kBytes);
    auto second = first;
    for (std::size_t l = 0; l < lines; ++l) {
      const std::uint8_t* from = bytes + l * length + i;
      first = hn::Add(first, hn::PopulationCount(hn::LoadU(kBytes, from)));
      second = hn::Add(second, hn::PopulationCount(hn::LoadU(kBytes, from + lanes)));
    }
    hn::StoreU(first, kBytes, sums + i);
    hn::StoreU(second, kBytes, sums + i + lanes);
  }
  while (i < length && length >= lanes) {
    // The last vector ends with the line: what it counts again is the same.
    i = std::min(i, length - lanes);
    auto sum = hn::Zero(kBytes);
    for (std::size_t l = 0; l < lines; ++l) {
      sum = hn::Add(sum, hn::PopulationCount(hn::LoadU(kBytes, bytes + l * length + i)));
    }
    hn::StoreU(sum, kBytes, sums + i);
    i += lanes;
  }
  for (; i < length; ++i) {
    int sum = 0;
    for (std::size_t l = 0; l < lines; ++l) sum += __builtin_popcount(bytes[l * length + i]);
    sums[i] = static_cast<std::uint8_t>(sum);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace leyden::cim
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace leyden::cim {
HWY_EXPORT(count_bits);

void BitCounter::add(const std::uint8_t* rows, std::uint64_t positions) {
  constexpr std::uint64_t kMost = 31;       // lines whose sums fit a byte: 31 * 8 bits
  constexpr std::size_t kLongEnough = 256;  // many vectors a line
  const std::size_t row_length = sums_.size();
  // Rows of few elements are counted several as one line, so that vectors are full.
  const std::uint64_t together =
      std::max<std::uint64_t>(1, std::min<std::uint64_t>(positions, kLongEnough / row_length));
  if (partial_.size() < together * row_length) partial_.resize(together * row_length);
  for (std::uint64_t position = 0; position < positions;) {
    // Whole lines; at the end what is left, as lines of one row.
    const std::uint64_t left = positions - position;
    const std::uint64_t rows_a_line = left < together ? 1 : together;
    const std::uint64_t lines = std::min(kMost, left / rows_a_line);
    const std::size_t length = rows_a_line * row_length;
    HWY_DYNAMIC_DISPATCH(count_bits)(rows + position * row_length, lines, length, partial_.data());
    for (std::size_t start = 0; start < length; start += row_length) {
      for (std::size_t i = 0; i < row_length; ++i) sums_[i] += partial_[start + i];
    }
    position += lines * rows_a_line;
  }
}

}  // namespace leyden::cim
#endif
