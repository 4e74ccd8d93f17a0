#include "models/cpu/csr.h"

#include <array>
#include <utility>

#include "models/cpu/trap.h"

namespace leyden::cpu {
namespace {

constexpr std::uint32_t kStatusMie = 1u << 3;
constexpr std::uint32_t kStatusMpie = 1u << 7;
constexpr std::uint32_t kStatusMpp = 3u << 11;
constexpr std::uint32_t kInterruptMask =
    1u << kSoftwareInterrupt | 1u << kTimerInterrupt | 1u << kExternalInterrupt;
constexpr std::uint32_t kInhibitCycle = 1u << 0;
constexpr std::uint32_t kInhibitInstret = 1u << 2;
// MXL = 1 (32 bits), extensions A, C, I, M.
constexpr std::uint32_t kMisaValue = 1u << 30 | 1u << 0 | 1u << 2 | 1u << 8 | 1u << 12;

constexpr std::uint32_t low(std::uint64_t value) { return static_cast<std::uint32_t>(value); }
constexpr std::uint32_t high(std::uint64_t value) {
  return static_cast<std::uint32_t>(value >> 32);
}
constexpr std::uint64_t with_low(std::uint64_t value, std::uint32_t word) {
  return (value & 0xffffffff00000000u) | word;
}
constexpr std::uint64_t with_high(std::uint64_t value, std::uint32_t word) {
  return std::uint64_t{word} << 32 | low(value);
}
constexpr bool between(std::uint32_t number, std::uint32_t first, std::uint32_t last) {
  return number >= first && number <= last;
}
/// Performance counters that exist but count nothing: they read 0 and ignore writes.
constexpr bool is_zero_counter(std::uint32_t n) {
  return between(n, kMhpmcounter3, kMhpmcounter31) || between(n, kMhpmcounter3h, kMhpmcounter31h) ||
         between(n, kMhpmevent3, kMhpmevent31) || between(n, kHpmcounter3, kHpmcounter31) ||
         between(n, kHpmcounter3h, kHpmcounter31h);
}
/// Bits 11:10 of a CSR's number are 3 when it is read-only.
constexpr bool is_read_only(std::uint32_t number) { return (number >> 10 & 3) == 3; }

}  // namespace

std::string_view cause_text(std::uint32_t mcause) {
  switch (mcause) {
    case kCauseFetchAccess:
      return "instruction access fault";
    case kCauseIllegal:
      return "illegal instruction";
    case kCauseBreakpoint:
      return "breakpoint";
    case kCauseLoadMisaligned:
      return "load address misaligned";
    case kCauseLoadAccess:
      return "load access fault";
    case kCauseStoreMisaligned:
      return "store or atomic address misaligned";
    case kCauseStoreAccess:
      return "store or atomic access fault";
    case kCauseMachineCall:
      return "environment call";
    case kCauseInterrupt | kSoftwareInterrupt:
      return "machine software interrupt";
    case kCauseInterrupt | kTimerInterrupt:
      return "machine timer interrupt";
    case kCauseInterrupt | kExternalInterrupt:
      return "machine external interrupt";
    default:
      return "unknown cause";
  }
}

std::string_view csr_name(std::uint32_t number) {
  static constexpr std::array<std::pair<std::uint32_t, std::string_view>, 28> kNames = {{
      {kMstatus, "mstatus"},
      {kMisa, "misa"},
      {kMie, "mie"},
      {kMtvec, "mtvec"},
      {kMstatush, "mstatush"},
      {kMcountinhibit, "mcountinhibit"},
      {kMscratch, "mscratch"},
      {kMepc, "mepc"},
      {kMcause, "mcause"},
      {kMtval, "mtval"},
      {kMip, "mip"},
      {kMcycle, "mcycle"},
      {kMinstret, "minstret"},
      {kMcycleh, "mcycleh"},
      {kMinstreth, "minstreth"},
      {kCycle, "cycle"},
      {kTime, "time"},
      {kInstret, "instret"},
      {kCycleh, "cycleh"},
      {kTimeh, "timeh"},
      {kInstreth, "instreth"},
      {kMvendorid, "mvendorid"},
      {kMarchid, "marchid"},
      {kMimpid, "mimpid"},
      {kMhartid, "mhartid"},
      {kMconfigptr, "mconfigptr"},
      {kMhpmcounter3, "mhpmcounter3"},
      {kMhpmevent3, "mhpmevent3"},
  }};
  for (const auto& [key, name] : kNames) {
    if (key == number) return name;
  }
  return "";
}

void CsrFile::reset() {
  TimeSource time = std::move(time_);
  *this = CsrFile();
  time_ = std::move(time);
}

std::uint64_t CsrFile::mcycle(const CounterView& now) const {
  return (inhibit_ & kInhibitCycle) != 0 ? cycle_base_ : now.cycle + cycle_base_;
}

std::uint64_t CsrFile::minstret(const CounterView& now) const {
  return (inhibit_ & kInhibitInstret) != 0 ? instret_base_ : now.retired + instret_base_;
}

std::optional<std::uint32_t> CsrFile::read(std::uint32_t number, const CounterView& now) const {
  switch (number) {
    case kMstatus:
      return mstatus_ | kStatusMpp;
    case kMisa:
      return kMisaValue;
    case kMie:
      return mie_;
    case kMtvec:
      return mtvec_;
    case kMcountinhibit:
      return inhibit_;
    case kMscratch:
      return mscratch_;
    case kMepc:
      return mepc_;
    case kMcause:
      return mcause_;
    case kMtval:
      return mtval_;
    case kMip:
      return mip_;
    case kMstatush:
    case kMvendorid:
    case kMarchid:
    case kMimpid:
    case kMhartid:
    case kMconfigptr:
      return 0;
    default:
      return read_counter(number, now);
  }
}

std::optional<std::uint32_t> CsrFile::read_counter(std::uint32_t number,
                                                   const CounterView& now) const {
  switch (number) {
    case kMcycle:
    case kCycle:
      return low(mcycle(now));
    case kMcycleh:
    case kCycleh:
      return high(mcycle(now));
    case kMinstret:
    case kInstret:
      return low(minstret(now));
    case kMinstreth:
    case kInstreth:
      return high(minstret(now));
    case kTime:
      return time_ ? low(time_(now.cycle)) : 0;
    case kTimeh:
      return time_ ? high(time_(now.cycle)) : 0;
    default:
      if (is_zero_counter(number)) return 0;
      return std::nullopt;
  }
}

bool CsrFile::write(std::uint32_t number, std::uint32_t value, const CounterView& after) {
  if (is_read_only(number)) return false;
  switch (number) {
    case kMstatus:
      mstatus_ = value & (kStatusMie | kStatusMpie);
      return true;
    case kMie:
      mie_ = value & kInterruptMask;
      return true;
    // Modes 2 and 3 are reserved: the mode then stays as it is.
    case kMtvec:
      mtvec_ = (value & ~3u) | ((value & 2) != 0 ? mtvec_ & 1 : value & 1);
      return true;
    case kMscratch:
      mscratch_ = value;
      return true;
    case kMepc:
      mepc_ = value & ~1u;
      return true;
    case kMcause:
      mcause_ = value;
      return true;
    case kMtval:
      mtval_ = value;
      return true;
    case kMisa:
    case kMstatush:
    case kMip:
      return true;  // nothing in them can be changed by software
    default:
      return write_counter(number, value, after);
  }
}

bool CsrFile::write_counter(std::uint32_t number, std::uint32_t value, const CounterView& after) {
  const auto set_cycle = [&](std::uint64_t count) {
    cycle_base_ = (inhibit_ & kInhibitCycle) != 0 ? count : count - after.cycle;
  };
  const auto set_instret = [&](std::uint64_t count) {
    instret_base_ = (inhibit_ & kInhibitInstret) != 0 ? count : count - after.retired;
  };
  switch (number) {
    case kMcycle:
      set_cycle(with_low(mcycle(after), value));
      return true;
    case kMcycleh:
      set_cycle(with_high(mcycle(after), value));
      return true;
    case kMinstret:
      set_instret(with_low(minstret(after), value));
      return true;
    case kMinstreth:
      set_instret(with_high(minstret(after), value));
      return true;
    case kMcountinhibit: {
      const std::uint64_t cycle = mcycle(after);
      const std::uint64_t instret = minstret(after);
      inhibit_ = value & (kInhibitCycle | kInhibitInstret);
      set_cycle(cycle);
      set_instret(instret);
      return true;
    }
    default:
      return is_zero_counter(number);
  }
}

std::optional<std::uint32_t> CsrFile::take_interrupt() const {
  const std::uint32_t pending = mip_ & mie_;
  if (pending == 0 || (mstatus_ & kStatusMie) == 0) return std::nullopt;
  for (const unsigned number : {kExternalInterrupt, kSoftwareInterrupt, kTimerInterrupt}) {
    if ((pending >> number & 1) != 0) return number;
  }
  return std::nullopt;
}

std::uint32_t CsrFile::enter_trap(std::uint32_t cause, std::uint32_t tval, std::uint32_t pc) {
  mepc_ = pc;
  mcause_ = cause;
  mtval_ = tval;
  mstatus_ = (mstatus_ & kStatusMie) != 0 ? kStatusMpie : 0;
  const bool vectored = (mtvec_ & 1) != 0 && (cause & kCauseInterrupt) != 0;
  return (mtvec_ & ~3u) + (vectored ? 4 * (cause & ~kCauseInterrupt) : 0);
}

std::uint32_t CsrFile::leave_trap() {
  mstatus_ = kStatusMpie | ((mstatus_ & kStatusMpie) != 0 ? kStatusMie : 0);
  return mepc_;
}

}  // namespace leyden::cpu
