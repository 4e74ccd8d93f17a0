#include <sched.h>
#include <signal.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "platform/chip/chip_parameters.h"
#include "platform/cli/commands.h"
#include "platform/cli/sweep_tables.h"
#include "platform/cli/terminal.h"
#include "platform/run/end_signals.h"
#include "platform/sweep/base_parameters.h"
#include "platform/sweep/chunk.h"
#include "platform/sweep/csv.h"
#include "platform/sweep/local_executor.h"
#include "platform/sweep/slurm_executor.h"
#include "platform/sweep/sweep.h"
#include "platform/sweep/sweep_json.h"
#include "platform/sweep/worker.h"

namespace leyden::cli {
namespace {

/// Cores this program may use.
std::size_t cores() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<std::size_t>(std::max(1, CPU_COUNT(&set)));
}

std::unique_ptr<sweep::Executor> make_executor(const SweepArguments& arguments,
                                               const sweep::Base& base, bool quiet) {
  if (arguments.executor == "slurm") {
    sweep::SlurmOptions options;
    options.folder = arguments.folder.empty() ? arguments.results + ".slurm" : arguments.folder;
    options.points_per_task = arguments.points_per_task;
    options.tasks_at_once = arguments.jobs;
    options.sbatch = arguments.sbatch;
    if (!quiet) {
      options.notice = [](const std::string& sentence) { std::cerr << sentence << std::endl; };
    }
    return std::make_unique<sweep::SlurmExecutor>(base, options);
  }
  return std::make_unique<sweep::LocalExecutor>(run::executable_path(),
                                                std::vector<std::string>{"sweep-worker"}, base,
                                                arguments.jobs != 0 ? arguments.jobs : cores());
}

/// What points of another chip than the base's are evaluated with. A chip that is not there fails
/// its points, each with the reason.
void add_chip(sweep::Store& store, const run::Resources& resources, const std::string& name) {
  std::optional<base::ParameterSet> chip;
  try {
    chip = sweep::base_chip(store.about().base, resources.chip(name));
  } catch (const base::UsageError&) {
    return;
  }
  store.add_base_parameters(name, sweep::base_parameters(store.about().base, name, *chip));
}

}  // namespace

base::ExitStatus sweep_command(const Arguments& arguments, const run::Resources& resources) {
  const SweepArguments& wanted = arguments.sweep;
  // 1. All that can be told before the first point, and before the results file is made.
  sweep::SweepSpec spec = sweep::load_sweep_file(resources.sweep(wanted.file), chip::chip_scopes());
  if (!wanted.data.empty()) spec.base.data = wanted.data;
  const base::ParameterSet chip = sweep::base_chip(spec.base, resources.chip(spec.base.chip));
  const auto planner = sweep::make_planner(spec, sweep::base_values(spec.base, chip));
  sweep::make_evaluator(spec.base, resources);
  const auto executor = make_executor(wanted, spec.base, arguments.quiet);
  if (!wanted.csv.empty()) check_writable(wanted.csv);
  // 2. The points. A limit on the size of files is then an error as a full disk is.
  signal(SIGXFSZ, SIG_IGN);
  const sweep::SweepAbout about = sweep::about_of(spec, version());
  sweep::Store store = wanted.resume ? sweep::Store::resume(wanted.results, about)
                                     : sweep::Store::create(wanted.results, about);
  store.add_base_parameters(spec.base.chip,
                            sweep::base_parameters(spec.base, spec.base.chip, chip));
  sweep::SweepCounts counts;
  {
    ProgressBar bar(arguments.quiet, "points");
    sweep::SweepRun run;
    run.planner = planner.get();
    run.executor = executor.get();
    run.store = &store;
    run.confirm_points = spec.depth == sweep::Depth::kCost ? spec.confirm_points : 0;
    run.on_chip = [&](const std::string& name) { add_chip(store, resources, name); };
    run.on_progress = [&](const sweep::SweepCounts& now, std::uint64_t all) {
      bar.update(now.done + now.failed, all, now.known);
    };
    counts = sweep::run_sweep(run);
  }
  // 3. What was found.
  if (!wanted.csv.empty()) write_file(wanted.csv, sweep::sweep_csv(store));
  if (arguments.json) {
    std::cout << sweep::sweep_json(store).dump(1, ' ', false,
                                               nlohmann::ordered_json::error_handler_t::replace)
              << "\n";
  } else if (!arguments.quiet) {
    std::cout << sweep_summary(store, counts, terminal_width());
  }
  return base::ExitStatus::kGood;
}

base::ExitStatus sweep_worker_command(const Arguments& arguments, const run::Resources& resources) {
  const auto make = [&](const sweep::Base& base) { return sweep::make_evaluator(base, resources); };
  if (!arguments.sweep.chunk.empty()) {
    sweep::run_chunk(arguments.sweep.chunk, arguments.sweep.chunk_results, make);
    return base::ExitStatus::kGood;
  }
  try {
    return static_cast<base::ExitStatus>(sweep::run_sweep_worker(std::cin, std::cout, make));
  } catch (const run::Interrupted& interrupted) {
    raise(interrupted.signal());  // without a word: the sweep that ended it has told why
    throw;
  }
}

}  // namespace leyden::cli
