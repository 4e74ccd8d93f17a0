#pragma once

#include <cstdint>
#include <vector>

#include "platform/compiler/quantised.h"

namespace leyden::compiler {

/// NHWC codes of a float tensor (channels x height x width), to the nearest.
std::vector<std::uint8_t> to_codes(const std::vector<float>& values, const QuantTensor& tensor);

}  // namespace leyden::compiler
