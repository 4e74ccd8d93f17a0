#include "platform/trace/layer_name.h"

#include "platform/chip/usage.h"
#include "registers/memory_map.h"

namespace leyden::trace {

std::string layer_name(std::uint32_t layer, const std::vector<std::string>& names) {
  switch (layer) {
    case chip::kBootLayer:
      return "boot";
    case chip::kInputLayer:
      return "input";
    case chip::kOutputLayer:
      return "output";
    case chip::kControlLayer:
      return "control";
    case chip::kCalibrationLayer:
      return "calibration";
    default:
      break;
  }
  if (layer < names.size() && !names[layer].empty()) return names[layer];
  return "layer " + std::to_string(layer);
}

std::vector<std::string> interrupt_names(unsigned macros, unsigned dma_channels) {
  std::vector<std::string> names(32);
  for (unsigned n = 0; n < dma_channels; ++n) {
    names.at(registers::kDmaIrq + n) = "dma" + std::to_string(n);
  }
  names.at(registers::kVectorIrq) = "vector";
  names.at(registers::kMailboxIrq) = "mailbox";
  names.at(registers::kUartIrq) = "uart";
  for (unsigned n = 0; n < macros; ++n) {
    names.at(registers::kCimIrq + n) = "cim" + std::to_string(n);
  }
  return names;
}

}  // namespace leyden::trace
