#pragma once

#include <string>

namespace leyden::sweep {

/// Keeps a second sweep off a results file: an advisory lock on FILE.lock, which the system gives
/// up when the process ends in whatever way, so that none is ever stale. The lock's own file is
/// removed at the end.
class StoreLock {
 public:
  /// Does not wait. @throws base::UsageError naming the results file when another sweep has it or
  /// its folder cannot be written
  explicit StoreLock(const std::string& results);
  ~StoreLock();
  StoreLock(const StoreLock&) = delete;
  StoreLock& operator=(const StoreLock&) = delete;

 private:
  std::string path_;
  int descriptor_ = -1;
};

}  // namespace leyden::sweep
