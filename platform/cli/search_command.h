#pragma once

#include "models/base/error.h"
#include "platform/cli/arguments.h"
#include "platform/run/resources.h"

namespace leyden::cli {

/// `leyden compile --search`: compiles for every combination of values, tells them in order of the
/// objective, writes the best.
base::ExitStatus search_command(const Arguments& arguments, const run::Resources& resources);

/// `leyden compile --search-bits`: chooses the weight bits of every layer, writes that network.
base::ExitStatus search_bits_command(const Arguments& arguments, const run::Resources& resources);

}  // namespace leyden::cli
