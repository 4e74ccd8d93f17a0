#include "platform/trace/trap_report.h"

#include <cstdio>

#include "models/cpu/core.h"
#include "models/cpu/trap.h"
#include "platform/chip/debug_port.h"

namespace leyden::trace {
namespace {

constexpr std::size_t kMostEntries = 32;

std::string entry_line(const std::string& before, std::uint32_t pc, const Frame& frame) {
  char address[16];
  std::snprintf(address, sizeof address, "0x%08x", pc);
  std::string line = before + address + " " + (frame.function.empty() ? "??" : frame.function);
  const std::string where = to_string(frame.at);
  if (!where.empty()) line += " at " + where;
  if (frame.inlined) line += " (inlined)";
  return line + "\n";
}

std::string stack_lines(chip::Chip& chip, const DebugInfo& debug, const Registers& registers) {
  const auto entries = call_stack(chip, debug, registers, kMostEntries + 1);
  std::string text;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (i == kMostEntries) return text + "  and more\n";
    text += entry_line("  #" + std::to_string(i) + " ", entries[i].pc, entries[i].frame);
  }
  return text;
}

/// Of a core that a trap has stopped.
std::string stopped_report(chip::Chip& chip, const DebugInfo& debug) {
  const cpu::Hart& hart = chip.core().hart();
  const cpu::StopReport& stop = hart.stop_report();
  Registers registers;
  registers.pc = hart.pc();
  for (unsigned i = 0; i < 32; ++i) registers.x[i] = hart.reg(i);
  std::string text = "trap: " + std::string(cpu::cause_text(stop.cause)) + "\n" +
                     stack_lines(chip, debug, registers);
  if (stop.nested) {
    text += "while it handled: " + std::string(cpu::cause_text(stop.outer_cause)) + "\n";
    for (const Frame& frame : debug.frames_at(stop.outer_pc)) {
      text += entry_line("  ", stop.outer_pc, frame);
    }
  }
  return text;
}

}  // namespace

std::vector<StackEntry> call_stack(chip::Chip& chip, const DebugInfo& debug, Registers registers,
                                   std::size_t most) {
  const auto read = [&](std::uint32_t address, std::uint32_t& value) {
    return (address & 3) == 0 && chip.host_port().read(address, &value, 4) == 4;
  };
  std::vector<StackEntry> entries;
  for (bool innermost = true; entries.size() < most; innermost = false) {
    // A return address lies behind the call.
    const std::uint32_t pc = innermost ? registers.pc : registers.pc - 1;
    for (const Frame& frame : debug.frames_at(pc)) entries.push_back({registers.pc, frame});
    Registers caller;
    if (!debug.caller_of(registers, innermost, read, caller)) {
      if (!innermost) break;
      caller = registers;
      caller.pc = registers.x[1];
    }
    const bool known = !debug.frames_at(caller.pc - 1).back().function.empty();
    if (!known || caller.pc == registers.pc) break;
    registers = caller;
  }
  if (entries.size() > most) entries.resize(most);
  return entries;
}

std::string trap_report(chip::Chip& chip, const std::string& program, bool failed) {
  const cpu::Hart& hart = chip.core().hart();
  const bool stopped = hart.stop_report().reason == cpu::StopReason::kUnhandledTrap;
  const auto handled = hart.trap_under_way();
  if (!stopped && !(failed && handled)) return "";
  const DebugInfo debug(program, chip.program());
  if (stopped) return stopped_report(chip, debug);
  Registers registers;
  registers.pc = handled->pc;
  for (unsigned i = 0; i < 32; ++i) registers.x[i] = handled->registers[i];
  return "failed while it handled: " + std::string(cpu::cause_text(handled->cause)) + "\n" +
         stack_lines(chip, debug, registers);
}

}  // namespace leyden::trace
