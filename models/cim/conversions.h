#pragma once

#include <cstdint>
#include <vector>

#include "models/cim/job.h"
#include "models/cim/parameters.h"

namespace leyden::cim {

/// Rows that are on together: one piece of a job's rows.
struct RowSegment {
  unsigned first = 0;      ///< first row of the job in it
  unsigned rows = 0;       ///< rows of the job in it
  unsigned line_rows = 0;  ///< rows that load its line, N_s
};

/// Bits of an input code that one conversion takes: a digit, or the whole code.
struct InputGroup {
  unsigned shift = 0;  ///< its significance is 2^shift
  unsigned bits = 0;
  unsigned steps = 1;  ///< digits that are driven before the conversion

  unsigned highest() const { return (1u << bits) - 1; }  ///< X_g
};

/// Columns of an output that one conversion takes: a digit of the weight or its pair, or all.
struct ColumnGroup {
  int significance = 1;
  bool is_signed = false;
  unsigned highest_level = 1;
  unsigned span = 0;     ///< of a signed group: values of one input of 1, -span/2 to span/2
  unsigned first = 0;    ///< first column, within the output
  unsigned columns = 1;  ///< number of columns
  int dummy = -1;        ///< dummy column that is converted apart; -1: none
};

/// The conversions of one output: every segment x input group x column group. Which there are is in
/// docs/models/cim-stages.md.
struct Conversions {
  std::vector<RowSegment> segments;
  std::vector<InputGroup> inputs;
  std::vector<ColumnGroup> columns;

  unsigned dummies = 0;  ///< dummy columns that are converted apart
};

/// Dummy columns that a weight's digits need.
unsigned dummies_of(const WeightLayout& layout, const MacroParameters& macro);

/// Sets the conversions of a valid job; memory is reused.
void make_conversions(const Job& job, const MacroParameters& macro, Conversions& conversions);

/// Whether all conversions of a job have a code for every value there can be, so that D^ is D.
bool lossless(const Conversions& conversions, const MacroParameters& macro);

/// Whether every weight column (or pair) is converted apart.
bool converts_columns_apart(const MacroParameters& macro);
/// Whether a job's digits are accumulated in charge before the conversion (equation 2).
bool accumulates_inputs(const MacroParameters& macro);
/// Pieces of rows a job is cut into.
unsigned segments_of(const Job& job, const MacroParameters& macro);

/// How the value u of a conversion, sum_i x_i level_i, becomes a number q and D^ of it:
///   level = u / step + zero + 1/2, code = clamp(floor(level), 0, top), q = code - zero
struct ConversionRange {
  double full_scale = 1;  ///< F, in units of u; V_dd at the converter
  double step = 1;        ///< max(1, F / 2^(b + r)), exact in double
  double zero = 0;        ///< code of u = 0: 0, or 2^(b-1) where u can be negative
  double top = 255;       ///< 2^b - 1

  /// Bits behind the binary point of `step`.
  int fraction_bits() const;
};
ConversionRange conversion_range(const RowSegment& segment, const InputGroup& inputs,
                                 const ColumnGroup& columns, const MacroParameters& macro);

}  // namespace leyden::cim
