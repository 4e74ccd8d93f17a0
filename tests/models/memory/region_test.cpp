// Strided regions against sets of bytes.
#include "models/memory/region.h"

#include <algorithm>
#include <random>
#include <set>

#include <gtest/gtest.h>

namespace leyden::memory {
namespace {

std::set<std::uint64_t> byte_set(const Region& region) {
  std::set<std::uint64_t> set;
  for (std::uint32_t run = 0; run < region.count; ++run) {
    for (std::uint32_t i = 0; i < region.length; ++i) {
      set.insert(region.address + std::uint64_t{run} * region.stride + i);
    }
  }
  return set;
}

Region random_region(std::mt19937& random) {
  return {100 + random() % 80, static_cast<std::uint32_t>(random() % 9),
          static_cast<std::uint32_t>(random() % 17), static_cast<std::uint32_t>(random() % 7)};
}

TEST(Region, OverlapEqualsTheIntersectionOfTheSetsOfBytes) {
  std::mt19937 random(1);
  int overlapping = 0;
  for (int i = 0; i < 100000; ++i) {
    const Region a = random_region(random);
    Region b = random_region(random);
    if (i % 2 == 0) b.stride = a.stride;
    const auto in_a = byte_set(a);
    const auto in_b = byte_set(b);
    const bool expected = std::any_of(in_a.begin(), in_a.end(),
                                      [&](std::uint64_t byte) { return in_b.count(byte) != 0; });
    overlapping += expected ? 1 : 0;
    ASSERT_EQ(overlap(a, b), expected) << describe(a) << " and " << describe(b);
  }
  EXPECT_GT(overlapping, 10000);  // both answers were tried
  EXPECT_LT(overlapping, 90000);
}

TEST(Region, ChannelSlicesOfOneTensorDoNotOverlap) {
  const Region low{0x20000000, 16, 64, 10000};
  EXPECT_FALSE(overlap(low, {0x20000010, 48, 64, 10000}));
  EXPECT_TRUE(overlap(low, {0x20000010, 49, 64, 10000}));
  EXPECT_FALSE(overlap({0, 4, 0xfffffff0, 2}, {4, 4, 0xffffff00, 2}));  // no overflow
}

TEST(Region, BytesBelowALimitAreCounted) {
  std::mt19937 random(2);
  for (int i = 0; i < 20000; ++i) {
    const Region region = random_region(random);
    const std::uint64_t limit = 95 + random() % 200;
    std::uint64_t expected = 0;
    for (std::uint32_t run = 0; run < region.count; ++run) {
      for (std::uint32_t k = 0; k < region.length; ++k) {
        expected += region.address + std::uint64_t{run} * region.stride + k < limit ? 1 : 0;
      }
    }
    ASSERT_EQ(bytes_below(region, limit), expected) << describe(region) << " below " << limit;
  }
}

}  // namespace
}  // namespace leyden::memory
