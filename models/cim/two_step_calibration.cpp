#include "models/cim/two_step_calibration.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "models/base/error.h"
#include "models/base/random.h"
#include "models/cim/conversions.h"
#include "models/cim/macro.h"
#include "models/cim/streams.h"

namespace leyden::cim {
namespace {

constexpr unsigned kMostOutBits = 11;  // an offset code's half scale fits the ABN table
constexpr unsigned kPositions = 1024;  // of one job
constexpr unsigned kMargin = 16;       // a sixteenth of the range at either end
constexpr double kPi = 3.14159265358979323846;

using Sample = ConversionSample;

/// Reads a converter's own codes off the macro: binary weights that are all 1, inputs chosen for
/// the sum, and a partial job whose digital scale loses nothing.
class ConversionProbe {
 public:
  explicit ConversionProbe(const MacroParameters& parameters) : macro_(binary(parameters)) {
    const MacroParameters& m = macro_.parameters();
    job_.in_channels = job_.in_pixel_stride = job_.window_count = m.page_rows();
    job_.in_width = job_.out_width = kPositions;
    job_.in_height = job_.out_height = 1;
    job_.outputs = m.columns;
    job_.out_pixel_stride = m.columns * 4;
    job_.unit_count = m.page_units();
    job_.in_bits = std::min(m.input_bits, m.drive.bits);
    job_.weight_bits = 1;
    job_.partial = true;
    Conversions conversions;
    make_conversions(job_, m, conversions);
    if (!m.post.digital() || conversions.segments.size() != 1 || conversions.inputs.size() != 1 ||
        conversions.columns.size() != 1) {
      throw base::UsageError(
          "a converter's own codes are measured where gain and offset are digital and a sum takes "
          "one conversion");
    }
    range_ =
        conversion_range(conversions.segments[0], conversions.inputs[0], conversions.columns[0], m);
    choose_scale();
    const std::vector<std::uint8_t> cells(macro_.array().cell_bytes(), 0xff);
    macro_.array().write_cells(0, cells.data(), cells.size());
    const std::uint32_t entry = 16u << (job_.out_bits - 1) << 16 | 256u;
    for (unsigned e = 0; e < m.abn_entries; ++e) macro_.array().write_abn(e, entry);
    input_.resize(std::size_t{kPositions} * m.page_rows());
    output_.resize(std::size_t{kPositions} * job_.position_bytes());
  }

  /// LSB of the converter in units of the sum, and the code of a sum of 0.
  const ConversionRange& range() const { return range_; }
  unsigned outputs() const { return job_.outputs; }
  unsigned highest_sum() const { return macro_.parameters().page_rows() * highest_input(); }

  /// Converts kPositions sums in all columns of a die.
  void run(const std::vector<unsigned>& sums, std::uint32_t die, std::uint32_t turn,
           std::vector<Sample>& samples) {
    spread(sums, turn);
    JobDraws draws;
    draws.position.die = die;
    draws.position.image = turn;
    macro_.run(job_, input_.data(), base::Fidelity::kAnalog, draws, output_.data());
    const unsigned sharing = macro_.parameters().convert.sharing;
    const auto* words = reinterpret_cast<const std::int32_t*>(output_.data());
    for (unsigned m = 0; m < kPositions; ++m) {
      for (unsigned j = 0; j < job_.outputs; ++j) {
        const double code = std::round(words[std::size_t{m} * job_.outputs + j] / codes_per_lsb_);
        samples.push_back({j / sharing, sums[m] / range_.step, code});
      }
    }
  }

 private:
  /// Binary weights: one column an output.
  static MacroParameters binary(MacroParameters macro) {
    macro.cells.representation = Representation::kTwosComplement;
    macro.make_layouts();
    macro.abn_entries = std::max(macro.abn_entries, macro.columns);
    return macro;
  }
  unsigned highest_input() const { return (1u << job_.in_bits) - 1; }

