#include "platform/compiler/layer_constants.h"

namespace leyden::compiler {
namespace {

void append_word(std::uint32_t word, std::vector<std::uint8_t>& bytes) {
  for (unsigned i = 0; i < 4; ++i) bytes.push_back(static_cast<std::uint8_t>(word >> 8 * i));
}

}  // namespace

void set_constants(Plan& plan) {
  for (std::size_t i = 0; i < plan.layers.size(); ++i) {
    const QuantLayer& layer = plan.network.layers[i];
    std::vector<std::uint8_t>& bytes = plan.layers[i].constants;
    if (layer.kind == LayerKind::kLookup) bytes = layer.lookup;
    if (layer.kind != LayerKind::kCore) continue;
    for (const std::uint32_t word : layer.core.tables) append_word(word, bytes);
    for (const vector::TableEntry& entry : layer.table) {
      append_word(static_cast<std::uint32_t>(entry.multiplier), bytes);
      append_word(static_cast<std::uint32_t>(entry.offset), bytes);
      append_word(0, bytes);
      append_word(0, bytes);
    }
    for (const std::int8_t weight : layer.weights) {
      bytes.push_back(static_cast<std::uint8_t>(weight));
    }
  }
}

}  // namespace leyden::compiler
