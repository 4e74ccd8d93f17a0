#pragma once

#include "models/cim/conversion_pass.h"
#include "models/cim/conversions.h"
#include "models/cim/die.h"

namespace leyden::cim {

/// Sums over the lines that one conversion combines, of a line's full signal in units of the
/// conversion's value per unit of input: a_c L, with L the highest level of a cell.
struct ColumnWeights {
  double sum = 0;      ///< sum of a_c L: what a pedestal of every line adds up to
  double squares = 0;  ///< sum of (a_c L)^2: what noise of every line adds up to
};
/// All columns of a weight, the dummy line that takes the offset away among them.
ColumnWeights whole_weights(const WeightLayout& layout, const MacroParameters& macro);
/// One column group converted apart, its columns counting +1 and -1.
ColumnWeights group_weights(const ColumnGroup& group, const MacroParameters& macro);

/// What line noise becomes over the steps before a conversion, in squared units of the input:
/// sampled(): of the line itself; shared(): of the accumulation's own sharing (equation 2), 0
/// without one.
double sampled_square(const InputGroup& inputs, const MacroParameters& macro);
double shared_square(const InputGroup& inputs, const MacroParameters& macro);

/// kT/C of one sampled line, V^2: of its cells, or of the sampling capacitor behind a current.
double line_variance_v2(const MacroParameters& macro, unsigned line_rows);
/// Gain of the line over what the converter's full scale follows, and that reference.
double reference_gain(const MacroParameters& macro, unsigned steps);

/// One LSB of a code of `bits` at the converter's input at gain 1, V. The full scale is that at the
/// most input bits: that droop differs with the bits of a job is left out.
double converter_lsb_v(const MacroParameters& macro, unsigned bits);

/// Adds the analog terms of a conversion: pedestal, noise, units. The errors of the converters are
/// apart (converter_errors()).
void add_analog_terms(const RowSegment& segment, const InputGroup& inputs,
                      const ColumnWeights& weights, const ConversionRange& range,
                      const MacroParameters& macro, ConversionStep& step);

/// Sets one output's converter: the one of physical column `column`.
/// @param line_gain  gain of the line over the reference, a part of every conversion's gain
void set_converter(const Die& die, unsigned column, double line_gain, unsigned bits,
                   std::size_t output, ConverterErrors& errors);

}  // namespace leyden::cim
