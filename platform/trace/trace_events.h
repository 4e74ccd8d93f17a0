#pragma once

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>

namespace leyden::trace {

/// A JSON string, quotes and all; bytes that are no UTF-8 are replaced.
std::string json_string(const std::string& text);

/// Writes the trace event format (JSON) that Perfetto and chrome://tracing open. Times are
/// picoseconds; the file has them in microseconds with as many digits as it takes. It takes a
/// bounded number of events, then no more.
class TraceEvents {
 public:
  /// Events after which the file takes no more, so that a long run does not fill the disk.
  static constexpr std::size_t kMostEvents = 2'000'000;

  /// @param most events; kMostEvents but for tests
  /// @throws base::UsageError when the file cannot be written
  explicit TraceEvents(const std::string& path, std::size_t most = kMostEvents);

  // `name` is a JSON string; `args` the inside of a JSON object, "" for none.
  void process(std::string_view name);
  void track(int track, std::string_view name);
  void slice(int track, std::string_view name, std::string_view category, std::uint64_t start_ps,
             std::uint64_t end_ps, std::string_view args);
  void instant(int track, std::string_view name, std::uint64_t ps, std::string_view args);
  void counter(std::string_view name, std::uint64_t ps, std::string_view args);

  /// Whether events have been left out; from when on.
  bool full() const { return full_; }
  std::uint64_t full_from_ps() const { return full_from_ps_; }
  std::size_t events() const { return events_; }
  std::size_t most() const { return most_; }
  /// Ends the file. @param about  members of "otherData"
  /// @throws base::UsageError when the file did not take all
  void finish(std::string_view about);

 private:
  bool begin(std::uint64_t ps);
  void time(std::string_view key, std::uint64_t ps);
  void end(std::string_view args);
  void check() const;

  const std::string path_;
  const std::size_t most_;
  std::ofstream file_;
  std::string buffer_;
  std::size_t events_ = 0;
  bool full_ = false;
  std::uint64_t full_from_ps_ = 0;
};

}  // namespace leyden::trace
