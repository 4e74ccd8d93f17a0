#pragma once

#include <cstdint>

namespace leyden::compiler {

/// What the compiler must know of a chip. platform/chip fills it from the chip's parameters.
struct ChipGeometry {
  unsigned rows = 1152;         ///< of one macro
  unsigned columns = 256;       ///< of one macro, a multiple of 8
  unsigned rows_per_unit = 36;  ///< of the split dot-product line
  unsigned abn_entries = 256;   ///< of one macro's ABN table
  unsigned range_shift = 0;     ///< converter.range_shift
  unsigned macros = 1;          ///< 1 to 16
  unsigned input_bits = 8;      ///< most bits the macro drives
  unsigned weight_bits = 8;     ///< most bits the macro combines
  unsigned converter_bits = 8;  ///< most bits it converts
  std::uint32_t lmem_bank_bytes = 128 * 1024;
  unsigned lmem_banks = 2;

  unsigned units() const { return rows / rows_per_unit; }
  std::uint32_t lmem_bytes() const { return lmem_bank_bytes * lmem_banks; }
};

/// @throws base::UsageError naming the first value no chip can have
void check_geometry(const ChipGeometry& geometry);

}  // namespace leyden::compiler
