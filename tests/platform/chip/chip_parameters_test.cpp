#include "platform/chip/chip_parameters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/base/error.h"

namespace leyden::chip {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

ChipDescription imagine(const Overrides& overrides = {}) {
  return load_chip_file("configs/chips/imagine.yaml", chip_scopes(), overrides);
}

TEST(ChipParameters, ThePresetIsCompleteAndSaysWhereEveryNumberComesFrom) {
  const ChipDescription chip = imagine();
  EXPECT_EQ(chip.name, "imagine");
  for (const auto& [key, parameter] : chip.parameters.all()) {
    EXPECT_FALSE(parameter.note.empty()) << key;
  }
}

TEST(ChipParameters, AtMostThreeKnobsAreFitted) {
  int fitted = 0;
  const ChipDescription chip = imagine();
  for (const auto& entry : chip.parameters.all()) {
    fitted += entry.second.source == base::Source::kFitted;
  }
  EXPECT_LE(fitted, 3);
}

TEST(ChipParameters, OperatingPointsScaleWithTheSquareOfTheSupply) {
  const auto points = operating_points(
      imagine({"system.supply_v=0.8", "system.point1.supply_v=0.4", "system.point1.clock_mhz=50"})
          .parameters);
  ASSERT_EQ(points.size(), 2u);
  EXPECT_EQ(points[0].energy_scale, 1);
  EXPECT_DOUBLE_EQ(points[1].energy_scale, 0.25);
  EXPECT_EQ(points[1].clock_hz, 50e6);
}

TEST(ChipParameters, ImagesMustStartInPhaseWithTimerAndClock) {
  check_system(imagine().parameters);
  check_system(imagine({"clint.tick_ns=50"}).parameters);
  EXPECT_THAT([] { check_system(imagine({"clint.tick_ns=60"}).parameters); },
              ThrowsMessage<base::UsageError>(HasSubstr("clint.tick_ns")));
  EXPECT_THAT([] { check_system(imagine({"system.clock_mhz=350"}).parameters); },
              ThrowsMessage<base::UsageError>(HasSubstr("whole number of picoseconds")));
  EXPECT_THAT([] { check_system(imagine({"system.clock_mhz=333"}).parameters); },
              ThrowsMessage<base::UsageError>(HasSubstr("clock_mhz")));
}

}  // namespace
}  // namespace leyden::chip
