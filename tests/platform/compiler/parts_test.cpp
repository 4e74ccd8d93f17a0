// Small parts of the compiler against closed forms.
#include <algorithm>
#include <cmath>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "models/cim/post.h"
#include "platform/compiler/calibration.h"
#include "platform/compiler/combining.h"
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
  EXPECT_EQ(weight_bytes(layer, 3, tile, {}), (std::vector<std::uint8_t>{0b00011111, 0b00000010}));
}

TEST(WeightBytes, LevelsOfThreeBitsLieAcrossBytes) {
  QuantLayer layer;
  layer.weight_bits = 6;
  layer.weights = {5, -32};
  Tile tile;
  tile.window_count = 1;
  tile.output_count = 2;
  tile.columns = 8;
  ChipGeometry geometry;
  geometry.cell_bits = 3;
  geometry.representation = cim::Representation::kShiftedUnsigned;
  // 5 + 32 = 100101 -> levels 101 100; -32 + 32 = 0 -> 000 000; three bits a column from bit 0.
  EXPECT_EQ(weight_bytes(layer, 1, tile, geometry),
            (std::vector<std::uint8_t>{0b00100101, 0b00000000, 0b00000000}));
}

/// A tile of one output of the weights, 8-bit inputs converted bit by bit.
CombinedTile combined_tile(std::vector<std::int8_t> weights, const DigitalCombining& combining,
                           cim::Representation representation, unsigned rows) {
  QuantLayer layer;
  layer.weight_bits = 8;
  layer.weights = std::move(weights);
  Tile tile;
  tile.window_count = static_cast<unsigned>(layer.weights.size());
  tile.output_count = 1;
  tile.units = 1;
  ChipGeometry geometry;
  geometry.rows = geometry.rows_per_unit = rows;
  geometry.representation = representation;
  geometry.combining = combining;
  return {layer, tile, layer.weights.size(), 8, geometry};
}

TEST(CombinedTile, FullPrecisionLosesNothing) {
  // 127 rows of 1-bit cells: ceil(log2(127 + 1)) = 7 bits tell all sums apart.
  std::mt19937 random(5);
  std::vector<std::int8_t> weights(127);
  std::vector<std::uint8_t> x(127);
  for (const auto representation :
       {cim::Representation::kTwosComplement, cim::Representation::kShiftedUnsigned}) {
    for (int repeat = 0; repeat < 20; ++repeat) {
      std::int64_t exact = 0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        weights[i] = static_cast<std::int8_t>(random() % 255 - 127);
        x[i] = static_cast<std::uint8_t>(repeat == 0 ? 255 : random());
        exact += std::int64_t{x[i]} * weights[i];
      }
      const CombinedTile tile =
          combined_tile(weights, {true, true, true, 1, 0, 7, 0}, representation, 127);
      std::int64_t sum = 0;
      tile.run(x.data(), &sum);
      EXPECT_EQ(sum, exact * 128);
    }
  }
}

TEST(CombinedTile, StepsByHand) {
  // 16 rows, 4-bit steps: full scale 16 ones, step 1 at b = 4 and 2 at b = 3. Inputs 1, weights 1:
  // only input bit 0 and the lowest column conduct.
  const std::vector<std::int8_t> ones(16, 1);
  const auto sum_of = [&](unsigned bits, std::size_t count) {
    std::vector<std::uint8_t> x(16, 0);
    std::fill_n(x.begin(), count, std::uint8_t{1});
    std::int64_t sum = 0;
    combined_tile(ones, {true, true, true, 1, 0, bits, 0}, cim::Representation::kTwosComplement, 16)
        .run(x.data(), &sum);
    return static_cast<double>(sum) / std::ldexp(1.0, static_cast<int>(bits));
  };
  EXPECT_EQ(sum_of(4, 15), 15);
  EXPECT_EQ(sum_of(4, 16), 15);  // the highest code
  EXPECT_EQ(sum_of(3, 5), 6);    // half a step up
  EXPECT_EQ(sum_of(3, 4), 4);
  EXPECT_EQ(sum_of(3, 16), 14);
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
  plan.homes.assign(2, LEYDEN_SPACE_BUS);
  plan.copies.resize(2);
  LayerPlan made;
  Tile tile;
  tile.window_count = tile.output_count = tile.units = 1;
  tile.columns = 8;
  made.mapping.tiles = {tile};
  made.abn = {{0xabcd, -1234}};
  made.memory.stripe_rows = 1;
  made.memory.inputs.resize(1);
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
