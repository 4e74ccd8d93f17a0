#include "models/cpu/stop.h"

#include <sstream>

#include "models/cpu/trap.h"

namespace leyden::cpu {
namespace {

std::string hexadecimal(std::uint32_t value) {
  std::ostringstream out;
  out << "0x" << std::hex << value;
  return out.str();
}

std::string place(std::uint32_t pc, const Symbolizer& symbol) {
  const std::string name = symbol ? symbol(pc) : "";
  return "pc " + hexadecimal(pc) + (name.empty() ? "" : " (" + name + ")");
}

}  // namespace

std::string describe(const StopReport& report, const Symbolizer& symbol) {
  std::ostringstream out;
  switch (report.reason) {
    case StopReason::kNone:
      out << "The core is running";
      break;
    case StopReason::kUnhandledTrap:
      out << "The firmware was stopped by a trap it cannot handle: " << cause_text(report.cause)
          << " (mcause " << hexadecimal(report.cause) << ") at " << place(report.pc, symbol)
          << (report.user_mode ? " in user mode" : "") << ", mtval " << hexadecimal(report.tval);
      if (!report.protection.empty()) out << ", because " << report.protection;
      if (report.no_handler) out << ", with no trap handler set in mtvec";
      if (report.nested) {
        out << ", while the handler of the " << cause_text(report.outer_cause) << " at "
            << place(report.outer_pc, symbol) << " was running";
      }
      if (report.returns != 0) {
        out << ", after its handler had returned to it " << report.returns
            << " times without an instruction in between";
      }
      break;
    case StopReason::kInstructionLimit:
      out << "The limit of " << report.instructions << " instructions was reached at "
          << place(report.pc, symbol);
      break;
    case StopReason::kCycleLimit:
      out << "The limit of cycles was reached after " << report.cycles << " cycles at "
          << place(report.pc, symbol);
      break;
  }
  out << "." << describe_storm(report);
  return out.str();
}

std::string describe_storm(const StopReport& report) {
  if (report.storm_entries == 0) return "";
  std::ostringstream out;
  out << " The last " << report.storm_entries
      << " interrupts came without an instruction of the program in between, at the end the "
      << cause_text(report.storm_cause) << ": its handler does not clear what raises it.";
  return out.str();
}

}  // namespace leyden::cpu
