#pragma once

#include <cstdint>

namespace leyden::cpu {

/// The 32-bit instruction a compressed one stands for (RV32C without floating point); 0, which is
/// no instruction, when it is reserved or not supported. Hints expand to instructions that write
/// x0.
std::uint32_t expand_compressed(std::uint16_t half);

}  // namespace leyden::cpu
