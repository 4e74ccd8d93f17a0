#include <algorithm>
#include <cmath>

#include "models/base/error.h"
#include "models/cim/codes.h"
#include "models/cim/conversion_terms.h"

namespace leyden::cim {
namespace {

constexpr double kExact = 9007199254740992.0;     // 2^53
constexpr double kCurvePeak = 2.598076211353316;  // 3 sqrt(3)/2: t^3 - t reaches 1 over it

int whole(unsigned value) { return static_cast<int>(value); }

}  // namespace

void prepare_codes(const Job& job, const MacroParameters& macro, const WeightArray& array,
                   CodeParameters& codes) {
  const std::size_t size = padded(job.outputs);
  codes.outputs = job.outputs;
  // code = floor((D g 2^(b+r+4) + N 2^(bx+bw+8) (h + 8)) / (N 2^(bx+bw+12))); common powers of two
  // are taken out, which leaves room below 2^53 for any register value.
  const int up = whole(job.out_bits + macro.output_range_shift()) + 4;
  const int down = whole(job.in_bits + job.weight_bits) + 8;
  const int common = std::min(up, down);
  const double line = job.line_rows(macro);
  const double base_unit = std::ldexp(line, down - common);
  codes.denominator = std::ldexp(line, down + 4 - common);
  codes.top = std::ldexp(1.0, whole(job.out_bits)) - 1;
  codes.partial_offset = job.partial ? std::ldexp(1.0, whole(job.out_bits) - 1) : 0;
  codes.noise = 0;
  codes.pedestal = 0;
  codes.correction_scale = 0;
  codes.has_inl = false;
  codes.slope.assign(size, 0);
  codes.base.assign(size, 0);
  codes.gain.assign(size, 1);
  codes.offset.assign(size, 0);
  codes.inl_bow.assign(size, 0);
  codes.inl_curve.assign(size, 0);
  const double most = std::ldexp(static_cast<double>(job.window_count),
                                 whole(job.in_bits) + whole(job.weight_bits));
  AbnEntry none;
  none.beta = static_cast<std::int16_t>(16 << (job.out_bits - 1));
  for (unsigned j = 0; j < job.outputs; ++j) {
    const AbnEntry abn = macro.post.kind != PostKind::kNone ? array.abn(job.abn_first + j) : none;
    codes.slope[j] = std::ldexp(static_cast<double>(abn.gamma), up - common);
    codes.base[j] = base_unit * (abn.beta + 8);
    if (most * codes.slope[j] + std::abs(codes.base[j]) + codes.denominator >= kExact) {
      throw base::ModelError("the job of tile " + std::to_string(job.tile) +
                             " needs integers of 2^53 or more for its codes: gamma " +
                             std::to_string(abn.gamma) + "/256 on " +
                             std::to_string(job.window_count) +
                             " rows is too large, a smaller gain would be right");
    }
  }
}

void prepare_analog(const Job& job, const MacroParameters& macro, const Die& die,
                    CodeParameters& codes) {
  const unsigned rows = job.line_rows(macro);
  const InputGroup inputs{0, job.in_bits, macro.drive.digits(job.in_bits)};
  const WeightLayout& layout = macro.layout(job.weight_bits);
  const ColumnWeights weights = whole_weights(layout, macro);
  const double line_gain = macro.dot_product.gain(inputs.steps);
  const double reference = reference_gain(macro, inputs.steps);
  // One volt at the converter in units of D: v = V_dd D gain / (N 2^(bx+bw)).
  const int bits = whole(job.in_bits + job.weight_bits);
  const double per_volt =
      std::ldexp(static_cast<double>(rows), bits) / (macro.supply_v * reference);
  const double converter_v = macro.convert.noise_mv * 1e-3;
  const double variance =
      line_variance_v2(macro, rows) *
          std::ldexp(
              (sampled_square(inputs, macro) + shared_square(inputs, macro)) * weights.squares,
              -2 * bits) +
      converter_v * converter_v;
  codes.noise = std::sqrt(variance) * per_volt;
  // The pedestal of every step and column.
  codes.pedestal =
      macro.dot_product.injected_charge(rows, macro.supply_v) * inputs.highest() * weights.sum;

  const double inl_scale = std::ldexp(1.0, whole(job.out_bits) - 8);
  codes.has_inl = macro.convert.inl_lsb > 0;
  for (unsigned j = 0; j < job.outputs; ++j) {
    const unsigned column = job.column_first + j * layout.width();  // its converter is in use
    codes.gain[j] = line_gain / reference * die.gain(column);
    codes.offset[j] = die.offset_v(column) * per_volt;
    codes.inl_bow[j] = die.inl_bow_lsb(column) * inl_scale;
    codes.inl_curve[j] = die.inl_curve_lsb(column) * inl_scale * kCurvePeak;
  }
  if (codes.noise > 0) {
    for (double& slope : codes.slope) slope /= codes.denominator;
    for (double& base : codes.base) base /= codes.denominator;
    codes.denominator = 1;
  }
}

void prepare_converter(unsigned bits, const MacroParameters& macro, const Die* die, unsigned column,
                       CodeParameters& codes) {
  const std::size_t size = padded(1);
  codes = {};
  codes.outputs = 1;
  codes.top = std::ldexp(1.0, whole(bits)) - 1;
  codes.slope.assign(size, 1);
  codes.base.assign(size, 0);
  codes.gain.assign(size, 1);
  codes.offset.assign(size, 0);
  codes.inl_bow.assign(size, 0);
  codes.inl_curve.assign(size, 0);
  if (die == nullptr) return;
  const double inl_scale = std::ldexp(1.0, whole(bits) - 8);
  codes.has_inl = macro.convert.inl_lsb > 0;
  codes.inl_bow[0] = die->inl_bow_lsb(column) * inl_scale;
  codes.inl_curve[0] = die->inl_curve_lsb(column) * inl_scale * kCurvePeak;
}

double code_level(const CodeParameters& codes, std::size_t output, double dot_product,
                  double noise) {
  const std::size_t j = output;
  double value = (dot_product + codes.pedestal) * codes.gain[j] + codes.offset[j];
  value = value + noise;
  double level = (value * codes.slope[j] + codes.base[j]) / codes.denominator;
  if (codes.has_inl) {
    const double half = 0.5 * (codes.top + 1.0);
    const double t = std::min(std::max((level - half) / half, -1.0), 1.0);
    const double shape = codes.inl_bow[j] - codes.inl_curve[j] * t;
    level = level + (1.0 - t * t) * shape;
  }
  return level;
}

std::int32_t code_of_level(const CodeParameters& codes, double level) {
  const double code = std::min(std::max(std::floor(level), 0.0), codes.top);
  return static_cast<std::int32_t>(code - codes.partial_offset);
}

}  // namespace leyden::cim
