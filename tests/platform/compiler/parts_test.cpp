// Small parts of the compiler against closed forms.
#include <algorithm>
#include <cmath>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "models/cim/post.h"
#include "platform/compiler/calibration.h"
#include "platform/compiler/fixed_point.h"
#include "platform/compiler/lmem_allocator.h"
#include "platform/compiler/reference.h"
#include "platform/compiler/schedule.h"

namespace leyden::compiler {
namespace {

TEST(FixedPoint, IsExactForDyadicNumbers) {
  const FixedPoint fixed = to_fixed_point({0.5, -0.25}, {3.0, -128.0});
  EXPECT_EQ(fixed.shift, 23u);  // 128 * 2^23 = 2^30
  EXPECT_EQ(std::ldexp(fixed.factors[0], -23), 0.5);
  EXPECT_EQ(std::ldexp(fixed.factors[1], -23), -0.25);
  EXPECT_EQ(std::ldexp(fixed.offsets[1], -23), -128.0);
}

TEST(FixedPoint, TinyNumbersTakeTheLargestShift) {
  EXPECT_EQ(to_fixed_point({1e-3}, {0.0}).shift, 31u);
  EXPECT_EQ(to_fixed_point({0.0}, {0.0}).factors[0], 0);
}

TEST(FixedPoint, HugeNumbersSaturate) {
  const FixedPoint fixed = to_fixed_point({1e12, -1e12}, {0.0, 0.0});
  EXPECT_EQ(fixed.shift, 0u);
  EXPECT_EQ(fixed.factors[0], 1 << 30);
  EXPECT_EQ(fixed.factors[1], -(1 << 30));
}

TEST(RangeHistogram, FindsQuantilesOfANormalDistribution) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal(0, 2);
  RangeHistogram histogram;
  std::vector<float> values(200000);
  for (float& value : values) value = normal(random);
  histogram.add(values);
  std::sort(values.begin(), values.end());
  const Range all = histogram.range(100);
  EXPECT_FLOAT_EQ(static_cast<float>(all.minimum), values.front());
  EXPECT_FLOAT_EQ(static_cast<float>(all.maximum), values.back());
  const Range most = histogram.range(99);  // half a percent on either side
  EXPECT_NEAR(most.minimum, values[1000], 0.02);
  EXPECT_NEAR(most.maximum, values[199000], 0.02);
}

TEST(RangeHistogram, CutsOneSideOfRectifiedValues) {
  RangeHistogram histogram;
  for (int i = 0; i < 1000; ++i) histogram.add(static_cast<float>(i));
  const Range range = histogram.range(99);
  EXPECT_EQ(range.minimum, 0);
  EXPECT_NEAR(range.maximum, 990, 1);
}

TEST(LmemAllocator, LiveBlocksNeverOverlap) {
  ChipGeometry geometry;
  geometry.lmem_bank_bytes = 4096;
  LmemAllocator lmem(geometry);
  std::mt19937 random(2);
  std::vector<std::pair<std::uint32_t, std::uint32_t>> live;
  std::size_t refused = 0;
  for (int i = 0; i < 5000; ++i) {
    if (random() % 2 && !live.empty()) {
      const auto victim = live.begin() + static_cast<std::ptrdiff_t>(random() % live.size());
      lmem.release(victim->first);
      live.erase(victim);
      continue;
    }
    const std::uint32_t bytes = 1 + random() % 1500;
    const auto offset = lmem.allocate(bytes, random() % 2);
    if (!offset) {
      ++refused;
      continue;
    }
    EXPECT_EQ(*offset % 16, 0u);
    EXPECT_LE(*offset + bytes, 8192u);
    for (const auto& [first, length] : live) {
      EXPECT_TRUE(*offset + bytes <= first || first + length <= *offset);
    }
    live.emplace_back(*offset, bytes);
  }
  EXPECT_GT(refused, 100u);
}

TEST(LmemAllocator, PrefersTheBankAskedFor) {
  ChipGeometry geometry;
  geometry.lmem_bank_bytes = 4096;
  LmemAllocator lmem(geometry);
  EXPECT_EQ(lmem.allocate(100, 1), 4096u);
  EXPECT_EQ(lmem.allocate(100, 1), 4208u);
  EXPECT_EQ(lmem.allocate(4000, 1), 0u);
  EXPECT_EQ(lmem.allocate(3900, 0), std::nullopt);
}

TEST(WeightBytes, ByHand) {
  QuantLayer layer;
  layer.weight_bits = 3;
  layer.weights = {1, -1, 2, /* output 0 */ -3, 3, 0 /* output 1 */};
  Tile tile;
  tile.window_first = 1;
  tile.window_count = 2;
  tile.output_count = 2;
  tile.columns = 8;
  // Row 1: -1 = 111, 3 = 011 -> columns 111 110; row 2: 2 = 010, 0 -> 010 000 (LSB first).
  EXPECT_EQ(weight_bytes(layer, 3, tile), (std::vector<std::uint8_t>{0b00011111, 0b00000010}));
}

TEST(Convert, ByHand) {
  // N = 36, bx = 8, bw = 4, b = 8, r = 1: LSB_D = 36 * 2^3 = 288.
  const vector::PartialFormat format{1, 36, 8, 4, 8, 1};
  EXPECT_EQ(convert(288 * 10, {256, 0}, format), 10);
  EXPECT_EQ(convert(288 * 10 + 143, {256, 0}, format), 10);
  EXPECT_EQ(convert(288 * 10 + 144, {256, 0}, format), 11);  // rounds half up
  EXPECT_EQ(convert(-144, {256, 0}, format), 0);
  EXPECT_EQ(convert(-288 * 3, {256, 16 * 128}, format), 125);
  EXPECT_EQ(convert(-288 * 3 - 145, {256, 16 * 128}, format), 124);
  EXPECT_EQ(convert(288 * 10, {128, 8}, format), 6);  // 5 + 0.5, half up
  EXPECT_EQ(convert(1 << 30, {65535, 32767}, format), 255);
  EXPECT_EQ(convert(-(1 << 30), {65535, -32768}, format), 0);
}

TEST(AbnEntry, IsReadByTheMacroAsItWasWritten) {
  // schedule.cpp packs gamma and beta; the macro's own reader must see the same numbers.
  Plan plan;
  plan.geometry.lmem_bank_bytes = 4096;
  plan.network.tensors = {{"x", {1, 1, 1}, 8, 1, 0}, {"y", {1, 1, 1}, 8, 1, 0}};
  QuantLayer layer;
  layer.inputs = {0};
  layer.output = 1;
  layer.weight_bits = 4;
  layer.weights = {3};
  plan.network.layers = {layer};
  plan.network.output = 1;
  plan.addresses = {0x20000000, 0x20000010};
  LayerPlan made;
  Tile tile;
  tile.window_count = tile.output_count = tile.units = 1;
  tile.columns = 8;
  made.mapping.tiles = {tile};
  made.abn = {{0xabcd, -1234}};
  plan.layers = {made};
  const Schedule schedule = make_schedule(plan);
  ASSERT_EQ(schedule.data.size(), 20u);  // one row of one byte, then the entry, 16-byte aligned
  std::uint32_t word = 0;
  for (unsigned i = 0; i < 4; ++i) word |= std::uint32_t{schedule.data[16 + i]} << 8 * i;
  const cim::AbnEntry entry = cim::AbnEntry::from_word(word);
  EXPECT_EQ(entry.gamma, 0xabcd);
  EXPECT_EQ(entry.beta, -1234);
}

}  // namespace
}  // namespace leyden::compiler
