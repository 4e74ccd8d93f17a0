#include "models/cpu/debug_points.h"

#include <algorithm>

#include "models/cpu/hart_state.h"

namespace leyden::cpu {
namespace {

/// The first byte that both ranges have; 64 bits, since a range may end at the top of memory.
std::optional<std::uint32_t> overlap(std::uint32_t a, std::uint64_t a_bytes, std::uint32_t b,
                                     std::uint64_t b_bytes) {
  const std::uint32_t first = std::max(a, b);
  if (first >= a + a_bytes || first >= b + b_bytes) return std::nullopt;
  return first;
}

}  // namespace

bool DebugPoints::set_watchpoint(const Watchpoint& point) {
  if (std::find(watchpoints_.begin(), watchpoints_.end(), point) != watchpoints_.end())
    return false;
  watchpoints_.push_back(point);
  return true;
}

bool DebugPoints::clear_watchpoint(const Watchpoint& point) {
  const auto found = std::find(watchpoints_.begin(), watchpoints_.end(), point);
  if (found == watchpoints_.end()) return false;
  watchpoints_.erase(found);
  return true;
}

bool DebugPoints::is_page_watched(std::uint32_t address) const {
  return std::any_of(watchpoints_.begin(), watchpoints_.end(), [&](const Watchpoint& point) {
    return overlap(address & kPageMask, 1u << kPageShift, point.address, point.bytes).has_value();
  });
}

std::optional<DebugEvent> DebugPoints::watched(std::uint32_t address, unsigned bytes,
                                               WatchKind access) const {
  for (const Watchpoint& point : watchpoints_) {
    if (point.kind != WatchKind::kAccess && access != WatchKind::kAccess && point.kind != access) {
      continue;
    }
    if (const auto first = overlap(address, bytes, point.address, point.bytes)) {
      return DebugEvent{DebugReason::kWatchpoint, *first, point.kind};
    }
  }
  return std::nullopt;
}

void DebugPoints::clear() {
  breakpoints_.clear();
  watchpoints_.clear();
}

}  // namespace leyden::cpu
