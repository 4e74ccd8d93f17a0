#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "models/base/error.h"
#include "platform/chip/debugger.h"

namespace leyden::debug {

struct GdbOptions {
  std::uint16_t port = 0;  ///< of 127.0.0.1; 0: any that is free
  bool wait = true;        ///< halt before the first instruction until a debugger has connected
  /// Called now and then while a debugger is waited for; what it throws ends the run.
  std::function<void()> look = nullptr;
};

/// A debugger's end of the GDB remote serial protocol, on the loopback interface only. One
/// connection at a time; a new one while the program runs halts it. Without threads: the socket is
/// looked at when the core asks (cpu::DebugAgent), and waited for while the core is halted.
class GdbServer : public chip::Debugger {
 public:
  /// Listens, tells the port on standard error and sets itself as the chip's debugger.
  /// @throws base::UsageError when the port cannot be had
  GdbServer(chip::Chip& chip, const GdbOptions& options);
  /// Tells a connected debugger the run's status; kModel when finish() was not called.
  ~GdbServer() override;
  GdbServer(const GdbServer&) = delete;
  GdbServer& operator=(const GdbServer&) = delete;

  std::uint16_t port() const;
  /// The run has ended: tells a connected debugger its exit status and closes.
  void finish(base::ExitStatus status);

  bool halts_at_start() override;
  bool wants_halt() override;
  cpu::Resumption halted(const cpu::HaltReason& reason) override;
  bool await_request() override;
  void ending(const chip::RunEnd& end) override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace leyden::debug
