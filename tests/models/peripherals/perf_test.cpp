// PERF: layer marks and the cycle counter.
#include "models/peripherals/perf.h"

#include <string>

#include <gmock/gmock.h>

#include "registers/perf.h"
#include "tests/models/peripherals/peripheral_bench.h"

namespace leyden::peripherals {
namespace {

namespace reg = registers::perf;

struct Bench : PeripheralBench, LayerObserver {
  Bench() { bind(perf.socket); }
  void on_begin(std::uint32_t layer, std::uint64_t cycle) override {
    log += "begin " + std::to_string(layer) + " at " + std::to_string(cycle) + "; ";
  }
  void on_end(std::uint32_t layer, std::uint64_t cycle) override {
    log += "end " + std::to_string(layer) + " at " + std::to_string(cycle) + "; ";
  }
  std::string log;
  Perf perf{"perf", context.context, this};
};

class PerfTest : public PeripheralTest<Bench> {};

TEST_F(PerfTest, LayersAreMarkedWithTheirCycles) {
  sc_core::sc_start(cycles(5) - sc_core::sc_time_stamp());
  EXPECT_EQ(bench_->get(reg::kLayer), 0xffffffffu);
  bench_->put(reg::kLayerBegin, 3);
  EXPECT_EQ(bench_->perf.layer(), 3u);
  sc_core::sc_start(cycles(20));
  bench_->core.delay = cycles(4);
  bench_->put(reg::kLayerEnd, 3);
  bench_->core.delay = sc_core::SC_ZERO_TIME;
  EXPECT_EQ(bench_->log, "begin 3 at 5; end 3 at 29; ");
  EXPECT_EQ(bench_->get(reg::kLayerCycles), 24u);
  EXPECT_EQ(bench_->get(reg::kLayer), 0xffffffffu);
}

TEST_F(PerfTest, MarksThatDoNotMatchAreReportedAndIgnored) {
  bench_->put(reg::kLayerBegin, 1);
  bench_->log.clear();
  bench_->put(reg::kLayerBegin, 2);
  bench_->put(reg::kLayerEnd, 2);
  EXPECT_EQ(bench_->log, "");
  EXPECT_EQ(bench_->context.diagnostics.messages.size(), 2u);
  EXPECT_THAT(bench_->context.diagnostics.last(),
              testing::HasSubstr("layer 2 ends while layer 1 is under way"));
  bench_->put(reg::kLayerEnd, 1);
  EXPECT_NE(bench_->log, "");
}

TEST_F(PerfTest, ReadingTheLowWordLatchesTheHighWord) {
  // Just before the low word wraps.
  sc_core::sc_start(cycles(0xffffffffull) - sc_core::sc_time_stamp());
  EXPECT_EQ(bench_->get(reg::kCycleLow), 0xffffffffu);
  sc_core::sc_start(cycles(1));
  EXPECT_EQ(bench_->get(reg::kCycleHigh), 0u);
  EXPECT_EQ(bench_->get(reg::kCycleLow), 0u);
  EXPECT_EQ(bench_->get(reg::kCycleHigh), 1u);
}

}  // namespace
}  // namespace leyden::peripherals
