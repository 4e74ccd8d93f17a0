#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "models/base/archive.h"

namespace leyden::cpu {

// The one table of what performance counters can count: X(id, name, text). The row's place is the
// value of mhpmevent that selects it (docs/models/cpu.md).
// clang-format off
#define LEYDEN_EVENT_TABLE(X)                                                                      \
  X(kNone, "none", "nothing: the counter keeps its value")                                         \
  X(kStallCycles, "stall_cycles", "cycles of the next four together")                              \
  X(kLoadUseCycles, "load_use_cycles", "cycles an instruction waited for the load before it")      \
  X(kRefillCycles, "refill_cycles", "cycles lost to taken branches")                               \
  X(kFetchWaitCycles, "fetch_wait_cycles", "cycles waited for the second word of a jump target")   \
  X(kBusWaitCycles, "bus_wait_cycles", "cycles waited for the bus, instruction fetch included")    \
  X(kBranches, "branches", "conditional branches")                                                 \
  X(kTakenBranches, "taken_branches", "conditional branches that were taken")                      \
  X(kJumps, "jumps", "jal and jalr")                                                               \
  X(kLoads, "loads", "loads, without atomics")                                                     \
  X(kStores, "stores", "stores, without atomics")                                                  \
  X(kAtomics, "atomics", "lr.w, sc.w and atomic memory operations")                                \
  X(kMultiplies, "multiplies", "multiplications")                                                  \
  X(kDivides, "divides", "divisions and remainders")                                               \
  X(kTraps, "traps", "exceptions and interrupts taken")                                            \
  X(kInterrupts, "interrupts", "interrupts taken")                                                 \
  X(kSleepCycles, "sleep_cycles", "cycles asleep in wfi, waking up included")
// clang-format on

/// What a performance counter counts; the value of its mhpmevent register.
enum class Event : std::uint8_t {
#define LEYDEN_ROW(id, name, text) id,
  LEYDEN_EVENT_TABLE(LEYDEN_ROW)
#undef LEYDEN_ROW
};

struct EventInfo {
  std::string_view name;
  std::string_view text;
};
/// Index = Event.
inline constexpr EventInfo kEvents[] = {
#define LEYDEN_ROW(id, name, text) {name, text},
    LEYDEN_EVENT_TABLE(LEYDEN_ROW)
#undef LEYDEN_ROW
};
inline constexpr std::size_t kEventCount = std::size(kEvents);

/// How often each event has happened since the core was made; index = Event.
using EventCounts = std::array<std::uint64_t, kEventCount>;

/// What the counters stand at when an instruction begins.
struct CounterView {
  std::uint64_t cycle = 0;              ///< cycles since reset
  std::uint64_t retired = 0;            ///< instructions retired since reset
  const EventCounts* events = nullptr;  ///< needed where a performance counter is concerned
};

/// mcycle, minstret and mhpmcounter3 to 31 with mcountinhibit and the event selectors. Each is its
/// source plus an offset, so counting costs nothing. Index = number of the counter (0 cycle,
/// 2 instret, 3 and above performance); those above kLastEvent read 0.
class Counters {
 public:
  static constexpr unsigned kCycle = 0;
  static constexpr unsigned kTime = 1;  ///< not kept here
  static constexpr unsigned kInstret = 2;
  static constexpr unsigned kFirstEvent = 3;
  static constexpr unsigned kLastEvent = 10;

  std::uint64_t value(unsigned index, const CounterView& now) const;
  void set_value(unsigned index, std::uint64_t value, const CounterView& after);
  std::uint32_t inhibit() const { return inhibit_; }
  void set_inhibit(std::uint32_t value, const CounterView& after);
  std::uint32_t event(unsigned index) const;
  /// Selects an event; a value that is none selects none. The counter keeps its value.
  void set_event(unsigned index, std::uint32_t value, const CounterView& after);
  void archive(base::Archive& a);

 private:
  static bool exists(unsigned index) { return index != kTime && index <= kLastEvent; }
  bool inhibited(unsigned index) const { return (inhibit_ >> index & 1) != 0; }
  std::uint64_t source(unsigned index, const CounterView& view) const;

  std::uint32_t inhibit_ = 0;
  std::array<std::uint8_t, kLastEvent + 1> event_{};
  /// Offset to the source; the value itself while a counter is inhibited.
  std::array<std::uint64_t, kLastEvent + 1> base_{};
};

}  // namespace leyden::cpu
