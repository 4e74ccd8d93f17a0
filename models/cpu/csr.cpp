#include "models/cpu/csr.h"

#include <utility>

#include "models/cpu/trap.h"

namespace leyden::cpu {
namespace {

// mstatus. UBE, FS, VS, XS and what supervisor mode needs are wired to 0.
constexpr std::uint32_t kStatusMie = 1u << 3;
constexpr std::uint32_t kStatusMpie = 1u << 7;
constexpr unsigned kStatusMppShift = 11;
constexpr std::uint32_t kStatusMpp = 3u << kStatusMppShift;
constexpr std::uint32_t kStatusMprv = 1u << 17;
constexpr std::uint32_t kStatusTw = 1u << 21;
constexpr std::uint32_t kInterruptMask =
    1u << kSoftwareInterrupt | 1u << kTimerInterrupt | 1u << kExternalInterrupt;
// MXL = 1 (32 bits), extensions A, C, I, M, U.
constexpr std::uint32_t kMisaValue = 1u << 30 | 1u << 0 | 1u << 2 | 1u << 8 | 1u << 12 | 1u << 20;
constexpr std::uint32_t kEnvironmentFiom = 1u << 0;

constexpr bool between(std::uint32_t number, std::uint32_t first, std::uint32_t last) {
  return number >= first && number <= last;
}
/// Bits 11:10 of a CSR's number are 3 when it is read-only, bits 9:8 are the least mode.
constexpr bool is_read_only(std::uint32_t number) { return (number >> 10 & 3) == 3; }
constexpr std::uint32_t least_mode(std::uint32_t number) { return number >> 8 & 3; }

/// A counter as a CSR: which, which half, and whether it is the user's read-only view.
struct CounterCsr {
  unsigned index;
  bool high;
  bool shadow;
};
constexpr std::optional<CounterCsr> counter_of(std::uint32_t number) {
  constexpr std::uint32_t kHighHalf = 0x80;
  const CounterCsr counter{number & 31, (number & kHighHalf) != 0, (number & ~0x9fu) == kCycle};
  if (!counter.shadow && (number & ~0x9fu) != kMcycle) return std::nullopt;
  if (!counter.shadow && counter.index == Counters::kTime) return std::nullopt;
  return counter;
}
constexpr std::uint32_t half(std::uint64_t value, bool high) {
  return static_cast<std::uint32_t>(high ? value >> 32 : value);
}
constexpr std::uint64_t with_half(std::uint64_t value, bool high, std::uint32_t word) {
  return high ? std::uint64_t{word} << 32 | half(value, false)
              : (value & 0xffffffff00000000u) | word;
}

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
    case kCauseUserCall:
      return "environment call from user mode";
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

void CsrFile::reset() {
  TimeSource time = std::move(time_);
  Pmp pmp = std::move(pmp_);
  *this = CsrFile(pmp.regions());
  pmp_ = std::move(pmp);
  pmp_.reset();
  time_ = std::move(time);
}

Privilege CsrFile::previous_privilege() const {
  return (mstatus_ & kStatusMpp) != 0 ? Privilege::kMachine : Privilege::kUser;
}

Privilege CsrFile::data_privilege() const {
  // User mode never has MPRV: mret clears it on the way there.
  return (mstatus_ & kStatusMprv) != 0 ? previous_privilege() : privilege_;
}

bool CsrFile::traps_wait() const {
  return privilege_ == Privilege::kUser && (mstatus_ & kStatusTw) != 0;
}

bool CsrFile::may_access(std::uint32_t number) const {
  if (privilege_ == Privilege::kMachine) return true;
  if (least_mode(number) != 0) return false;
  const auto counter = counter_of(number);
  return !counter || (mcounteren_ >> counter->index & 1) != 0;
}

bool CsrFile::needs_events(std::uint32_t number) {
  const auto counter = counter_of(number);
  return number == kMcountinhibit || between(number, kMhpmevent3, kMhpmevent31) ||
         (counter && counter->index >= Counters::kFirstEvent);
}

std::optional<std::uint32_t> CsrFile::read(std::uint32_t number, const CounterView& now) const {
  switch (number) {
    case kMstatus:
      return mstatus_;
    case kMisa:
      return kMisaValue;
    case kMie:
      return mie_;
    case kMtvec:
      return mtvec_;
    case kMcounteren:
      return mcounteren_;
    case kMenvcfg:
      return menvcfg_;
    case kMcountinhibit:
      return counters_.inhibit();
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
    case kMenvcfgh:
    case kMvendorid:
    case kMarchid:
    case kMimpid:
    case kMhartid:
    case kMconfigptr:
      return 0;
    default:
      return read_array(number, now);
  }
}

/// Counters and the registers of the PMP.
std::optional<std::uint32_t> CsrFile::read_array(std::uint32_t number,
                                                 const CounterView& now) const {
  if (const auto counter = counter_of(number)) {
    const bool is_time = counter->index == Counters::kTime;
    const std::uint64_t value = !is_time ? counters_.value(counter->index, now)
                                : time_  ? time_(now.cycle)
                                         : 0;
    return half(value, counter->high);
  }
  if (between(number, kMhpmevent3, kMhpmevent31)) return counters_.event(number & 31);
  if (pmp_.regions() == 0) return std::nullopt;
  if (between(number, kPmpcfg0, kPmpcfg3)) return pmp_.configuration(number - kPmpcfg0);
  if (between(number, kPmpaddr0, kPmpaddr15)) return pmp_.address(number - kPmpaddr0);
  return std::nullopt;
}

bool CsrFile::write(std::uint32_t number, std::uint32_t value, const CounterView& after) {
  if (is_read_only(number)) return false;
  switch (number) {
    case kMstatus: {
      constexpr std::uint32_t kPlain = kStatusMie | kStatusMpie | kStatusMprv | kStatusTw;
      // MPP keeps its value when a mode is written that does not exist.
      const std::uint32_t mpp = value & kStatusMpp;
      const bool exists = mpp == 0 || mpp == kStatusMpp;
      mstatus_ = (value & kPlain) | (exists ? mpp : mstatus_ & kStatusMpp);
      return true;
    }
    case kMie:
      mie_ = value & kInterruptMask;
      return true;
    // Modes 2 and 3 are reserved: the mode then stays as it is.
    case kMtvec:
      mtvec_ = (value & ~3u) | ((value & 2) != 0 ? mtvec_ & 1 : value & 1);
      return true;
    case kMcounteren:
      mcounteren_ = value;
      return true;
    case kMenvcfg:
      menvcfg_ = value & kEnvironmentFiom;  // of no effect: fences order everything
      return true;
    case kMcountinhibit:
      counters_.set_inhibit(value, after);
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
    case kMenvcfgh:
    case kMip:
      return true;  // nothing in them can be changed by software
    default:
      return write_array(number, value, after);
  }
}

bool CsrFile::write_array(std::uint32_t number, std::uint32_t value, const CounterView& after) {
  if (const auto counter = counter_of(number)) {
    const std::uint64_t count = counters_.value(counter->index, after);
    counters_.set_value(counter->index, with_half(count, counter->high, value), after);
    return true;
  }
  if (between(number, kMhpmevent3, kMhpmevent31)) {
    counters_.set_event(number & 31, value, after);
    return true;
  }
  if (pmp_.regions() == 0) return false;
  if (between(number, kPmpcfg0, kPmpcfg3)) {
    pmp_.write_configuration(number - kPmpcfg0, value);
    return true;
  }
  if (between(number, kPmpaddr0, kPmpaddr15)) {
    pmp_.write_address(number - kPmpaddr0, value);
    return true;
  }
  return false;
}

std::optional<std::uint32_t> CsrFile::take_interrupt() const {
  const std::uint32_t pending = mip_ & mie_;
  // In user mode the machine's interrupts are enabled, whatever MIE says.
  if (pending == 0 || (privilege_ == Privilege::kMachine && (mstatus_ & kStatusMie) == 0)) {
    return std::nullopt;
  }
  for (const unsigned number : {kExternalInterrupt, kSoftwareInterrupt, kTimerInterrupt}) {
    if ((pending >> number & 1) != 0) return number;
  }
  return std::nullopt;
}

std::uint32_t CsrFile::enter_trap(std::uint32_t cause, std::uint32_t tval, std::uint32_t pc) {
  mepc_ = pc;
  mcause_ = cause;
  mtval_ = tval;
  mstatus_ = (mstatus_ & ~(kStatusMie | kStatusMpie | kStatusMpp)) |
             ((mstatus_ & kStatusMie) != 0 ? kStatusMpie : 0) |
             static_cast<std::uint32_t>(privilege_) << kStatusMppShift;
  privilege_ = Privilege::kMachine;
  const bool vectored = (mtvec_ & 1) != 0 && (cause & kCauseInterrupt) != 0;
  return (mtvec_ & ~3u) + (vectored ? 4 * (cause & ~kCauseInterrupt) : 0);
}

std::uint32_t CsrFile::leave_trap() {
  privilege_ = previous_privilege();
  const bool enable = (mstatus_ & kStatusMpie) != 0;
  mstatus_ &= ~(kStatusMie | kStatusMpp);
  mstatus_ |= kStatusMpie | (enable ? kStatusMie : 0);
  if (privilege_ != Privilege::kMachine) mstatus_ &= ~kStatusMprv;
  return mepc_;
}

}  // namespace leyden::cpu
