#pragma once

#include <array>
#include <cstdint>

namespace leyden::base {

/// Names one stream of draws. Equal keys give equal draws on every machine, in any order, for any
/// number of workers (design section 4: draws are keyed by die, image, layer, tile, element).
struct StreamKey {
  std::uint32_t die = 0;
  std::uint32_t image = 0;
  std::uint32_t layer = 0;    ///< 16 bits used
  std::uint32_t tile = 0;     ///< 16 bits used
  std::uint32_t purpose = 0;  ///< tells independent uses apart (mismatch, comparator noise, ...)
};

/// Counter-based random numbers: Philox4x32-10 (Salmon et al., SC'11) of Random123.
class RandomStream {
 public:
  explicit RandomStream(const StreamKey& key) : key_(key) {}

  /// 4 x 32 uniform bits for block `index`.
  std::array<std::uint32_t, 4> block(std::uint64_t index) const;
  /// Uniform in [0, 1), 32 bits of resolution, element `index`.
  double uniform(std::uint64_t index) const;
  /// Standard normal, element `index`; inverse of the normal distribution applied to 32 uniform
  /// bits (so |z| <= 6.4), plain arithmetic only: the same bits on every host.
  double gaussian(std::uint64_t index) const;
  /// Fills `out[0..count)` with gaussian(first + i); equal to the single calls, faster.
  void fill_gaussian(std::uint64_t first, std::size_t count, float* out) const;

 private:
  StreamKey key_;
};

}  // namespace leyden::base
