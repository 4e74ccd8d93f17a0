#pragma once

#include <cstdint>

#include "platform/compiler/quantised.h"

namespace leyden::compiler {

/// A kernel of the core as the equations of docs/abi.md say, in 64-bit integers.
/// @param x,y codes, NHWC
void run_core(const QuantLayer& layer, const Shape& in, const Shape& out, const std::uint8_t* x,
              std::uint8_t* y);

}  // namespace leyden::compiler
