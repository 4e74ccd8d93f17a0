#include "models/cim/conversions.h"

#include <algorithm>
#include <cmath>

namespace leyden::cim {

unsigned dummies_of(const WeightLayout& layout, const MacroParameters& macro) {
  unsigned dummies = 0;
  for (const LayoutGroup& group : layout.groups) {
    if (macro.has_dummy(group)) dummies = std::max(dummies, group.dummy_level != 0 ? 1u : 2u);
  }
  return dummies;
}

bool converts_columns_apart(const MacroParameters& macro) {
  return macro.post.digital() && macro.combine.columns == CombineKind::kDigital;
}

bool accumulates_inputs(const MacroParameters& macro) {
  return macro.combine.inputs == CombineKind::kChargeSharing && macro.drive.bits == 1;
}

unsigned segments_of(const Job& job, const MacroParameters& macro) {
  const unsigned rows = macro.rows_at_once();
  return (job.window_count + rows - 1) / rows;
}

void make_conversions(const Job& job, const MacroParameters& macro, Conversions& conversions) {
  conversions.segments.clear();
  conversions.inputs.clear();
  conversions.columns.clear();
  conversions.dummies = 0;
  const unsigned at_once = macro.rows_at_once();
  for (unsigned first = 0; first < job.window_count; first += at_once) {
    conversions.segments.push_back({first, std::min(at_once, job.window_count - first),
                                    std::min(at_once, job.line_rows(macro) - first)});
  }
  const unsigned digit = macro.drive.bits;
  if (macro.combine.inputs == CombineKind::kDigital) {
    for (unsigned shift = 0; shift < job.in_bits; shift += digit) {
      conversions.inputs.push_back({shift, std::min(digit, job.in_bits - shift), 1});
    }
  } else {
    conversions.inputs.push_back({0, job.in_bits, macro.drive.digits(job.in_bits)});
  }
  const WeightLayout& layout = macro.layout(job.weight_bits);
  if (!converts_columns_apart(macro)) {
    conversions.columns.push_back(
        {1, true, macro.cells.highest_level(), 1u << job.weight_bits, 0, layout.width(), -1});
    return;
  }
  for (unsigned g = 0; g < layout.groups.size(); ++g) {
    const LayoutGroup& group = layout.groups[g];
    ColumnGroup columns{group.significance,
                        group.is_signed,
                        group.highest_level,
                        2 * group.highest_level,
                        0,
                        0,
                        -1};
    if (macro.has_dummy(group)) columns.dummy = group.dummy_level != 0 ? 0 : 1;
    for (unsigned c = 0; c < layout.width(); ++c) {
      if (layout.columns[c].group != g) continue;
      if (columns.columns == 0) columns.first = c;
      ++columns.columns;
    }
    conversions.columns.push_back(columns);
  }
  conversions.dummies = dummies_of(layout, macro);
}

int fraction_bits(double step) {
  int bits = 0;
  for (double scaled = step; scaled != std::floor(scaled); scaled *= 2) ++bits;
  return bits;
}

int ConversionRange::fraction_bits() const { return cim::fraction_bits(step); }

double range_step(double whole_step, double share) { return std::max(1.0, whole_step * share); }

double range_share(unsigned code, const MacroParameters& macro) {
  if (code == 0) return 1.0;
  return std::ldexp(static_cast<double>(code), -static_cast<int>(macro.convert.range_bits));
}

ConversionRange conversion_range(const RowSegment& segment, const InputGroup& inputs,
                                 const ColumnGroup& columns, const MacroParameters& macro,
                                 double share) {
  const int bits = static_cast<int>(macro.convert.bits);
  ConversionRange range;
  range.full_scale =
      columns.is_signed
          ? std::ldexp(segment.line_rows, static_cast<int>(inputs.bits)) * columns.span
          : static_cast<double>(segment.line_rows) * inputs.highest() * columns.highest_level;
  range.whole_step =
      std::ldexp(range.full_scale, -bits - static_cast<int>(macro.convert.range_shift));
  range.step = range_step(range.whole_step, share);
  range.zero = columns.is_signed ? std::ldexp(1.0, bits - 1) : 0.0;
  range.top = std::ldexp(1.0, bits) - 1;
  return range;
}

bool lossless(const Conversions& conversions, const MacroParameters& macro) {
  for (const RowSegment& segment : conversions.segments) {
    for (const InputGroup& inputs : conversions.inputs) {
      for (const ColumnGroup& columns : conversions.columns) {
        // A range below the whole one changes nothing here: steps are not below 1.
        const ConversionRange range = conversion_range(segment, inputs, columns, macro);
        if (range.full_scale > (columns.is_signed ? range.top + 1 : range.top)) return false;
      }
    }
  }
  return true;
}

}  // namespace leyden::cim
