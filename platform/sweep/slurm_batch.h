#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "platform/run/end_signals.h"
#include "platform/sweep/chunk.h"
#include "platform/sweep/executor.h"
#include "platform/sweep/slurm_client.h"
#include "platform/sweep/slurm_folder.h"
#include "platform/sweep/slurm_options.h"

namespace leyden::sweep {

/// What the batches of a sweep share.
struct SlurmSweep {
  Base base;
  SlurmOptions options;
  std::vector<std::string> sbatch;  ///< words of sbatch for options.sbatch
  SlurmFolder folder;
  SlurmClient client;
  std::uint64_t most_tasks = 0;   ///< of a job array
  std::uint64_t last_serial = 0;  ///< of job arrays
};

/// The points of one call of the executor and the tasks they are in.
class SlurmBatch {
 public:
  SlurmBatch(SlurmSweep& sweep, const std::vector<Point>& points, const OnResult& on_result);

  /// Tells results that tasks of an earlier sweep have left in the folder, goes on with its tasks
  /// that still wait or run, cancels those that are of no use, and removes all other files.
  void take_up();
  /// Submits all points that no task has.
  void submit();
  /// Reads new results and tells them. @return whether all points have one
  bool read();
  /// Asks the cluster when it is time to; submits again what tasks that ended have left.
  /// @throws base::Error when tasks end before they evaluate, or the cluster is silent too long
  void ask();
  /// Cancels all tasks that may still run.
  void cancel();
  /// Removes the files of its tasks; logs of tasks that a point is said to have ended stay.
  void clean();
  /// How long to wait before read() is worth its while.
  std::chrono::milliseconds pause() const;

 private:
  using Clock = std::chrono::steady_clock;
  using Place = SlurmFolder::Place;

  /// A point by its stage and number.
  using Key = std::pair<Stage, std::uint64_t>;

  struct State {
    const Point* point = nullptr;
    bool told = false;
    bool placed = false;  ///< a task has it
    unsigned deaths = 0;  ///< of tasks while it was evaluated
  };

  /// Points of one task.
  struct Share {
    std::vector<Key> points;
    unsigned false_starts = 0;  ///< of tasks before it that ended before they evaluated
  };

  struct Task {
    Place place;
    std::uint64_t job = 0;
    Share share;
    ResultReader reader;
    std::string state;                         ///< as the cluster said last
    std::optional<Clock::time_point> ended{};  ///< when it was seen to have ended
    bool over = false;                         ///< nothing more is expected of it
    bool keep_log = false;
  };

  State* find(const Key& key);
  std::vector<Key> left(const Task& task) const;
  void tell(const PointResult& result);
  void take_up(const Place& place, const std::vector<SlurmTask>& live, std::vector<Place>& kept);
  std::vector<Share> shares() const;
  void submit(const std::vector<Share>& shares);
  void submit_array(const Share* begin, const Share* end);
  void update(Task& task, const std::map<Place, SlurmTask>& known);
  bool is_lost(const Task& task) const;
  void lost(Task& task, std::vector<Share>& again);
  void false_start(Task& task, const std::string& how, std::vector<Share>& again);
  void blame(Task& task, const std::string& how, std::vector<Share>& again);
  void notice(const std::string& sentence) const;
  void tell_why_they_wait(const std::vector<SlurmTask>& tasks);

  SlurmSweep& sweep_;
  const OnResult& on_result_;
  std::vector<Key> order_;
  std::map<Key, State> states_;
  std::size_t untold_ = 0;
  std::vector<Task> tasks_;
  std::set<std::string> reasons_told_;
  Clock::time_point submitted_ = Clock::now();
  Clock::time_point asked_;
  std::optional<Clock::time_point> silent_since_;
};

}  // namespace leyden::sweep
