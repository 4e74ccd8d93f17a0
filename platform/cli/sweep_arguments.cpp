#include "platform/cli/sweep_arguments.h"

#include <charconv>

#include "models/base/error.h"

namespace leyden::cli {

using base::UsageError;

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
                   "Worker processes, by default one for each core; results do not depend on it")
      ->check(CLI::Validator(
          [](const std::string& text) {
            unsigned value = 0;
            const char* end = text.data() + text.size();
            const auto [stop, error] = std::from_chars(text.data(), end, value);
            const bool good = error == std::errc() && stop == end && value >= 1 && value <= 1024;
            return good ? std::string() : "'" + text + "' is not a whole number from 1 to 1024";
          },
          ""));
  sweep->add_flag("--resume", arguments.resume,
                  "Go on with the results file: points in it are not evaluated again");
  sweep->add_option("--data", arguments.data,
                    "Folder of IDX or CIFAR-10 files, for that of the sweep file");
  sweep->add_option("--csv", arguments.csv, "Write the results as CSV too, at the end");
  return sweep;
}

CLI::App* add_sweep_worker(CLI::App& app, SweepArguments&) {
  return app.add_subcommand("sweep-worker")->group("");
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
}

}  // namespace leyden::cli
