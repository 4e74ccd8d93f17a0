#include "models/vector/vector_arithmetic.h"

#include <algorithm>
#include <cstring>

namespace leyden::vector {
namespace {

// Sums of partial words times a 32-bit factor need up to 79 bits, the ideal path 128 (see there).
__extension__ using Wide = __int128;

std::int64_t half_of(const Result& result) {
  return result.shift == 0 ? 0 : std::int64_t{1} << (result.shift - 1);
}

/// Not std::clamp: LOW above HIGH is a firmware error that must stay defined (HIGH wins).
std::uint8_t clamp_code(Wide value, const Result& result) {
  if (value < static_cast<Wide>(result.low)) value = result.low;
  if (value > static_cast<Wide>(result.high)) value = result.high;
  return static_cast<std::uint8_t>(value);
}

/// clamp((value + half) >> shift); an arithmetic shift is a floor division.
std::uint8_t requantise(std::int64_t value, const Result& result) {
  std::int64_t code = (value + half_of(result)) >> result.shift;
  code = std::max<std::int64_t>(code, result.low);
  code = std::min<std::int64_t>(code, result.high);
  return static_cast<std::uint8_t>(code);
}

TableEntry table_entry(const std::uint8_t* table, std::size_t channel) {
  TableEntry entry;
  static_assert(sizeof entry == kTableEntryBytes);
  std::memcpy(&entry, table + channel * kTableEntryBytes, sizeof entry);
  return entry;
}

std::int64_t sum_of_parts(const std::uint8_t* word, std::size_t parts, std::size_t part_stride) {
  std::int64_t sum = 0;
  for (std::size_t part = 0; part < parts; ++part) {
    std::int32_t value;
    std::memcpy(&value, word + part * part_stride, sizeof value);
    sum += value;
  }
  return sum;
}

Wide floor_divide(Wide numerator, Wide denominator) {
  const Wide quotient = numerator / denominator;
  return numerator % denominator < 0 ? quotient - 1 : quotient;
}

/// Part of the window of output (oy, ox) that lies in the input: half-open pixel ranges.
struct Window {
  std::int64_t top, bottom, left, right;
};

Window window_at(const PoolShape& shape, std::uint32_t oy, std::uint32_t ox) {
  const auto y = std::int64_t{oy} * shape.stride_y - shape.pad_top;
  const auto x = std::int64_t{ox} * shape.stride_x - shape.pad_left;
  return {std::max<std::int64_t>(y, 0),
          std::min<std::int64_t>(y + shape.kernel_height, shape.in_height),
          std::max<std::int64_t>(x, 0),
          std::min<std::int64_t>(x + shape.kernel_width, shape.in_width)};
}

}  // namespace

void max_pool(const PoolShape& shape, const std::uint8_t* input, std::uint8_t* output) {
  const std::size_t channels = shape.channels;
  for (std::uint32_t oy = 0; oy < shape.out_height; ++oy) {
    for (std::uint32_t ox = 0; ox < shape.out_width; ++ox, output += channels) {
      const Window window = window_at(shape, oy, ox);
      std::fill_n(output, channels, std::uint8_t{0});  // codes are unsigned: 0 never wins
      for (std::int64_t y = window.top; y < window.bottom; ++y) {
        for (std::int64_t x = window.left; x < window.right; ++x) {
          const std::uint8_t* pixel =
              input + static_cast<std::size_t>(y * shape.in_width + x) * channels;
          for (std::size_t c = 0; c < channels; ++c) output[c] = std::max(output[c], pixel[c]);
        }
      }
    }
  }
}

void average_pool(const PoolShape& shape, const Scales& scales, const Result& result,
                  const std::uint8_t* input, std::uint8_t* output) {
  const std::size_t channels = shape.channels;
  for (std::uint32_t oy = 0; oy < shape.out_height; ++oy) {
    for (std::uint32_t ox = 0; ox < shape.out_width; ++ox) {
      const Window window = window_at(shape, oy, ox);
      for (std::size_t c = 0; c < channels; ++c) {
        std::int64_t sum = 0;  // at most 255^3: the product fits 64 bits
        for (std::int64_t y = window.top; y < window.bottom; ++y) {
          for (std::int64_t x = window.left; x < window.right; ++x) {
            sum += input[static_cast<std::size_t>(y * shape.in_width + x) * channels + c];
          }
        }
        *output++ = requantise(sum * scales.scale0 + scales.offset, result);
      }
    }
  }
}

void add(std::size_t count, const Scales& scales, const Result& result, const std::uint8_t* a,
         const std::uint8_t* b, std::uint8_t* output) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::int64_t value =
        std::int64_t{a[i]} * scales.scale0 + std::int64_t{b[i]} * scales.scale1 + scales.offset;
    output[i] = requantise(value, result);
  }
}

void scale(std::size_t pixels, std::size_t channels, const Result& result,
           const std::uint8_t* table, const std::uint8_t* input, std::uint8_t* output) {
  for (std::size_t c = 0; c < channels; ++c) {
    const TableEntry entry = table_entry(table, c);
    for (std::size_t i = c; i < pixels * channels; i += channels) {
      output[i] = requantise(std::int64_t{input[i]} * entry.multiplier + entry.offset, result);
    }
  }
}

void lookup(std::size_t count, const std::uint8_t* table, const std::uint8_t* input,
            std::uint8_t* output) {
  for (std::size_t i = 0; i < count; ++i) output[i] = table[input[i]];
}

void accumulate(std::size_t pixels, std::size_t channels, std::size_t parts,
                std::size_t part_stride, const Result& result, const std::uint8_t* table,
                const std::uint8_t* partials, std::uint8_t* output) {
  for (std::size_t c = 0; c < channels; ++c) {
    const TableEntry entry = table_entry(table, c);
    for (std::size_t i = c; i < pixels * channels; i += channels) {
      const std::int64_t sum = sum_of_parts(partials + i * 4, parts, part_stride);
      const Wide value = static_cast<Wide>(sum) * entry.multiplier + entry.offset + half_of(result);
      output[i] = clamp_code(value >> result.shift, result);
    }
  }
}

void accumulate_ideal(std::size_t pixels, std::size_t channels, std::size_t parts,
                      std::size_t part_stride, const PartialFormat& format, const Result& result,
                      const std::uint8_t* table, const std::uint8_t* partials,
                      std::uint8_t* output) {
  // S = sum(D) * gamma * 2^(out_bits + range_shift) / denominator. Bits of the numerator at most:
  // sum 47, gamma 16, 2^(b+r) 16, multiplier 31; of the other term 48 + 32: both fit 127.
  const Wide denominator = static_cast<Wide>(std::uint64_t{format.units} * format.rows_per_unit)
                           << (format.in_bits + format.weight_bits + 8);
  const unsigned up = format.out_bits + format.range_shift;
  for (std::size_t c = 0; c < channels; ++c) {
    const TableEntry entry = table_entry(table, c);
    const Wide factor =
        static_cast<Wide>(entry.gamma & 0xffffu) * entry.multiplier * (Wide{1} << up);
    const Wide addend = (static_cast<Wide>(entry.offset) + half_of(result)) * denominator;
    const Wide divisor = denominator << result.shift;
    for (std::size_t i = c; i < pixels * channels; i += channels) {
      const Wide sum = sum_of_parts(partials + i * 4, parts, part_stride);
      output[i] = clamp_code(floor_divide(sum * factor + addend, divisor), result);
    }
  }
}

}  // namespace leyden::vector
