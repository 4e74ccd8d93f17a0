#include "models/memory/bank_load.h"

#include <algorithm>

namespace leyden::memory {
namespace {

constexpr unsigned kFraction = 16;
constexpr std::uint64_t kOne = std::uint64_t{1} << kFraction;

std::uint64_t divide_up(std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; }

}  // namespace

void BankLoad::forget_until(std::uint64_t now) {
  uses_.erase(uses_.begin(), std::find_if(uses_.begin(), uses_.end(),
                                          [now](const Use& use) { return use.end > now; }));
}

void BankLoad::clear() {
  uses_.clear();
  bus_free_at_ = 0;
}

std::uint64_t BankLoad::occupy(std::uint64_t now, std::uint64_t beats, std::uint64_t cycles) {
  cycles = std::max<std::uint64_t>(cycles, 1);
  forget_until(now);
  std::uint64_t load = 0;
  for (const Use& use : uses_) {
    load += use.rate;
  }

  // 1. Segments of constant load until the job's own window and all others have ended.
  const std::uint64_t rate = divide_up(beats << kFraction, cycles);
  const std::uint64_t window_end = now + cycles;
  std::uint64_t backlog = 0;
  std::uint64_t at = now;
  std::uint64_t done_at = window_end;
  std::size_t next = 0;
  while (at < window_end || backlog > 0) {
    const bool own = at < window_end;
    const std::uint64_t demand = load + (own ? rate : 0);
    std::uint64_t until = own ? window_end : ~std::uint64_t{0};
    if (next < uses_.size()) {
      until = std::min(until, uses_[next].end);
    }
    // 2. Backlog grows, or drains; outside the window its end is the job's.
    if (demand >= kOne) {
      backlog += (demand - kOne) * (until - at);
    } else {
      const std::uint64_t free = kOne - demand;
      const std::uint64_t drained = divide_up(backlog, free);
      if (!own && drained <= until - at) {
        done_at = at + drained;
        break;
      }
      backlog -= std::min(backlog, free * (until - at));
    }
    at = until;
    while (next < uses_.size() && uses_[next].end <= at) {
      load -= uses_[next++].rate;
    }
  }

  // 3. Others see its beats spread over the time it really takes.
  const Use use{done_at, divide_up(beats << kFraction, done_at - now)};
  uses_.insert(std::upper_bound(uses_.begin(), uses_.end(), use,
                                [](const Use& a, const Use& b) { return a.end < b.end; }),
               use);
  return done_at - window_end;
}

std::uint64_t BankLoad::serve(std::uint64_t from, std::uint64_t beats) {
  std::uint64_t at = std::max(from, bus_free_at_);
  std::uint64_t load = 0;
  std::size_t next = 0;
  while (next < uses_.size() && uses_[next].end <= at) {
    ++next;
  }
  for (std::size_t i = next; i < uses_.size(); ++i) {
    load += uses_[i].rate;
  }
  std::uint64_t left = beats << kFraction;
  while (left > 0) {
    const std::uint64_t free = load >= kOne ? 0 : kOne - load;
    const bool last = next == uses_.size();
    if (free > 0 && (last || free * (uses_[next].end - at) >= left)) {
      at += divide_up(left, free);
      break;
    }
    left -= free * (uses_[next].end - at);
    at = uses_[next].end;
    while (next < uses_.size() && uses_[next].end <= at) {
      load -= uses_[next++].rate;
    }
  }
  bus_free_at_ = at;
  return at;
}

}  // namespace leyden::memory
