#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <spdlog/logger.h>

#include "models/base/archive.h"
#include "models/base/diagnostics.h"

namespace leyden::chip {

/// What models tell, on standard error, with the program counter and its symbol. A sentence is
/// told `kRepetitions` times at most; how often it came in all is told at the end. After
/// `kDistinct` sentences (a wild pointer gives one an address) others are only counted.
class Log : public base::Diagnostics {
 public:
  static constexpr unsigned kRepetitions = 3;
  static constexpr std::size_t kDistinct = 100;

  /// Where the core is: "pc 0x80000010 <main+0x10>", or "" before it runs.
  using Location = std::function<std::string()>;

  /// @param sink  where lines go; a logger without sinks keeps the list only
  explicit Log(std::shared_ptr<spdlog::logger> sink);
  /// The logger of the command line: standard error, "warning: ...".
  static std::shared_ptr<spdlog::logger> standard_error();
  static std::shared_ptr<spdlog::logger> silent();

  void set_location(Location location) { location_ = std::move(location); }

  void report(base::Severity severity, const std::string& origin, const std::string& text,
              std::optional<std::uint64_t> address) override;

  /// Tells how often the sentences came that were held back.
  void finish();
  /// What was told so far and how often.
  void archive(base::Archive& a) { a(untold_, messages_); }
  /// Warnings and errors told so far, each once, in order of text; without the program counter.
  std::vector<std::string> warnings() const;

 private:
  struct Message {
    base::Severity severity;
    std::uint64_t times = 0;
    bool told = true;

    void archive(base::Archive& a) {
      a.below(severity, 3);
      a(times, told);
    }
  };
  std::shared_ptr<spdlog::logger> sink_;
  Location location_;
  std::uint64_t untold_ = 0;                 ///< sentences
  std::map<std::string, Message> messages_;  ///< by sentence
};

}  // namespace leyden::chip
