#include "models/base/random.h"

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <set>
#include <vector>

#include "models/base/inverse_normal.h"

namespace leyden::base {
namespace {

using Block = std::array<std::uint32_t, 4>;

// Known answers of Philox4x32-10 from Random123's kat_vectors.
TEST(RandomStream, GivesTheKnownAnswersOfPhilox) {
  EXPECT_EQ(RandomStream({}).block(0), (Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  const StreamKey ones{0xffffffff, 0xffffffff, 0xffff, 0xffff, 0xffffffff};
  EXPECT_EQ(RandomStream(ones).block(~std::uint64_t{0}),
            (Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  // Counter 243f6a88 85a308d3 13198a2e 03707344, key a4093822 299f31d0 (digits of pi).
  const StreamKey pi{0xa4093822, 0x13198a2e, 0x0370, 0x7344, 0x299f31d0};
  EXPECT_EQ(RandomStream(pi).block(0x85a308d3243f6a88),
            (Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(RandomStream, EveryPartOfTheKeyMakesAnotherStream) {
  const Block base = RandomStream({1, 2, 3, 4, 5}).block(6);
  EXPECT_NE(base, RandomStream({2, 2, 3, 4, 5}).block(6));
  EXPECT_NE(base, RandomStream({1, 3, 3, 4, 5}).block(6));
  EXPECT_NE(base, RandomStream({1, 2, 4, 4, 5}).block(6));
  EXPECT_NE(base, RandomStream({1, 2, 3, 5, 5}).block(6));
  EXPECT_NE(base, RandomStream({1, 2, 3, 4, 6}).block(6));
  EXPECT_NE(base, RandomStream({1, 2, 3, 4, 5}).block(7));
  // 16 bits of layer and tile are used: PERF's marker of boot is layer 0 of another purpose.
  EXPECT_EQ(RandomStream({1, 2, 0xffff0003, 4, 5}).block(6), base);
}

TEST(RandomStream, OrderDoesNotMatter) {
  const RandomStream stream({7, 1, 2, 3, 4});
  std::vector<float> all(1001);
  stream.fill_gaussian(3, all.size(), all.data());
  std::mt19937 random(1);
  for (int trial = 0; trial < 200; ++trial) {
    const std::size_t first = random() % all.size();
    const std::size_t count = random() % (all.size() - first + 1);
    std::vector<float> part(count + 1, 99.0F);
    stream.fill_gaussian(3 + first, count, part.data());
    ASSERT_EQ(std::memcmp(part.data(), &all[first], count * sizeof(float)), 0);
    ASSERT_EQ(part[count], 99.0F) << "wrote past the end";
  }
  for (std::size_t i = all.size(); i-- > 0;) {
    ASSERT_EQ(static_cast<double>(all[i]), stream.gaussian(3 + i));
  }
}

TEST(RandomStream, EveryInstructionSetGivesTheSameBits) {
  // Also across the place where the counter's low word overflows, and around block 9292584, whose
  // word 2 has so many leading ones (0x7fffffc4) that a float rounds it to the next power of two.
  for (const std::uint64_t first :
       {std::uint64_t{2}, (std::uint64_t{4} << 32) - 201, std::uint64_t{4} * 9292000}) {
    const RandomStream stream({7, 0xffffffff, 2, 3, 0x80000000});
    std::vector<float> expected(4099);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      expected[i] = static_cast<float>(stream.gaussian(first + i));
    }
    std::set<std::size_t> versions;
    std::size_t targets = 0;
    for (std::int64_t rest = hwy::SupportedTargets(); rest != 0; rest &= rest - 1) {
      hwy::SetSupportedTargetsForTest(rest & -rest);
      hwy::GetChosenTarget().Update(hwy::SupportedTargets());
      versions.insert(hwy::GetChosenTarget().GetIndex());
      ++targets;
      std::vector<float> filled(expected.size());
      stream.fill_gaussian(first, filled.size(), filled.data());
      EXPECT_EQ(std::memcmp(filled.data(), expected.data(), filled.size() * sizeof(float)), 0)
          << hwy::TargetName(rest & -rest) << " from " << first;
    }
    EXPECT_GE(versions.size(), std::min<std::size_t>(targets, 2)) << "one version ran for all";
    hwy::SetSupportedTargetsForTest(0);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
}

TEST(RandomStream, UniformIsItsBits) {
  const RandomStream stream({9, 8, 7, 6, 5});
  double sum = 0;
  constexpr int kCount = 100000;
  for (int i = 0; i < kCount; ++i) {
    const double value = stream.uniform(i);
    ASSERT_GE(value, 0.0);
    ASSERT_LT(value, 1.0);
    ASSERT_EQ(value * 4294967296.0, static_cast<double>(stream.block(i / 4)[i % 4]));
    sum += value;
  }
  EXPECT_NEAR(sum / kCount, 0.5, 4 / std::sqrt(12.0 * kCount));
}

/// Normal distribution by the C library: the closed form to compare with.
double phi(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

TEST(RandomStream, MomentsAndTailsAreNormal) {
  constexpr std::size_t kCount = 4000000;
  std::vector<float> draws(kCount);
  RandomStream({3, 1, 4, 1, 5}).fill_gaussian(0, kCount, draws.data());
  double sums[5] = {};
  std::vector<double> beyond(6);
  for (const float draw : draws) {
    double power = 1;
    for (double& sum : sums) {
      sum += power;
      power *= draw;
    }
    for (std::size_t k = 0; k < beyond.size(); ++k) {
      if (std::abs(draw) > static_cast<double>(k)) beyond[k] += 1;
    }
  }
  // Mean, variance, third and fourth moment, each within 4 of its standard errors.
  const double n = kCount;
  EXPECT_NEAR(sums[1] / n, 0, 4 * std::sqrt(1 / n));
  EXPECT_NEAR(sums[2] / n, 1, 4 * std::sqrt(2 / n));
  EXPECT_NEAR(sums[3] / n, 0, 4 * std::sqrt(15 / n));
  EXPECT_NEAR(sums[4] / n, 3, 4 * std::sqrt(96 / n));
  for (std::size_t k = 1; k < beyond.size(); ++k) {
    const double expected = n * 2 * phi(-static_cast<double>(k));
    EXPECT_NEAR(beyond[k], expected, 4 * std::sqrt(expected)) << "beyond " << k << " sigma";
  }
}

TEST(RandomStream, NeighbouringStreamsAreUncorrelated) {
  constexpr std::size_t kCount = 100000;
  std::vector<float> a(kCount);
  std::vector<float> b(kCount);
  RandomStream({1, 0, 0, 0, 0}).fill_gaussian(0, kCount, a.data());
  RandomStream({1, 1, 0, 0, 0}).fill_gaussian(0, kCount, b.data());
  double across = 0;
  double along = 0;
  for (std::size_t i = 1; i < kCount; ++i) {
    across += static_cast<double>(a[i]) * b[i];
    along += static_cast<double>(a[i]) * a[i - 1];
  }
  EXPECT_NEAR(across / kCount, 0, 4 / std::sqrt(double{kCount}));
  EXPECT_NEAR(along / kCount, 0, 4 / std::sqrt(double{kCount}));
}

TEST(InverseNormal, InvertsTheClosedFormEverywhere) {
  const InverseNormal& inverse = InverseNormal::instance();
  std::vector<std::uint32_t> arguments;
  // Both ends and both sides of every segment, of the lower half; then anywhere.
  for (unsigned octave = 0; octave < 31; ++octave) {
    for (std::uint32_t segment = 8; segment < 16; ++segment) {
      const auto edge = static_cast<std::uint32_t>((std::uint64_t{segment} << 27) >> octave);
      for (const std::uint32_t around : {edge / 2 - 1, edge / 2, edge / 2 + 1}) {
        arguments.push_back(around & 0x7fffffff);
      }
    }
  }
  std::mt19937 random(5);
  for (int i = 0; i < 1000000; ++i) arguments.push_back(random());
  double worst = 0;
  for (const std::uint32_t bits : arguments) {
    const double z = inverse(bits);
    // Of an upper argument the mirror image is compared, where the closed form keeps its digits.
    const std::uint32_t lower = bits >> 31 != 0 ? ~bits : bits;
    const double p = (lower + 0.5) / 4294967296.0;
    const double tail = bits >> 31 != 0 ? -z : z;
    const double density = std::exp(-z * z / 2) / std::sqrt(2 * M_PI);
    worst = std::max(worst, std::abs(phi(tail) - p) / density);
  }
  EXPECT_LT(worst, 2e-6);
}

TEST(InverseNormal, IsSymmetricAndReachesTheTail) {
  const InverseNormal& inverse = InverseNormal::instance();
  EXPECT_NEAR(inverse(0), -6.3379, 1e-3);  // Phi(-6.3379) = 2^-33
  std::mt19937 random(6);
  for (int i = 0; i < 10000; ++i) {
    const std::uint32_t bits = random();
    ASSERT_EQ(inverse(bits), -inverse(~bits));
  }
}

}  // namespace
}  // namespace leyden::base
