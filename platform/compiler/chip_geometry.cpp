#include "platform/compiler/chip_geometry.h"

#include <string>

#include "models/base/error.h"

namespace leyden::compiler {
namespace {

void check(bool good, const std::string& name, std::uint64_t value, const std::string& right) {
  if (good) return;
  throw base::UsageError("chip geometry: " + name + " " + std::to_string(value) +
                         " is not possible; " + right);
}

}  // namespace

void check_geometry(const ChipGeometry& g) {
  check(g.rows_per_unit >= 1 && g.rows_per_unit <= g.rows && g.rows % g.rows_per_unit == 0,
        "rows_per_unit", g.rows_per_unit, "it must divide the rows of the macro");
  check(g.rows <= 65535, "rows", g.rows, "at most 65535 are addressed");
  check(g.units() <= 255, "units", g.units(), "at most 255 units of rows are addressed");
  check(g.columns >= 8 && g.columns <= 65528 && g.columns % 8 == 0, "columns", g.columns,
        "a multiple of 8 up to 65528 is needed");
  check(g.cell_bits >= 1 && g.cell_bits <= 4, "cell_bits", g.cell_bits, "1 to 4 are possible");
  check(std::uint64_t{g.rows} * g.row_bytes() <= 0x80000, "array bytes",
        std::uint64_t{g.rows} * g.row_bytes(), "the weight window holds 524288 bytes");
  check(g.pages >= 1 && g.pages <= g.units() && g.units() % g.pages == 0, "pages", g.pages,
        "each must hold the same number of whole units");
  check(g.abn_entries >= 1 && g.abn_entries <= 65535, "abn_entries", g.abn_entries,
        "1 to 65535 are addressed");
  check(g.macros >= 1 && g.macros <= 16, "macros", g.macros, "1 to 16 are addressed");
  check(g.input_bits >= 1 && g.input_bits <= 8, "input_bits", g.input_bits, "1 to 8 are possible");
  check(g.weight_bits >= 1 && g.weight_bits <= 8, "weight_bits", g.weight_bits,
        "1 to 8 are possible");
  check(g.weight_bits >= cim::least_weight_bits(g.representation), "weight_bits", g.weight_bits,
        "a sign and a magnitude take at least 2");
  check(g.output_bits >= 1 && g.output_bits <= 8, "output_bits", g.output_bits,
        "1 to 8 are possible");
  check(g.partial_bits >= 1 && g.partial_bits <= kMostPartialBits, "partial_bits", g.partial_bits,
        "1 to " + std::to_string(kMostPartialBits) + " are possible");
  check(g.combining.digit_bits >= 1 && g.combining.digit_bits <= 8, "digit_bits",
        g.combining.digit_bits, "1 to 8 are possible");
  check(g.combining.converter_bits >= 1 && g.combining.converter_bits <= 12, "converter_bits",
        g.combining.converter_bits, "1 to 12 are possible");
  check(g.combining.range_shift <= 8, "converter range_shift", g.combining.range_shift,
        "0 to 8 are possible");
  check(g.combining.range_bits <= 8, "converter range_bits", g.combining.range_bits,
        "0 to 8 are possible");
  check(g.range_shift <= 8, "range_shift", g.range_shift, "0 to 8 are possible");
  check(g.lmem_banks >= 1 && g.lmem_banks <= 2, "lmem_banks", g.lmem_banks, "1 or 2 exist");
  check(g.lmem_bank_bytes >= 1024 && g.lmem_bank_bytes <= 0x8000000, "lmem_bank_bytes",
        g.lmem_bank_bytes, "1 KiB to 128 MiB are possible");
}

}  // namespace leyden::compiler
