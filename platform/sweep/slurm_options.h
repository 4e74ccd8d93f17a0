#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace leyden::sweep {

/// Tasks that may end while the same point is evaluated before the point counts as failed, and
/// tasks that may end before they evaluate anything before the sweep does.
inline constexpr unsigned kMostTaskDeaths = 3;
/// Starts of a task by the cluster (requeue) at the same point before its task counts as dead.
inline constexpr unsigned kMostTaskStarts = 10;

/// How a sweep uses a Slurm cluster.
struct SlurmOptions {
  std::string folder;   ///< shared by this machine and the nodes; made if it is not there
  std::string program;  ///< this program as the nodes find it; "": the running one's path
  std::uint64_t points_per_task = 0;  ///< 0: chosen by chunk_size()
  std::uint64_t tasks_at_once = 0;    ///< 0: as many as the cluster lets run
  std::vector<std::string> sbatch;    ///< KEY=VALUE each, more options of sbatch
  /// Told what a person should know meanwhile, one sentence each: why tasks wait, that the cluster
  /// does not answer.
  std::function<void(const std::string& sentence)> notice;

  /// How often the cluster is asked at most; 0: a tenth of the time since the last submission,
  /// between 0.5 s and 15 s.
  std::chrono::milliseconds ask_interval{0};
  /// How long results are waited for after a task has ended well (shared folders show a file later
  /// on another machine).
  std::chrono::milliseconds visible_within{60000};
  /// How long the cluster may not answer.
  std::chrono::milliseconds silence{900000};
};

}  // namespace leyden::sweep
