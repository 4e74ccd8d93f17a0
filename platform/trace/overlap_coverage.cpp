#include "platform/trace/overlap_coverage.h"

#include <algorithm>
#include <utility>

namespace leyden::trace {
namespace {

constexpr const char* kGroup = "interrupts and jobs";
constexpr std::size_t kNone = ~std::size_t{0};
/// Spans of a unit that are kept: another unit's span that is told later can reach back as far as
/// the longest job, beside which this one has had no more than so many.
constexpr std::size_t kKept = 256;

}  // namespace

OverlapCoverage::OverlapCoverage(coverage::Coverage& coverage, std::vector<std::string> units,
                                 const std::vector<std::string>& interrupts)
    : coverage_(coverage), units_(std::move(units)), names_(interrupts), spans_(units_.size()) {
  std::vector<std::string> pairs;
  for (std::size_t a = 0; a < units_.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) pairs.push_back(units_[b] + " with " + units_[a]);
  }
  std::vector<std::string> sources;
  for (const std::string& name : interrupts) {
    index_.push_back(name.empty() ? kNone : sources.size());
    if (!name.empty()) sources.push_back(name);
  }
  sources_ = sources.size();
  std::vector<std::string> busy_bins;
  std::vector<std::string> pending_bins;
  for (const std::string& source : sources) {
    for (const std::string& unit : units_) {
      busy_index_.push_back(busy_bins.size());
      // A unit's own interrupt comes when its job has ended.
      if (source != unit) busy_bins.push_back(source + " while " + unit);
    }
    for (const std::string& other : sources) {
      if (other != source) pending_bins.push_back(source + " while " + other);
    }
  }
  together_ = coverage.declare(kGroup, "units at work together", pairs);
  raised_busy_ = coverage.declare(kGroup, "interrupt raised while a unit works", busy_bins);
  raised_pending_ = coverage.declare(kGroup, "interrupt raised while another pends", pending_bins);
  claimed_pending_ =
      coverage.declare(kGroup, "interrupt claimed while another pends", pending_bins);
}

void OverlapCoverage::busy(std::size_t unit, std::uint64_t start, std::uint64_t end) {
  meet(unit, start, end);
  keep(unit, start, end);
}

void OverlapCoverage::begins(std::size_t unit, std::uint64_t start) {
  meet(unit, start, start + 1);
  keep(unit, start, ~std::uint64_t{0});
}

void OverlapCoverage::ends(std::size_t unit, std::uint64_t end) {
  if (!spans_[unit].empty()) spans_[unit].back().end = end;
}

void OverlapCoverage::meet(std::size_t unit, std::uint64_t start, std::uint64_t end) {
  for (std::size_t other = 0; other < units_.size(); ++other) {
    if (other == unit) continue;
    const bool meets =
        std::any_of(spans_[other].rbegin(), spans_[other].rend(),
                    [&](const Span& span) { return span.start < end && start < span.end; });
    if (!meets) continue;
    const std::size_t low = std::min(unit, other);
    const std::size_t high = std::max(unit, other);
    coverage_.hit(together_, high * (high - 1) / 2 + low);
  }
}

void OverlapCoverage::keep(std::size_t unit, std::uint64_t start, std::uint64_t end) {
  spans_[unit].push_back({start, end});
  if (spans_[unit].size() > kKept) spans_[unit].pop_front();
}

bool OverlapCoverage::busy_at(std::size_t unit, std::uint64_t cycle) const {
  return std::any_of(spans_[unit].rbegin(), spans_[unit].rend(),
                     [&](const Span& span) { return span.start <= cycle && cycle < span.end; });
}

void OverlapCoverage::lines(std::uint32_t levels, std::uint64_t cycle) {
  const std::uint32_t raised = levels & ~levels_;
  for (std::size_t source = 0; source < index_.size(); ++source) {
    if ((raised >> source & 1) == 0 || index_[source] == kNone) continue;
    const std::size_t number = index_[source];
    for (std::size_t unit = 0; unit < units_.size(); ++unit) {
      if (units_[unit] == names_[source] || !busy_at(unit, cycle)) continue;
      coverage_.hit(raised_busy_, busy_index_[number * units_.size() + unit]);
    }
    for (std::size_t other = 0; other < index_.size(); ++other) {
      if (other == source || (levels >> other & 1) == 0 || index_[other] == kNone) continue;
      const std::size_t at = index_[other];
      coverage_.hit(raised_pending_, number * (sources_ - 1) + at - (at > number ? 1 : 0));
    }
  }
  levels_ = levels;
}

void OverlapCoverage::claimed(unsigned source) {
  if (source >= index_.size() || index_[source] == kNone) return;
  const std::size_t number = index_[source];
  for (std::size_t other = 0; other < index_.size(); ++other) {
    if (other == source || (levels_ >> other & 1) == 0 || index_[other] == kNone) continue;
    const std::size_t at = index_[other];
    coverage_.hit(claimed_pending_, number * (sources_ - 1) + at - (at > number ? 1 : 0));
  }
}

}  // namespace leyden::trace
