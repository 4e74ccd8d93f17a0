#include "platform/compiler/converter_use.h"

#include <algorithm>
#include <cmath>

namespace leyden::compiler {

ConverterWatch::ConverterWatch(const Plan& plan)
    : plan_(plan), scale_shift_(0), counters_(plan.layers.size()) {
  const DigitalCombining& combining = plan.geometry.combining;
  if (combining.used) scale_shift_ = combining.scale_shift();
  for (std::size_t i = 0; i < counters_.size(); ++i) {
    const QuantLayer& layer = plan.network.layers[i];
    if (layer.kind != LayerKind::kMacro) continue;
    const std::size_t rows = plan.network.rows(layer);
    const QuantTensor& in = plan.network.tensors[layer.inputs[0]];
    const double out_scale = plan.network.tensors[layer.output].scale;
    for (std::size_t o = 0; o < plan.network.outputs(layer); ++o) {
      double sum = 0;
      for (std::size_t r = 0; r < rows; ++r) sum += layer.weights[o * rows + r];
      const double unit = layer.weight_scale[o] * in.scale / out_scale;
      counters_[i].units.push_back(unit);
      counters_[i].offsets.push_back(
          plan.layers[i].split() ? unit * sum * in.zero_point - layer.bias[o] / out_scale : 0.0);
    }
    counters_[i].codes.resize(std::size_t{1} << plan.layers[i].converter_bits);
    counters_[i].sums.resize(plan.network.outputs(layer));
    counters_[i].errors.resize(counters_[i].sums.size());
    counters_[i].parts.resize(counters_[i].sums.size());
  }
}

void ConverterWatch::converted(std::size_t layer, std::size_t /*position*/, std::size_t output,
                               std::int64_t sum) {
  const LayerPlan& plan = plan_.layers[layer];
  const QuantTensor& out = plan_.network.tensors[plan_.network.layers[layer].output];
  Counter& counter = counters_[layer];
  const AbnCode& abn = plan.abn[output];
  const int exponent = static_cast<int>(plan.format.in_bits + plan.format.weight_bits) -
                       static_cast<int>(plan.format.out_bits + plan.format.range_shift);
  const double lsb =
      std::ldexp(static_cast<double>(plan.format.units) * plan.format.rows_per_unit, exponent);
  const double product = std::ldexp(static_cast<double>(sum), -static_cast<int>(scale_shift_));
  const double gain = abn.gamma / 256.0 / lsb;  // codes a unit of D
  const double t = gain * product + abn.beta / 16.0;
  const int code = convert(sum, abn, plan.format, scale_shift_);
  ++counter.codes[static_cast<std::size_t>(code)];
  const double highest = std::ldexp(1.0, static_cast<int>(plan.converter_bits)) - 1;
  // Below 0 a Relu is meant: that is no error.
  const bool rectified = !plan.split() && out.zero_point == 0;
  const double meant = rectified ? std::max(t, 0.0) : t;
  const double error = code - meant;
  if (meant < -0.5 || meant >= highest + 0.5) {
    ++counter.clipped;
    counter.clipping += error * error;
  } else {
    counter.truncation += error * error;
  }
  if (plan.split()) {
    counter.sums[output] += counter.units[output] * product;
    counter.errors[output] += counter.units[output] * error / gain;
  } else {  // the range of the activations is meant: what it cuts is told as clipping alone
    const double kept = std::clamp(t, 0.0, highest);
    counter.sums[output] += kept - out.zero_point;
    counter.errors[output] += code - kept;
  }
  if (++counter.parts[output] == plan.mapping.parts) flush(counter, output);
}

void ConverterWatch::flush(Counter& counter, std::size_t output) {
  const double real = counter.sums[output] - counter.offsets[output];
  counter.signal += real * real;
  counter.error += counter.errors[output] * counter.errors[output];
  counter.sums[output] = 0;
  counter.errors[output] = 0;
  counter.parts[output] = 0;
}

ConverterUse ConverterWatch::use(std::size_t layer) const {
  const Counter& counter = counters_[layer];
  ConverterUse use;
  use.bits = plan_.layers[layer].converter_bits;
  use.parts = plan_.layers[layer].mapping.parts;
  use.codes = counter.codes;
  const auto all = static_cast<double>(std::max<std::uint64_t>(use.conversions(), 1));
  use.clipped_share = static_cast<double>(counter.clipped) / all;
  use.clipping_error = counter.clipping / all;
  use.truncation_error = counter.truncation / all;
  if (counter.error > 0 && counter.signal > 0) {
    use.sqnr_db = 10 * std::log10(counter.signal / counter.error);
  }
  return use;
}

std::uint64_t ConverterUse::conversions() const {
  std::uint64_t all = 0;
  for (const std::uint64_t count : codes) all += count;
  return all;
}

unsigned ConverterUse::codes_used() const {
  return static_cast<unsigned>(
      std::count_if(codes.begin(), codes.end(), [](std::uint64_t count) { return count > 0; }));
}

double ConverterUse::code_bits() const { return std::log2(std::max(codes_used(), 1u)); }

double ConverterUse::entropy_bits() const {
  const auto all = static_cast<double>(std::max<std::uint64_t>(conversions(), 1));
  double entropy = 0;
  for (const std::uint64_t count : codes) {
    if (count == 0) continue;
    const double share = static_cast<double>(count) / all;
    entropy -= share * std::log2(share);
  }
  return entropy;
}

}  // namespace leyden::compiler
