#pragma once

#include <CLI/CLI.hpp>

#include "platform/cli/arguments.h"

namespace leyden::cli {

/// `leyden report INPUT... -o FILE`.
CLI::App* add_report(CLI::App& app, Arguments& arguments);

/// @throws base::UsageError when inputs or the output are missing
void check_report_arguments(const Arguments& arguments);

}  // namespace leyden::cli
