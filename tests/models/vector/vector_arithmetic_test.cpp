// The vector operations at the ends of their ranges. Expected values: Python integers and
// fractions.
#include "models/vector/vector_arithmetic.h"

#include <cstring>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace leyden::vector {
namespace {

constexpr std::int32_t kLeast = std::numeric_limits<std::int32_t>::min();
constexpr std::int32_t kMost = std::numeric_limits<std::int32_t>::max();

std::vector<std::uint8_t> bytes(const std::vector<std::int32_t>& words) {
  std::vector<std::uint8_t> result(words.size() * 4);
  std::memcpy(result.data(), words.data(), result.size());
  return result;
}

TEST(VectorArithmetic, AWindowWhollyInPaddingPoolsToZero) {
  const PoolShape shape{1, 1, 2, 1, 1, 1, 1, 1, 1, 1, 0};  // one pixel, one column of padding
  const std::uint8_t input[] = {9};
  std::uint8_t output[2] = {1, 1};
  max_pool(shape, input, output);
  EXPECT_EQ(output[0], 0);
  EXPECT_EQ(output[1], 9);
  average_pool(shape, {3, 0, 5}, {0, 0, 255}, input, output);
  EXPECT_EQ(output[0], 5);
  EXPECT_EQ(output[1], 32);
}

TEST(VectorArithmetic, LargestFactorsDoNotOverflow) {
  const std::uint8_t a[] = {255, 255, 0};
  const std::uint8_t b[] = {255, 0, 255};
  std::uint8_t y[3];
  add(3, {kMost, kMost, kMost}, {31, 0, 255}, a, b, y);
  // floor((510 * (2^31 - 1) + (2^31 - 1) + 2^30) / 2^31) = 511 and so on, clamped
  EXPECT_EQ(y[0], 255);
  EXPECT_EQ(y[1], 255);
  add(3, {kMost, kLeast, kLeast}, {31, 0, 255}, a, b, y);
  EXPECT_EQ(y[0], 0);    // (255 * -1 - 2^31 + 2^30) / 2^31 < 0
  EXPECT_EQ(y[1], 254);  // (255 * (2^31 - 1) - 2^31 + 2^30) / 2^31 = 254.49..
  EXPECT_EQ(y[2], 0);
}

TEST(VectorArithmetic, AShiftIsAFloorAndHalfRoundsUp) {
  const std::uint8_t a[] = {0, 1, 2, 3};
  std::uint8_t y[4];
  const auto table = bytes({1, 0, 0, 0});
  scale(4, 1, {1, 0, 255}, table.data(), a, y);
  EXPECT_EQ((std::vector<std::uint8_t>(y, y + 4)), (std::vector<std::uint8_t>{0, 1, 1, 2}));
  // 100 - a / 2: -0.5 rounds up to 0.
  const auto negative = bytes({-1, 200, 0, 0});
  scale(4, 1, {1, 0, 255}, negative.data(), a, y);
  EXPECT_EQ((std::vector<std::uint8_t>(y, y + 4)), (std::vector<std::uint8_t>{100, 100, 99, 99}));
}

TEST(VectorArithmetic, AccumulatesExtremeWordsExactly) {
  const std::vector<std::int32_t> words(40000, kMost);
  const auto partials = bytes(words);
  std::uint8_t y = 0;
  // 40000 * (2^31 - 1) * (2^31 - 1) needs 78 bits; the clamp sees the true sign and size.
  accumulate(1, 1, 40000, 4, {31, 0, 255}, bytes({kMost, kMost, 0, 0}).data(), partials.data(), &y);
  EXPECT_EQ(y, 255);
  accumulate(1, 1, 40000, 4, {31, 7, 255}, bytes({kLeast, kMost, 0, 0}).data(), partials.data(),
             &y);
  EXPECT_EQ(y, 7);
}

TEST(VectorArithmetic, IdealAccumulationFloorsOnceAndNeverOverflows) {
  const auto partials = bytes({1000, -1, kMost, kLeast});
  std::uint8_t y = 0;
  // S = 999 * (300/256) / (36 * 2 * 2^3), y = floor(S * 77 + 12) = 168
  const PartialFormat format{2, 36, 8, 4, 8, 1};
  accumulate_ideal(1, 1, 2, 4, format, {0, 0, 255}, bytes({77, 12, 300, 0}).data(), partials.data(),
                   &y);
  EXPECT_EQ(y, 999 * 300 * 77 / (256 * 576) + 12);
  // The widest format the registers can name.
  const PartialFormat widest{255, 65535, 15, 15, 15, 8};
  accumulate_ideal(1, 1, 1, 4, widest, {31, 3, 250}, bytes({kMost, kMost, 65535, 0}).data(),
                   partials.data() + 8, &y);
  EXPECT_EQ(y, 250);
  accumulate_ideal(1, 1, 1, 4, widest, {31, 3, 250}, bytes({kMost, kLeast, 65535, 0}).data(),
                   partials.data() + 12, &y);
  EXPECT_EQ(y, 3);
}

TEST(VectorArithmetic, ALowBoundAboveTheHighBoundIsDefined) {
  const std::uint8_t a[] = {5};
  std::uint8_t y = 0;
  add(1, {1, 0, 0}, {0, 200, 100}, a, a, &y);
  EXPECT_EQ(y, 100);
}

}  // namespace
}  // namespace leyden::vector
