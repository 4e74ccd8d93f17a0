#include "platform/trace/power_track.h"

#include <algorithm>
#include <cstddef>

namespace leyden::trace {
namespace {

/// Counted by the window, not as it passes.
bool is_steady(std::size_t component) {
  return component == static_cast<std::size_t>(base::Component::kClock) ||
         component == static_cast<std::size_t>(base::Component::kLeakage);
}

}  // namespace

PowerTrack::PowerTrack(const base::EnergyLedger& ledger, const ClockMap& clock)
    : ledger_(ledger), clock_(clock), last_(ledger.snapshot()), of_jobs_(last_.size(), 0) {}

void PowerTrack::charging() { charging_ = ledger_.snapshot(); }

void PowerTrack::charged(std::uint64_t start, std::uint64_t end) {
  if (charging_.empty() || end <= start) return;
  base::EventCounts counts = ledger_.snapshot();
  for (std::size_t i = 0; i < counts.size(); ++i) {
    counts[i] -= charging_[i];
    of_jobs_[i] += counts[i];
  }
  charging_.clear();
  jobs_.push_back({start, end, ledger_.energy_fj(counts)});
}

PowerTrack::Energy PowerTrack::since_last_look() {
  // Counts are subtracted, not energies: what was not counted is 0 and not nearly 0.
  base::EventCounts now = ledger_.snapshot();
  base::EventCounts counts = now;
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] -= last_[i] + of_jobs_[i];
  last_ = std::move(now);
  std::fill(of_jobs_.begin(), of_jobs_.end(), 0);
  Energy energy = ledger_.energy_fj(counts);
  for (std::size_t i = 0; i < energy.size(); ++i) {
    if (is_steady(i)) energy[i] = 0.0;
  }
  return energy;
}

void PowerTrack::look(std::uint64_t cycle) {
  // Seldom in a window without end, so that its looks stay few.
  constexpr std::size_t kLooksAtOnePace = 4096;
  next_look_ = cycle + kInterval * (1 + stretches_.size() / kLooksAtOnePace);
  if (cycle <= (stretches_.empty() ? start_ : stretches_.back().end)) return;
  stretches_.push_back({cycle, since_last_look()});
}

std::vector<PowerTrack::Step> PowerTrack::close(std::uint64_t start, std::uint64_t end,
                                                const base::EventCounts& counts) {
  std::vector<Step> steps;
  if (end <= start) return steps;
  const auto picoseconds = [this](std::uint64_t from, std::uint64_t to) {
    return static_cast<double>(clock_.picoseconds(to) - clock_.picoseconds(from));
  };
  // 1. What lasts all the window, in fJ/ps = mW.
  const Energy whole = ledger_.energy_fj(counts);
  for (Job& job : jobs_) {
    job.start = std::clamp(job.start, start, end - 1);
    job.end = std::clamp(job.end, job.start + 1, end);
  }
  Energy rest = since_last_look();
  while (!stretches_.empty() && stretches_.back().end >= end) {
    for (std::size_t i = 0; i < rest.size(); ++i) rest[i] += stretches_.back().energy[i];
    stretches_.pop_back();
  }
  stretches_.push_back({end, std::move(rest)});
  // 2. Where power changes.
  std::vector<std::uint64_t> edges{start};
  for (const Stretch& stretch : stretches_) edges.push_back(stretch.end);
  for (const Job& job : jobs_) {
    edges.push_back(job.start);
    edges.push_back(job.end);
  }
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  edges.pop_back();  // the end
  // 3. The power from each edge on.
  std::sort(jobs_.begin(), jobs_.end(),
            [](const Job& a, const Job& b) { return a.start < b.start; });
  std::vector<const Job*> active;
  std::size_t next_job = 0;
  std::size_t now = 0;
  for (const std::uint64_t edge : edges) {
    while (stretches_[now].end <= edge) ++now;
    while (next_job < jobs_.size() && jobs_[next_job].start <= edge) {
      active.push_back(&jobs_[next_job++]);
    }
    active.erase(std::remove_if(active.begin(), active.end(),
                                [edge](const Job* job) { return job->end <= edge; }),
                 active.end());
    const Stretch& stretch = stretches_[now];
    const double stretch_ps = picoseconds(now == 0 ? start : stretches_[now - 1].end, stretch.end);
    Step step{edge, Energy(base::kComponentCount, 0.0)};
    for (std::size_t i = 0; i < step.milliwatt.size(); ++i) {
      double& power = step.milliwatt[i];
      power = is_steady(i) ? whole[i] / picoseconds(start, end) : stretch.energy[i] / stretch_ps;
      for (const Job* job : active) power += job->energy[i] / picoseconds(job->start, job->end);
    }
    steps.push_back(std::move(step));
  }
  stretches_.clear();
  jobs_.clear();
  start_ = end;
  next_look_ = end + kInterval;
  return steps;
}

}  // namespace leyden::trace
