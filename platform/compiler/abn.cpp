#include "platform/compiler/abn.h"

#include <algorithm>
#include <cmath>

#include "models/base/error.h"
#include "platform/compiler/converter_ranges.h"
#include "platform/compiler/fixed_point.h"
#include "platform/compiler/partial_sums.h"

namespace leyden::compiler {
namespace {

constexpr double kGammaOne = 256;  // 8 fraction bits
constexpr double kMostGamma = 65535;
constexpr double kBetaOne = 16;  // 4 fraction bits
constexpr double kLeastBeta = -32768;
constexpr double kMostBeta = 32767;

/// Counts the outputs of a layer whose registers do not reach what the network asks for.
struct Saturation {
  std::size_t gamma_high = 0;
  std::size_t gamma_coarse = 0;  ///< rounding of gamma above 1 in 64
  std::size_t beta = 0;

  void tell(const std::string& layer, std::size_t outputs, std::vector<std::string>& notes) const {
    const auto add = [&](std::size_t count, const std::string& what) {
      if (count == 0) return;
      notes.push_back("layer '" + layer + "': " + std::to_string(count) + " of " +
                      std::to_string(outputs) + " outputs " + what);
    };
    add(gamma_high, "need a gain above 255.996 and saturate; a wider activation range would fit");
    add(gamma_coarse, "have a gain below 32/256, which is rounded by more than 1.5 %");
    add(beta, "need an offset outside -2048 .. 2047.9 and saturate");
  }
};

std::uint16_t gamma_code(double gamma, Saturation& saturation) {
  const double code = std::round(gamma * kGammaOne);
  if (code > kMostGamma) ++saturation.gamma_high;
  if (code < 32) ++saturation.gamma_coarse;
  return static_cast<std::uint16_t>(std::clamp(code, 1.0, kMostGamma));
}

std::int16_t beta_code(double beta, Saturation& saturation) {
  const double code = std::round(beta * kBetaOne);
  if (code < kLeastBeta || code > kMostBeta) ++saturation.beta;
  return static_cast<std::int16_t>(std::clamp(code, kLeastBeta, kMostBeta));
}

struct LayerView {
  const QuantLayer& layer;
  const QuantTensor& in;
  const QuantTensor& out;
  std::size_t rows;
  std::size_t outputs;

  bool all_zero(std::size_t o) const {
    const auto first = layer.weights.begin() + static_cast<std::ptrdiff_t>(o * rows);
    return std::all_of(first, first + static_cast<std::ptrdiff_t>(rows),
                       [](std::int8_t w) { return w == 0; });
  }
  double weight_sum(std::size_t o) const {
    double sum = 0;
    for (std::size_t i = 0; i < rows; ++i) sum += layer.weights[o * rows + i];
    return sum;
  }
  /// Output codes per unit of the dot product D.
  double codes_per_unit(std::size_t o) const {
    return layer.weight_scale[o] * in.scale / out.scale;
  }
};

/// N * 2^(bx + bw - b - r).
double lsb(const vector::PartialFormat& format) {
  const int exponent = static_cast<int>(format.in_bits + format.weight_bits) -
                       static_cast<int>(format.out_bits + format.range_shift);
  return std::ldexp(static_cast<double>(format.units) * format.rows_per_unit, exponent);
}

void set_whole(const LayerView& view, LayerPlan& plan, Saturation& saturation) {
  const double step = lsb(plan.format);
  for (std::size_t o = 0; o < view.outputs; ++o) {
    AbnCode code;
    if (!view.all_zero(o)) code.gamma = gamma_code(view.codes_per_unit(o) * step, saturation);
    // The gain as rounded: so a constant input still gives the constant it should.
    const double correction =
        code.gamma / kGammaOne / step * view.in.zero_point * view.weight_sum(o);
    code.beta = beta_code(view.layer.bias[o] / view.out.scale + view.out.zero_point - correction,
                          saturation);
    plan.abn.push_back(code);
  }
}

void set_split(const LayerView& view, const std::vector<double>& peaks, LayerPlan& plan,
               Saturation& saturation) {
  const double step = lsb(plan.format);
  const double middle = std::ldexp(1.0, static_cast<int>(plan.format.out_bits) - 1);
  std::vector<double> factors;
  std::vector<double> offsets;
  for (std::size_t o = 0; o < view.outputs; ++o) {
    AbnCode code;  // of gain 1
    if (peaks[o] > 0) code.gamma = gamma_code((middle - 1) * step / peaks[o], saturation);
    code.beta = beta_code(middle, saturation);
    plan.abn.push_back(code);
    const double per_unit = view.codes_per_unit(o);
    factors.push_back(per_unit * step / (code.gamma / kGammaOne));
    offsets.push_back(view.layer.bias[o] / view.out.scale + view.out.zero_point -
                      per_unit * view.in.zero_point * view.weight_sum(o));
  }
  const FixedPoint fixed = to_fixed_point(factors, offsets);
  plan.accumulate = view.layer.result;
  plan.accumulate.shift = fixed.shift;
  for (std::size_t o = 0; o < view.outputs; ++o) {
    plan.table.push_back({fixed.factors[o], fixed.offsets[o], plan.abn[o].gamma, 0});
  }
}

}  // namespace

void set_abn(Plan& plan, const Graph& graph, const NetworkFile& file,
             const std::vector<Image>& calibration) {
  set_converter_ranges(plan, graph, file, calibration);
  const Reshaping reshape = file.quantisation.reshape;
  const bool fixed = reshape == Reshaping::kOff || reshape == Reshaping::kLayer;
  for (std::size_t i = 0; i < plan.layers.size(); ++i) {
    LayerPlan& made = plan.layers[i];
    if (plan.network.layers[i].kind != LayerKind::kMacro) continue;
    made.rescaled = fixed;
    made.converter_bits = made.split() ? plan.geometry.partial_bits
                                       : plan.network.tensors[plan.network.layers[i].output].bits;
  }
  const PartialSums sums(plan, graph, file, calibration);
  for (std::size_t i = 0; i < plan.layers.size(); ++i) {
    const QuantLayer& layer = plan.network.layers[i];
    LayerPlan& made = plan.layers[i];
    if (layer.kind == LayerKind::kScale) made.table = layer.table;
    if (layer.kind != LayerKind::kMacro) continue;
    const LayerView view{layer, plan.network.tensors[layer.inputs[0]],
                         plan.network.tensors[layer.output], plan.network.rows(layer),
                         plan.network.outputs(layer)};
    made.format = {made.mapping.units, plan.geometry.rows_per_unit, view.in.bits,
                   layer.weight_bits,  made.converter_bits,         plan.geometry.range_shift};
    Saturation saturation;
    if (made.split()) {
      std::vector<double> peaks = sums.peaks(i);
      if (reshape == Reshaping::kLayer) {
        std::fill(peaks.begin(), peaks.end(), *std::max_element(peaks.begin(), peaks.end()));
      }
      if (reshape == Reshaping::kOff) std::fill(peaks.begin(), peaks.end(), 0.0);
      set_split(view, peaks, made, saturation);
    } else {
      set_whole(view, made, saturation);
    }
    saturation.tell(layer.name, view.outputs, plan.notes);
  }
}

}  // namespace leyden::compiler
