#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

namespace leyden::cli {

/// What `leyden coverage` is asked for.
struct CoverageArguments {
  std::vector<std::string> files;          ///< that --functional-coverage, or this command, wrote
  std::string output;                      ///< .json: merged, .md: as a page; "": none
  bool holes = false;                      ///< tell what was never seen
  std::optional<double> at_least_percent;  ///< exit status 3 below
};

/// Adds the options of `leyden coverage` to its command.
void add_coverage(CLI::App* command, CoverageArguments& arguments);

/// Refuses what is missing. @throws base::UsageError
void check_coverage(const CoverageArguments& arguments);

}  // namespace leyden::cli
