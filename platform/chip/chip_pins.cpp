#include "platform/chip/chip_parts.h"

// What is told of the blocks of a chip to who looks at them.
namespace leyden::chip {

void Chip::visit_pins(
    const std::function<void(const std::string& scope, const base::PinView& pin)>& visit) const {
  parts_->dma->visit_pins([&visit](const base::PinView& pin) { visit("dma_pins", pin); });
  for (std::size_t n = 0; n < parts_->cims.size(); ++n) {
    const std::string scope = "cim" + std::to_string(n) + "_pins";
    parts_->cims[n]->visit_pins([&](const base::PinView& pin) { visit(scope, pin); });
  }
}

base::LayerPlace Chip::Parts::layer_place() const {
  const std::uint32_t layer = perf.layer();
  if (layer == peripherals::Perf::kNoLayer) return {};
  if (layer >= image.layers.size()) return {};
  return {layer, image.layers[layer].name};
}

}  // namespace leyden::chip
