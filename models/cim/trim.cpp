#include "models/cim/trim.h"

#include <cmath>

namespace leyden::cim {

double trim_step(const Job& job, const MacroParameters& macro) {
  const int shift = static_cast<int>(job.in_bits + job.weight_bits) -
                    static_cast<int>(macro.convert.bits + macro.convert.range_shift);
  return std::ldexp(static_cast<double>(job.line_rows(macro)), shift - 4);
}

void apply_trims(const Job& job, const MacroParameters& macro, const WeightArray& array,
                 CodeParameters& codes) {
  if (array.trims_at_reset() || macro.post.digital()) return;
  const double step = trim_step(job, macro);
  const unsigned width = macro.columns_per_output(job.weight_bits);
  for (unsigned j = 0; j < job.outputs; ++j) {
    const std::uint32_t word = array.trim_word(job.column_first + j * width);
    if (word == TrimEntry::kReset) continue;
    const TrimEntry trim = TrimEntry::from_word(word);
    codes.gain[j] *= trim.factor();
    codes.offset[j] = codes.offset[j] * trim.factor() + trim.offset * step;
  }
}

}  // namespace leyden::cim
