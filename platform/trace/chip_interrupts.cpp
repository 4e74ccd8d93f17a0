#include "platform/trace/chip_interrupts.h"

#include "platform/trace/layer_name.h"

namespace leyden::trace {

std::vector<std::string> interrupt_names(const chip::Chip& chip) {
  std::vector<std::string> names = interrupt_names(chip.macros(), chip.dma_channels());
  for (const chip::OwnBlock& block : chip.own_blocks()) {
    if (block.irq) names.at(*block.irq) = block.name;
  }
  return names;
}

}  // namespace leyden::trace
