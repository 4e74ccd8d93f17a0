#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace leyden::cli {

/// What `leyden sweep` is asked for.
struct SweepArguments {
  std::string file;     ///< a preset's name or a sweep file
  std::string results;  ///< the results file
  std::string executor = "local";
  unsigned jobs = 0;  ///< worker processes, 0: one for each core
  bool resume = false;
  std::string data;  ///< "": as the sweep file says
  std::string csv;   ///< file to be written, "": none
  // a cluster
  std::string folder;                 ///< shared with it, "": beside the results file
  std::uint64_t points_per_task = 0;  ///< 0: chosen
  std::vector<std::string> sbatch;    ///< KEY=VALUE each
  // sweep-worker, as a cluster's task
  std::string chunk;
  std::string chunk_results;
};

/// Adds `leyden sweep`, and `leyden sweep-worker` that it starts.
CLI::App* add_sweep(CLI::App& app, SweepArguments& arguments);
CLI::App* add_sweep_worker(CLI::App& app, SweepArguments& arguments);

/// @throws base::UsageError for what is missing or does not go together
void check_sweep(const SweepArguments& arguments);

}  // namespace leyden::cli
