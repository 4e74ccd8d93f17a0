#include "platform/chip/network_image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/base/error.h"

namespace leyden::chip {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

void put(std::vector<std::uint8_t>& bytes, std::size_t offset, std::uint32_t word) {
  for (std::size_t i = 0; i < 4; ++i) bytes[offset + i] = static_cast<std::uint8_t>(word >> 8 * i);
}

/// CRC-32/ISO-HDLC, bit by bit from its definition.
std::uint32_t crc(const std::vector<std::uint8_t>& bytes, std::size_t first) {
  std::uint32_t value = 0xffffffffu;
  for (std::size_t i = first; i < bytes.size(); ++i) {
    value ^= bytes[i];
    for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ (value & 1 ? 0xedb88320u : 0);
  }
  return ~value;
}

constexpr std::size_t kHeader = 128;

/// An image with one layer "conv" of 2 x 3 x 4, by hand after firmware/include/leyden/image.h.
std::vector<std::uint8_t> image() {
  std::vector<std::uint8_t> bytes(kHeader + 32 + 16);
  put(bytes, 0, 0x4e44594c);
  put(bytes, 4, 2);
  put(bytes, 8, static_cast<std::uint32_t>(bytes.size()));
  put(bytes, 20 * 4, 10);       // output_bytes
  put(bytes, 22 * 4, 4096);     // scratch_bytes
  put(bytes, 14 * 4, 1);        // layer_count
  put(bytes, 15 * 4, kHeader);  // layer_offset
  put(bytes, kHeader + 8, kHeader + 32);
  put(bytes, kHeader + 12, 0x20000040);
  put(bytes, kHeader + 16, 2);
  put(bytes, kHeader + 20, 3);
  put(bytes, kHeader + 24, 4);
  put(bytes, kHeader + 28, 4);  // out_space
  const std::string name = "conv";
  std::copy(name.begin(), name.end(), bytes.begin() + kHeader + 32);
  put(bytes, 12, crc(bytes, kHeader));
  return bytes;
}

#define EXPECT_REFUSED(bytes, text)                     \
  EXPECT_THAT([&] { check_network_image(bytes, "x"); }, \
              ThrowsMessage<base::UsageError>(HasSubstr(text)))

TEST(NetworkImage, TellsLayers) {
  const auto facts = check_network_image(image(), "x");
  EXPECT_EQ(facts.scratch_bytes, 4096u);
  EXPECT_EQ(facts.output_bytes, 10u);
  const auto& layers = facts.layers;
  ASSERT_EQ(layers.size(), 1u);
  EXPECT_EQ(layers[0].name, "conv");
  EXPECT_EQ(layers[0].address, 0x20000040u);
  EXPECT_EQ(layers[0].bytes, 24u);
  EXPECT_EQ(layers[0].space, 4u);
}

TEST(NetworkImage, RefusesWhatIsNone) {
  EXPECT_REFUSED(std::vector<std::uint8_t>(10), "truncated");
  auto bytes = image();
  bytes[0] = 'X';
  EXPECT_REFUSED(bytes, "no network image");
  bytes = image();
  bytes[4] = 9;
  EXPECT_REFUSED(bytes, "version 9");
  bytes = image();
  bytes.pop_back();
  EXPECT_REFUSED(bytes, "175 bytes");
  bytes = image();
  bytes.back() ^= 1;
  EXPECT_REFUSED(bytes, "damaged");
}

}  // namespace
}  // namespace leyden::chip
