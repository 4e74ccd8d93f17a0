#pragma once

#include "models/cpu/block.h"

namespace leyden::cpu {

/// The function that executes an instruction.
Handler handler_of(Id id);
/// End marker of a block: leaves the address of the next one and the carry.
Handler end_of_block();
/// End marker of a single step: leaves the address only.
Handler end_of_step();

}  // namespace leyden::cpu
