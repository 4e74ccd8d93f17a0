#pragma once

#include <CLI/CLI.hpp>

#include "platform/cli/arguments.h"

namespace leyden::cli {

/// Options of what each unit does over time (docs/tracing.md).
void add_unit_traces(CLI::App* command, Arguments& arguments);
/// @throws base::UsageError when they do not go together
void check_unit_traces(const Arguments& arguments);

}  // namespace leyden::cli