  /// Most output bits of which every code of the converter is a number of its own.
  void choose_scale() {
    const MacroParameters& m = macro_.parameters();
    for (unsigned bits = kMostOutBits; bits >= 2; --bits) {
      const int exponent = static_cast<int>(job_.in_bits + job_.weight_bits) -
                           static_cast<int>(bits + m.post.range_shift);
      codes_per_lsb_ = range_.step / std::ldexp(job_.line_rows(m), exponent);
      job_.out_bits = bits;
      const double most = std::ldexp(1.0, static_cast<int>(bits) - 1) - 1;
      if (codes_per_lsb_ >= 1 && codes_per_lsb_ * range_.top <= most) return;
    }
    throw base::UsageError("the digital scale of 11 bits cannot hold the converter's codes");
  }

  /// Inputs of which each position has the sum asked for, spread over the rows at random.
  void spread(const std::vector<unsigned>& sums, std::uint32_t turn) {
    const unsigned rows = macro_.parameters().page_rows();
    const base::RandomStream random({0, turn, 0, 0, kProbeStream});
    std::uint64_t draw = 0;
    for (unsigned m = 0; m < kPositions; ++m) {
      std::uint8_t* x = input_.data() + std::size_t{m} * rows;
      const unsigned low = sums[m] / rows;
      const unsigned rest = sums[m] % rows;
      for (unsigned i = 0; i < rows; ++i) x[i] = static_cast<std::uint8_t>(low + (i < rest));
      // Pairs of rows exchange what both can: the sum stays.
      for (unsigned i = 0; i < rows; ++i) {
        const auto k = static_cast<unsigned>(random.uniform(draw++) * rows);
        const unsigned room = std::min<unsigned>(x[i], highest_input() - x[k]);
        const auto moved = static_cast<unsigned>(random.uniform(draw++) * (room + 1));
        if (k == i) continue;
        x[i] = static_cast<std::uint8_t>(x[i] - moved);
        x[k] = static_cast<std::uint8_t>(x[k] + moved);
      }
    }
  }

  static constexpr std::uint32_t kProbeStream = 0x21;

  Macro macro_;
  Job job_;
  ConversionRange range_;
  double codes_per_lsb_ = 1;
  std::vector<std::uint8_t> input_;
  std::vector<std::uint8_t> output_;
};

ErrorAfterStep error_of(const std::vector<Sample>& samples) {
  ErrorAfterStep error;
  for (const Sample& sample : samples) {
    const double distance = sample.code - sample.exact;
    error.max_lsb = std::max(error.max_lsb, std::abs(distance));
    error.rms_lsb += distance * distance;
  }
  error.rms_lsb = std::sqrt(error.rms_lsb / static_cast<double>(samples.size()));
  return error;
}

/// code = gain * exact + offset by least squares.
struct Line {
  double count = 0, x = 0, y = 0, xx = 0, xy = 0;

