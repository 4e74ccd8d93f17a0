#include "platform/debug/gdb_server.h"

#include <chrono>
#include <cstdio>
#include <iostream>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "models/cpu/core.h"
#include "models/cpu/trap.h"
#include "platform/chip/elf/elf_loader.h"
#include "platform/debug/chip_target.h"
#include "platform/debug/commands.h"
#include "platform/debug/connection.h"

namespace leyden::debug {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using Clock = std::chrono::steady_clock;

/// How often the socket is looked at while the program runs.
constexpr std::chrono::milliseconds kPollPeriod{2};
/// Completions handled at one look: a flood of bytes must not hold the run.
constexpr int kMostCompletions = 16;
/// How often GdbOptions::look is called while a debugger is waited for.
constexpr std::chrono::milliseconds kLookPeriod{100};
/// How long a debugger has to take its last packet and to close.
constexpr std::chrono::seconds kFarewell{1};

// GDB's numbers of signals.
constexpr unsigned kInterrupted = 2;
constexpr unsigned kIllegal = 4;
constexpr unsigned kTrapped = 5;
constexpr unsigned kAborted = 6;
constexpr unsigned kBusError = 10;
constexpr unsigned kSegmentViolated = 11;
constexpr unsigned kCpuLimit = 24;

unsigned signal_of(const cpu::StopReport& report) {
  if (report.reason != cpu::StopReason::kUnhandledTrap) return kCpuLimit;
  switch (report.cause) {
    case cpu::kCauseIllegal:
      return kIllegal;
    case cpu::kCauseLoadMisaligned:
    case cpu::kCauseStoreMisaligned:
      return kBusError;
    case cpu::kCauseFetchAccess:
    case cpu::kCauseLoadAccess:
    case cpu::kCauseStoreAccess:
      return kSegmentViolated;
    default:
      return kTrapped;
  }
}

unsigned signal_of(const cpu::HaltReason& reason) {
  switch (reason.kind) {
    case cpu::HaltReason::Kind::kRequest:
      return kInterrupted;
    case cpu::HaltReason::Kind::kStop:
      return signal_of(reason.report);
    case cpu::HaltReason::Kind::kStart:
    case cpu::HaltReason::Kind::kEvent:
      break;
  }
  return kTrapped;
}

}  // namespace

class GdbServer::Impl {
 public:
  Impl(chip::Chip& chip, const GdbOptions& options)
      : chip_(chip), target_(chip), wait_(options.wait), look_(options.look), acceptor_(io_) {
    try {
      // No two servers on one port, but no wait either for a port that was just given up.
      acceptor_.open(Tcp::v4());
      acceptor_.set_option(Tcp::acceptor::reuse_address(true));
      acceptor_.bind({asio::ip::address_v4::loopback(), options.port});
      acceptor_.listen();
      port_ = acceptor_.local_endpoint().port();
    } catch (const boost::system::system_error& error) {
      throw base::UsageError("The debugger's port " + std::to_string(options.port) +
                             " of 127.0.0.1 cannot be had (" + error.code().message() +
                             "); choose another with --gdb, 0 for any that is free.");
    }
    accept();
    std::cerr << (wait_ ? "waiting for a debugger on 127.0.0.1:"
                        : "a debugger can connect to 127.0.0.1:")
              << port_ << std::endl;
  }

  std::uint16_t port() const { return port_; }
  bool waits() const { return wait_; }

  bool wants_halt() {
    const Clock::time_point now = Clock::now();
    if (now - last_poll_ >= kPollPeriod) {
      last_poll_ = now;
      poll();
      note_loss();
    }
    return is_wanted();
  }

  bool await_request() {
    if (connection_) tell("The core sleeps and nothing is pending that would wake it.\n");
    while (is_connected()) {
      take_input();
      if (is_wanted()) return true;
      wait_for_socket();
    }
    note_loss();
    return false;
  }

