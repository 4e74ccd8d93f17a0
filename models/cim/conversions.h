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
/// An output whose converter has a range of its own, m_j / 2^n, has range_step(whole_step, m_j /
/// 2^n).
struct ConversionRange {
  double full_scale = 1;  ///< F, in units of u; V_dd at the converter
  double whole_step = 1;  ///< F / 2^(b + r): of the whole range, before the least of 1
  double step = 1;        ///< max(1, F m / 2^(b + r + n)), exact in double
  double zero = 0;        ///< code of u = 0: 0, or 2^(b-1) where u can be negative
  double top = 255;       ///< 2^b - 1

  /// Bits behind the binary point of `step`.
  int fraction_bits() const;
};
/// Step of a converter that has `share` of its range, m / 2^n.
double range_step(double whole_step, double share);
/// What of the whole range a range code is, m / 2^n; code 0: 1.
double range_share(unsigned code, const MacroParameters& macro);
/// Bits behind the binary point of a step.
int fraction_bits(double step);

/// @param share  of the whole range, m / 2^n
ConversionRange conversion_range(const RowSegment& segment, const InputGroup& inputs,
                                 const ColumnGroup& columns, const MacroParameters& macro,
                                 double share = 1.0);

}  // namespace leyden::cim
