#include "models/base/energy_ledger.h"

#include <gtest/gtest.h>

#include <limits>
#include <numeric>

#include "models/base/error.h"

namespace leyden::base {
namespace {

std::size_t at(Component component) { return static_cast<std::size_t>(component); }
std::size_t at(Source source) { return static_cast<std::size_t>(source); }

double sum(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

TEST(EnergyLedger, ComponentsAndSourcesSumToTheSameTotal) {
  EnergyLedger ledger;
  const EventId conversion =
      ledger.declare({"adc.conversion", Component::kAdc, 250, Source::kFitted});
  const EventId drive = ledger.declare({"drive.row", Component::kDrive, 2, Source::kStated});
  const EventId gain = ledger.declare({"adc.gain", Component::kAdc, 10, Source::kStated});
  ledger.count(conversion, 4);
  ledger.count(drive, 100);
  ledger.count(gain);
  const EventCounts counts = ledger.snapshot();
  const std::vector<double> by_component = ledger.energy_fj(counts);
  ASSERT_EQ(by_component.size(), kComponentCount);
  EXPECT_DOUBLE_EQ(by_component[at(Component::kAdc)], 4 * 250 + 10);
  EXPECT_DOUBLE_EQ(by_component[at(Component::kDrive)], 200);
  EXPECT_DOUBLE_EQ(sum(by_component), 1210);
  const std::vector<double> by_source = ledger.energy_by_source_fj(counts);
  ASSERT_EQ(by_source.size(), 4U);
  EXPECT_DOUBLE_EQ(by_source[at(Source::kFitted)], 1000);
  EXPECT_DOUBLE_EQ(by_source[at(Source::kStated)], 210);
}

TEST(EnergyLedger, EventsCostWhatTheSupplyPointTheyHappenedAtSays) {
  EnergyLedger ledger;
  const EventId event = ledger.declare({"core.instruction", Component::kCore, 1000});
  const std::size_t low = ledger.add_point(0.25);  // half the nominal voltage
  ledger.count(event, 3);
  ledger.select_point(low);
  EXPECT_EQ(ledger.point(), low);
  ledger.count(event, 8);
  ledger.select_point(0);
  ledger.count(event);
  EXPECT_EQ(ledger.snapshot(), (EventCounts{4, 8}));
  EXPECT_DOUBLE_EQ(ledger.energy_fj(ledger.snapshot())[at(Component::kCore)], 4000 + 2000);
}

TEST(EnergyLedger, ASupplyOfItsOwnIsNotScaled) {
  EnergyLedger ledger;
  const EventId core = ledger.declare({"core.instruction", Component::kCore, 1000});
  const EventId byte =
      ledger.declare({"off_chip.byte", Component::kOffChip, 500, Source::kStated, true});
  ledger.select_point(ledger.add_point(0.25));
  ledger.count(core, 2);
  ledger.count(byte, 2);
  const std::vector<double> energy = ledger.energy_fj(ledger.snapshot());
  EXPECT_DOUBLE_EQ(energy[at(Component::kCore)], 500);
  EXPECT_DOUBLE_EQ(energy[at(Component::kOffChip)], 1000);
  EXPECT_DOUBLE_EQ(ledger.energy_by_source_fj(ledger.snapshot())[at(Source::kStated)], 1000);
}

TEST(EnergyLedger, ADifferenceOfSnapshotsIsALayer) {
  EnergyLedger ledger;
  const EventId event = ledger.declare({"sram.read", Component::kSram, 7});
  ledger.count(event, 5);
  const EventCounts before = ledger.snapshot();
  ledger.count(event, 1000000007);
  EventCounts layer = ledger.snapshot();
  for (std::size_t i = 0; i < layer.size(); ++i) layer[i] -= before[i];
  EXPECT_DOUBLE_EQ(ledger.energy_fj(layer)[at(Component::kSram)], 7.0 * 1000000007);
}

TEST(EnergyLedger, EventsDeclaredAfterAPointAreCountedThere) {
  EnergyLedger ledger;
  const std::size_t point = ledger.add_point(2);
  const EventId event = ledger.declare({"bus.beat", Component::kBus, 3});
  ledger.select_point(point);
  ledger.count(event, 2);
  EXPECT_EQ(ledger.snapshot(), (EventCounts{0, 2}));
  EXPECT_DOUBLE_EQ(sum(ledger.energy_fj(ledger.snapshot())), 12);
}

TEST(EnergyLedger, ContradictionsAreRefused) {
  EnergyLedger ledger;
  ledger.declare({"bus.beat", Component::kBus, 3});
  EXPECT_THROW(ledger.declare({"bus.beat", Component::kBus, 3}), ModelError);
  EXPECT_THROW(ledger.declare({"negative", Component::kBus, -1}), ModelError);
  EXPECT_THROW(ledger.declare({"nan", Component::kBus, std::numeric_limits<double>::quiet_NaN()}),
               ModelError);
  EXPECT_THROW(ledger.add_point(-0.5), ModelError);
  EXPECT_THROW(ledger.select_point(1), ModelError);
  EXPECT_THROW(ledger.energy_fj({1, 2}), ModelError);
}

TEST(EnergyLedger, ComponentsHaveNames) {
  EXPECT_EQ(to_string(Component::kDrive), "drive");
  EXPECT_EQ(to_string(Component::kOffChip), "off_chip");
  EXPECT_EQ(to_string(Component::kLeakage), "leakage");
}

}  // namespace
}  // namespace leyden::base
