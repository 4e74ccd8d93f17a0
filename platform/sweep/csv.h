#pragma once

#include <string>

#include "platform/sweep/store.h"

namespace leyden::sweep {

/// All points of a results file as comma-separated values (RFC 4180): a line of names, then a line
/// a point with variables, settings and metrics. Nothing of the host is in it, so that equal sweeps
/// give equal bytes, whatever evaluated them.
std::string sweep_csv(const Store& store);

}  // namespace leyden::sweep
