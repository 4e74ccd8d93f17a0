#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "platform/run/end_signals.h"
#include "platform/sweep/evaluator.h"
#include "platform/sweep/executor.h"
#include "platform/sweep/worker_process.h"

namespace leyden::sweep {

/// Evaluates points in worker processes of this machine (`leyden sweep-worker`), which live as long
/// as the executor. Points of depth full go to a worker one at a time; points of depth cost some
/// ahead, so that no worker waits for this program.
class LocalExecutor : public Executor {
 public:
  /// @param program  what workers are started from, with `arguments`
  LocalExecutor(const std::string& program, const std::vector<std::string>& arguments,
                const Base& base, std::size_t jobs);
  ~LocalExecutor() override;

  void evaluate(const std::vector<Point>& points, const OnResult& on_result) override;

 private:
  struct Worker {
    std::unique_ptr<WorkerProcess> process;
    bool started = false;           ///< its first line has come
    std::deque<std::size_t> given;  ///< points it has no result of yet, in their order
  };
  class Batch;

  Worker start_worker() const;

  std::string program_;
  std::vector<std::string> arguments_;
  std::string base_;
  std::size_t jobs_;
  std::vector<Worker> workers_;
};

}  // namespace leyden::sweep
