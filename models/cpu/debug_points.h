#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

namespace leyden::cpu {

/// Which accesses a watchpoint is for.
enum class WatchKind : std::uint8_t { kRead, kWrite, kAccess };

/// Bytes [address, address + bytes) whose accesses by the hart a debugger wants to see.
struct Watchpoint {
  std::uint32_t address = 0;
  std::uint32_t bytes = 1;
  WatchKind kind = WatchKind::kWrite;

  friend bool operator==(const Watchpoint& a, const Watchpoint& b) {
    return a.address == b.address && a.bytes == b.bytes && a.kind == b.kind;
  }
};

/// Why a hart came back with RunResult::kDebug.
enum class DebugReason : std::uint8_t {
  kNone,
  kBreakpoint,  ///< the instruction at the pc is next and has a breakpoint
  kWatchpoint,  ///< the instruction at the pc is next and would make a watched access
  kStep,        ///< one instruction has retired, or one trap was taken
};

struct DebugEvent {
  DebugReason reason = DebugReason::kNone;
  std::uint32_t address = 0;  ///< pc; of a watched access the first watched byte that it touches
  WatchKind kind = WatchKind::kWrite;  ///< of the watchpoint
};

/// The places a debugger has marked. Nothing in memory changes for them.
class DebugPoints {
 public:
  void set_breakpoint(std::uint32_t pc) { breakpoints_.insert(pc); }
  bool clear_breakpoint(std::uint32_t pc) { return breakpoints_.erase(pc) != 0; }
  bool has_breakpoint(std::uint32_t pc) const { return breakpoints_.count(pc) != 0; }

  bool set_watchpoint(const Watchpoint& point);
  bool clear_watchpoint(const Watchpoint& point);
  bool has_watchpoints() const { return !watchpoints_.empty(); }
  /// Whether anything in the page (hart_state.h) of an address is watched.
  bool is_page_watched(std::uint32_t address) const;
  /// The first watchpoint that an access touches, as an event.
  /// @param access kRead, kWrite, or kAccess for one that does both
  std::optional<DebugEvent> watched(std::uint32_t address, unsigned bytes, WatchKind access) const;

  void clear();

 private:
  std::set<std::uint32_t> breakpoints_;
  std::vector<Watchpoint> watchpoints_;
};

}  // namespace leyden::cpu