  void add(double exact, double code) {
    count += 1;
    x += exact;
    y += code;
    xx += exact * exact;
    xy += exact * code;
  }
  double gain() const { return (count * xy - x * y) / (count * xx - x * x); }
  double offset() const { return (y - gain() * x) / count; }
};

/// Step 1: takes gain and offset of every converter away.
void correct_lines(std::vector<Sample>& samples, unsigned converters) {
  std::vector<Line> lines(converters);
  for (const Sample& sample : samples) lines[sample.converter].add(sample.exact, sample.code);
  for (Sample& sample : samples) {
    const Line& line = lines[sample.converter];
    sample.code = (sample.code - line.offset()) / line.gain();
  }
}

/// Step 2: takes the mean error at every code, over all converters, away.
void correct_master(std::vector<Sample>& samples, unsigned codes) {
  std::vector<double> sum(codes);
  std::vector<double> count(codes);
  const auto index = [&](double code) {
    return static_cast<std::size_t>(std::clamp(std::round(code), 0.0, codes - 1.0));
  };
  for (const Sample& sample : samples) {
    sum[index(sample.code)] += sample.code - sample.exact;
    count[index(sample.code)] += 1;
  }
  for (Sample& sample : samples) {
    const std::size_t i = index(sample.code);
    sample.code -= sum[i] / count[i];
  }
}

/// Greatest sum that the converter's codes reach.
double reach(const ConversionProbe& probe) {
  const ConversionRange& range = probe.range();
  return std::min((range.top - range.zero) * range.step, static_cast<double>(probe.highest_sum()));
}

}  // namespace

CalibratedLinearity calibrate(std::vector<ConversionSample>& samples, unsigned converters,
                              unsigned codes) {
  CalibratedLinearity result;
  result.samples = samples.size();
  result.converters = converters;
  result.raw = error_of(samples);
  correct_lines(samples, converters);
  result.linear = error_of(samples);
  correct_master(samples, codes);
  result.master = error_of(samples);
  return result;
}

CalibratedLinearity calibrated_linearity(const MacroParameters& macro, const SamplingPlan& plan) {
  ConversionProbe probe(macro);
  const double most = reach(probe);
  const double low = most / kMargin;
  const double span = most - 2 * low;
  const std::uint64_t each = std::uint64_t{kPositions} * probe.outputs();
  const unsigned per_die = probe.outputs() / macro.convert.sharing;
  const auto turns = static_cast<std::uint32_t>((plan.samples / plan.dies + each - 1) / each);
  const base::RandomStream random({plan.first_die, 0, 0, 0, kTemporalStream});
  std::vector<Sample> samples;
  std::vector<unsigned> sums(kPositions);
  for (unsigned die = 0; die < plan.dies; ++die) {
    for (std::uint32_t turn = 0; turn < turns; ++turn) {
      const std::uint64_t first = (std::uint64_t{die} * turns + turn) * kPositions;
      for (unsigned m = 0; m < kPositions; ++m) {
        sums[m] = static_cast<unsigned>(low + span * random.uniform(first + m));
      }
      const std::size_t begin = samples.size();
      probe.run(sums, plan.first_die + die, turn, samples);
      for (std::size_t i = begin; i < samples.size(); ++i) samples[i].converter += die * per_die;
    }
  }
  return calibrate(samples, per_die * plan.dies, static_cast<unsigned>(probe.range().top) + 1);
}

SineTest transient_enob(MacroParameters macro) {
  macro.dot_product.mismatch_percent_sqrt_ff = 0;
  macro.drive.inl_lsb = 0;
  macro.convert.offset_mv = 0;
  macro.convert.gain_percent = 0;
  macro.convert.inl_lsb = 0;
  macro.convert.unit_mismatch_percent = 0;
  ConversionProbe probe(macro);
  const double middle = reach(probe) / 2;
  std::vector<unsigned> sums(kPositions);
  for (unsigned m = 0; m < kPositions; ++m) {
    const double phase = 2 * kPi * 127 * m / kPositions;  // coprime: every phase once
    sums[m] = static_cast<unsigned>(std::lround(middle + (middle - 1) * std::sin(phase)));
  }
  std::vector<Sample> samples;
  probe.run(sums, 1, 0, samples);
  // What was driven is known: the residue of a line through it is noise and distortion alone.
  Line line;
  for (const Sample& sample : samples) line.add(sample.exact, sample.code);
  double signal = 0;
  double noise = 0;
  for (const Sample& sample : samples) {
    const double fitted = line.gain() * sample.exact + line.offset();
    noise += (sample.code - fitted) * (sample.code - fitted);
    signal += std::pow(fitted - line.y / line.count, 2);
  }
  SineTest test;
  test.sndr_db = 10 * std::log10(signal / noise);
  test.enob = (test.sndr_db - 1.76) / 6.02;
  return test;
}

}  // namespace leyden::cim
