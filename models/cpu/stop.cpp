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
          << ", mtval " << hexadecimal(report.tval);
      if (report.no_handler) out << ", with no trap handler set in mtvec";
      if (report.nested) {
        out << ", while the handler of the " << cause_text(report.outer_cause) << " at "
            << place(report.outer_pc, symbol) << " was running";
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
  out << ".";
  return out.str();
}

}  // namespace leyden::cpu
