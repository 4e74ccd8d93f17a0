#include "platform/chip/layer_recorder.h"

#include <gtest/gtest.h>

#include "tests/support/test_context.h"

namespace leyden::chip {
namespace {

using base::Cause;

/// 100 MHz, one macro that leaks 10 uW, SRAM that leaks 1 uW.
class LayerRecorderTest : public ::testing::Test {
 protected:
  LayerRecorderTest() {
    bench_.declare("system", leakage_specs());
    bench_.declare("system", {clock_tree_spec()});
    bench_.set("system.clock_energy_pj", 3);
    base::ParameterSpec macro;
    macro.key = "leakage_uw";
    macro.maximum = 1e6;
    bench_.declare("cim", {macro});
    bench_.set("cim.leakage_uw", 10);
    bench_.set("system.leakage.sram_uw", 1);
    work_ = bench_.ledger.declare({"work", base::Component::kAdc, 100, base::Source::kAssumed});
    leakage_.emplace(bench_.parameters, 1, 1.0, bench_.ledger);
    clock_tree_.emplace(bench_.parameters, bench_.ledger);
    recorder_.emplace(bench_.context, *leakage_, *clock_tree_);
  }

  std::uint64_t total(const Usage& usage) const {
    std::uint64_t sum = 0;
    for (const std::uint64_t cycles : usage.causes) sum += cycles;
    return sum;
  }

  test::TestContext bench_{100e6};
  base::EventId work_ = 0;
  std::optional<Leakage> leakage_;
  std::optional<ClockTree> clock_tree_;
  std::optional<LayerRecorder> recorder_;
};

TEST_F(LayerRecorderTest, CutsTimeAtTheMarks) {
  bench_.ledger.count(work_, 1);
  recorder_->begin_image(1000);  // all before is boot
  recorder_->on_begin(0, 1010);
  bench_.ledger.count(work_, 5);
  bench_.activity.record(Cause::kVector, 1010, 1030);
  recorder_->on_end(0, 1050);
  bench_.ledger.count(work_, 2);
  recorder_->end_image(1060);
  bench_.ledger.count(work_, 100);  // the chip waits for the host: nobody's
  recorder_->begin_image(2000);
  recorder_->on_begin(0, 2010);
  bench_.ledger.count(work_, 7);
  recorder_->on_end(0, 2040);
  recorder_->end_image(2040);

  const LayerUsage& usage = recorder_->usage();
  ASSERT_EQ(usage.size(), 3u);
  EXPECT_EQ(usage.at(kBootLayer).cycles, 1000u);
  EXPECT_EQ(usage.at(kBootLayer).counts[work_], 1u);
  EXPECT_EQ(usage.at(0).windows, 2u);
  EXPECT_EQ(usage.at(0).cycles, 40u + 30u);
  EXPECT_EQ(usage.at(0).picoseconds, 700000u);
  EXPECT_EQ(usage.at(0).counts[work_], 12u);
  EXPECT_EQ(usage.at(0).causes[static_cast<std::size_t>(Cause::kVector)], 20u);
  EXPECT_EQ(usage.at(kControlLayer).cycles, 10u + 10u + 10u);
  EXPECT_EQ(usage.at(kControlLayer).counts[work_], 2u);
  for (const auto& entry : usage) EXPECT_EQ(total(entry.second), entry.second.cycles);
}

TEST_F(LayerRecorderTest, CalibrationIsNoPartOfBoot) {
  bench_.ledger.count(work_, 1);
  recorder_->on_begin(kCalibrationLayer, 100);
  bench_.ledger.count(work_, 4);
  recorder_->on_end(kCalibrationLayer, 350);
  bench_.ledger.count(work_, 2);
  recorder_->on_begin(kBootLayer, 360);
  recorder_->on_end(kBootLayer, 900);
  recorder_->begin_image(1000);
  const LayerUsage& usage = recorder_->usage();
  ASSERT_EQ(usage.size(), 2u);
  EXPECT_EQ(usage.at(kCalibrationLayer).cycles, 250u);
  EXPECT_EQ(usage.at(kCalibrationLayer).counts[work_], 4u);
  EXPECT_EQ(usage.at(kBootLayer).cycles, 750u);
  EXPECT_EQ(usage.at(kBootLayer).counts[work_], 3u);
}

TEST_F(LayerRecorderTest, LeakageIsPowerTimesTime) {
  recorder_->begin_image(0);
  recorder_->on_begin(0, 0);
  recorder_->on_end(0, 100);  // 1 us: 11 uW, 11 pJ
  recorder_->account_leakage(100);
  leakage_->set_power_gates(1);
  recorder_->on_begin(1, 100);
  recorder_->on_end(1, 200);  // the macro is off: 1 pJ
  const auto leaked = [&](std::uint32_t layer) {
    return bench_.ledger.energy_fj(
        recorder_->usage().at(layer).counts)[static_cast<std::size_t>(base::Component::kLeakage)];
  };
  EXPECT_NEAR(leaked(0), 11000, 1e-6);
  EXPECT_NEAR(leaked(1), 1000, 1e-6);
}

TEST_F(LayerRecorderTest, TheClockCostsEveryCycleAtThePresentSupply) {
  const std::size_t half = bench_.ledger.add_point(0.25);
  recorder_->begin_image(0);
  recorder_->on_begin(0, 0);
  recorder_->note_change(100);  // 100 cycles of 3 pJ, then a quarter of it each
  bench_.ledger.select_point(half);
  recorder_->on_end(0, 140);
  const double clocked = bench_.ledger.energy_fj(
      recorder_->usage().at(0).counts)[static_cast<std::size_t>(base::Component::kClock)];
  EXPECT_NEAR(clocked, 100 * 3e3 + 40 * 3e3 / 4, 1e-6);
}

TEST_F(LayerRecorderTest, TheHookComesAfterEachLayerOfAnImage) {
  std::vector<std::uint32_t> layers;
  recorder_->set_layer_hook([&](std::uint32_t layer) { layers.push_back(layer); });
  recorder_->on_begin(kBootLayer, 0);
  recorder_->on_end(kBootLayer, 10);
  recorder_->begin_image(20);
  recorder_->on_begin(3, 20);
  recorder_->on_end(3, 30);
  EXPECT_EQ(layers, std::vector<std::uint32_t>{3});
}

}  // namespace
}  // namespace leyden::chip
