#pragma once

#include <cstdint>
#include <vector>

namespace leyden::vector {

/// The operations once more, one output at a time, written from the register description and the
/// equations of docs/models/cim.md with nothing shared with the unit's arithmetic.
struct ScalarReference {
  struct Entry {
    std::int32_t multiplier, offset;
    std::uint32_t gamma;
  };
  __extension__ using Wide = __int128;

  int shift = 0, low = 0, high = 255;

  std::uint8_t finish(Wide value) const {
    if (shift > 0) value += Wide{1} << (shift - 1);
    return clamp(floor_div(value, Wide{1} << shift));
  }
  std::uint8_t clamp(Wide value) const {
    return static_cast<std::uint8_t>(value < low ? low : value > high ? high : value);
  }
  static Wide floor_div(Wide a, Wide b) {  // b > 0
    Wide quotient = a / b;
    while (quotient * b > a) --quotient;
    return quotient;
  }

  static int tap(const std::vector<std::uint8_t>& in, int width, int height, int channels, int x,
                 int y, int c, int outside) {
    if (x < 0 || y < 0 || x >= width || y >= height) return outside;
    return in[static_cast<std::size_t>((y * width + x) * channels + c)];
  }

  /// y = floor((S * m + offset + half) / 2^shift), S = sum(D) * g * 2^(b + r) / den,
  /// den = N * 2^(bx + bw) * 256: brought to one denominator.
  std::uint8_t ideal(std::int64_t sum, const Entry& entry, int rows, int in_bits, int weight_bits,
                     int out_bits, int range_shift) const {
    const Wide den = static_cast<Wide>(rows) * 256 * (Wide{1} << (in_bits + weight_bits));
    const Wide half = shift > 0 ? Wide{1} << (shift - 1) : 0;
    Wide top = static_cast<Wide>(sum) * entry.gamma;
    for (int i = 0; i < out_bits + range_shift; ++i) top *= 2;
    top = top * entry.multiplier + (entry.offset + half) * den;
    return clamp(floor_div(top, den * (Wide{1} << shift)));
  }
};

}  // namespace leyden::vector
