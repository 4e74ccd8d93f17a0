#include <algorithm>
#include <cmath>

#include "firmware/include/leyden/core_step.h"
#include "platform/compiler/fixed_point.h"
#include "platform/compiler/lower.h"

namespace leyden::compiler {
namespace {

constexpr std::int64_t kMostArgMax = 256;  // its output is a code of 8 bits
const double kOne = std::ldexp(1.0, LEYDEN_CORE_EXP_BITS);
const double kMostNumerator = std::ldexp(1.0, 31);  // with half a sum added it fits 32 bits

std::uint32_t rounded(double value) {
  return static_cast<std::uint32_t>(std::llround(std::min(value, kMostNumerator)));
}

void start_core(CoreKernel kernel, QuantLayer& layer) {
  layer.kind = LayerKind::kCore;
  layer.core.kernel = kernel;
}

}  // namespace

void lower_pad(const Node& node, const Pad& pad, const QuantTensor& in, QuantLayer& layer) {
  if (std::min({pad.top, pad.left, pad.bottom, pad.right}) < 0) {
    refuse(node, "negative pads are not supported; the nearest supported form is a pad of 0");
  }
  start_core(CoreKernel::kPad, layer);
  layer.window.pad_top = pad.top;
  layer.window.pad_left = pad.left;
  layer.core.fill = code_of(static_cast<double>(pad.value), in);
}

void lower_softmax(const Softmax& softmax, const QuantTensor& in, const QuantTensor& out,
                   QuantLayer& layer) {
  start_core(softmax.logarithm ? CoreKernel::kLogSoftmax : CoreKernel::kSoftmax, layer);
  std::vector<std::uint32_t>& tables = layer.core.tables;
  for (unsigned d = 0; d < LEYDEN_CORE_EXP_ENTRIES; ++d) {
    tables.push_back(rounded(kOne * std::exp(-in.scale * d)));
  }
  layer.core.offset = out.zero_point;
  if (!softmax.logarithm) {
    for (unsigned d = 0; d < LEYDEN_CORE_EXP_ENTRIES; ++d) {
      tables.push_back(rounded(kOne * std::exp(-in.scale * d) / out.scale));
    }
    return;
  }
  for (unsigned i = 0; i < LEYDEN_CORE_LOG_ENTRIES; ++i) {
    tables.push_back(rounded(std::ldexp(std::log2(1.0 + i / 256.0), 16)));
  }
  const FixedPoint fixed =
      to_fixed_point({in.scale / out.scale, std::log(2.0) / std::ldexp(out.scale, 16)}, {0.0});
  layer.core.factor = fixed.factors[0];
  layer.core.second = fixed.factors[1];
  layer.result.shift = fixed.shift;
}

void lower_arg_max(const Node& node, const ArgMax& arg_max, const QuantTensor& in,
                   QuantLayer& layer) {
  if (in.shape.channels > kMostArgMax) {
    refuse(node,
           std::to_string(in.shape.channels) +
               " channels are not supported, for their numbers do not fit 8 bits; at most 256 "
               "are");
  }
  start_core(CoreKernel::kArgMax, layer);
  layer.core.flag = arg_max.last;
}

void lower_flatten(QuantLayer& layer) { start_core(CoreKernel::kFlatten, layer); }

}  // namespace leyden::compiler
