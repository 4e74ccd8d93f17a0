#include "models/base/activity.h"

#include <algorithm>
#include <queue>
#include <string>

#include "models/base/error.h"

namespace leyden::base {
namespace {

constexpr std::array<std::string_view, kCauseCount> kCauses = {
    "dma", "weight_load", "feed", "mvm", "adc", "write_back", "vector", "core", "stall"};

/// The parts of a CIM job in the order in which they are laid out.
constexpr std::array<Cause, 5> kJobParts = {Cause::kFeed, Cause::kMvm, Cause::kAdc,
                                            Cause::kWriteBack, Cause::kStall};

std::size_t index(Cause cause) { return static_cast<std::size_t>(cause); }

/// Rank in the rule of activity.h: the lower one is given the cycle.
int rank(Cause cause) {
  switch (cause) {
    case Cause::kVector:
      return 1;
    case Cause::kWeightLoad:
      return 2;
    case Cause::kDma:
      return 3;
    case Cause::kCore:
      return 4;
    default:
      return 0;  // a part of a CIM job
  }
}

}  // namespace

std::string_view to_string(Cause cause) { return kCauses.at(index(cause)); }

void ActivityLog::record_job(std::uint64_t start, const CauseCycles& split) {
  for (const Cause cause : {Cause::kDma, Cause::kWeightLoad, Cause::kVector, Cause::kCore}) {
    if (split[index(cause)] != 0) {
      throw ModelError("a CIM job is recorded with cycles of cause " +
                       std::string(to_string(cause)) + ", which is not a part of a job");
    }
  }
  const std::uint64_t order = next_job_++;
  for (const Cause part : kJobParts) {
    const std::uint64_t cycles = split[index(part)];
    if (cycles != 0) intervals_.push_back({start, start + cycles, part, order});
    start += cycles;
  }
}

void ActivityLog::record(Cause cause, std::uint64_t start, std::uint64_t end) {
  if (rank(cause) == 0) {
    throw ModelError("activity of cause " + std::string(to_string(cause)) +
                     " is recorded outside a CIM job; use record_job");
  }
  if (end < start) {
    throw ModelError("activity of cause " + std::string(to_string(cause)) + " is recorded from " +
                     std::to_string(start) + " to " + std::to_string(end) +
                     ", which ends before it starts");
  }
  if (start == end) return;
  // Back-to-back pieces of one cause become one, so that a long run of them stays short.
  std::size_t& last = last_of_[index(cause)];
  if (last < intervals_.size() && intervals_[last].cause == cause &&
      intervals_[last].end == start) {
    intervals_[last].end = end;
    return;
  }
  last = intervals_.size();
  intervals_.push_back({start, end, cause, 0});
}

void ActivityLog::archive(Archive& a) { a(intervals_, next_job_, last_of_, busy_); }

CauseCycles ActivityLog::close(std::uint64_t start, std::uint64_t end) {
  if (end < start) {
    throw ModelError("an activity window is closed from " + std::to_string(start) + " to " +
                     std::to_string(end) + ", which ends before it starts");
  }
  // 1. What lies in the window, clipped to it, by start.
  std::vector<Interval> inside;
  busy_.fill(0);
  for (const Interval& interval : intervals_) {
    const Interval clipped{std::max(interval.start, start), std::min(interval.end, end),
                           interval.cause, interval.order};
    if (clipped.start >= clipped.end) continue;
    busy_[index(clipped.cause)] += clipped.end - clipped.start;
    inside.push_back(clipped);
  }
  std::stable_sort(inside.begin(), inside.end(),
                   [](const Interval& a, const Interval& b) { return a.start < b.start; });

  // 2. Sweep: between two starts the active interval of the best rank is given the cycles.
  const auto later = [](const Interval& a, const Interval& b) {
    return std::pair(rank(a.cause), a.order) > std::pair(rank(b.cause), b.order);
  };
  std::priority_queue<Interval, std::vector<Interval>, decltype(later)> active(later);
  CauseCycles cycles{};
  std::uint64_t now = start;
  std::size_t next = 0;
  while (now < end) {
    while (next < inside.size() && inside[next].start <= now) active.push(inside[next++]);
    while (!active.empty() && active.top().end <= now) active.pop();
    std::uint64_t until = next < inside.size() ? inside[next].start : end;
    Cause cause = Cause::kStall;
    if (!active.empty()) {
      until = std::min(until, active.top().end);
      cause = active.top().cause;
    }
    cycles[index(cause)] += until - now;
    now = until;
  }

  // 3. Forget what no later window can hold.
  const auto over = [end](const Interval& interval) { return interval.end <= end; };
  intervals_.erase(std::remove_if(intervals_.begin(), intervals_.end(), over), intervals_.end());
  last_of_.fill(intervals_.size());
  return cycles;
}

}  // namespace leyden::base
