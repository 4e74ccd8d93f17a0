// The CLINT: ticks to the picosecond.
#include "models/peripherals/clint.h"

#include "registers/clint.h"
#include "tests/models/peripherals/peripheral_bench.h"

namespace leyden::peripherals {
namespace {

namespace reg = registers::clint;
using sc_core::sc_time;

sc_time ns(double value) { return {value, sc_core::SC_NS}; }

struct Bench : PeripheralBench {
  Bench() {
    context.declare("clint", Clint::parameters());
    context.set("clint.tick_ns", 30.5);  // not a multiple of the clock's 10 ns
    clint = std::make_unique<Clint>("clint", context.context);
    bind(clint->socket);
    clint->timer_irq.bind(timer);
    clint->software_irq.bind(software);
    watch.line.bind(timer);
  }
  void compare(std::uint64_t ticks) {
    put(reg::kMtimecmpHigh, static_cast<std::uint32_t>(ticks >> 32));
    put(reg::kMtimecmpLow, static_cast<std::uint32_t>(ticks));
  }
  std::unique_ptr<Clint> clint;
  sc_core::sc_signal<bool> timer, software;
  Watch watch{"watch"};
};

class ClintTest : public PeripheralTest<Bench> {
 protected:
  void SetUp() override {
    PeripheralTest<Bench>::SetUp();
    bench_->compare(~0ull);
    bench_->core.delay = sc_core::SC_ZERO_TIME;
  }
};

TEST_F(ClintTest, AfterResetNothingInterrupts) {
  EXPECT_FALSE(bench_->timer.read());
  EXPECT_FALSE(bench_->software.read());
  EXPECT_EQ(bench_->get(reg::kMtimecmpHigh), ~0u);
}

TEST_F(ClintTest, TimeCountsWholeTicksAtTheTimeOfTheAccess) {
  sc_core::sc_start(ns(61.0 * 50) - sc_core::sc_time_stamp());
  EXPECT_EQ(bench_->get(reg::kMtimeLow), 100u);
  bench_->core.delay = ns(30.499);
  EXPECT_EQ(bench_->get(reg::kMtimeLow), 100u);
  bench_->core.delay = ns(30.5);
  EXPECT_EQ(bench_->get(reg::kMtimeLow), 101u);
  EXPECT_EQ(bench_->get(reg::kMtimeHigh), 0u);
  EXPECT_EQ(bench_->clint->mtime(sc_time(1, sc_core::SC_SEC)), 32786885u);  // 1e9 / 30.5
  EXPECT_EQ(bench_->core.get<std::uint64_t>(reg::kMtimeLow), 101u);
}

TEST_F(ClintTest, TheInterruptRisesExactlyWhenTheTickIsReached) {
  for (int round = 0; round < 20; ++round) {
    const std::uint64_t tick = bench_->clint->mtime(sc_core::sc_time_stamp()) + 1 + round * 7;
    bench_->compare(tick);
    EXPECT_FALSE(bench_->timer.read());
    const sc_time expected = ns(30.5 * static_cast<double>(tick));
    sc_core::sc_start(expected - sc_core::sc_time_stamp() + ns(3));
    EXPECT_TRUE(bench_->timer.read());
    EXPECT_EQ(bench_->watch.rose, expected);
  }
}

TEST_F(ClintTest, AMovedCompareValueMovesTheInterrupt) {
  const std::uint64_t now = bench_->clint->mtime(sc_core::sc_time_stamp());
  bench_->compare(now + 10);
  bench_->compare(now + 20);
  sc_core::sc_start(ns(30.5 * 12));
  EXPECT_FALSE(bench_->timer.read());
  bench_->compare(now + 15);
  sc_core::sc_start(ns(30.5 * 4));
  EXPECT_TRUE(bench_->timer.read());
  bench_->compare(now + 1000);
  EXPECT_FALSE(bench_->timer.read());
  bench_->compare(0);  // in the past
  EXPECT_TRUE(bench_->timer.read());
}

TEST_F(ClintTest, TheSoftwareInterruptFollowsItsBit) {
  bench_->put(reg::kMsip, 1);
  EXPECT_TRUE(bench_->software.read());
  bench_->put(reg::kMsip, 0);
  EXPECT_FALSE(bench_->software.read());
}

TEST_F(ClintTest, TimeIsReadOnly) {
  bench_->put(reg::kMtimeHigh, 7);
  EXPECT_EQ(bench_->get(reg::kMtimeHigh), 0u);
  EXPECT_EQ(bench_->context.diagnostics.messages.size(), 1u);
}

}  // namespace
}  // namespace leyden::peripherals
