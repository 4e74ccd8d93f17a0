#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace leyden::base {

/// Key and upper counter words of a Philox4x32 stream, as RandomStream lays them out.
struct PhiloxStream {
  std::array<std::uint32_t, 2> key;
  std::uint32_t counter2;
  std::uint32_t counter3;
};

/// Normal draws of whole blocks, many at once with the widest vectors the host has. Every step is
/// the one of the scalar code, in the same order, so that the results are the same bits.
/// @param first first block; @param count blocks; @param out room for 4 * count draws
/// @return blocks done, from 0 to count: the rest is for the scalar code
std::size_t fill_gaussian_blocks(const PhiloxStream& stream, std::uint64_t first, std::size_t count,
                                 float* out);

}  // namespace leyden::base
