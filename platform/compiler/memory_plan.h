#pragma once

#include "platform/compiler/plan.h"

namespace leyden::compiler {

/// Gives every tensor, partial-sum buffer and table its place in LMEM. A tensor lives from the
/// layer that writes it to the last that reads it; input and output of a layer go to different
/// banks where they fit, so that both ports work at once. A row-split layer whose partial sums do
/// not fit is computed in chunks of output rows.
/// @param plan network, mapping and tables are set; addresses, chunk_rows and the like are filled
/// @throws base::UsageError one sentence naming the tensor that does not fit
void place_tensors(Plan& plan);

}  // namespace leyden::compiler
