#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "platform/sweep/evaluator.h"
#include "platform/sweep/executor.h"
#include "platform/sweep/slurm_options.h"

namespace leyden::sweep {

/// Points of a task where nobody chose: such that 64 tasks share a batch, but at least 256 points
/// of depth cost, which are evaluated in milliseconds, in a task.
std::uint64_t chunk_size(Depth depth, std::size_t points);

/// Evaluates points in tasks of job arrays of a Slurm cluster: chunks of points and their results
/// go through a shared folder, no daemon runs. A task that ends before its points are done is
/// submitted again with those left; the point it died at then has a task of its own. Tasks and
/// results of an earlier sweep with the same folder, base and version are taken up.
class SlurmExecutor : public Executor {
 public:
  /// @throws base::UsageError for options that cannot be, a folder that cannot be made
  SlurmExecutor(Base base, SlurmOptions options);
  /// Removes the folder if nothing of use to a sweep that is resumed is in it.
  ~SlurmExecutor() override;
  SlurmExecutor(const SlurmExecutor&) = delete;
  SlurmExecutor& operator=(const SlurmExecutor&) = delete;

  /// Cancels its tasks before anything is thrown.
  void evaluate(const std::vector<Point>& points, const OnResult& on_result) override;

 private:
  struct Cluster;
  std::unique_ptr<Cluster> cluster_;
};

}  // namespace leyden::sweep
