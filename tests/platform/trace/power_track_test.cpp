#include "platform/trace/power_track.h"

#include <gtest/gtest.h>

#include <numeric>

namespace leyden::trace {
namespace {

using base::Component;

constexpr std::uint64_t kPeriodPs = 2000;

class PowerTrackTest : public testing::Test {
 protected:
  PowerTrackTest() { clock_.change(0, 0, kPeriodPs); }

  base::EventId declare(const char* name, Component component, double energy_fj) {
    return ledger_.declare({name, component, energy_fj, base::Source::kAssumed, false});
  }
  /// Energy of steps up to `end`, in fJ (1 mW = 1 fJ/ps).
  double integral(const std::vector<PowerTrack::Step>& steps, std::uint64_t end,
                  Component component) const {
    double sum = 0;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const std::uint64_t next = i + 1 < steps.size() ? steps[i + 1].cycle : end;
      sum += steps[i].milliwatt.at(static_cast<std::size_t>(component)) *
             static_cast<double>(clock_.picoseconds(next) - clock_.picoseconds(steps[i].cycle));
    }
    return sum;
  }

  base::EnergyLedger ledger_;
  ClockMap clock_;
};

TEST_F(PowerTrackTest, SpreadsAJobOverItsTimeAndTheClockOverTheWindow) {
  const base::EventId array = declare("array", Component::kDotProduct, 10);
  const base::EventId tick = declare("tick", Component::kClock, 4);
  PowerTrack track(ledger_, clock_);
  track.charging();
  ledger_.count(array, 600);
  track.charged(100, 400);
  ledger_.count(tick, 1000);
  const auto steps = track.close(0, 1000, ledger_.snapshot());
  ASSERT_EQ(steps.size(), 3u);
  EXPECT_EQ(steps[1].cycle, 100u);
  EXPECT_EQ(steps[2].cycle, 400u);
  const auto dot = static_cast<std::size_t>(Component::kDotProduct);
  EXPECT_DOUBLE_EQ(steps[0].milliwatt[dot], 0);
  EXPECT_DOUBLE_EQ(steps[1].milliwatt[dot], 600 * 10.0 / (300 * 2000));
  EXPECT_DOUBLE_EQ(steps[2].milliwatt[dot], 0);
  for (const auto& step : steps) {
    EXPECT_DOUBLE_EQ(step.milliwatt[static_cast<std::size_t>(Component::kClock)], 4.0 / 2000);
  }
}

TEST_F(PowerTrackTest, KeepsTheEnergyOfEveryWindow) {
  const base::EventId array = declare("array", Component::kDotProduct, 10);
  const base::EventId word = declare("word", Component::kSram, 3);
  const base::EventId leak = declare("leak", Component::kLeakage, 0.001);
  PowerTrack track(ledger_, clock_);
  base::EventCounts before = ledger_.snapshot();
  const std::uint64_t edges[] = {0, 900, 901, 5000, 20000};
  for (unsigned w = 0; w + 1 < 5; ++w) {
    const std::uint64_t start = edges[w];
    const std::uint64_t end = edges[w + 1];
    for (std::uint64_t cycle = start; cycle < end; cycle += 37) {
      ledger_.count(word, cycle % 11);
      track.pass(cycle);
      if (cycle % 5 == 0) {
        track.charging();
        ledger_.count(array, cycle % 7);
        track.charged(cycle + 3, cycle + 90);  // jobs overlap, and one leaves the window
      }
    }
    ledger_.count(leak, (end - start) * kPeriodPs);
    const base::EventCounts now = ledger_.snapshot();
    base::EventCounts counts = now;
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] -= before[i];
    before = now;
    const auto steps = track.close(start, end, counts);
    ASSERT_FALSE(steps.empty());
    EXPECT_EQ(steps.front().cycle, start);
    EXPECT_NEAR(integral(steps, end, Component::kDotProduct), 10.0 * double(counts[array]), 1e-6);
    EXPECT_NEAR(integral(steps, end, Component::kSram), 3.0 * double(counts[word]), 1e-6);
    EXPECT_NEAR(integral(steps, end, Component::kLeakage), 0.001 * double(counts[leak]), 1e-6);
  }
}

TEST_F(PowerTrackTest, FollowsTheClock) {
  const base::EventId array = declare("array", Component::kDotProduct, 10);
  PowerTrack track(ledger_, clock_);
  clock_.change(500, 500 * kPeriodPs, 2 * kPeriodPs);
  track.charging();
  ledger_.count(array, 300);
  track.charged(400, 600);  // 100 cycles of 2 ns, then 100 of 4 ns
  const auto steps = track.close(0, 1000, ledger_.snapshot());
  EXPECT_NEAR(integral(steps, 1000, Component::kDotProduct), 3000, 1e-9);
  EXPECT_DOUBLE_EQ(steps.at(1).milliwatt[static_cast<std::size_t>(Component::kDotProduct)],
                   3000.0 / 600'000);
}

TEST(ClockMap, KeepsTheTimeOfEarlierCycles) {
  ClockMap map;
  map.change(0, 0, 10);
  map.change(100, 1000, 5);
  EXPECT_EQ(map.picoseconds(99), 990u);
  EXPECT_EQ(map.picoseconds(100), 1000u);
  EXPECT_EQ(map.picoseconds(102), 1010u);
}

}  // namespace
}  // namespace leyden::trace
