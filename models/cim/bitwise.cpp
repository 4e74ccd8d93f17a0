// The macro digit by digit and column by column: the reference the collapsed path and the products
// of digital combining are compared with.
#include <cmath>

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
      : macro_(macro), analog_(analog), noise_(noise) {
    // Charge of every cell when driven, in units of a nominal cell's lowest level: level (1 + d),
    // rounded as the tile's corrections are. charge_[i * columns + column]
    const unsigned columns = tile.columns();
    const std::vector<double> means =
        mismatched != nullptr ? tile.line_means(*mismatched) : std::vector<double>();
    const unsigned width = columns / job.outputs;
    for (unsigned i = 0; i < job.window_count; ++i) {
      for (unsigned column = 0; column < columns; ++column) {
        const unsigned level = tile.level(array, i, column);
        double cell = level;
        if (mismatched != nullptr) {
          const int share =
              tile.cell_share(*mismatched, i, column, level, means, tile.scale_shift());
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
  /// Line of the dummy column, every cell of one level.
  Signal dummy(const RowSegment& segment, const InputGroup& inputs, const std::uint8_t* x,
               unsigned level) {
    return line(segment, inputs, x, [&](unsigned) { return static_cast<double>(level); });
  }
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
    Signal signal;
    if (!accumulates_inputs(macro_)) {
      signal.value = sum(inputs.shift, inputs.highest());
      if (noise_ != nullptr) {
        signal.noise = std::sqrt(variance) * per_volt * inputs.highest() * draw();
      }
      return signal;
    }
    // Equation 2: one sharing with an equal capacitor a bit, least significant bit first.
    for (unsigned k = 0; k < inputs.bits; ++k) {
      signal.value = (signal.value + sum(inputs.shift + k, 1)) / 2;
      if (noise_ != nullptr) {
        const double sampled = std::sqrt(variance) * per_volt * draw();
        const double shared = std::sqrt(variance / 2) * per_volt * draw();
        signal.noise = (signal.noise + sampled) / 2 + shared;
      }
    }
    const double full = std::ldexp(1.0, static_cast<int>(inputs.bits));
    return {signal.value * full, signal.noise * full};
  }
  double draw() { return noise_->gaussian(draws_++); }

  const MacroParameters& macro_;
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
    if (group.dummy_level == 0) continue;
    combined.add(-group.significance, lines.dummy(segment, inputs, x, group.dummy_level));
  }
  return combined;
}

/// D^ of one output: every conversion by itself, the dummy's given.
/// @param live  whether digit g of segment s is driven
/// @param dummy_totals  what the dummy column's conversions take off every output
template <typename Live>
double digital_total(const DigitalPath& path, Lines& lines, const WeightLayout& layout, bool apart,
                     const std::uint8_t* x, unsigned j, const Live& live, double dummy_total) {
  const Conversions& conversions = path.conversions();
  double total = -dummy_total;
  for (std::size_t s = 0; s < conversions.segments.size(); ++s) {
    for (std::size_t g = 0; g < conversions.inputs.size(); ++g) {
      if (!live(s, g)) continue;
      for (std::size_t h = 0; h < conversions.columns.size(); ++h) {
        const RowSegment& segment = conversions.segments[s];
        const InputGroup& inputs = conversions.inputs[g];
        const ColumnGroup& group = conversions.columns[h];
        ConversionStep step = path.step(s, g, h);
        step.pedestal = 0;  // here it is in every step
        Signal signal;
        if (apart) {
          for (unsigned c = group.first; c < group.first + group.columns; ++c) {
            const int sign = layout.columns[c].significance / group.significance;
            signal.add(sign, lines.column(segment, inputs, x, j * layout.width() + c));
          }
        } else {
          signal = whole_weight(lines, layout, segment, inputs, x, j);
        }
        signal.noise += lines.converter_noise(step.per_volt);
        const double level = conversion_level(step, path.errors(h), j, signal.value, signal.noise);
        total += step.coefficient * conversion_value(step, level);
      }
    }
  }
  return total;
}

/// What the dummy column's conversions take off every output of a position.
template <typename Live>
double dummy_total(const DigitalPath& path, Lines& lines, const std::uint8_t* x, const Live& live) {
  if (path.dummy_level() == 0) return 0;
  const Conversions& conversions = path.conversions();
  double total = 0;
  for (std::size_t s = 0; s < conversions.segments.size(); ++s) {
    for (std::size_t g = 0; g < conversions.inputs.size(); ++g) {
      if (!live(s, g)) continue;
      ConversionStep step = path.dummy_step(s, g);
      step.pedestal = 0;
      Signal signal =
          lines.dummy(conversions.segments[s], conversions.inputs[g], x, path.dummy_level());
      signal.noise += lines.converter_noise(step.per_volt);
      const double level =
          conversion_level(step, path.dummy_errors(), 0, signal.value, signal.noise);
      total += step.coefficient * conversion_value(step, level);
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
  codes_.pedestal = 0;  // here it is in every step
  const WeightLayout& layout = parameters_.layout(job.weight_bits);
  if (!combines_digitally) make_conversions(job, parameters_, conversions_);
  levels.resize(job.positions() * job.outputs);
  grow_result(job, job.positions());
  const std::size_t segments = segments_of(job, parameters_);
  for (std::size_t m = 0; m < job.positions(); ++m) {
    const std::uint8_t* x = rows_.data() + m * job.window_count;
    const auto live = [&](std::size_t s, std::size_t g) {
      return !parameters_.drive.zero_skipping ||
             ((static_cast<unsigned>(live_.masks()[m * segments + s]) >> g) & 1u) != 0;
    };
    const double dummies = combines_digitally ? dummy_total(digital_, lines, x, live) : 0.0;
    for (unsigned j = 0; j < job.outputs; ++j) {
      double level = codes_.base[j] / codes_.denominator;
      if (combines_digitally) {
        const double total = digital_total(
            digital_, lines, layout, converts_columns_apart(parameters_), x, j, live, dummies);
        level = (total * codes_.slope[j] + codes_.base[j]) / codes_.denominator;
      } else if (live(0, 0)) {
        const InputGroup& inputs = conversions_.inputs.front();
        Signal signal = whole_weight(lines, layout, conversions_.segments.front(), inputs, x, j);
        const double per_volt = std::ldexp(static_cast<double>(job.line_rows(parameters_)),
                                           static_cast<int>(job.in_bits + job.weight_bits)) /
                                (parameters_.supply_v * reference_gain(parameters_, inputs.steps));
        signal.noise += lines.converter_noise(per_volt);
        level = code_level(codes_, j, signal.value, signal.noise);
      }
      levels[m * job.outputs + j] = level;
      result_[m * padded(job.outputs) + j] = code_of_level(codes_, level);
    }
  }
  write_codes(job, job.positions(), output);
}

}  // namespace leyden::cim