  cpu::Resumption halted(const cpu::HaltReason& reason) {
    if (killed_) return cpu::Resumption::kContinue;
    if (reason.kind == cpu::HaltReason::Kind::kStart) {
      while (!is_connected()) wait_for_socket();
    }
    // Steps within a line of source are the debugger's own: it gave the range.
    if (range_ && is_step_within(reason) && !is_wanted()) return cpu::Resumption::kStep;
    std::string sentence;
    if (reason.kind == cpu::HaltReason::Kind::kStop) {
      sentence = cpu::describe(reason.report, [this](std::uint32_t address) {
        return chip_.program().describe(address);
      });
    }
    unsigned signal = signal_of(reason);
    const bool is_step = reason.kind == cpu::HaltReason::Kind::kEvent &&
                         reason.event.reason == cpu::DebugReason::kStep;
    // Another stop leaves a Ctrl-C for the next run of the program, as the manual has it.
    if ((signal == kInterrupted || is_step) && take_interrupt()) signal = kInterrupted;
    return stay(signal, reason.event, sentence);
  }

  void ending(const chip::RunEnd& end) {
    if (killed_ || !is_connected()) return;
    stay(kAborted, {}, end.sentence);
  }

  void finish(base::ExitStatus status) {
    if (is_finished_) return;
    is_finished_ = true;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    if (is_connected() && !killed_) {
      char reply[8];
      std::snprintf(reply, sizeof reply, "W%02x", static_cast<unsigned>(status) & 0xff);
      connection_->send(reply);
    }
    // The debugger closes when it has read this.
    const Clock::time_point deadline = Clock::now() + kFarewell;
    while (is_connected() && Clock::now() < deadline) {
      if (io_.stopped()) io_.restart();
      io_.run_one_for(std::chrono::milliseconds(50));
      while (is_connected() && connection_->next()) {
      }
    }
    if (connection_) connection_->close();
  }

 private:
  /// Waits for the debugger, not for ever: somebody may end the run.
  void wait_for_socket() {
    io_.run_one_for(kLookPeriod);
    if (io_.stopped()) io_.restart();
    if (look_) look_();
  }

  void accept() {
    acceptor_.async_accept([this](const boost::system::error_code& error, Tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (!error && !is_connected()) {
        note_loss();
        connection_ = std::make_shared<Connection>(std::move(socket));
        commands_ = std::make_unique<Commands>(target_);
        connection_->start();
        is_new_ = true;
      }
      accept();  // one that is not taken is closed here
    });
  }

  bool is_connected() const { return connection_ != nullptr && connection_->open(); }
  /// A debugger has come, or has sent something while the program runs.
  bool is_wanted() const { return is_connected() && (is_new_ || is_interrupted_ || input_); }

  /// Looks at the sockets without waiting.
  void poll() {
    for (int i = 0; i < kMostCompletions && io_.poll_one() != 0; ++i) {
    }
    take_input();
  }

  /// Takes what came, up to the first thing that has to wait for a halt.
  void take_input() {
    while (is_connected() && !input_) {
      input_ = connection_->next();
      if (!input_) return;
      if (input_->kind != Incoming::Kind::kInterrupt) return;
      is_interrupted_ = true;
      input_.reset();
    }
  }

  bool take_interrupt() {
    const bool was = is_interrupted_;
    is_interrupted_ = false;
    return was;
  }

  /// A debugger that went away without a word: the program goes on as after a detach.
  void note_loss() {
    if (connection_ && !connection_->open()) let_go();
  }

  void let_go() {
    connection_.reset();
    commands_.reset();
    target_.clear_points();
    range_.reset();
    input_.reset();
    owes_stop_ = is_new_ = is_interrupted_ = false;
  }

  bool is_step_within(const cpu::HaltReason& reason) {
    if (reason.kind != cpu::HaltReason::Kind::kEvent ||
        reason.event.reason != cpu::DebugReason::kStep) {
      return false;
    }
    const std::uint32_t pc = chip_.core().pc();
    if (pc < range_->first || pc >= range_->end || commands_->has_breakpoint(pc)) return false;
    if (const auto now = Clock::now(); now - last_poll_ >= kPollPeriod) {
      last_poll_ = now;
      poll();
    }
    return is_connected();
  }

