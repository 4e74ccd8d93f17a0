#pragma once

#include "models/base/error.h"
#include "platform/cli/arguments.h"
#include "platform/run/resources.h"

namespace leyden::cli {

// Each command prints its result to standard output and returns the exit status; what is wrong is
// thrown as base::Error.
base::ExitStatus run_command(const Arguments& arguments, const run::Resources& resources);
base::ExitStatus exec_command(const Arguments& arguments, const run::Resources& resources);
base::ExitStatus compile_command(const Arguments& arguments, const run::Resources& resources);
base::ExitStatus list_command(const Arguments& arguments, const run::Resources& resources);
base::ExitStatus report_command(const Arguments& arguments);
base::ExitStatus validate_command(const Arguments& arguments, const run::Resources& resources);
base::ExitStatus coverage_command(const Arguments& arguments);
base::ExitStatus diff_command(const Arguments& arguments);
base::ExitStatus vectors_command(const Arguments& arguments, const run::Resources& resources);
base::ExitStatus replay_command(const Arguments& arguments);
base::ExitStatus sweep_command(const Arguments& arguments, const run::Resources& resources);
base::ExitStatus sweep_worker_command(const Arguments& arguments, const run::Resources& resources);

}  // namespace leyden::cli
