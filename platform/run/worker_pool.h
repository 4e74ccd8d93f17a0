#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace leyden::run {

/// One worker process: what it is started with and what it reads from its standard input.
struct WorkerTask {
  std::vector<std::string> arguments;  ///< after the program's name
  std::string request;                 ///< its whole standard input
};

/// How a worker ended.
struct WorkerEnd {
  bool exited = false;  ///< false: ended by a signal
  int code = 0;         ///< exit status or signal number
};

/// Called with every line a worker writes to its standard output, without the newline.
using WorkerLine = std::function<void(std::size_t worker, const std::string& line)>;

/// Starts one process a task (exec, never a fork that goes on in this program: design section 4),
/// reads their lines as they come and waits for all. When one fails those after it are ended and
/// those before it go on: the first failure in order is the same every time. Standard
/// error is shared with this program. Workers die with this program.
/// @param deadline host time at which all are ended
/// @param at_once most processes at a time; the tasks are started in their order
/// @return how each ended; the ones ended or not started because of another count as signal SIGTERM
/// @throws base::ModelError when a process cannot be started
/// @throws Interrupted when SIGINT, SIGTERM or SIGHUP came (end_signals.h)
/// @throws base::Error with status kLimit when the deadline passes
std::vector<WorkerEnd> run_workers(
    const std::string& program, const std::vector<WorkerTask>& tasks, const WorkerLine& on_line,
    std::optional<std::chrono::steady_clock::time_point> deadline = std::nullopt,
    std::size_t at_once = SIZE_MAX);

}  // namespace leyden::run
