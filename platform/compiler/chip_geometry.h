#pragma once

#include <cstdint>
#include <memory>

#include "models/cim/own_converter.h"
#include "models/cim/representation.h"

namespace leyden::compiler {

/// An offset code of b bits needs an offset of 2^(b-1), and the ABN table's ends at 2047.9.
inline constexpr unsigned kMostPartialBits = 11;

/// How conversions become an output when it takes several of them (docs/models/cim.md). Used by the
/// host reference alone; without it an output is one conversion.
struct DigitalCombining {
  bool used = false;         ///< gain and offset are applied to numbers, after conversion
  bool inputs = false;       ///< every digit of an input code is converted
  bool columns = false;      ///< every group of weight columns is converted
  unsigned digit_bits = 1;   ///< of an input code, driven in one step
  unsigned rows_active = 0;  ///< rows of one conversion; 0: all rows of the job
  unsigned converter_bits = 8;
  unsigned range_shift = 0;  ///< of the converter
  unsigned range_bits = 0;   ///< n: it has m / 2^n of its range, as a job or a column says

  /// Bits behind the binary point of a sum of conversions.
  unsigned scale_shift() const { return converter_bits + range_shift + range_bits; }
};

/// What the compiler must know of a chip. platform/run fills it from the chip's parameters.
struct ChipGeometry {
  unsigned rows = 1152;         ///< of one macro, all pages
  unsigned columns = 256;       ///< of one macro, a multiple of 8
  unsigned rows_per_unit = 36;  ///< of the split dot-product line
  unsigned abn_entries = 256;   ///< of one macro's ABN table
  unsigned range_shift = 0;     ///< of outputs: LSB_D = N 2^(bx+bw-b-r)
  unsigned macros = 1;          ///< 1 to 16
  unsigned input_bits = 8;      ///< most bits the macro drives
  unsigned weight_bits = 8;     ///< most bits the macro combines
  unsigned output_bits = 8;     ///< most bits of an output code
  unsigned partial_bits = 8;    ///< bits of a partial sum's code
  unsigned pages = 1;           ///< cells that share a MAC circuit; a tile stays in its page
  unsigned cell_bits = 1;       ///< of a cell's level
  cim::Representation representation = cim::Representation::kTwosComplement;
  DigitalCombining combining;
  std::shared_ptr<const cim::OwnConverter> own_converter;  ///< of the host reference alone
  std::uint32_t lmem_bank_bytes = 128 * 1024;
  unsigned lmem_banks = 2;

  unsigned units() const { return rows / rows_per_unit; }  ///< of all pages
  unsigned page_units() const { return units() / pages; }
  /// Where the bits of a weight lie.
  cim::WeightLayout layout(unsigned bits) const {
    return cim::make_layout(representation, cell_bits, bits);
  }
  unsigned row_bytes() const { return columns * cell_bits / 8; }  ///< of the weight window
  /// Columns of whole bytes of the weight window: tiles begin and end at multiples of it.
  unsigned column_step() const { return cell_bits == 4 ? 2 : cell_bits == 2 ? 4 : 8; }
  std::uint32_t lmem_bytes() const { return lmem_bank_bytes * lmem_banks; }
};

/// @throws base::UsageError naming the first value no chip can have
void check_geometry(const ChipGeometry& geometry);

}  // namespace leyden::compiler
