// The macro digit by digit and column by column: the reference the collapsed path and the products
// of digital combining are compared with.
#include <cmath>
#include <optional>

#include "models/cim/bitwise_effects.h"
#include "models/cim/conversion_terms.h"
#include "models/cim/macro.h"
#include "models/cim/streams.h"

namespace leyden::cim {
namespace {

/// A signal and the noise on it, both in units of the value that is converted.
struct Signal {
  double value = 0;
  double noise = 0;

  void add(double weight, const Signal& other) {
    value += weight * other.value;
    noise += weight * other.noise;
  }
};

/// Signals of single lines of a job, one sharing or current at a time.
class Lines {
 public:
  Lines(const Job& job, const MacroParameters& macro, const Tile& tile, const WeightArray& array,
        const Die* mismatched, bool analog, const base::RandomStream* noise)
      : macro_(macro),
        tile_(tile),
        mismatched_(mismatched != nullptr),
        analog_(analog),
        noise_(noise) {
    // Charge of every cell when driven, in units of a nominal cell's lowest level: level (1 + d),
    // rounded as the tile's corrections are. charge_[i * columns + column]
    const unsigned columns = tile.columns();
    const std::vector<double> means =
        mismatched != nullptr ? tile.line_means(*mismatched) : std::vector<double>();
    const CellResponse response(macro);
    const unsigned width = columns / job.outputs;
    for (unsigned i = 0; i < job.window_count; ++i) {
      for (unsigned column = 0; column < columns; ++column) {
        const unsigned level = mismatched != nullptr
                                   ? tile.held_level(array, *mismatched, i, column)
                                   : tile.level(array, i, column);
        double cell = level;
        if (mismatched != nullptr) {
          const int share =
              tile.cell_share(*mismatched, response, i, column, level, means, tile.scale_shift());
          cell += std::ldexp(share, -tile.scale_shift()) / tile.significance(column % width);
        }
        charge_.push_back(cell);
      }
    }
    columns_ = columns;
  }

  /// Line of one column over the steps before its conversion.
  Signal column(const RowSegment& segment, const InputGroup& inputs, const std::uint8_t* x,
                unsigned column) {
    return line(segment, inputs, x,
                [&](unsigned i) { return charge_[std::size_t{i} * columns_ + column]; });
  }
  /// Line of dummy column d of a die, or of the level alone.
  Signal dummy(const RowSegment& segment, const InputGroup& inputs, const std::uint8_t* x,
               unsigned d, bool errors) {
    return line(segment, inputs, x,
                [&](unsigned i) { return errors ? tile_.dummy_cell(d, i) : tile_.dummy_level(d); });
  }
  /// What the errors of the dummy line's cells take off a whole weight, as they are folded in.
  double dummy_errors(const RowSegment& segment, const InputGroup& inputs,
                      const std::uint8_t* x) const {
    double sum = 0;
    if (!mismatched_) return 0;
    for (unsigned i = segment.first; i < segment.first + segment.rows; ++i) {
      const unsigned code = (static_cast<unsigned>(x[i]) >> inputs.shift) & inputs.highest();
      sum += code * std::ldexp(tile_.dummy_share(i, tile_.scale_shift()), -tile_.scale_shift());
    }
    return sum;
  }
  bool has_dummy(const LayoutGroup& group) const { return macro_.has_dummy(group); }
  /// Noise of a converter whose full scale is `per_volt` volts to a unit.
  double converter_noise(double per_volt) {
    return noise_ == nullptr ? 0.0 : macro_.convert.noise_mv * 1e-3 * per_volt * draw();
  }

 private:
  template <typename Charge>
  Signal line(const RowSegment& segment, const InputGroup& inputs, const std::uint8_t* x,
              const Charge& charge) {
    const double level = macro_.cells.highest_level();
    const double injected =
        analog_ ? macro_.dot_product.injected_charge(segment.line_rows, macro_.supply_v) * level
                : 0.0;
    const double reference = reference_gain(macro_, inputs.steps);
    const double variance = line_variance_v2(macro_, segment.line_rows);
    const double per_volt = segment.line_rows * level / (macro_.supply_v * reference);
    const auto sum = [&](unsigned shift, unsigned mask) {
      double value = injected * mask;
      for (unsigned i = segment.first; i < segment.first + segment.rows; ++i) {
        value += ((static_cast<unsigned>(x[i]) >> shift) & mask) * charge(i);
      }
      return value;
    };
    // Every cell that is read adds noise of its own.
    const double read_sigma = noise_ != nullptr ? macro_.cells.read_noise_percent * 1e-2 : 0.0;
    const auto read_noise = [&](unsigned shift, unsigned mask) {
      double value = 0;
      if (read_sigma <= 0) return value;
      for (unsigned i = segment.first; i < segment.first + segment.rows; ++i) {
        const unsigned digit = (static_cast<unsigned>(x[i]) >> shift) & mask;
        if (digit != 0) value += read_sigma * digit * charge(i) * draw();
      }
      return value;
    };
    Signal signal;
    if (!accumulates_inputs(macro_)) {
      signal.value = sum(inputs.shift, inputs.highest());
      if (noise_ != nullptr) {
        signal.noise = std::sqrt(variance) * per_volt * inputs.highest() * draw() +
                       read_noise(inputs.shift, inputs.highest());
      }
      return signal;
    }
    // Equation 2: one sharing with an equal capacitor a bit, least significant bit first.
    for (unsigned k = 0; k < inputs.bits; ++k) {
      signal.value = (signal.value + sum(inputs.shift + k, 1)) / 2;
      if (noise_ != nullptr) {
        const double sampled =
            std::sqrt(variance) * per_volt * draw() + read_noise(inputs.shift + k, 1);
        const double shared = std::sqrt(variance / 2) * per_volt * draw();
        signal.noise = (signal.noise + sampled) / 2 + shared;
      }
    }
    const double full = std::ldexp(1.0, static_cast<int>(inputs.bits));
    return {signal.value * full, signal.noise * full};
  }
  double draw() { return noise_->gaussian(draws_++); }

