// SYSCTL: operating points, power gates, watchdog, reset.
#include "models/peripherals/sysctl.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "models/base/error.h"
#include "registers/sysctl.h"
#include "tests/models/peripherals/peripheral_bench.h"

namespace leyden::peripherals {
namespace {

namespace reg = registers::sysctl;
using testing::HasSubstr;

struct Bench : PeripheralBench {
  Bench() {
    bind(sysctl.socket);
    sysctl.irq.bind(codes);
    try {
      Sysctl none("none", context.context, {});
    } catch (const base::UsageError& error) {
      no_points = error.what();
    }
  }
  SysctlSettings settings() {
    SysctlSettings result;
    result.macros = 2;
    result.lmem_bytes = 65536;
    result.points = {{0.8, 100e6, 1.0}, {0.4, 50e6, 0.25}};
    result.on_point = [this](std::size_t point) { points.push_back(point); };
    result.on_power_gate = [this](std::uint32_t mask) { gates = mask; };
    result.on_watchdog = [this] { bitten = sc_core::sc_time_stamp(); };
    result.on_reset = [this] { ++resets; };
    return result;
  }
  std::vector<std::size_t> points;
  std::uint32_t gates = 0;
  sc_core::sc_time bitten;
  int resets = 0;
  std::string no_points;  ///< what a chip without operating points is told
  base::EventId event =
      context.ledger.declare({"event", base::Component::kCore, 1000.0, base::Source::kAssumed});
  sc_core::sc_signal<bool> codes{"codes"};
  Sysctl sysctl{"sysctl", context.context, settings()};
};

class SysctlTest : public PeripheralTest<Bench> {};

TEST_F(SysctlTest, TellsWhatTheChipIs) {
  EXPECT_EQ(bench_->get(reg::kId), 0x4c595359u);
  EXPECT_EQ(bench_->get(reg::kMacros), 2u);
  EXPECT_EQ(bench_->get(reg::kLmemBytes), 65536u);
  EXPECT_EQ(bench_->get(reg::kPoints), 2u);
  bench_->sysctl.set_image(0x40001000, 1234);
  EXPECT_EQ(bench_->get(reg::kImageAddr), 0x40001000u);
  EXPECT_EQ(bench_->get(reg::kImageBytes), 1234u);
  bench_->put(reg::kScratch + 8, 77);
  EXPECT_EQ(bench_->get(reg::kScratch + 8), 77u);
  EXPECT_EQ(bench_->get(reg::kScratch + 4), 0u);
}

// 100 MHz for 10 cycles, 50 MHz for 10, 100 MHz again; energy at (0.4 / 0.8)^2 in between.
TEST_F(SysctlTest, APointChangesClockAndEnergyAtTheNextEdge) {
  const auto before = bench_->context.ledger.snapshot();
  const base::Clock& clock = bench_->context.clock;
  sc_core::sc_start(clock.next_edge(sc_core::sc_time_stamp() + cycles(1)) -
                    sc_core::sc_time_stamp());
  const std::uint64_t begin = clock.cycles_at(sc_core::sc_time_stamp());
  bench_->context.ledger.count(bench_->event, 3);
  bench_->core.delay = sc_core::sc_time(13, sc_core::SC_NS);
  bench_->put(reg::kPoint, 1);
  bench_->core.delay = sc_core::SC_ZERO_TIME;
  sc_core::sc_start(sc_core::sc_time(19, sc_core::SC_NS));
  EXPECT_EQ(bench_->get(reg::kClockKhz), 100000u);  // not yet
  sc_core::sc_start(sc_core::sc_time(2, sc_core::SC_NS));
  EXPECT_EQ(bench_->get(reg::kClockKhz), 50000u);
  EXPECT_EQ(bench_->get(reg::kSupplyMv), 400u);
  EXPECT_EQ(bench_->sysctl.point(), 1u);
  bench_->context.ledger.count(bench_->event, 4);
  sc_core::sc_start(sc_core::sc_time(199, sc_core::SC_NS));
  EXPECT_EQ(clock.cycles_at(sc_core::sc_time_stamp()), begin + 2 + 10);
  bench_->put(reg::kPoint, 0);
  sc_core::sc_start(cycles(10));
  EXPECT_EQ(bench_->get(reg::kSupplyMv), 800u);
  EXPECT_EQ(bench_->points, (std::vector<std::size_t>{1, 0}));
  bench_->context.ledger.count(bench_->event, 5);
  // The snapshot before had fewer points counted; differences are by place.
  auto after = bench_->context.ledger.snapshot();
  for (std::size_t i = 0; i < before.size(); ++i) after[i] -= before[i];
  EXPECT_DOUBLE_EQ(
      bench_->context.ledger.energy_fj(after)[static_cast<std::size_t>(base::Component::kCore)],
      (3 + 5) * 1000.0 + 4 * 1000.0 * 0.25);
}

TEST_F(SysctlTest, APointThatDoesNotExistIsRefused) {
  bench_->put(reg::kPoint, 2);
  EXPECT_EQ(bench_->get(reg::kPoint), 0u);
  EXPECT_THAT(bench_->context.diagnostics.last(), HasSubstr("operating point 2 is refused"));
  EXPECT_THAT(bench_->no_points, HasSubstr("no operating point"));
}

TEST_F(SysctlTest, PowerGatesAndResetAreHandedOn) {
  bench_->put(reg::kPowerGate, 2);
  EXPECT_EQ(bench_->gates, 2u);
  EXPECT_EQ(bench_->get(reg::kPowerGate), 2u);
  bench_->put(reg::kReset, 5);
  EXPECT_EQ(bench_->resets, 0);
  EXPECT_THAT(bench_->context.diagnostics.last(), HasSubstr("0x1 only"));
  bench_->put(reg::kReset, 1);
  EXPECT_EQ(bench_->resets, 1);
}

// Last: a watchdog runs until a reset.
TEST_F(SysctlTest, TheWatchdogBitesUnlessFed) {
  const base::Clock& clock = bench_->context.clock;
  sc_core::sc_start(clock.next_edge(sc_core::sc_time_stamp() + cycles(1)) -
                    sc_core::sc_time_stamp());
  bench_->put(reg::kWatchdogLoad, 100);
  bench_->put(reg::kWatchdogCtrl, 1);
  sc_core::sc_start(cycles(60));
  bench_->put(reg::kWatchdogFeed, 0x5afe);
  sc_core::sc_start(cycles(60));
  bench_->put(reg::kWatchdogFeed, 0x1234);  // the wrong word
  EXPECT_THAT(bench_->context.diagnostics.last(), HasSubstr("0x5afe only"));
  bench_->put(reg::kWatchdogCtrl, 0);
  EXPECT_EQ(bench_->get(reg::kWatchdogCtrl), 1u);
  EXPECT_EQ(bench_->bitten, sc_core::SC_ZERO_TIME);
  // 40 cycles are left; at half the clock from cycle 20 on they take 20 + 2 * 20 periods.
  const sc_core::sc_time begin = sc_core::sc_time_stamp();
  sc_core::sc_start(cycles(20));
  bench_->put(reg::kPoint, 1);
  sc_core::sc_start(cycles(100));
  EXPECT_EQ(bench_->bitten - begin, cycles(20 + 2 * 20));
}

TEST_F(SysctlTest, CountsWhatErrorCodesReport) {
  EXPECT_EQ(bench_->get(reg::kEccStatus), 0u);
  bench_->sysctl.set_coded(CodedMemory::kLmem);
  EXPECT_EQ(bench_->get(reg::kEccStatus), 0x200u);
  bench_->put(reg::kEccCtrl, 2);  // uncorrected alone
  bench_->sysctl.report_code(CodedMemory::kSram, true, 0x80000004);
  bench_->sysctl.report_code(CodedMemory::kSram, true, 0x80000008);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  EXPECT_EQ(bench_->get(reg::kEccStatus), 0x201u);
  EXPECT_EQ(bench_->get(reg::kEccSramCorrected), 2u);
  EXPECT_EQ(bench_->get(reg::kEccSramAddr), 0x80000008u);
  EXPECT_FALSE(bench_->codes.read());
  bench_->sysctl.report_code(CodedMemory::kLmem, false, 0x20000010);
  sc_core::sc_start(1, sc_core::SC_NS);
  EXPECT_TRUE(bench_->codes.read());
  EXPECT_EQ(bench_->get(reg::kEccLmemUncorrected), 1u);
  EXPECT_EQ(bench_->get(reg::kEccLmemAddr), 0x20000010u);
  bench_->put(reg::kEccStatus, 8);
  sc_core::sc_start(1, sc_core::SC_NS);
  EXPECT_FALSE(bench_->codes.read());
  EXPECT_EQ(bench_->get(reg::kEccStatus), 0x201u);
}

}  // namespace
}  // namespace leyden::peripherals
