#include "models/base/clock.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <vector>

#include "models/base/error.h"

namespace leyden::base {
namespace {

using sc_core::sc_time;

sc_time ps(std::uint64_t picoseconds) { return {static_cast<double>(picoseconds), sc_core::SC_PS}; }

TEST(Clock, CountsWholeCycles) {
  const Clock clock(100e6);
  EXPECT_EQ(clock.period(), ps(10000));
  EXPECT_DOUBLE_EQ(clock.frequency_hz(), 100e6);
  EXPECT_EQ(clock.cycles_at(ps(0)), 0U);
  EXPECT_EQ(clock.cycles_at(ps(9999)), 0U);
  EXPECT_EQ(clock.cycles_at(ps(10000)), 1U);
  EXPECT_EQ(clock.next_edge(ps(0)), ps(0));
  EXPECT_EQ(clock.next_edge(ps(1)), ps(10000));
  EXPECT_EQ(clock.next_edge(ps(10000)), ps(10000));
  // Exact far beyond the 53 bits of a double.
  EXPECT_EQ(clock.cycles(900000000000001ULL).value(), 9000000000000010000ULL);
}

TEST(Clock, AnalogDurationsAreRoundedUp) {
  const Clock clock(100e6);
  EXPECT_EQ(clock.cycles_for_ns(0), 0U);
  EXPECT_EQ(clock.cycles_for_ns(0.001), 1U);
  EXPECT_EQ(clock.cycles_for_ns(10), 1U);
  EXPECT_EQ(clock.cycles_for_ns(10.1), 2U);
  EXPECT_EQ(clock.cycles_for_ns(30), 3U);
  EXPECT_EQ(clock.cycles_for_ns(0.1 * 300), 3U);  // 30.000000000000004
  EXPECT_THROW(clock.cycles_for_ns(-1), ModelError);
  EXPECT_THROW(clock.cycles_for_ns(std::numeric_limits<double>::quiet_NaN()), ModelError);
}

/// The edges one by one: the oracle for any history of changes.
class Edges {
 public:
  explicit Edges(std::uint64_t period_ps) : period_(period_ps) {}
  void advance_to(std::uint64_t when_ps) {
    while (edges_.back() < when_ps) edges_.push_back(edges_.back() + period_);
  }
  void change(std::uint64_t when_ps, std::uint64_t period_ps) {
    while (!edges_.empty() && edges_.size() > 1 && edges_[edges_.size() - 2] >= when_ps) {
      edges_.pop_back();  // edges after the change were a forecast
    }
    advance_to(when_ps);
    period_ = period_ps;
  }
  std::uint64_t cycles_at(std::uint64_t when_ps) const {
    std::uint64_t count = 0;
    while (count + 1 < edges_.size() && edges_[count + 1] <= when_ps) ++count;
    return count;
  }
  std::uint64_t next_edge(std::uint64_t when_ps) const {
    for (const std::uint64_t edge : edges_) {
      if (edge >= when_ps) return edge;
    }
    return 0;
  }

 private:
  std::uint64_t period_;
  std::vector<std::uint64_t> edges_{0};
};

TEST(Clock, CountsAcrossChangesOfFrequency) {
  std::mt19937 random(3);
  constexpr std::uint64_t kPeriodsPs[] = {10000, 4000, 2500, 7300, 12345};
  for (int trial = 0; trial < 100; ++trial) {
    Clock clock(100e6);
    Edges edges(10000);
    std::uint64_t now = 0;
    for (int step = 0; step < 10; ++step) {
      now += random() % 100000;
      const std::uint64_t period = kPeriodsPs[random() % 5];
      clock.set_frequency(1e12 / static_cast<double>(period), ps(now));
      ASSERT_EQ(clock.period(), ps(period));
      edges.change(now, period);
      Edges ahead = edges;
      ahead.advance_to(now + 200000);
      for (int probe = 0; probe < 20; ++probe) {
        const std::uint64_t when = now + random() % 100000;
        ASSERT_EQ(clock.cycles_at(ps(when)), ahead.cycles_at(when)) << "at " << when << " ps";
        ASSERT_EQ(clock.next_edge(ps(when)), ps(ahead.next_edge(when))) << "at " << when << " ps";
      }
    }
  }
}

TEST(Clock, WrongFrequenciesAreRefused) {
  EXPECT_THROW(Clock(0), UsageError);
  EXPECT_THROW(Clock(-1), UsageError);
  EXPECT_THROW(Clock(1e15), UsageError);  // a period below the kernel's picosecond
  EXPECT_THROW(Clock{std::numeric_limits<double>::infinity()}, UsageError);
  Clock clock(1e6);
  EXPECT_THROW(clock.set_frequency(0, ps(5)), UsageError);
  EXPECT_EQ(clock.period(), ps(1000000)) << "a refused change changes nothing";
}

}  // namespace
}  // namespace leyden::base
