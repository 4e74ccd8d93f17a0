#include "platform/vectors/readmemh.h"

#include <gtest/gtest.h>

#include <random>

#include "models/base/error.h"

namespace leyden::vectors {
namespace {

std::string refusal(const std::string& text, unsigned width) {
  try {
    from_readmemh(text, width, "m.hex");
  } catch (const base::UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(Readmemh, PutsTheFirstByteOfABeatLast) {
  ByteMap bytes;
  for (unsigned i = 0; i < 16; ++i) bytes[0x20000020 + i] = static_cast<std::uint8_t>(i);
  bytes[0x20000041] = 0xab;
  EXPECT_EQ(
      to_readmemh(to_beats(bytes, 0x20000000), "text"),
      "// text\n@2\n0f0e0d0c0b0a09080706050403020100\n@4\n0000000000000000000000000000ab00\n");
  EXPECT_EQ(to_readmemh(to_strobes(bytes, 0x20000000), "text"), "// text\n@2\nffff\n@4\n0002\n");
}

TEST(Readmemh, ComesBack) {
  std::mt19937_64 random(3);
  for (int run = 0; run < 50; ++run) {
    ByteMap bytes;
    for (int i = 0; i < 200; ++i) {
      bytes[0x1000 + random() % 1000] = static_cast<std::uint8_t>(random());
    }
    const MemoryWords data =
        from_readmemh(to_readmemh(to_beats(bytes, 0x1000), "data"), 128, "m.hex");
    const MemoryWords strobes =
        from_readmemh(to_readmemh(to_strobes(bytes, 0x1000), "strobes"), 16, "m.strobes.hex");
    EXPECT_EQ(from_beats(data, strobes, 0x1000, "m.strobes.hex"), bytes);
  }
}

TEST(Readmemh, ReadsWhatPeopleWrite) {
  const MemoryWords memory =
      from_readmemh("// comment\n\n@10\nAB  // word\r\ncd\n@2\n01", 8, "m.hex");
  EXPECT_EQ(memory.words.at(0x10), std::vector<std::uint8_t>{0xab});
  EXPECT_EQ(memory.words.at(0x11), std::vector<std::uint8_t>{0xcd});
  EXPECT_EQ(memory.words.at(2), std::vector<std::uint8_t>{1});
}

TEST(Readmemh, RefusesWordsWithPathAndNumber) {
  EXPECT_EQ(refusal("// a\n@0\n0123\n", 32),
            "m.hex, line 3: '0123' is no word; 8 hexadecimal digits are right.");
  EXPECT_EQ(refusal("0123456x\n", 32),
            "m.hex, line 1: '0123456x' is no word; 8 hexadecimal digits are right.");
  EXPECT_EQ(refusal("@zz\n", 32),
            "m.hex, line 1: '@zz' is no address; @ and hexadecimal digits are right.");
  EXPECT_EQ(refusal("00\n@0\n00\n", 8),
            "m.hex, line 3: a word for the same address is there twice.");
}

TEST(Readmemh, NothingInAFileIsFatal) {
  std::mt19937_64 random(4);
  for (int run = 0; run < 5000; ++run) {
    std::string text = "// text\n@2\n0f0e0d0c0b0a09080706050403020100\n@4\n00ab\n";
    for (int change = 0; change < 3; ++change) {
      text[random() % text.size()] = static_cast<char>(random() % 256);
    }
    refusal(text, 128);
  }
}

}  // namespace
}  // namespace leyden::vectors
