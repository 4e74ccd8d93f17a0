#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "platform/coverage/cover_points.h"

namespace leyden::trace {

/// Which units were at work beside each other, and what they did when an interrupt came: two units
/// busy in the same cycle; an interrupt raised while a unit is busy; an interrupt raised, or
/// claimed by firmware, while another one is pending.
class OverlapCoverage {
 public:
  /// @param units       names, by number
  /// @param interrupts  names of the PLIC's sources, by number; "" for one that is not there
  OverlapCoverage(coverage::Coverage& coverage, std::vector<std::string> units,
                  const std::vector<std::string>& interrupts);

  /// A unit works over [start, end). Spans of one unit come in order; a span may lie ahead.
  void busy(std::size_t unit, std::uint64_t start, std::uint64_t end);
  /// The same where the end is not known yet: until ends().
  void begins(std::size_t unit, std::uint64_t start);
  void ends(std::size_t unit, std::uint64_t end);
  /// Levels of the sources, bit n: source n, at `cycle`; cycles never fall.
  void lines(std::uint32_t levels, std::uint64_t cycle);
  void claimed(unsigned source);

 private:
  struct Span {
    std::uint64_t start;
    std::uint64_t end;
  };
  void meet(std::size_t unit, std::uint64_t start, std::uint64_t end);
  void keep(std::size_t unit, std::uint64_t start, std::uint64_t end);
  bool busy_at(std::size_t unit, std::uint64_t cycle) const;

  coverage::Coverage& coverage_;
  std::vector<std::string> units_;
  std::vector<std::string> names_;       ///< of the sources, by number
  std::vector<std::size_t> busy_index_;  ///< bin of (source, unit) in raised_busy_
  std::vector<std::size_t> index_;       ///< of a source among those that are there
  std::size_t sources_ = 0;
  coverage::PointId together_;
  coverage::PointId raised_busy_;
  coverage::PointId raised_pending_;
  coverage::PointId claimed_pending_;
  std::vector<std::deque<Span>> spans_;  ///< by unit; those that may still meet another
  std::uint32_t levels_ = 0;
};

}  // namespace leyden::trace
