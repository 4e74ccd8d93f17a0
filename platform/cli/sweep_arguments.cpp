#include "platform/cli/sweep_arguments.h"

#include <charconv>

#include "models/base/error.h"

namespace leyden::cli {

using base::UsageError;

namespace {

CLI::Validator whole_number(std::uint64_t most) {
  return CLI::Validator(
      [most](const std::string& text) {
        std::uint64_t value = 0;
        const char* end = text.data() + text.size();
        const auto [stop, error] = std::from_chars(text.data(), end, value);
        const bool good = error == std::errc() && stop == end && value >= 1 && value <= most;
        return good ? std::string()
                    : "'" + text + "' is not a whole number from 1 to " + std::to_string(most);
      },
      "");
}

/// The first option given that only a cluster understands, "" when none is.
std::string cluster_option(const SweepArguments& arguments) {
  if (!arguments.folder.empty()) return "--slurm-folder";
  if (arguments.points_per_task != 0) return "--points-per-task";
  return arguments.sbatch.empty() ? "" : "--sbatch";
}

}  // namespace

CLI::App* add_sweep(CLI::App& app, SweepArguments& arguments) {
  CLI::App* sweep =
      app.add_subcommand("sweep", "Evaluate many variants of a chip and network: what if?");
  sweep->add_option("file", arguments.file, "Sweep: a preset's name or a sweep file");
  sweep->add_option("-o,--output", arguments.results, "The results file to write (SQLite)");
  sweep
      ->add_option("--executor", arguments.executor,
                   "Where points are evaluated: local (worker processes) or slurm (a cluster)")
      ->capture_default_str();
  sweep
      ->add_option("--jobs", arguments.jobs,
                   "Worker processes, by default one for each core, or tasks of a cluster at a "
                   "time; results do not depend on it")
      ->check(whole_number(1024));
  sweep->add_flag("--resume", arguments.resume,
                  "Go on with the results file: points in it are not evaluated again");
  sweep->add_option("--data", arguments.data,
                    "Folder of IDX or CIFAR-10 files, for that of the sweep file");
  sweep->add_option("--csv", arguments.csv, "Write the results as CSV too, at the end");
  sweep->add_option("--slurm-folder", arguments.folder,
                    "Folder that the cluster shares with this machine (default: RESULTS.slurm)");
  sweep
      ->add_option("--points-per-task", arguments.points_per_task,
                   "Points that a task of the cluster evaluates one after the other")
      ->check(whole_number(1'000'000));
  sweep
      ->add_option("--sbatch", arguments.sbatch,
                   "An option for the cluster's sbatch: KEY=VALUE (repeatable)")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  return sweep;
}

CLI::App* add_sweep_worker(CLI::App& app, SweepArguments& arguments) {
  CLI::App* worker = app.add_subcommand("sweep-worker")->group("");
  worker->add_option("--chunk", arguments.chunk);
  worker->add_option("--results", arguments.chunk_results);
  return worker;
}

void check_sweep(const SweepArguments& arguments) {
  if (arguments.file.empty()) {
    throw UsageError("leyden sweep needs a sweep file or a preset's name; see leyden list sweeps.");
  }
  if (arguments.results.empty()) {
    throw UsageError("leyden sweep needs -o FILE for its results; see leyden sweep --help.");
  }
  if (arguments.executor != "local" && arguments.executor != "slurm") {
    throw UsageError("--executor is " + arguments.executor + ", but one of local, slurm is right.");
  }
  const std::string option = cluster_option(arguments);
  if (arguments.executor == "local" && !option.empty()) {
    throw UsageError(option + " is for a cluster; add --executor slurm, or leave it out.");
  }
}

}  // namespace leyden::cli
