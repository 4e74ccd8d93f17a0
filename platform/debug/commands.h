#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "platform/debug/target.h"

namespace leyden::debug {

/// What is to happen after a packet.
enum class Action {
  kStay,      ///< the target stays halted
  kContinue,  ///< it goes on; the next stop is the answer
  kStep,      ///< one instruction, or as long as the pc is in Answer::range
  kDetach,    ///< it goes on without a debugger
  kKill,      ///< the run ends
};

/// A range of pcs [first, end).
struct PcRange {
  std::uint32_t first = 0;
  std::uint32_t end = 0;
};

struct Answer {
  std::optional<std::string> reply;  ///< "" for what is not supported; nothing: none is due now
  Action action = Action::kStay;
  std::optional<PcRange> range;
  bool stops_acknowledging = false;  ///< once this answer's acknowledgement is through
};

/// The commands of one connection: what each packet asks of the target. Knows nothing of sockets,
/// time or where packets come from; whatever a packet holds, it answers.
class Commands {
 public:
  explicit Commands(Target& target) : target_(target) {}

  Answer handle(std::string_view packet);
  /// The packet that tells a stop. @param signal GDB's number of it
  std::string stop_reply(unsigned signal, const cpu::DebugEvent& event);
  bool has_breakpoint(std::uint32_t pc) const {
    return breakpoints_[0].count(pc) != 0 || breakpoints_[1].count(pc) != 0;
  }
  /// What `?` answers.
  void set_last_stop(std::string reply) { last_stop_ = std::move(reply); }

 private:
  Answer general_query(std::string_view packet);
  Answer general_set(std::string_view packet);
  Answer verbose(std::string_view packet);
  Answer continue_actions(std::string_view actions);
  Answer transfer(std::string_view request);
  Answer supported(std::string_view features);
  Answer remote_command(std::string_view hex);
  Answer read_registers();
  Answer write_registers(std::string_view hex);
  Answer read_register(std::string_view packet);
  Answer write_register(std::string_view packet);
  Answer read_memory(std::string_view packet);
  Answer write_memory(std::string_view packet, bool binary);
  Answer point(std::string_view packet, bool set);
  Answer breakpoint(std::uint32_t address, bool hardware, bool set);
  Answer watchpoint(const cpu::Watchpoint& point, bool set);
  Answer resume(std::string_view packet, Action action, bool has_signal);

  Target& target_;
  std::string last_stop_ = "S05";
  bool tells_breakpoints_ = false;          ///< the debugger knows swbreak and hwbreak
  std::set<std::uint32_t> breakpoints_[2];  ///< software, hardware: cleared each by its own
  std::size_t watchpoints_ = 0;
};

}  // namespace leyden::debug
