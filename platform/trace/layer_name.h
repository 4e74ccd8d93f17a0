#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace leyden::trace {

/// What a trace calls a layer that firmware marks: "boot", "input", "output", "control",
/// "calibration", or the network's name, or "layer N" where there is none.
std::string layer_name(std::uint32_t layer, const std::vector<std::string>& names);

/// The PLIC's sources by number, "" where there is none (docs/abi.md).
std::vector<std::string> interrupt_names(unsigned macros, unsigned dma_channels);

}  // namespace leyden::trace
