#include "models/cim/conversion_terms.h"

#include <cmath>

namespace leyden::cim {
namespace {

double code_square(unsigned bits) { return std::ldexp(1.0, 2 * static_cast<int>(bits)); }

}  // namespace

ColumnWeights whole_weights(const WeightLayout& layout, const MacroParameters& macro) {
  const double level = macro.cells.highest_level();
  ColumnWeights weights;
  const auto add = [&](double significance) {
    weights.sum += significance * level;
    weights.squares += significance * level * significance * level;
  };
  for (const LayoutColumn& column : layout.columns) add(column.significance);
  for (const LayoutGroup& group : layout.groups) {
    if (macro.has_dummy(group)) add(-group.significance);
  }
  return weights;
}

ColumnWeights group_weights(const ColumnGroup& group, const MacroParameters& macro) {
  const double level = macro.cells.highest_level();
  return {group.is_signed ? 0.0 : level, group.columns * level * level};
}

double sampled_square(const InputGroup& inputs, const MacroParameters& macro) {
  if (!accumulates_inputs(macro)) return static_cast<double>(inputs.highest()) * inputs.highest();
  return (code_square(inputs.bits) - 1.0) / 3.0;  // sum_k 4^k
}

double shared_square(const InputGroup& inputs, const MacroParameters& macro) {
  if (!accumulates_inputs(macro)) return 0.0;
  return 0.5 * (code_square(inputs.bits) - 1.0) * 4.0 / 3.0;  // sum_k 1/2 4^(k+1)
}

double line_variance_v2(const MacroParameters& macro, unsigned line_rows) {
  if (macro.dot_product.kind == DotProductKind::kChargeSharing) {
    return macro.dot_product.noise_variance_v2(line_rows, macro.temperature_k);
  }
  if (macro.combine.capacitance_ff <= 0) return 0.0;
  return kBoltzmann * macro.temperature_k / (macro.combine.capacitance_ff * 1e-15);
}

double reference_gain(const MacroParameters& macro, unsigned steps) {
  return macro.convert.reference == ReferenceKind::kReplica ? macro.dot_product.gain(steps) : 1.0;
}

double converter_lsb_v(const MacroParameters& macro, unsigned bits) {
  const unsigned steps = macro.drive.digits(macro.input_bits);
  return macro.supply_v * reference_gain(macro, steps) *
         std::ldexp(1.0, -static_cast<int>(macro.convert.range_shift + bits));
}

void add_analog_terms(const RowSegment& segment, const InputGroup& inputs,
                      const ColumnWeights& weights, const ConversionRange& range,
                      const MacroParameters& macro, ConversionStep& step) {
  const double supply = macro.supply_v * reference_gain(macro, inputs.steps);
  const double per_line_volt = segment.line_rows / supply;  // in units of full cells
  step.analog = true;
  step.per_volt = range.full_scale / supply;
  const double line = line_variance_v2(macro, segment.line_rows) * per_line_volt * per_line_volt *
                      (sampled_square(inputs, macro) + shared_square(inputs, macro)) *
                      weights.squares;
  const double converter = macro.convert.noise_mv * 1e-3 * step.per_volt;
  step.noise = std::sqrt(line + converter * converter);
  step.pedestal = macro.dot_product.injected_charge(segment.line_rows, macro.supply_v) *
                  inputs.highest() * weights.sum;
  step.has_inl = macro.convert.inl_lsb > 0;
}

void set_converter(const Die& die, unsigned column, double line_gain, unsigned bits,
                   std::size_t output, ConverterErrors& errors) {
  const double inl_scale = std::ldexp(1.0, static_cast<int>(bits) - 8);
  errors.gain[output] = line_gain * die.gain(column);
  errors.offset_v[output] = die.offset_v(column);
  errors.inl_bow[output] = die.inl_bow_lsb(column) * inl_scale;
  errors.inl_curve[output] = die.inl_curve_lsb(column) * inl_scale;
}

}  // namespace leyden::cim
