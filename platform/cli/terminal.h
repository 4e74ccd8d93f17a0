#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace leyden::cli {

/// Columns that tables may take, 80 to 200: the environment variable COLUMNS where it is set to a
/// number, else those of the terminal, else 100.
unsigned terminal_width();

/// A progress bar on standard error: only when that is a terminal, not quiet, and it takes more
/// than a second. Cleared at the end.
class ProgressBar {
 public:
  explicit ProgressBar(bool quiet, std::string what = "images");
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// @param known  of those done, what took no time: the rate is that of the others
  void update(std::uint64_t done, std::uint64_t all, std::uint64_t known = 0);

 private:
  bool enabled_;
  std::string what_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point last_;
};

/// Tries before the run whether a file can be written after it; an empty one is made.
/// @throws base::UsageError naming it
void check_writable(const std::string& path);

/// Writes a text file. @throws base::UsageError naming it
void write_file(const std::string& path, const std::string& text);

}  // namespace leyden::cli
