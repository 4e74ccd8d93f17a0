#pragma once

#include <string>

#include "platform/sweep/store.h"
#include "platform/sweep/sweep.h"

namespace leyden::cli {

/// What a sweep found, for a terminal so many columns wide: its front with objectives and
/// variables, how well confirmed points were told, and what became of all points.
std::string sweep_summary(const sweep::Store& store, const sweep::SweepCounts& counts,
                          unsigned width);

}  // namespace leyden::cli
