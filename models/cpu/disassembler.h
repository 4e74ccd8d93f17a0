#pragma once

#include <cstdint>
#include <string>

#include "models/cpu/instruction.h"

namespace leyden::cpu {

/// ABI name of a register: "zero", "ra", "sp", ...
const char* register_name(unsigned index);

/// Text of an instruction at `pc`, without aliases: "addi a0, a0, -1", "lw a5, 8(sp)". A compressed
/// instruction is told as what it stands for.
std::string disassemble(const Decoded& instruction, std::uint32_t pc);

}  // namespace leyden::cpu
