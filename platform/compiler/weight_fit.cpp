#include "platform/compiler/weight_fit.h"

#include <algorithm>
#include <string>

#include "models/base/error.h"

namespace leyden::compiler {
namespace {

constexpr unsigned kLeastMovedBits = 4;  // a step at the end of the range is 1/8 of it or less

bool holds(const ChipGeometry& geometry, unsigned bits, int least, int most) {
  if (bits < cim::least_weight_bits(geometry.representation)) return false;
  const cim::WeightLayout layout = geometry.layout(bits);
  return layout.minimum <= least && most <= layout.maximum;
}

/// Moves the weights at -2^(b-1) to the next number, when these alone do not fit.
bool move_lowest(QuantLayer& layer, const ChipGeometry& geometry, int most,
                 std::vector<std::string>& notes) {
  const int lowest = -(1 << (layer.weight_bits - 1));
  if (layer.weight_bits < kLeastMovedBits ||
      !holds(geometry, layer.weight_bits, lowest + 1, most)) {
    return false;
  }
  const auto moved = std::count(layer.weights.begin(), layer.weights.end(), lowest);
  std::replace(layer.weights.begin(), layer.weights.end(), static_cast<std::int8_t>(lowest),
               static_cast<std::int8_t>(lowest + 1));
  notes.push_back("layer '" + layer.name + "': " + std::to_string(moved) + " of " +
                  std::to_string(layer.weights.size()) + " weights of " + std::to_string(lowest) +
                  " became " + std::to_string(lowest + 1) +
                  ", for the chip's representation holds a sign and a magnitude");
  return true;
}

}  // namespace

void fit_weights(QuantNetwork& network, const ChipGeometry& geometry) {
  for (QuantLayer& layer : network.layers) {
    // More bits than the macro combines are refused where layers are cut.
    if (layer.kind != LayerKind::kMacro || layer.weight_bits > geometry.weight_bits) continue;
    const auto [least, most] = std::minmax_element(layer.weights.begin(), layer.weights.end());
    for (unsigned bits = layer.weight_bits; bits <= geometry.weight_bits; ++bits) {
      if (!holds(geometry, bits, *least, *most)) continue;
      layer.weight_bits = bits;
      break;
    }
    if (holds(geometry, layer.weight_bits, *least, *most)) continue;
    const std::string range = std::to_string(*least) + " to " + std::to_string(*most);
    if (move_lowest(layer, geometry, *most, network.notes)) continue;
    throw base::UsageError("layer '" + layer.name + "': weights from " + range +
                           " are beyond what the chip's representation holds in its " +
                           std::to_string(geometry.weight_bits) + " bits");
  }
}

}  // namespace leyden::compiler
