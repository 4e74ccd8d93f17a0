// SECDED: every error of one and of two bits, against what a code of distance 4 must do.
#include "models/memory/secded.h"

#include <bitset>
#include <vector>

#include <gtest/gtest.h>

#include "models/memory/protected_words.h"

namespace leyden::memory {
namespace {

const std::vector<std::uint32_t> kData = {0,           0xffffffffu, 0x12345678u,
                                          0x80000001u, 0xaaaaaaaau, 0xdeadbeefu};

std::uint64_t bit(unsigned number) { return std::uint64_t{1} << number; }

TEST(Secded, CorrectsEveryFlippedBit) {
  for (const std::uint32_t data : kData) {
    const std::uint64_t word = secded_encode(data);
    EXPECT_EQ(word & 0xffffffffu, data);
    EXPECT_EQ(word >> kSecdedBits, 0u);
    EXPECT_EQ(secded_decode(word).verdict, SecdedVerdict::kClean);
    EXPECT_EQ(secded_decode(word).data, data);
    for (unsigned i = 0; i < kSecdedBits; ++i) {
      const SecdedWord found = secded_decode(word ^ bit(i));
      EXPECT_EQ(found.verdict, SecdedVerdict::kCorrected) << i;
      EXPECT_EQ(found.data, data) << i;
    }
  }
}

TEST(Secded, DetectsEveryTwoFlippedBits) {
  for (const std::uint32_t data : kData) {
    const std::uint64_t word = secded_encode(data);
    for (unsigned i = 0; i < kSecdedBits; ++i) {
      for (unsigned j = 0; j < i; ++j) {
        const SecdedWord found = secded_decode(word ^ bit(i) ^ bit(j));
        EXPECT_EQ(found.verdict, SecdedVerdict::kDetected) << i << " " << j;
        EXPECT_EQ(found.data, static_cast<std::uint32_t>(word ^ bit(i) ^ bit(j)));
      }
    }
  }
}

/// The encoder alone: its code is linear, so the distance is the least weight of a code word. Words
/// of one to three data bits are enough: more data bits weigh 4 alone.
TEST(Secded, HasDistanceFour) {
  for (const std::uint32_t a : kData) {
    for (const std::uint32_t b : kData) {
      EXPECT_EQ(secded_encode(a ^ b), secded_encode(a) ^ secded_encode(b));
    }
  }
  std::size_t least = kSecdedBits;
  const auto weigh = [&](std::uint64_t data) {
    const std::uint64_t word = secded_encode(static_cast<std::uint32_t>(data));
    least = std::min(least, std::bitset<64>(word).count());
  };
  for (unsigned i = 0; i < kSecdedDataBits; ++i) {
    weigh(bit(i));
    for (unsigned j = 0; j < i; ++j) {
      weigh(bit(i) | bit(j));
      for (unsigned k = 0; k < j; ++k) weigh(bit(i) | bit(j) | bit(k));
    }
  }
  EXPECT_EQ(least, 4u);
}

/// Three flipped bits never look clean (distance 4), four do where they make a code word.
TEST(Secded, NeverTakesThreeForNone) {
  const std::uint64_t word = secded_encode(0xcafe1234u);
  for (unsigned i = 0; i < kSecdedBits; ++i) {
    for (unsigned j = 0; j < i; ++j) {
      for (unsigned k = 0; k < j; ++k) {
        EXPECT_NE(secded_decode(word ^ bit(i) ^ bit(j) ^ bit(k)).verdict, SecdedVerdict::kClean);
      }
    }
  }
  EXPECT_EQ(secded_decode(word ^ secded_encode(1)).verdict, SecdedVerdict::kClean);
}

struct Found {
  bool corrected;
  std::uint64_t offset;
  bool operator==(const Found& other) const {
    return corrected == other.corrected && offset == other.offset;
  }
};

struct Words {
  Words() {
    words.set_report([this](bool corrected, std::uint64_t offset) {
      found.push_back({corrected, offset});
    });
  }
  std::vector<std::uint8_t> bytes{1, 2, 3, 4, 5, 6, 7, 8};
  ProtectedWords words;
  std::vector<Found> found;
};

TEST(ProtectedWords, OneFlippedBitReadsCorrectedUntilTheWordIsWritten) {
  Words memory;
  const std::vector<std::uint8_t> before = memory.bytes;
  memory.words.flip(&memory.bytes[4], 6, 7);
  EXPECT_EQ(memory.bytes, before);
  EXPECT_TRUE(memory.words.read(0, 4));
  EXPECT_TRUE(memory.found.empty());
  EXPECT_TRUE(memory.words.read(5, 1));
  EXPECT_TRUE(memory.words.read(0, 8));
  EXPECT_EQ(memory.found, (std::vector<Found>{{true, 4}, {true, 4}}));
  memory.words.written(4, 4);
  EXPECT_FALSE(memory.words.holds(0, 8));
  EXPECT_TRUE(memory.words.read(0, 8));
  EXPECT_EQ(memory.found.size(), 2u);
}

TEST(ProtectedWords, TwoFlippedBitsAreDetectedAndShown) {
  Words memory;
  memory.words.flip(&memory.bytes[0], 0, 0);
  memory.words.flip(&memory.bytes[0], 3, 1);
  EXPECT_EQ(memory.bytes[0], 0);
  EXPECT_EQ(memory.bytes[3], 6);
  EXPECT_FALSE(memory.words.read(0, 8));
  memory.words.written(1, 2);  // a part: the word is read first
  EXPECT_EQ(memory.found, (std::vector<Found>{{false, 0}, {false, 0}}));
  EXPECT_FALSE(memory.words.holds(0, 8));
}

TEST(ProtectedWords, ABitFlippedTwiceIsNoError) {
  Words memory;
  memory.words.flip(&memory.bytes[0], 2, 3);
  memory.words.flip(&memory.bytes[0], 2, 3);
  EXPECT_FALSE(memory.words.holds(0, 8));
  EXPECT_TRUE(memory.words.read(0, 8));
  EXPECT_TRUE(memory.found.empty());
}

TEST(ProtectedWords, CountsWordsWrittenInPart) {
  EXPECT_EQ(partial_words(0, 0), 0u);
  EXPECT_EQ(partial_words(0, 16), 0u);
  EXPECT_EQ(partial_words(1, 1), 1u);
  EXPECT_EQ(partial_words(1, 3), 1u);
  EXPECT_EQ(partial_words(3, 2), 2u);
  EXPECT_EQ(partial_words(4, 6), 1u);
}

}  // namespace
}  // namespace leyden::memory
