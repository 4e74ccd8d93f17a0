#pragma once

#include <cstddef>
#include <cstdint>

namespace leyden::vector {

/// Operation codes of register OPERATION (configs/registers/vector.yaml).
enum class Operation : std::uint32_t { kMaxPool, kAveragePool, kAdd, kAccumulate, kScale, kLookup };

/// A pooling window over a dense NHWC tensor of u8 codes. Sizes in pixels.
struct PoolShape {
  std::uint32_t in_width = 1;
  std::uint32_t in_height = 1;
  std::uint32_t out_width = 1;
  std::uint32_t out_height = 1;
  std::uint32_t channels = 1;
  std::uint32_t kernel_width = 1;
  std::uint32_t kernel_height = 1;
  std::uint32_t stride_x = 1;
  std::uint32_t stride_y = 1;
  std::uint32_t pad_left = 0;
  std::uint32_t pad_top = 0;
};

/// Register RESULT: y = clamp(v >> shift) to low..high, after half = 2^(shift-1) (0 for shift 0)
/// was added to v.
struct Result {
  std::uint32_t shift = 0;  ///< 0 to 31
  std::uint32_t low = 0;
  std::uint32_t high = 255;
};

/// Registers SCALE0, SCALE1 and OFFSET.
struct Scales {
  std::int32_t scale0 = 1;
  std::int32_t scale1 = 1;
  std::int32_t offset = 0;
};

/// One entry of the per-channel table at TABLE_ADDR, in memory little-endian.
struct TableEntry {
  std::int32_t multiplier = 1;
  std::int32_t offset = 0;
  std::uint32_t gamma = 0;  ///< 8 fraction bits; used by accumulate_ideal only
  std::uint32_t reserved = 0;
};
inline constexpr std::size_t kTableEntryBytes = 16;
inline constexpr std::size_t kLookupBytes = 256;  ///< the table of lookup: a byte for each code

/// How partial sums were converted (register PARTIAL and the macro's constants); see
/// docs/models/cim.md. LSB_D = units * rows_per_unit * 2^(in_bits + weight_bits - out_bits -
/// range_shift).
struct PartialFormat {
  std::uint32_t units = 1;          ///< units in use of each partial tile, not 0
  std::uint32_t rows_per_unit = 1;  ///< rows of a unit of the macro, not 0
  std::uint32_t in_bits = 8;
  std::uint32_t weight_bits = 4;
  std::uint32_t out_bits = 8;
  std::uint32_t range_shift = 0;  ///< of the macro's outputs
};

/// y = max over the window; padded taps never win, a window wholly in padding gives 0.
/// @param input  in_height * in_width * channels codes
/// @param output out_height * out_width * channels codes
void max_pool(const PoolShape& shape, const std::uint8_t* input, std::uint8_t* output);

/// y = clamp((sum * scale0 + offset + half) >> shift); padded taps count as 0 in the sum.
void average_pool(const PoolShape& shape, const Scales& scales, const Result& result,
                  const std::uint8_t* input, std::uint8_t* output);

/// y = clamp((a * scale0 + b * scale1 + offset + half) >> shift), `count` elements.
void add(std::size_t count, const Scales& scales, const Result& result, const std::uint8_t* a,
         const std::uint8_t* b, std::uint8_t* output);

/// y = clamp((a * multiplier[c] + offset[c] + half) >> shift).
/// @param table channels entries of kTableEntryBytes bytes, any alignment
void scale(std::size_t pixels, std::size_t channels, const Result& result,
           const std::uint8_t* table, const std::uint8_t* input, std::uint8_t* output);

/// y = table[a], `count` elements. @param table kLookupBytes bytes
void lookup(std::size_t count, const std::uint8_t* table, const std::uint8_t* input,
            std::uint8_t* output);

/// y = clamp((sum of `parts` words * multiplier[c] + offset[c] + half) >> shift).
/// @param partials little-endian int32 words, dense NHWC per part, any alignment
/// @param part_stride bytes from one partial tensor to the next
void accumulate(std::size_t pixels, std::size_t channels, std::size_t parts,
                std::size_t part_stride, const Result& result, const std::uint8_t* table,
                const std::uint8_t* partials, std::uint8_t* output);

/// Fidelity `ideal`: the partial words are exact dot products D and
/// y = clamp(floor((S * multiplier[c] + offset[c] + half) / 2^shift)) with
/// S = sum(D) * gamma[c] / 256 / LSB_D, a fraction until the one floor (docs/models/cim.md).
void accumulate_ideal(std::size_t pixels, std::size_t channels, std::size_t parts,
                      std::size_t part_stride, const PartialFormat& format, const Result& result,
                      const std::uint8_t* table, const std::uint8_t* partials,
                      std::uint8_t* output);

}  // namespace leyden::vector
