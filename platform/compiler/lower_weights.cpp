#include <string>

#include "platform/compiler/fixed_point.h"
#include "platform/compiler/lower.h"

namespace leyden::compiler {
namespace {

constexpr std::size_t kMostRow = 65535;  // elements: their sum of products fits 32 bits

/// [out][channel][pixel] to [out][pixel][channel], the order of an im2col row.
std::vector<float> channels_last(const std::vector<float>& weights, std::size_t outputs,
                                 std::size_t channels) {
  const std::size_t pixels = weights.size() / outputs / channels;
  std::vector<float> result(weights.size());
  for (std::size_t o = 0; o < outputs; ++o) {
    for (std::size_t c = 0; c < channels; ++c) {
      for (std::size_t p = 0; p < pixels; ++p) {
        result[(o * pixels + p) * channels + c] = weights[(o * channels + c) * pixels + p];
      }
    }
  }
  return result;
}

void set_multipliers(const QuantTensor& in, const QuantTensor& out, QuantLayer& layer) {
  std::vector<double> factors;
  std::vector<double> offsets;
  for (std::size_t o = 0; o < layer.bias.size(); ++o) {
    factors.push_back(in.scale * layer.weight_scale[o] / out.scale);
    offsets.push_back(layer.bias[o] / out.scale + out.zero_point);
  }
  const FixedPoint fixed = to_fixed_point(factors, offsets);
  layer.result.shift = fixed.shift;
  layer.table.clear();
  for (std::size_t o = 0; o < factors.size(); ++o) {
    layer.table.push_back({fixed.factors[o], fixed.offsets[o], 0, 0});
  }
}

}  // namespace

void lower_conv(const Conv& conv, const WeightOptions& options, QuantLayer& layer) {
  layer.groups = conv.groups;
  layer.window = conv.window;
  layer.bias.assign(conv.bias.begin(), conv.bias.end());
  quantise_weights(channels_last(conv.weight, conv.bias.size(),
                                 static_cast<std::size_t>(conv.in_channels / conv.groups)),
                   conv.encoding, options, layer);
}

void lower_gemm(const Gemm& gemm, const Shape& in, const WeightOptions& options,
                QuantLayer& layer) {
  layer.window.kernel_height = in.height;
  layer.window.kernel_width = in.width;
  layer.bias.assign(gemm.bias.begin(), gemm.bias.end());
  quantise_weights(
      channels_last(gemm.weight, gemm.bias.size(), static_cast<std::size_t>(in.channels)),
      gemm.encoding, options, layer);
}

void move_to_core(const Node& node, const QuantTensor& in, QuantLayer& layer) {
  const std::size_t row = layer.weights.size() / layer.bias.size();
  if (row > kMostRow) {
    refuse(node, "an output of " + std::to_string(row) +
                     " weights is not supported on the core; at most 65535 are");
  }
  layer.kind = LayerKind::kCore;
  layer.core.kernel = CoreKernel::kConv;
  layer.core.fill = in.zero_point;
}

void set_multipliers(QuantNetwork& network) {
  for (QuantLayer& layer : network.layers) {
    if (layer.kind != LayerKind::kCore || layer.core.kernel != CoreKernel::kConv) continue;
    set_multipliers(network.tensors[layer.inputs[0]], network.tensors[layer.output], layer);
  }
}

}  // namespace leyden::compiler
