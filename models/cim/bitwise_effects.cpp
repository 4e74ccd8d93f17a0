#include "models/cim/bitwise_effects.h"

#include <cmath>

#include "models/cim/codes.h"

namespace leyden::cim {

BitwiseEffects::BitwiseEffects(const Job& job, const MacroParameters& macro, const Tile& tile,
                               const WeightArray& array, const Die& die, Effects& effects)
    : job_(job), macro_(macro), tile_(tile), array_(array), die_(die), effects_(effects) {}

unsigned BitwiseEffects::steps(const InputGroup& inputs) const {
  return accumulates_in_charge(macro_, inputs.bits) ? inputs.bits : 1;
}

unsigned BitwiseEffects::digit(const InputGroup& inputs, std::uint8_t code, unsigned step) const {
  const unsigned value = (static_cast<unsigned>(code) >> inputs.shift) & inputs.highest();
  return steps(inputs) == 1 ? value : (value >> step) & 1u;
}

template <typename Cell>
double BitwiseEffects::wire_drop(const RowSegment& segment, const InputGroup& inputs,
                                 const std::uint8_t* x, const Cell& cell) {
  double drop = 0;
  const std::size_t near_rows = tile_.placement().row_first % macro_.page_rows() + segment.first;
  for (unsigned k = 0; k < steps(inputs); ++k) {
    conductance_.clear();
    inputs_.clear();
    for (unsigned i = segment.first; i < segment.first + segment.rows; ++i) {
      conductance_.push_back(cell(i));
      inputs_.push_back(static_cast<std::uint8_t>(digit(inputs, x[i], k)));
    }
    double deficit = 0;
    ladder_.deficit(conductance_.data(), 1, inputs_.data(), segment.rows, 1, near_rows,
                    effects_.wire_resistance(), &deficit);
    drop += std::ldexp(Effects::rounded_deficit(deficit), static_cast<int>(k));
  }
  return drop;
}

double BitwiseEffects::extra(const RowSegment& segment, const InputGroup& inputs,
                             const std::uint8_t* x, unsigned j, unsigned h) {
  const unsigned width = tile_.columns_per_output();
  double extra = 0;
  // 1. Errors of the input's levels: every cell of the group driven a little more or less.
  const bool levels = InputErrors::needed(macro_);
  const bool shares = effects_.has_shares(inputs.bits);
  for (unsigned i = segment.first; i < segment.first + segment.rows; ++i) {
    int weight = tile_.groups() > 1 ? 0 : -tile_.offset();
    for (unsigned c = 0; c < width; ++c) {
      if (tile_.group_of(c) != h) continue;
      weight += tile_.significance(c) *
                static_cast<int>(tile_.held_level(array_, die_, i, j * width + c));
    }
    for (unsigned k = 0; k < steps(inputs); ++k) {
      const unsigned value = digit(inputs, x[i], k);
      if (value == 0) continue;
      if (levels) {
        const InputErrors& errors = effects_.input_errors(inputs.bits);
        const std::int32_t error =
            errors.step_error((tile_.placement().row_first + i) % macro_.page_rows(), k, value);
        extra += std::ldexp(error * weight, -errors.scale_shift());
      }
      // 2. The accumulator's share, to first order.
      if (shares) {
        const TileEffects& cells = tile_.effects();
        const std::int8_t share =
            cells.shares()[i * cells.share_stride() + h * padded(job_.outputs) + j];
        extra += std::ldexp(effects_.share_steps(inputs.bits)[k] * share, -cells.share_shift());
      }
    }
  }
  // 3. Bit lines with resistance, one by one.
  if (macro_.dot_product.wire_resistance_ohm <= 0) return extra;
  for (unsigned c = 0; c < width; ++c) {
    if (tile_.group_of(c) != h) continue;
    const unsigned column = j * width + c;
    extra -= tile_.significance(c) * wire_drop(segment, inputs, x, [&](unsigned i) {
               return tile_.effects().conductance()[std::size_t{i} * tile_.columns() + column];
             });
  }
  return extra;
}

double BitwiseEffects::dummy_extra(const RowSegment& segment, const InputGroup& inputs,
                                   const std::uint8_t* x, unsigned d) {
  double extra = 0;
  if (InputErrors::needed(macro_)) {
    const InputErrors& errors = effects_.input_errors(inputs.bits);
    const double level = tile_.dummy_level(d);
    for (unsigned i = segment.first; i < segment.first + segment.rows; ++i) {
      for (unsigned k = 0; k < steps(inputs); ++k) {
        const unsigned value = digit(inputs, x[i], k);
        if (value == 0) continue;
        const std::int32_t error =
            errors.step_error((tile_.placement().row_first + i) % macro_.page_rows(), k, value);
        extra += std::ldexp(error * level, -errors.scale_shift());
      }
    }
  }
  if (macro_.dot_product.wire_resistance_ohm > 0) {
    extra -= wire_drop(segment, inputs, x, [&](unsigned i) { return tile_.dummy_cell(d, i); });
  }
  return extra;
}

}  // namespace leyden::cim
