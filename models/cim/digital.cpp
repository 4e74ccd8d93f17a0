#include "models/cim/digital.h"

#include <algorithm>
#include <cmath>

#include "models/cim/conversion_terms.h"

namespace leyden::cim {
namespace {

constexpr std::size_t kBlockSums = 1u << 18;  // sums of a block stay in a second-level cache

template <typename T>
void grow(std::vector<T>& scratch, std::size_t size) {
  if (scratch.size() < size) scratch.resize(size);
}

void resize(ConverterErrors& errors, std::size_t size) {
  errors.gain.assign(size, 1.0);
  errors.offset_v.assign(size, 0.0);
  errors.inl_bow.assign(size, 0.0);
  errors.inl_curve.assign(size, 0.0);
}

/// (x >> shift) & mask of `count` bytes.
void take_bits(const std::uint8_t* __restrict from, std::size_t count, unsigned shift,
               std::uint8_t mask, std::uint8_t* __restrict to) {
  for (std::size_t i = 0; i < count; ++i) {
    to[i] = static_cast<std::uint8_t>((from[i] >> shift) & mask);
  }
}

}  // namespace

double conversion_value(const ConversionStep& step, const Effects& effects, unsigned column,
                        double level, std::uint64_t conversion, bool temporal) {
  if (!effects.has_curves()) return conversion_value(step, level);
  return effects.decoded(effects.code(column, level, conversion, temporal)) - step.zero;
}

double nominal_value(const ConversionStep& step, const ConvertParameters& convert, double level) {
  if (!convert.own) return conversion_value(step, level);
  return own_code(*convert.own, level, convert.bits, {}) - step.zero;
}

/// The positions that are computed together.
struct DigitalPath::Block {
  const Job& job;
  const std::uint8_t* rows;   // of the first position
  const std::uint8_t* codes;  // the digits that are multiplied: rows, or plane_
  std::size_t first;          // position
  std::size_t positions;
  double* totals;
  const std::uint8_t* live;  // flags, or nullptr
};

void DigitalPath::prepare(const Job& job, const MacroParameters& macro, const WeightArray& array,
                          const Die* die) {
  convert_ = &macro.convert;
  nominal_ = die == nullptr;
  make_conversions(job, macro, conversions_);
  width_ = macro.columns_per_output(job.weight_bits);
  steps_.clear();
  dummy_steps_.clear();
  fraction_bits_ = 0;
  most_ = 0;
  const WeightLayout& layout = macro.layout(job.weight_bits);
  const double share = range_share(job.range, macro);
  const auto make = [&](const RowSegment& segment, const InputGroup& inputs,
                        const ColumnGroup& columns, const ColumnWeights& weights) {
    const ConversionRange range = conversion_range(segment, inputs, columns, macro, share);
    ConversionStep step;
    step.step = range.step;
    step.whole_step = range.whole_step;
    step.zero = range.zero;
    step.top = range.top;
    step.significance =
        std::ldexp(static_cast<double>(columns.significance), static_cast<int>(inputs.shift));
    step.coefficient = range.step * step.significance;
    if (die != nullptr) add_analog_terms(segment, inputs, weights, range, macro, step);
    fraction_bits_ = std::max(fraction_bits_, range.fraction_bits());
    most_ += std::abs(step.coefficient) * (range.top + 1.0);
    return step;
  };
  for (const RowSegment& segment : conversions_.segments) {
    for (const InputGroup& inputs : conversions_.inputs) {
      const std::size_t first_dummy = dummy_steps_.size();
      dummy_steps_.resize(first_dummy + conversions_.dummies);
      for (std::size_t d = first_dummy; d < dummy_steps_.size(); ++d)
        dummy_steps_[d].coefficient = 0;
      for (const ColumnGroup& columns : conversions_.columns) {
        const ColumnWeights weights = converts_columns_apart(macro) ? group_weights(columns, macro)
                                                                    : whole_weights(layout, macro);
        steps_.push_back(make(segment, inputs, columns, weights));
        if (columns.dummy < 0) continue;
        // Digits that share a dummy column have the same range: what it takes off adds up.
        ConversionStep& dummy = dummy_steps_[first_dummy + static_cast<unsigned>(columns.dummy)];
        const double others = dummy.coefficient;
        dummy = make(segment, inputs, columns, weights);
        dummy.coefficient += others;
      }
    }
  }
  errors_.resize(std::max(errors_.size(), conversions_.columns.size()));
  prepare_ranges(job, macro, array);
  if (die != nullptr) prepare_errors(job, macro, *die);
}

void DigitalPath::prepare_ranges(const Job& job, const MacroParameters& macro,
                                 const WeightArray& array) {
  for (ConverterErrors& errors : errors_) errors.share.clear();
  dummy_errors_.share.clear();  // its conversions are taken off all outputs: the job's range
  if (!array.has_ranges(job.column_first, job.columns_used(macro))) return;
  const std::size_t groups = conversions_.columns.size();
  std::vector<double>& most = bounds_;
  most.assign(job.outputs, 0.0);
  for (std::size_t h = 0; h < groups; ++h) {
    std::vector<double>& shares = errors_[h].share;
    shares.assign(padded(job.outputs), 1.0);
    for (unsigned j = 0; j < job.outputs; ++j) {
      const unsigned own =
          array.range(job.column_first + j * width_ + conversions_.columns[h].first);
      shares[j] = range_share(own != 0 ? own : job.range, macro);
    }
    // Bounds of D^ with these steps; the dummies' are those of the job already.
    for (std::size_t i = h; i < steps_.size(); i += groups) {
      const ConversionStep& step = steps_[i];
      for (unsigned j = 0; j < job.outputs; ++j) {
        fraction_bits_ = std::max(fraction_bits_, cim::fraction_bits(step.step_of(errors_[h], j)));
        most[j] += std::abs(step.coefficient_of(errors_[h], j)) * (step.top + 1.0);
      }
    }
  }
  for (const ConversionStep& dummy : dummy_steps_) {
    for (double& bound : most) bound += std::abs(dummy.coefficient) * (dummy.top + 1.0);
  }
  for (const double bound : most) most_ = std::max(most_, bound);
}

void DigitalPath::prepare_errors(const Job& job, const MacroParameters& macro, const Die& die) {
  const unsigned width = width_;
  const unsigned steps = conversions_.inputs.front().steps;
  const double line_gain = macro.dot_product.gain(steps) / reference_gain(macro, steps);
  for (std::size_t h = 0; h < conversions_.columns.size(); ++h) {
    resize(errors_[h], padded(job.outputs));
    for (unsigned j = 0; j < job.outputs; ++j) {
      set_converter(die, job.column_first + j * width + conversions_.columns[h].first, line_gain,
                    macro.convert.bits, j, errors_[h]);
    }
  }
  dummy_column_ = macro.columns;
  resize(dummy_errors_, std::max(conversions_.dummies, 1u));
  for (unsigned d = 0; d < conversions_.dummies; ++d) {
    set_converter(die, macro.columns + d, line_gain, macro.convert.bits, d, dummy_errors_);
  }
}

void DigitalPath::force_codes(const Job& job, std::size_t group, std::size_t positions,
                              std::size_t stride) {
  for (unsigned j = 0; j < job.outputs; ++j) {
    const unsigned column = job.column_first + j * width_ + conversions_.columns[group].first;
    const std::int32_t sum = forced_sum(faults_->converter(column));
    if (sum == 0) continue;
    for (std::size_t m = 0; m < positions; ++m) {
      sums_[m * stride + group * padded(job.outputs) + j] = sum;
    }
  }
}

void DigitalPath::extract(const Block& block, const RowSegment& segment, const InputGroup& inputs) {
  const auto mask = static_cast<std::uint8_t>(inputs.highest());
  const std::size_t length = block.job.window_count;
  if (segment.rows == length) {
    take_bits(block.rows, block.positions * length, inputs.shift, mask, plane_.data());
    return;
  }
  for (std::size_t m = 0; m < block.positions; ++m) {
    take_bits(block.rows + m * length + segment.first, segment.rows, inputs.shift, mask,
              plane_.data() + m * segment.rows);
  }
}

void DigitalPath::convert_dummy(const Block& block, const Tile& tile, std::size_t s, std::size_t g,
                                unsigned d, const base::RandomStream* noise, Effects* effects) {
  const ConversionStep& step = dummy_step(s, g, d);
  const RowSegment& segment = conversions_.segments[s];
  const std::size_t width = padded(block.job.outputs);
  const std::uint64_t positions = block.job.positions();
  const std::uint64_t phase = s * conversions_.inputs.size() + g;
  const std::uint64_t first = steps_.size() * positions * block.job.outputs +
                              (phase * conversions_.dummies + d) * positions + block.first;
  const bool temporal = noise != nullptr;
  const bool noisy = temporal && (step.noise > 0 || (effects != nullptr && effects->is_noisy()));
  if (noisy) noise->fill_gaussian(first, block.positions, draws_.data());
  for (std::size_t m = 0; m < block.positions; ++m) {
    if (block.live != nullptr && block.live[m] == 0) continue;
    const std::uint8_t* codes = block.codes + m * segment.rows;
    double sum = 0;
    for (unsigned i = 0; i < segment.rows; ++i) {
      sum += codes[i] * tile.dummy_cell(d, segment.first + i);
    }
    double sigma = step.noise;
    if (effects != nullptr) {
      const Effects::DummyTerm term =
          effects->dummy(codes, segment, conversions_.inputs[g].bits, d, sum,
                         phase * positions + block.first + m, temporal);
      sum = term.sum;
      sigma = std::sqrt(sigma * sigma + term.noise * term.noise);
    }
    const double level =
        conversion_level(step, dummy_errors_, d, sum, noisy ? draws_[m] * sigma : 0.0);
    const double q = effects == nullptr ? nominal_value(step, *convert_, level)
                                        : conversion_value(step, *effects, dummy_column_ + d, level,
                                                           first + m, temporal);
    const double off = step.coefficient * q;
    double* totals = block.totals + m * width;
    for (std::size_t j = 0; j < width; ++j) totals[j] -= off;
  }
}

void DigitalPath::convert_effects(const Block& block, std::size_t s, std::size_t g, std::size_t h,
                                  const ConversionStep& step, bool folded, std::size_t count,
                                  const base::RandomStream* noise, Effects& effects,
                                  IntegerProduct& product) {
  const std::size_t outputs = block.job.outputs;
  const std::size_t width = padded(outputs);
  const std::size_t groups = conversions_.columns.size();
  const std::size_t phase = s * conversions_.inputs.size() + g;
  const std::uint64_t positions = block.job.positions();
  const std::uint64_t first = ((phase * groups + h) * positions + block.first) * outputs;
  EffectsBlock effects_block;
  effects_block.codes = block.codes;
  effects_block.bits = conversions_.inputs[g].bits;
  effects_block.positions = block.positions;
  effects_block.segment = conversions_.segments[s];
  effects_block.group = h;
  effects_block.sums = sums_.data() + h * width;
  effects_block.corrections = folded ? sums_.data() + (groups + h) * width : nullptr;
  effects_block.stride = count;
  effects_block.first_phase = phase * positions + block.first;
  const bool temporal = noise != nullptr;
  const Effects::Terms terms = effects.terms(effects_block, product, temporal);
  const bool noisy = temporal && (step.noise > 0 || terms.noise != nullptr);
  if (noisy) noise->fill_gaussian(first, block.positions * outputs, draws_.data());
  for (std::size_t m = 0; m < block.positions; ++m) {
    if (block.live != nullptr && block.live[m] == 0) continue;
    for (std::size_t j = 0; j < outputs; ++j) {
      const std::size_t element = m * outputs + j;
      const double z = noisy ? draws_[element] * terms.noise_at(element, step.noise) : 0.0;
      const double level = conversion_level(step, errors_[h], j, terms.sums[element], z);
      const auto column = static_cast<unsigned>(block.job.column_first + j * width_ +
                                                conversions_.columns[h].first);
      block.totals[m * width + j] +=
          step.coefficient_of(errors_[h], j) *
          conversion_value(step, effects, column, level, first + element, temporal);
    }
  }
}

void DigitalPath::convert_own(const Block& block, std::size_t h, const ConversionStep& step,
                              std::size_t count) {
  const std::size_t outputs = block.job.outputs;
  const std::size_t width = padded(outputs);
  for (std::size_t m = 0; m < block.positions; ++m) {
    if (block.live != nullptr && block.live[m] == 0) continue;
    for (std::size_t j = 0; j < outputs; ++j) {
      const double level =
          conversion_level(step, errors_[h], j, sums_[m * count + h * width + j], 0.0);
      block.totals[m * width + j] +=
          step.coefficient_of(errors_[h], j) * nominal_value(step, *convert_, level);
    }
  }
}

const double* DigitalPath::run(const Job& job, Tile& tile, bool folded, const std::uint8_t* rows,
                               const std::uint8_t* live, const base::RandomStream* noise,
                               Effects* effects, IntegerProduct& product) {
  const std::size_t positions = job.positions();
  const std::size_t width = padded(job.outputs);
  const std::size_t groups = conversions_.columns.size();
  const std::size_t count = (folded ? 2 : 1) * groups * width;
  const std::size_t most = std::min(positions, std::max(kBlockSums / count, std::size_t{16}));
  grow(plane_, most * job.window_count);
  grow(sums_, most * count);
  grow(live_, most);
  grow(draws_, most * job.outputs + kLanes);
  grow(totals_, positions * width);
  std::fill_n(totals_.begin(), positions * width, 0.0);
  const bool whole = conversions_.segments.size() == 1 && conversions_.inputs.size() == 1;
  const double scale = folded ? std::ldexp(1.0, -tile.scale_shift()) : 0.0;
  for (std::size_t first = 0; first < positions; first += most) {
    Block block{job,    rows + first * job.window_count,   plane_.data(),
                first,  std::min(most, positions - first), totals_.data() + first * width,
                nullptr};
    if (whole) block.codes = block.rows;
    for (std::size_t s = 0; s < conversions_.segments.size(); ++s) {
      const RowSegment& segment = conversions_.segments[s];
      for (std::size_t g = 0; g < conversions_.inputs.size(); ++g) {
        const InputGroup& inputs = conversions_.inputs[g];
        // 1. The digit, and one product of it with all column groups of all outputs.
        if (!whole) extract(block, segment, inputs);
        product.multiply(block.positions, segment.rows, count, block.codes, inputs.bits,
                         tile.packed(segment.first, folded), sums_.data(), count);
        if (live != nullptr) {
          for (std::size_t m = 0; m < block.positions; ++m) {
            const unsigned mask = live[(first + m) * conversions_.segments.size() + s];
            live_[m] = static_cast<std::uint8_t>((mask >> g) & 1u);
          }
          block.live = live_.data();
        }
        // 2. Its conversions, shifted and added.
        for (std::size_t h = 0; h < groups; ++h) {
          const std::size_t index = (s * conversions_.inputs.size() + g) * groups + h;
          if (faults_ != nullptr) force_codes(job, h, block.positions, count);
          ConversionStep step = steps_[index];
          step.correction_scale = scale;
          if (effects != nullptr) {
            convert_effects(block, s, g, h, step, folded, count, noise, *effects, product);
            continue;
          }
          if (nominal_ && convert_->own) {
            convert_own(block, h, step, count);
            continue;
          }
          const bool noisy = noise != nullptr && step.noise > 0;
          if (noisy) {
            noise->fill_gaussian((index * positions + first) * job.outputs,
                                 block.positions * job.outputs, draws_.data());
          }
          ConversionRows block_rows;
          block_rows.outputs = job.outputs;
          block_rows.positions = block.positions;
          block_rows.sums = sums_.data() + h * width;
          if (folded) block_rows.corrections = sums_.data() + (groups + h) * width;
          block_rows.stride = count;
          if (noisy) block_rows.z = draws_.data();
          block_rows.live = block.live;
          block_rows.totals = block.totals;
          add_conversions(step, errors_[h], block_rows);
        }
        for (unsigned d = 0; d < conversions_.dummies; ++d) {
          convert_dummy(block, tile, s, g, d, noise, effects);
        }
      }
    }
  }
  return totals_.data();
}

}  // namespace leyden::cim
