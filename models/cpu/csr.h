#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "models/cpu/counters.h"
#include "models/cpu/pmp.h"
#include "models/cpu/privilege.h"

#include "models/base/archive.h"

namespace leyden::cpu {

/// Numbers of the CSRs this core has (privileged architecture 1.12, chapter 2).
enum CsrNumber : std::uint32_t {
  kMstatus = 0x300,
  kMisa = 0x301,
  kMie = 0x304,
  kMtvec = 0x305,
  kMcounteren = 0x306,
  kMenvcfg = 0x30a,
  kMstatush = 0x310,
  kMenvcfgh = 0x31a,
  kMcountinhibit = 0x320,
  kMhpmevent3 = 0x323,
  kMhpmevent31 = 0x33f,
  kMscratch = 0x340,
  kMepc = 0x341,
  kMcause = 0x342,
  kMtval = 0x343,
  kMip = 0x344,
  kPmpcfg0 = 0x3a0,
  kPmpcfg3 = 0x3a3,
  kPmpaddr0 = 0x3b0,
  kPmpaddr15 = 0x3bf,
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

struct NamedCsr {
  std::uint32_t number;
  std::string_view name;
};
/// Every CSR this core may have, by number; those of the PMP only with regions.
const std::vector<NamedCsr>& named_csrs();
/// "mstatus", "mcycle", ...; "" for a number that is no CSR of this core.
std::string_view csr_name(std::uint32_t number);

/// Control and status registers of machine and user mode, and the mode itself.
class CsrFile {
 public:
  /// Value of the time CSR at a given cycle.
  using TimeSource = std::function<std::uint64_t(std::uint64_t cycle)>;

  explicit CsrFile(unsigned pmp_regions) : pmp_(pmp_regions) {}
  void reset();
  void set_time_source(TimeSource source) { time_ = std::move(source); }

  /// Whether the present mode may access a register: by its number, and by mcounteren.
  bool may_access(std::uint32_t number) const;
  /// Whether an access needs CounterView::events.
  static bool needs_events(std::uint32_t number);
  /// Reads without effects and whatever the mode. @return nothing when there is no such register
  std::optional<std::uint32_t> read(std::uint32_t number, const CounterView& now) const;
  /// Writes what can be written (WARL), as it is to stand when the instruction has retired.
  /// @param after counters once the writing instruction has retired
  /// @return false when there is no such register or it is read-only
  bool write(std::uint32_t number, std::uint32_t value, const CounterView& after);

  Privilege privilege() const { return privilege_; }
  void set_privilege(Privilege mode) { privilege_ = mode; }
  /// The mode whose rights loads and stores have: mstatus.MPRV can lend another.
  Privilege data_privilege() const;
  /// Whether wfi is illegal now (mstatus.TW).
  bool traps_wait() const;
  const Pmp& pmp() const { return pmp_; }

  /// Levels of the interrupt lines, as bits of mip.
  void set_pending(std::uint32_t lines) { mip_ = lines; }
  std::uint32_t pending_enabled() const { return mip_ & mie_; }
  /// The interrupt to be taken now (external, software, timer in this order), if one is.
  std::optional<std::uint32_t> take_interrupt() const;

  /// Enters a trap: saves state, disables interrupts, machine mode. @return pc of the handler
  std::uint32_t enter_trap(std::uint32_t cause, std::uint32_t tval, std::uint32_t pc);
  /// Returns from a trap (mret). @return pc to go on at
  std::uint32_t leave_trap();

  /// Whether software has ever given a trap handler.
  bool has_handler() const { return mtvec_ != 0; }

  void archive(base::Archive& a);

 private:
  std::optional<std::uint32_t> read_array(std::uint32_t number, const CounterView& now) const;
  bool write_array(std::uint32_t number, std::uint32_t value, const CounterView& after);
  Privilege previous_privilege() const;

  Privilege privilege_ = Privilege::kMachine;
  std::uint32_t mstatus_ = 0;
  std::uint32_t mie_ = 0;
  std::uint32_t mip_ = 0;
  std::uint32_t mtvec_ = 0;
  std::uint32_t mcounteren_ = 0;
  std::uint32_t menvcfg_ = 0;
  std::uint32_t mscratch_ = 0;
  std::uint32_t mepc_ = 0;
  std::uint32_t mcause_ = 0;
  std::uint32_t mtval_ = 0;
  Counters counters_;
  Pmp pmp_;
  TimeSource time_;
};

}  // namespace leyden::cpu
