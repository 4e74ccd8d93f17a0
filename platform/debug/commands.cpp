#include "platform/debug/commands.h"

#include <algorithm>
#include <cstdio>

#include "platform/debug/description.h"
#include "platform/debug/packet.h"

namespace leyden::debug {
namespace {

/// x0..x31 and pc: the registers of `g`.
constexpr unsigned kGeneralRegisters = 33;
constexpr std::size_t kMostMemoryBytes = kMostPacketBytes / 2;
/// The longest text `monitor` gives at once.
constexpr std::size_t kMostMonitorBytes = kMostPacketBytes / 2;
// More than anybody sets; a debugger that runs wild must not fill the host's memory.
constexpr std::size_t kMostBreakpoints = 4096;
constexpr std::size_t kMostWatchpoints = 64;

// Errors are errno numbers of the debugger's side.
Answer ok() { return {std::string("OK"), Action::kStay, {}, false}; }
Answer unsupported() { return {std::string(), Action::kStay, {}, false}; }
Answer malformed() { return {std::string("E16"), Action::kStay, {}, false}; }    // EINVAL
Answer bad_address() { return {std::string("E0e"), Action::kStay, {}, false}; }  // EFAULT
Answer no_room() { return {std::string("E1c"), Action::kStay, {}, false}; }      // ENOSPC
Answer text(std::string reply) { return {std::move(reply), Action::kStay, {}, false}; }

std::string word_to_hex(std::uint32_t value) { return to_hex(&value, sizeof value); }

/// A register's value: 8 digits, in the target's byte order.
std::optional<std::uint32_t> word_from_hex(std::string_view hex) {
  const auto bytes = from_hex(hex);
  if (!bytes || bytes->size() != 4) return std::nullopt;
  return (*bytes)[0] | (*bytes)[1] << 8 | (*bytes)[2] << 16 |
         static_cast<std::uint32_t>((*bytes)[3]) << 24;
}

struct AddressAndLength {
  std::uint32_t address = 0;
  std::uint32_t length = 0;
};

/// "addr,length" off the front of a packet.
std::optional<AddressAndLength> take_range(std::string_view& packet) {
  AddressAndLength range;
  const auto address = take_number(packet);
  if (!address || !take_prefix(packet, ",")) return std::nullopt;
  const auto length = take_number(packet);
  if (!length) return std::nullopt;
  range.address = *address;
  range.length = *length;
  return range;
}

/// Whether a thread id names the one thread there is, or any.
bool names_the_core(std::string_view thread) {
  return thread.empty() || thread == "0" || thread == "1" || thread == "-1";
}

}  // namespace

Answer Commands::handle(std::string_view packet) {
  if (packet.empty()) return unsupported();
  const char command = packet.front();
  std::string_view rest = packet.substr(1);
  switch (command) {
    case '?':
      return text(last_stop_);
    case 'g':
      return read_registers();
    case 'G':
      return write_registers(rest);
    case 'p':
      return read_register(rest);
    case 'P':
      return write_register(rest);
    case 'm':
      return read_memory(rest);
    case 'M':
      return write_memory(rest, false);
    case 'X':
      return write_memory(rest, true);
    case 'Z':
      return point(rest, true);
    case 'z':
      return point(rest, false);
    case 'c':
      return resume(rest, Action::kContinue, false);
    case 'C':
      return resume(rest, Action::kContinue, true);
    case 's':
      return resume(rest, Action::kStep, false);
    case 'S':
      return resume(rest, Action::kStep, true);
    case 'D':
      return {std::string("OK"), Action::kDetach, {}, false};
    case 'k':
      return {std::nullopt, Action::kKill, {}, false};
    case 'H':
      if (rest.empty()) return malformed();
      return names_the_core(rest.substr(1)) ? ok() : malformed();
    case 'T':
      return names_the_core(rest) ? ok() : malformed();
    case 'q':
      return general_query(rest);
    case 'Q':
      return general_set(rest);
    case 'v':
      return verbose(rest);
    default:
      return unsupported();
  }
}

Answer Commands::general_query(std::string_view packet) {
  if (packet == "C") return text("QC1");
  if (packet == "fThreadInfo") return text("m1");
  if (packet == "sThreadInfo") return text("l");
  if (packet == "Attached" || take_prefix(packet, "Attached:")) return text("1");
  if (packet == "Offsets") return text("Text=0;Data=0;Bss=0");
  if (packet == "Supported") return supported("");
  if (take_prefix(packet, "Supported:")) return supported(packet);
  if (take_prefix(packet, "Xfer:")) return transfer(packet);
  if (take_prefix(packet, "Rcmd,")) return remote_command(packet);
  if (take_prefix(packet, "ThreadExtraInfo,")) return text(to_hex("RISC-V core"));
  return unsupported();
}

Answer Commands::general_set(std::string_view packet) {
  if (packet != "StartNoAckMode") return unsupported();
  Answer answer = ok();
  answer.stops_acknowledging = true;
  return answer;
}

Answer Commands::supported(std::string_view features) {
  const auto knows = [&](std::string_view name) {
    std::string_view left = features;
    while (!left.empty()) {
      const std::size_t end = std::min(left.find(';'), left.size());
      if (left.substr(0, end) == name) return true;
      left.remove_prefix(std::min(end + 1, left.size()));
    }
    return false;
  };
  tells_breakpoints_ = knows("swbreak+") && knows("hwbreak+");
  char size[16];
  std::snprintf(size, sizeof size, "%zx", kMostPacketBytes);
  return text(std::string("PacketSize=") + size +
              ";QStartNoAckMode+;qXfer:features:read+;qXfer:memory-map:read+;swbreak+;hwbreak+;"
              "vContSupported+");
}

Answer Commands::transfer(std::string_view request) {
  std::string document;
  if (take_prefix(request, "features:read:")) {
    if (!take_prefix(request, "target.xml:")) return text("E00");
    document = target_description(target_.csrs());
  } else if (take_prefix(request, "memory-map:read::")) {
    document = memory_description(target_.memory_map());
  } else {
    return unsupported();
  }
  const auto range = take_range(request);
  if (!range || !request.empty()) return malformed();
  if (range->address > document.size()) return malformed();
  // Every byte may need an escape.
  const std::size_t most = std::min<std::size_t>(range->length, kMostPacketBytes / 2 - 1);
  const std::string part = document.substr(range->address, most);
  const bool last = range->address + part.size() == document.size();
  return text((last ? "l" : "m") + escape(part));
}

Answer Commands::remote_command(std::string_view hex) {
  const auto bytes = from_hex(hex);
  if (!bytes) return malformed();
  std::string output = target_.monitor(std::string(bytes->begin(), bytes->end()));
  if (output.empty()) return ok();
  if (output.size() > kMostMonitorBytes) output.resize(kMostMonitorBytes);
  return text(to_hex(output));
}

Answer Commands::verbose(std::string_view packet) {
  if (packet == "Cont?") return text("vCont;c;C;s;S;r");
  if (take_prefix(packet, "Cont;")) return continue_actions(packet);
  if (packet == "Kill" || take_prefix(packet, "Kill;")) {
    return {std::string("OK"), Action::kKill, {}, false};
  }
  return unsupported();  // vMustReplyEmpty among them
}

/// The first action that is for the core counts.
Answer Commands::continue_actions(std::string_view actions) {
  while (!actions.empty()) {
    const std::size_t end = std::min(actions.find(';'), actions.size());
    std::string_view action = actions.substr(0, end);
    actions.remove_prefix(std::min(end + 1, actions.size()));
    const std::size_t colon = action.find(':');
    if (colon != std::string_view::npos) {
      if (!names_the_core(action.substr(colon + 1))) continue;
      action = action.substr(0, colon);
    }
    if (action.empty()) return malformed();
    const char kind = action.front();
    action.remove_prefix(1);
    Answer answer;
    answer.action = kind == 'c' || kind == 'C' ? Action::kContinue : Action::kStep;
    if (kind == 'C' || kind == 'S') {
      if (!take_number(action)) return malformed();
    } else if (kind == 'r') {
      const auto range = take_range(action);
      if (!range) return malformed();
      answer.range = PcRange{range->address, range->length};
    } else if (kind != 'c' && kind != 's') {
      return malformed();
    }
    return action.empty() ? answer : malformed();
  }
  return malformed();
}

/// c, C, s and S with their optional signal, which firmware has no use for, and address.
Answer Commands::resume(std::string_view packet, Action action, bool has_signal) {
  if (has_signal) {
    if (!take_number(packet)) return malformed();
    if (!packet.empty() && !take_prefix(packet, ";")) return malformed();
  }
  if (!packet.empty()) {
    const auto address = take_number(packet);
    if (!address || !packet.empty()) return malformed();
    target_.write_register(kPcRegister, *address);
  }
  return {std::nullopt, action, {}, false};
}

Answer Commands::read_registers() {
  std::string values;
  for (unsigned i = 0; i < kGeneralRegisters; ++i) {
    values += word_to_hex(target_.read_register(i).value_or(0));
  }
  return text(std::move(values));
}

Answer Commands::write_registers(std::string_view hex) {
  if (hex.size() != 8 * kGeneralRegisters || !from_hex(hex)) return malformed();
  for (unsigned i = 0; i < kGeneralRegisters; ++i) {
    target_.write_register(i, *word_from_hex(hex.substr(8 * i, 8)));
  }
  return ok();
}

Answer Commands::read_register(std::string_view packet) {
  const auto number = take_number(packet);
  if (!number || !packet.empty()) return malformed();
  const auto value = target_.read_register(*number);
  return value ? text(word_to_hex(*value)) : malformed();
}

Answer Commands::write_register(std::string_view packet) {
  const auto number = take_number(packet);
  if (!number || !take_prefix(packet, "=")) return malformed();
  const auto value = word_from_hex(packet);
  if (!value) return malformed();
  return target_.write_register(*number, *value) ? ok() : malformed();
}

Answer Commands::read_memory(std::string_view packet) {
  const auto range = take_range(packet);
  if (!range || !packet.empty()) return malformed();
  if (range->length == 0) return text("");
  std::vector<std::uint8_t> bytes(std::min<std::size_t>(range->length, kMostMemoryBytes));
  const std::size_t read = target_.read_memory(range->address, bytes.data(), bytes.size());
  return read == 0 ? bad_address() : text(to_hex(bytes.data(), read));
}

Answer Commands::write_memory(std::string_view packet, bool binary) {
  const auto range = take_range(packet);
  if (!range || !take_prefix(packet, ":")) return malformed();
  std::vector<std::uint8_t> bytes;
  if (binary) {
    bytes.assign(packet.begin(), packet.end());
  } else if (auto decoded = from_hex(packet)) {
    bytes = std::move(*decoded);
  } else {
    return malformed();
  }
  if (bytes.size() != range->length) return malformed();
  if (bytes.empty()) return ok();  // asks whether X is known
  return target_.write_memory(range->address, bytes.data(), bytes.size()) ? ok() : bad_address();
}

/// Z and z: type,address,kind, where kind is the length of a watched range. Conditions and commands
/// that may follow are not offered.
Answer Commands::point(std::string_view packet, bool set) {
  if (packet.empty()) return malformed();
  const char type = packet.front();
  packet.remove_prefix(1);
  if (!take_prefix(packet, ",")) return malformed();
  const auto range = take_range(packet);
  if (!range || !packet.empty()) return malformed();
  if (type == '0' || type == '1') return breakpoint(range->address, type == '1', set);
  if (type < '2' || type > '4') return unsupported();
  if (range->length == 0) return malformed();
  const cpu::WatchKind kind = type == '2'   ? cpu::WatchKind::kWrite
                              : type == '3' ? cpu::WatchKind::kRead
                                            : cpu::WatchKind::kAccess;
  return watchpoint({range->address, range->length, kind}, set);
}

Answer Commands::breakpoint(std::uint32_t address, bool hardware, bool set) {
  std::set<std::uint32_t>& own = breakpoints_[hardware ? 1 : 0];
  const std::set<std::uint32_t>& other = breakpoints_[hardware ? 0 : 1];
  if (set) {
    if ((address & 1) != 0) return malformed();
    if (own.size() >= kMostBreakpoints) return no_room();
    own.insert(address);
    target_.set_breakpoint(address);
  } else {
    own.erase(address);
    if (other.count(address) == 0) target_.clear_breakpoint(address);
  }
  return ok();
}

Answer Commands::watchpoint(const cpu::Watchpoint& point, bool set) {
  if (set) {
    if (watchpoints_ >= kMostWatchpoints) return no_room();
    if (target_.set_watchpoint(point)) ++watchpoints_;
  } else if (target_.clear_watchpoint(point)) {
    --watchpoints_;
  }
  return ok();
}

std::string Commands::stop_reply(unsigned signal, const cpu::DebugEvent& event) {
  char head[8];
  std::snprintf(head, sizeof head, "T%02x", signal & 0xff);
  std::string reply = head;
  // The registers every stop is looked at with first: frame pointer, stack pointer, pc.
  for (const unsigned number : {2u, 8u, kPcRegister}) {
    char key[8];
    std::snprintf(key, sizeof key, "%02x:", number);
    reply += key + word_to_hex(target_.read_register(number).value_or(0)) + ";";
  }
  reply += "thread:1;";
  if (event.reason == cpu::DebugReason::kWatchpoint) {
    const char* const name = event.kind == cpu::WatchKind::kWrite  ? "watch"
                             : event.kind == cpu::WatchKind::kRead ? "rwatch"
                                                                   : "awatch";
    char place[32];
    std::snprintf(place, sizeof place, "%s:%x;", name, event.address);
    reply += place;
  } else if (event.reason == cpu::DebugReason::kBreakpoint && tells_breakpoints_) {
    reply += breakpoints_[1].count(event.address) != 0 ? "hwbreak:;" : "swbreak:;";
  }
  return reply;
}

}  // namespace leyden::debug
