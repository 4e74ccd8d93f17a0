#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "platform/chip/chip.h"
#include "platform/run/end_signals.h"

namespace leyden::debug {
class Semihosting;
}

namespace leyden::cli {

/// What a program that runs meets of the host: signals, the limit of host time, the keyboard,
/// files.
class ExecHost {
 public:
  /// @param max_seconds  limit of host time from now on; 0: none
  explicit ExecHost(double max_seconds);
  ~ExecHost();

  /// Ends the run when the time is over. @throws run::Interrupted when a signal has come
  void look();
  /// The chip that look() ends and semihosting serves.
  void attach(chip::Chip& chip) { chip_ = &chip; }
  /// Lets the program call the host. @param folder  its files
  /// @param command_line  what SYS_GET_CMDLINE gives
  /// @throws base::UsageError when the folder cannot be opened
  void serve(const std::string& folder, const std::string& command_line,
             const std::function<void(std::uint8_t)>& put);

 private:
  bool time_is_over() const;
  std::optional<std::uint8_t> get();

  run::EndSignals signals_;
  double max_seconds_;
  std::chrono::steady_clock::time_point start_;
  chip::Chip* chip_ = nullptr;
  std::unique_ptr<debug::Semihosting> semihosting_;
};

}  // namespace leyden::cli
