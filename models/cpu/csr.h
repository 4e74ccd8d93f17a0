#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace leyden::cpu {

/// Numbers of the CSRs this core has (privileged architecture 1.12, chapter 2).
enum CsrNumber : std::uint32_t {
  kMstatus = 0x300,
  kMisa = 0x301,
  kMie = 0x304,
  kMtvec = 0x305,
  kMstatush = 0x310,
  kMcountinhibit = 0x320,
  kMhpmevent3 = 0x323,
  kMhpmevent31 = 0x33f,
  kMscratch = 0x340,
  kMepc = 0x341,
  kMcause = 0x342,
  kMtval = 0x343,
  kMip = 0x344,
  kMcycle = 0xb00,
  kMinstret = 0xb02,
  kMhpmcounter3 = 0xb03,
  kMhpmcounter31 = 0xb1f,
  kMcycleh = 0xb80,
  kMinstreth = 0xb82,
  kMhpmcounter3h = 0xb83,
  kMhpmcounter31h = 0xb9f,
  kCycle = 0xc00,
  kTime = 0xc01,
  kInstret = 0xc02,
  kHpmcounter3 = 0xc03,
  kHpmcounter31 = 0xc1f,
  kCycleh = 0xc80,
  kTimeh = 0xc81,
  kInstreth = 0xc82,
  kHpmcounter3h = 0xc83,
  kHpmcounter31h = 0xc9f,
  kMvendorid = 0xf11,
  kMarchid = 0xf12,
  kMimpid = 0xf13,
  kMhartid = 0xf14,
  kMconfigptr = 0xf15,
};

/// "mstatus", "mcycle", ...; "" for a number without a name here.
std::string_view csr_name(std::uint32_t number);

/// What the counters stand at when an instruction begins.
struct CounterView {
  std::uint64_t cycle = 0;    ///< cycles since reset
  std::uint64_t retired = 0;  ///< instructions retired since reset
};

/// Machine-mode control and status registers. Machine mode is the only mode, so mstatus.MPP reads
/// 3 always and there are no counter-enable registers.
class CsrFile {
 public:
  /// Value of the time CSR at a given cycle.
  using TimeSource = std::function<std::uint64_t(std::uint64_t cycle)>;

  void reset();
  void set_time_source(TimeSource source) { time_ = std::move(source); }

  /// @return nothing when there is no such register
  std::optional<std::uint32_t> read(std::uint32_t number, const CounterView& now) const;
  /// Writes what can be written (WARL), as it is to stand when the instruction has retired.
  /// @param after counters once the writing instruction has retired
  /// @return false when there is no such register or it is read-only
  bool write(std::uint32_t number, std::uint32_t value, const CounterView& after);

  /// Levels of the interrupt lines, as bits of mip.
  void set_pending(std::uint32_t lines) { mip_ = lines; }
  std::uint32_t pending_enabled() const { return mip_ & mie_; }
  /// The interrupt to be taken now (external, software, timer in this order), if one is.
  std::optional<std::uint32_t> take_interrupt() const;

  /// Enters a trap: saves state and disables interrupts. @return pc of the handler
  std::uint32_t enter_trap(std::uint32_t cause, std::uint32_t tval, std::uint32_t pc);
  /// Returns from a trap (mret). @return pc to go on at
  std::uint32_t leave_trap();

  /// Whether software has ever given a trap handler.
  bool has_handler() const { return mtvec_ != 0; }

 private:
  std::optional<std::uint32_t> read_counter(std::uint32_t number, const CounterView& now) const;
  bool write_counter(std::uint32_t number, std::uint32_t value, const CounterView& after);
  std::uint64_t mcycle(const CounterView& now) const;
  std::uint64_t minstret(const CounterView& now) const;

  std::uint32_t mstatus_ = 0;  ///< MIE and MPIE only
  std::uint32_t mie_ = 0;
  std::uint32_t mip_ = 0;
  std::uint32_t mtvec_ = 0;
  std::uint32_t mscratch_ = 0;
  std::uint32_t mepc_ = 0;
  std::uint32_t mcause_ = 0;
  std::uint32_t mtval_ = 0;
  std::uint32_t inhibit_ = 0;
  // Each counter is its source plus an offset; while it is inhibited the field is its value.
  std::uint64_t cycle_base_ = 0;
  std::uint64_t instret_base_ = 0;
  TimeSource time_;
};

}  // namespace leyden::cpu