  const MacroParameters& macro_;
  const Tile& tile_;
  bool mismatched_;
  bool analog_;
  const base::RandomStream* noise_;
  std::uint64_t draws_ = 0;
  unsigned columns_ = 0;
  std::vector<double> charge_;
};

/// All columns of output j, the dummy line among them.
Signal whole_weight(Lines& lines, const WeightLayout& layout, const RowSegment& segment,
                    const InputGroup& inputs, const std::uint8_t* x, unsigned j) {
  Signal combined;
  for (unsigned c = 0; c < layout.width(); ++c) {
    combined.add(layout.columns[c].significance,
                 lines.column(segment, inputs, x, j * layout.width() + c));
  }
  for (const LayoutGroup& group : layout.groups) {
    if (!lines.has_dummy(group)) continue;
    const unsigned d = group.dummy_level != 0 ? 0 : 1;
    combined.add(-group.significance, lines.dummy(segment, inputs, x, d, false));
  }
  combined.value -= lines.dummy_errors(segment, inputs, x);
  return combined;
}

/// One position of a job and what acts on its conversions.
struct Position {
  const Job& job;
  const MacroParameters& macro;
  std::size_t number;
  const std::uint8_t* x;
  BitwiseEffects* effects;  // or nullptr
  bool temporal;

