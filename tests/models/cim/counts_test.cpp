#include "models/cim/counts.h"

#include <bitset>
#include <cstdint>
#include <random>
#include <vector>

#include <hwy/targets.h>

#include <gtest/gtest.h>

namespace leyden::cim {
namespace {

// On every vector target: short and long rows, and positions about the 31 that fill a byte: all
// ones is the worst case.
TEST(BitCounter, EqualsCountingOneByteAtATime) {
  std::mt19937 random(1);
  BitCounter counter;  // one for all shapes: nothing is left over from a larger one
  for (const std::size_t row_length : {1U, 2U, 25U, 255U, 256U, 257U, 400U, 1152U}) {
    for (const std::uint64_t positions : {1U, 2U, 30U, 31U, 32U, 100U, 576U, 9000U}) {
      for (const bool ones : {true, false}) {
        std::vector<std::uint8_t> rows(positions * row_length, 0xff);
        std::vector<std::uint64_t> expected(row_length);
        for (std::size_t i = 0; i < rows.size(); ++i) {
          if (!ones) rows[i] = static_cast<std::uint8_t>(random());
          expected[i % row_length] += std::bitset<8>(rows[i]).count();
        }
        for (std::int64_t rest = hwy::SupportedTargets(); rest != 0; rest &= rest - 1) {
          hwy::SetSupportedTargetsForTest(rest & -rest);
          hwy::GetChosenTarget().Update(hwy::SupportedTargets());
          counter.start(row_length);
          const std::uint64_t first = positions / 3;  // a job may come in parts
          counter.add(rows.data(), first);
          counter.add(rows.data() + first * row_length, positions - first);
          EXPECT_EQ(counter.sums(), expected) << positions << " positions of " << row_length
                                              << " with " << hwy::TargetName(rest & -rest);
        }
        hwy::SetSupportedTargetsForTest(0);
        hwy::GetChosenTarget().Update(hwy::SupportedTargets());
      }
    }
  }
}

}  // namespace
}  // namespace leyden::cim
