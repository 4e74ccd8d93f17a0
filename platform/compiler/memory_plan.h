#pragma once

#include "platform/compiler/plan.h"

namespace leyden::compiler {

/// Gives every tensor a home, in LMEM or off chip, and every layer its way through LMEM
/// (docs/compiler-memory.md). A tensor lives from the layer that writes it to the last that reads
/// it; input and output of a layer go to different banks where they fit, so that both ports work
/// at once.
/// @param plan network, mapping and tables are set; places, LayerMemory and notes are filled
/// @throws base::UsageError one sentence naming the layer that does not fit
void place_tensors(Plan& plan);

}  // namespace leyden::compiler