  /// Adds the effects of the conversion of output j, of a phase, to its signal.
  void disturb(Signal& signal, const RowSegment& segment, const InputGroup& inputs, unsigned j,
               unsigned h, std::uint64_t phase) const {
    if (effects == nullptr) return;
    signal.value += effects->extra(segment, inputs, x, j, h);
    disturb_supply(signal, phase);
  }
  void disturb_supply(Signal& signal, std::uint64_t phase) const {
    if (!temporal) return;
    signal.value *= 1.0 + effects->effects().supply_change(phase * job.positions() + number);
  }
  /// q of a level.
  double value(const ConversionStep& step, unsigned column, double level,
               std::uint64_t conversion) const {
    if (effects == nullptr) return nominal_value(step, macro.convert, level);
    return conversion_value(step, effects->effects(), column, level, conversion, temporal);
  }
  unsigned column(unsigned j, unsigned first) const {
    return job.column_first + j * macro.columns_per_output(job.weight_bits) + first;
  }
};

/// D^ of one output: every conversion by itself, the dummies' given.
/// @param live  whether digit g of segment s is driven
/// @param dummy_totals  what the dummy columns' conversions take off every output
template <typename Live>
double digital_total(const DigitalPath& path, Lines& lines, const Position& position, bool apart,
                     unsigned j, const Live& live, double dummy_total) {
  const Conversions& conversions = path.conversions();
  const WeightLayout& layout = position.macro.layout(position.job.weight_bits);
  const std::size_t groups = conversions.columns.size();
  double total = -dummy_total;
  for (std::size_t s = 0; s < conversions.segments.size(); ++s) {
    for (std::size_t g = 0; g < conversions.inputs.size(); ++g) {
      if (!live(s, g)) continue;
      const std::size_t phase = s * conversions.inputs.size() + g;
      for (std::size_t h = 0; h < groups; ++h) {
        const RowSegment& segment = conversions.segments[s];
        const InputGroup& inputs = conversions.inputs[g];
        const ColumnGroup& group = conversions.columns[h];
        ConversionStep step = path.step(s, g, h);
        step.pedestal = 0;  // here it is in every step
        Signal signal;
        if (apart) {
          for (unsigned c = group.first; c < group.first + group.columns; ++c) {
            const int sign = layout.columns[c].significance / group.significance;
            signal.add(sign, lines.column(segment, inputs, position.x, j * layout.width() + c));
          }
        } else {
          signal = whole_weight(lines, layout, segment, inputs, position.x, j);
        }
        position.disturb(signal, segment, inputs, j, static_cast<unsigned>(h), phase);
        signal.noise += lines.converter_noise(step.per_volt);
        const double level = conversion_level(step, path.errors(h), j, signal.value, signal.noise);
        const std::uint64_t conversion =
            ((phase * groups + h) * position.job.positions() + position.number) *
                position.job.outputs +
            j;
        total += step.coefficient_of(path.errors(h), j) *
                 position.value(step, position.column(j, group.first), level, conversion);
      }
    }
  }
  return total;
}

/// What the dummy columns' conversions take off every output of a position.
template <typename Live>
double dummy_total(const DigitalPath& path, Lines& lines, const Position& position,
                   const Live& live) {
  const Conversions& conversions = path.conversions();
  const std::size_t phases = conversions.segments.size() * conversions.inputs.size();
  const std::uint64_t positions = position.job.positions();
  double total = 0;
  for (std::size_t phase = 0; phase < phases; ++phase) {
    const std::size_t s = phase / conversions.inputs.size();
    const std::size_t g = phase % conversions.inputs.size();
    if (!live(s, g)) continue;
    for (unsigned d = 0; d < conversions.dummies; ++d) {
      const RowSegment& segment = conversions.segments[s];
      const InputGroup& inputs = conversions.inputs[g];
      ConversionStep step = path.dummy_step(s, g, d);
      step.pedestal = 0;
      Signal signal = lines.dummy(segment, inputs, position.x, d, true);
      if (position.effects != nullptr) {
        signal.value += position.effects->dummy_extra(segment, inputs, position.x, d);
        position.disturb_supply(signal, phase);
      }
      signal.noise += lines.converter_noise(step.per_volt);
      const double level =
          conversion_level(step, path.dummy_errors(), d, signal.value, signal.noise);
      const std::uint64_t conversion =
          phases * conversions.columns.size() * positions * position.job.outputs +
          (phase * conversions.dummies + d) * positions + position.number;
      total +=
          step.coefficient * position.value(step, position.macro.columns + d, level, conversion);
    }
  }
  return total;
}

}  // namespace

void Macro::run_bitwise(const Job& job, const std::uint8_t* input, base::Fidelity fidelity,
                        const JobDraws& draws, bool temporal, std::vector<double>& levels,
                        std::uint8_t* output) {
  const bool analog = fidelity == base::Fidelity::kAnalog;
  const bool combines_digitally = digital(fidelity);
  const Tile& tile = combines_digitally ? prepare_digital(job, input, fidelity, draws)
                                        : prepare(job, input, fidelity, draws, true);
  const base::RandomStream stream_of_job = stream(kBitTemporalStream, job, draws);
  Lines lines(job, parameters_, tile, array_, codes_.correction_scale != 0 ? die_.get() : nullptr,
              analog, temporal && analog ? &stream_of_job : nullptr);
  std::optional<BitwiseEffects> effects;
  if (by_effects(fidelity)) effects.emplace(job, parameters_, tile, array_, *die_, effects_);
  codes_.pedestal = 0;  // here it is in every step
  const WeightLayout& layout = parameters_.layout(job.weight_bits);
  if (!combines_digitally) make_conversions(job, parameters_, conversions_);
  levels.resize(job.positions() * job.outputs);
  grow_result(job, job.positions());
  const std::size_t segments = segments_of(job, parameters_);
  for (std::size_t m = 0; m < job.positions(); ++m) {
    const Position position{job,
                            parameters_,
                            m,
                            rows_.data() + m * job.window_count,
                            effects ? &*effects : nullptr,
                            temporal && analog};
    const auto live = [&](std::size_t s, std::size_t g) {
      return !parameters_.drive.zero_skipping ||
             ((static_cast<unsigned>(live_.masks()[m * segments + s]) >> g) & 1u) != 0;
    };
    const double dummies = combines_digitally ? dummy_total(digital_, lines, position, live) : 0.0;
    for (unsigned j = 0; j < job.outputs; ++j) {
      const std::size_t element = m * job.outputs + j;
      double level = codes_.base[j] / codes_.denominator;
      std::int32_t code = code_of_level(codes_, level);
      if (combines_digitally) {
        const double total = digital_total(digital_, lines, position,
                                           converts_columns_apart(parameters_), j, live, dummies);
        level = (total * codes_.slope[j] + codes_.base[j]) / codes_.denominator;
        code = code_of_level(codes_, level);
      } else if (live(0, 0)) {
        const InputGroup& inputs = conversions_.inputs.front();
        const RowSegment& segment = conversions_.segments.front();
        Signal signal = whole_weight(lines, layout, segment, inputs, position.x, j);
        position.disturb(signal, segment, inputs, j, 0, 0);
        const double per_volt = std::ldexp(static_cast<double>(job.line_rows(parameters_)),
                                           static_cast<int>(job.in_bits + job.weight_bits)) /
                                (parameters_.supply_v * reference_gain(parameters_, inputs.steps));
        signal.noise += lines.converter_noise(per_volt);
        level = code_level(codes_, j, signal.value, signal.noise);
        code = code_of_level(codes_, level);
        if (by_own(fidelity)) {
          code = nominal_code(job, level);
          level = code + codes_.partial_offset + 0.5;
        } else if (effects && effects_.has_curves()) {
          code = curve_code(position.column(j, 0), element, temporal && analog, level, true);
        }
      }
      levels[element] = level;
      result_[m * padded(job.outputs) + j] = code;
    }
  }
  write_codes(job, job.positions(), output);
}

}  // namespace leyden::cim