  /// Shows text on the debugger's console; it takes that only while it waits for a stop.
  void tell(const std::string& text) {
    if (owes_stop_ && is_connected()) connection_->send("O" + to_hex(text));
  }

  /// Takes packets until one lets the program go on.
  cpu::Resumption stay(unsigned signal, const cpu::DebugEvent& event, const std::string& sentence) {
    range_.reset();
    if (is_connected()) {
      const std::string stop = commands_->stop_reply(signal, event);
      commands_->set_last_stop(stop);
      if (!sentence.empty()) tell(sentence + "\n");
      if (owes_stop_) {
        connection_->send(stop);
        owes_stop_ = false;
      }
    }
    is_new_ = false;
    while (is_connected()) {
      take_input();
      if (!input_) {
        wait_for_socket();
        continue;
      }
      Answer answer = commands_->handle(input_->payload);
      input_.reset();
      if (answer.reply) connection_->send(*answer.reply);
      if (answer.stops_acknowledging) connection_->stop_acknowledging();
      switch (answer.action) {
        case Action::kStay:
          break;
        case Action::kContinue:
          owes_stop_ = true;
          return cpu::Resumption::kContinue;
        case Action::kStep:
          owes_stop_ = true;
          range_ = answer.range;
          return cpu::Resumption::kStep;
        case Action::kDetach:
          part();
          let_go();
          return cpu::Resumption::kContinue;
        case Action::kKill:
          killed_ = true;
          part();
          chip_.end({base::ExitStatus::kLimit, "The debugger ended the run."});
          return cpu::Resumption::kContinue;
      }
    }
    note_loss();
    return cpu::Resumption::kContinue;
  }

  /// Sends what is left and closes.
  void part() {
    const Clock::time_point deadline = Clock::now() + kFarewell;
    while (!connection_->flushed() && Clock::now() < deadline) {
      io_.run_one_for(std::chrono::milliseconds(50));
    }
    connection_->close();
  }

  chip::Chip& chip_;
  ChipTarget target_;
  const bool wait_;
  const std::function<void()> look_;
  asio::io_context io_{1};
  Tcp::acceptor acceptor_;
  std::uint16_t port_ = 0;
  std::shared_ptr<Connection> connection_;
  std::unique_ptr<Commands> commands_;
  Clock::time_point last_poll_;
  std::optional<PcRange> range_;   ///< within which steps go on
  std::optional<Incoming> input_;  ///< a packet that came while the program ran
  bool is_interrupted_ = false;    ///< Ctrl-C came
  bool is_new_ = false;            ///< the connection has not yet been shown the program
  bool owes_stop_ = false;         ///< the debugger waits for the next stop
  bool killed_ = false;
  bool is_finished_ = false;
};

GdbServer::GdbServer(chip::Chip& chip, const GdbOptions& options)
    : impl_(std::make_unique<Impl>(chip, options)) {
  chip.set_debugger(this);
}

GdbServer::~GdbServer() {
  try {
    finish(base::ExitStatus::kModel);
  } catch (const std::exception&) {
    // Whoever is connected sees the connection close.
  }
}

std::uint16_t GdbServer::port() const { return impl_->port(); }
void GdbServer::finish(base::ExitStatus status) { impl_->finish(status); }
bool GdbServer::halts_at_start() { return impl_->waits(); }
bool GdbServer::wants_halt() { return impl_->wants_halt(); }
cpu::Resumption GdbServer::halted(const cpu::HaltReason& reason) { return impl_->halted(reason); }
bool GdbServer::await_request() { return impl_->await_request(); }
void GdbServer::ending(const chip::RunEnd& end) { impl_->ending(end); }

}  // namespace leyden::debug
