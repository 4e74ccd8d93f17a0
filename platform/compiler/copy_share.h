#pragma once

#include "platform/compiler/job_words.h"

namespace leyden::compiler {

/// The part of a pass that one copy of a layer's weights computes, as a pass of its own.
struct Share {
  Pass pass;
  Operands at;
};

/// Copies take equal shares of the output rows of every pass, in order; the last takes also the
/// rows whose windows lie wholly in the padding below, for no job can begin there.
/// @return rows.count 0 where a copy has nothing to do
Share share_of(const Plan& plan, std::size_t layer, const Pass& pass, const Operands& at,
               unsigned copy);

}  // namespace leyden::compiler
