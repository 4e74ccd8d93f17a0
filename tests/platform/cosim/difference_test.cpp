#include "platform/cosim/difference.h"

#include <gtest/gtest.h>

namespace leyden::cosim {
namespace {

Difference full() {
  Difference difference;
  difference.time_ps = 12'340'000;
  difference.cycle = 1234;
  difference.layer = 3;
  difference.layer_name = "conv2";
  difference.job = 7;
  difference.unit = "cim0";
  difference.where = "register STATUS";
  difference.expected = "0x2";
  difference.found = "0x0";
  return difference;
}

TEST(Difference, TellsAllThatIsKnown) {
  EXPECT_EQ(full().sentence(),
            "At 12.340 us (cycle 1234), layer 3 (conv2), job 7 of cim0: register STATUS: expected "
            "0x2, found 0x0");
}

TEST(Difference, LeavesOutWhatIsNotKnown) {
  Difference difference = full();
  difference.layer_name.clear();
  EXPECT_EQ(difference.sentence(),
            "At 12.340 us (cycle 1234), layer 3, job 7 of cim0: register STATUS: expected 0x2, "
            "found 0x0");
  difference.layer.reset();
  difference.layer_name = "boot";
  difference.job.reset();
  EXPECT_EQ(difference.sentence(),
            "At 12.340 us (cycle 1234), boot, cim0: register STATUS: expected 0x2, found 0x0");
  difference.layer_name.clear();
  EXPECT_EQ(difference.sentence(),
            "At 12.340 us (cycle 1234), cim0: register STATUS: expected 0x2, found 0x0");
  difference.unit.clear();
  EXPECT_EQ(difference.sentence(),
            "At 12.340 us (cycle 1234): register STATUS: expected 0x2, found 0x0");
}

TEST(Difference, WritesTimesWithoutRounding) {
  EXPECT_EQ(time_text(0), "0 ps");
  EXPECT_EQ(time_text(999), "999 ps");
  EXPECT_EQ(time_text(1'500), "1.500 ns");
  EXPECT_EQ(time_text(12'340'000), "12.340 us");
  EXPECT_EQ(time_text(12'345'001), "12.345001 us");
  EXPECT_EQ(time_text(1'000'000'000), "1.000 ms");
  EXPECT_EQ(time_text(2'000'000'000'001), "2.000000000001 s");
}

TEST(Difference, IsThrownWithItsSentence) {
  try {
    throw DifferenceFound(full());
  } catch (const std::exception& thrown) {
    EXPECT_EQ(thrown.what(), full().sentence());
  }
}

}  // namespace
}  // namespace leyden::cosim
