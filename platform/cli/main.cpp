#include <fcntl.h>
#include <signal.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "platform/cli/arguments.h"
#include "platform/cli/commands.h"
#include "platform/run/end_signals.h"
#include "platform/run/worker.h"

namespace leyden::cli {
namespace {

/// One process is one thread: the libraries that would start more are told so before their first
/// use (design section 4; parallelism is processes).
void use_one_thread() {
  setenv("OMP_NUM_THREADS", "1", 1);
  setenv("OMP_THREAD_LIMIT", "1", 1);
}

/// A standard stream that was closed by the caller: no other file must get its number.
void open_standard_streams() {
  for (int stream = 0; stream <= 2; ++stream) {
    if (fcntl(stream, F_GETFD) < 0) open("/dev/null", O_RDWR);
  }
}

/// What was printed and did not arrive (a full disk) is no success.
void check_output() {
  std::cout.flush();
  std::fflush(stdout);
  if (!std::cout || std::ferror(stdout) != 0) {
    throw base::UsageError("Standard output cannot be written; is the disk full?");
  }
}

base::ExitStatus dispatch(const Arguments& arguments) {
  const run::Resources resources = run::Resources::find(run::executable_path());
  switch (arguments.command) {
    case Command::kRun:
      return run_command(arguments, resources);
    case Command::kExec:
      return exec_command(arguments, resources);
    case Command::kCompile:
      return compile_command(arguments, resources);
    case Command::kList:
      return list_command(arguments, resources);
    case Command::kValidate:
      return validate_command(arguments, resources);
    case Command::kCoverage:
      return coverage_command(arguments);
    case Command::kDiff:
      return diff_command(arguments);
    case Command::kReport:
      return report_command(arguments);
    case Command::kVectors:
      return vectors_command(arguments, resources);
    case Command::kReplay:
      return replay_command(arguments);
    case Command::kSweep:
      return sweep_command(arguments, resources);
    case Command::kSweepWorker:
      return sweep_worker_command(arguments, resources);
    case Command::kWorker:
    case Command::kNone:
      break;
  }
  return static_cast<base::ExitStatus>(run::run_worker(std::cin, std::cout));
}

int tell(const std::string& sentence, base::ExitStatus status) {
  std::cout.flush();
  const char last = sentence.empty() ? '.' : sentence.back();
  std::cerr << "leyden: " << sentence << (last == '.' || last == '?' ? "" : ".") << std::endl;
  return static_cast<int>(status);
}

int main_of_program(int argc, const char* const* argv) {
  try {
    bool help_shown = false;
    const Arguments arguments = parse_arguments(argc, argv, help_shown);
    const base::ExitStatus status = help_shown ? base::ExitStatus::kGood : dispatch(arguments);
    check_output();
    return static_cast<int>(status);
  } catch (const base::Error& error) {
    return tell(error.what(), error.status());
  } catch (const run::Interrupted& interrupted) {
    tell(interrupted.what(), base::ExitStatus::kModel);
    raise(interrupted.signal());  // the caller sees what ended this program
    return 128 + interrupted.signal();
  } catch (const std::bad_alloc&) {
    return tell("The host has not enough memory for this run.", base::ExitStatus::kModel);
  } catch (const std::exception& error) {
    return tell(error.what(), base::ExitStatus::kModel);
  }
}

}  // namespace
}  // namespace leyden::cli

/// SystemC wants it; the program's own main below starts the simulation itself.
extern "C" int sc_main(int, char**) { return 0; }

int main(int argc, char** argv) {
  leyden::cli::open_standard_streams();
  leyden::cli::use_one_thread();
  return leyden::cli::main_of_program(argc, argv);
}
