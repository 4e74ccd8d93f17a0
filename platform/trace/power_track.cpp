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
    : ledger_(ledger), clock_(clock), at_start_(total()), of_jobs_(base::kComponentCount, 0.0) {}

PowerTrack::Energy PowerTrack::total() const { return ledger_.energy_fj(ledger_.snapshot()); }

void PowerTrack::charging() { before_job_ = total(); }

void PowerTrack::charged(std::uint64_t start, std::uint64_t end) {
  if (before_job_.empty() || end <= start) return;
  Job job{start, end, total()};
  for (std::size_t i = 0; i < job.energy.size(); ++i) {
    job.energy[i] -= before_job_[i];
    of_jobs_[i] += job.energy[i];
  }
  before_job_.clear();
  jobs_.push_back(std::move(job));
}

void PowerTrack::look(std::uint64_t cycle) {
  next_look_ = cycle + kInterval;
  if (!looks_.empty() && cycle <= looks_.back().cycle) return;
  Look look{cycle, total()};
  for (std::size_t i = 0; i < look.energy.size(); ++i) {
    look.energy[i] = is_steady(i) ? 0.0 : look.energy[i] - at_start_[i] - of_jobs_[i];
  }
  looks_.push_back(std::move(look));
}

/// The looks with an end put to them, and the steady components laid evenly under them.
std::vector<PowerTrack::Look> PowerTrack::stretches(std::uint64_t start, std::uint64_t end,
                                                    const Energy& whole) const {
  std::vector<Look> all;
  for (const Look& look : looks_) {
    if (look.cycle > start && look.cycle < end) all.push_back(look);
  }
  Energy rest = whole;
  for (const Job& job : jobs_) {
    for (std::size_t i = 0; i < rest.size(); ++i) rest[i] -= job.energy[i];
  }
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (is_steady(i)) rest[i] = 0.0;
  }
  all.push_back({end, std::move(rest)});
  return all;
}

std::vector<PowerTrack::Step> PowerTrack::close(std::uint64_t start, std::uint64_t end,
                                                const base::EventCounts& counts) {
  std::vector<Step> steps;
  const auto picoseconds = [this](std::uint64_t from, std::uint64_t to) {
    return static_cast<double>(clock_.picoseconds(to) - clock_.picoseconds(from));
  };
  if (end > start) {
    // 1. What lasts all the window, in fJ/ps = mW.
    const Energy whole = ledger_.energy_fj(counts);
    for (Job& job : jobs_) {
      job.start = std::clamp(job.start, start, end - 1);
      job.end = std::clamp(job.end, job.start + 1, end);
    }
    const std::vector<Look> looks = stretches(start, end, whole);
    // 2. Where power changes.
    std::vector<std::uint64_t> edges{start};
    for (const Look& look : looks) edges.push_back(std::max(look.cycle, start));
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
    std::size_t stretch = 0;
    const Energy nothing(base::kComponentCount, 0.0);
    for (const std::uint64_t edge : edges) {
      while (looks[stretch].cycle <= edge) ++stretch;
      while (next_job < jobs_.size() && jobs_[next_job].start <= edge) {
        active.push_back(&jobs_[next_job++]);
      }
      active.erase(std::remove_if(active.begin(), active.end(),
                                  [edge](const Job* job) { return job->end <= edge; }),
                   active.end());
      const std::uint64_t from = stretch == 0 ? start : std::max(start, looks[stretch - 1].cycle);
      const Energy& before = stretch == 0 ? nothing : looks[stretch - 1].energy;
      const double stretch_ps = picoseconds(from, looks[stretch].cycle);
      Step step{edge, Energy(base::kComponentCount, 0.0)};
      for (std::size_t i = 0; i < step.milliwatt.size(); ++i) {
        double& power = step.milliwatt[i];
        power = is_steady(i) ? whole[i] / picoseconds(start, end)
                             : (looks[stretch].energy[i] - before[i]) / stretch_ps;
        for (const Job* job : active) power += job->energy[i] / picoseconds(job->start, job->end);
      }
      steps.push_back(std::move(step));
    }
  }
  at_start_ = total();
  std::fill(of_jobs_.begin(), of_jobs_.end(), 0.0);
  jobs_.clear();
  looks_.clear();
  next_look_ = end + kInterval;
  return steps;
}

}  // namespace leyden::trace
