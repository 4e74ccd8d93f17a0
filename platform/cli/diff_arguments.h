#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

namespace leyden::cli {

/// What `leyden diff` is asked for.
struct DiffArguments {
  std::string a;           ///< report folder or report.json
  std::string b;           ///< what is compared with it
  std::string fail_above;  ///< percent as it was written, "": no bound
  std::optional<double> accuracy_points;
  bool all = false;
  std::optional<double> bound_percent;  ///< of fail_above, set by check_diff()
};

/// Adds the options of `leyden diff` to its command.
void add_diff(CLI::App* command, DiffArguments& arguments);

/// Refuses what is missing and what is no bound. @throws base::UsageError
void check_diff(DiffArguments& arguments);

}  // namespace leyden::cli
