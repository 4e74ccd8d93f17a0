#pragma once

#include <CLI/CLI.hpp>

#include "platform/cli/arguments.h"

namespace leyden::cli {

/// Adds --search, --search-bits and --least-sqnr to `leyden compile`.
void add_search(CLI::App* compile, Arguments& arguments);

/// Refuses options that do not go with a search. @throws base::UsageError
void check_search(const Arguments& arguments);

}  // namespace leyden::cli
