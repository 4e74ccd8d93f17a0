#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>

namespace leyden::cpu {

/// Why a core stopped for good.
enum class StopReason { kNone, kUnhandledTrap, kInstructionLimit, kCycleLimit };

/// What there is to tell about it.
struct StopReport {
  StopReason reason = StopReason::kNone;
  std::uint32_t pc = 0;
  std::uint32_t cause = 0;  ///< mcause, for kUnhandledTrap
  std::uint32_t tval = 0;   ///< mtval, for kUnhandledTrap
  bool nested = false;      ///< the trap came while another one was handled, told by the next two
  std::uint32_t outer_cause = 0;
  std::uint32_t outer_pc = 0;
  bool no_handler = false;  ///< mtvec was never set
  bool user_mode = false;
  std::string protection;     ///< what of the PMP denied the access; "" when it did not
  std::uint64_t returns = 0;  ///< the handler went back to the trap as often, to no avail
  /// Interrupts taken one after the other up to now, with no instruction of the program in between;
  /// 0 when they are few. The last one's mcause.
  std::uint64_t storm_entries = 0;
  std::uint32_t storm_cause = 0;
  std::uint64_t cycles = 0;
  std::uint64_t instructions = 0;
};

/// An exception that was taken: the core as it was then.
struct TakenTrap {
  std::uint32_t cause = 0;                  ///< mcause
  std::uint32_t pc = 0;                     ///< of the instruction it came at
  std::array<std::uint32_t, 32> registers;  ///< x0 to x31
};

/// Name of the code at an address ("main+0x12"), "" when there is none.
using Symbolizer = std::function<std::string(std::uint32_t address)>;

/// The report as one sentence, and another one about a storm of interrupts if there is one.
std::string describe(const StopReport& report, const Symbolizer& symbol = nullptr);
/// That second sentence, after a space; "" without a storm.
std::string describe_storm(const StopReport& report);

}  // namespace leyden::cpu
