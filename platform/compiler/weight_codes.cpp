#include "platform/compiler/weight_codes.h"

#include <algorithm>
#include <cmath>

namespace leyden::compiler {

void quantise_weights(const std::vector<float>& weights, const WeightEncoding& encoding,
                      const WeightOptions& options, QuantLayer& layer) {
  layer.weight_bits = encoding.bits != 0 ? encoding.bits : options.bits;
  const int highest = (1 << (layer.weight_bits - 1)) - 1;
  const int lowest = encoding.bits != 0 ? -highest - 1 : -highest;
  const std::size_t outputs = layer.bias.size();
  const std::size_t rows = weights.size() / outputs;
  layer.weights.resize(weights.size());
  for (std::size_t o = 0; o < outputs; ++o) {
    double most = 0;
    for (std::size_t i = 0; i < rows; ++i) {
      most = std::max(most, std::abs(double{weights[o * rows + i]}));
    }
    double scale = most > 0 ? most / highest : 1.0;
    if (encoding.bits != 0) scale = encoding.scale.at(o);
    layer.weight_scale.push_back(scale);
    for (std::size_t i = 0; i < rows; ++i) {
      const long code = std::lround(weights[o * rows + i] / scale);
      layer.weights[o * rows + i] =
          static_cast<std::int8_t>(std::clamp<long>(code, lowest, highest));
    }
  }
}

}  // namespace leyden::compiler
