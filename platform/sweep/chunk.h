#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "platform/sweep/evaluator.h"
#include "platform/sweep/point.h"
#include "platform/sweep/wire.h"
#include "platform/sweep/worker.h"

namespace leyden::sweep {

/// Points that one task of a cluster evaluates one after the other. Its file has the lines of
/// wire.h: the base, then a point each.
struct Chunk {
  Base base;
  std::vector<Point> points;
};

/// Writes the file whole or not at all. @throws base::UsageError when it cannot be written
void write_chunk(const std::string& path, const Chunk& chunk);
/// @throws base::UsageError when it cannot be read, base::ModelError when it is no chunk
Chunk read_chunk(const std::string& path);

/// The results file of a chunk, as its task writes it: a WorkerStart for each start of the task and
/// a PointResult for each point done, a line each. Lines are added at the end, never changed.
class ResultLog {
 public:
  /// Opens or makes the file. A last line that was not ended (its writer was killed) is cut off.
  /// @throws base::UsageError when it cannot be
  explicit ResultLog(const std::string& path);
  ~ResultLog();
  ResultLog(const ResultLog&) = delete;
  ResultLog& operator=(const ResultLog&) = delete;

  bool has(const Point& point) const;
  /// The line is with the operating system when this returns, and on the disk too unless one was
  /// put there less than 0.1 s ago: that long a computer that stops may take back.
  /// @throws base::UsageError when the disk is full
  void append(const std::string& line);
  void sync();

 private:
  std::string path_;
  int descriptor_ = -1;
  std::vector<std::pair<Stage, std::uint64_t>> done_;  ///< sorted
  std::chrono::steady_clock::time_point synced_;
  bool dirty_ = false;
};

/// Follows a results file while it grows. Only whole lines are taken; one that says nothing (two
/// writers mixed) is passed over, its point is then not done.
class ResultReader {
 public:
  explicit ResultReader(std::string path) : path_(std::move(path)) {}

  /// Results that came since the last call, or none while there is no file.
  std::vector<PointResult> read();

  /// Starts of the task since its last result.
  unsigned starts() const { return starts_; }
  /// The task has been up at all.
  bool started() const { return started_; }
  /// The last start, which may tell why the task cannot evaluate at all.
  const WorkerStart& last_start() const { return last_start_; }

 private:
  std::string path_;
  std::uint64_t offset_ = 0;
  unsigned starts_ = 0;
  bool started_ = false;
  WorkerStart last_start_;
};

/// What `leyden sweep-worker --chunk FILE --results FILE` does: evaluates the points of the chunk
/// that have no result yet, in order.
/// @throws base::Error what `make` throws, told in the results too; run::Interrupted
void run_chunk(const std::string& chunk, const std::string& results, const MakeEvaluator& make);

}  // namespace leyden::sweep
