// Bytes, power-up contents, written map, payload attributes: no simulation needed.
#include "models/memory/storage.h"

#include <array>
#include <cstring>
#include <random>
#include <set>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/base/random.h"
#include "models/base/tlm_helpers.h"
#include "tests/support/test_context.h"

namespace leyden::memory {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t kBase = 0x40000000;

class StorageTest : public testing::Test {
 protected:
  StorageTest() {
    context_.declare("system", system_parameters());
    context_.set("system.power_up_seed", 42);
  }
  Storage make(std::uint64_t bytes) { return {"memory", bytes, kBase, context_.context}; }

  test::TestContext context_;
  base::Payload payload_{"test"};
};

TEST_F(StorageTest, PowerUpContentsAreTheKeyedDrawsInAnyOrder) {
  base::StreamKey key;
  key.die = 42;
  key.purpose = kBase;
  const base::RandomStream stream(key);
  Storage storage = make(3 * Storage::kPageBytes + 5);
  for (const std::uint64_t block : {700ull, 0ull, 255ull, 256ull}) {
    const auto expected = stream.block(block);
    EXPECT_EQ(std::memcmp(storage.data(16 * block, 16), expected.data(), 16), 0) << block;
  }
  EXPECT_EQ(std::memcmp(storage.data(3 * Storage::kPageBytes, 5), stream.block(768).data(), 5), 0);
}

TEST_F(StorageTest, SeedsAndMemoriesDiffer) {
  Storage first = make(64);
  const std::vector<std::uint8_t> bytes(first.data(0, 64), first.data(0, 64) + 64);
  Storage elsewhere("other", 64, 0x80000000, context_.context);
  EXPECT_NE(std::memcmp(elsewhere.data(0, 64), bytes.data(), 64), 0);
  context_.set("system.power_up_seed", 43);
  EXPECT_NE(std::memcmp(make(64).data(0, 64), bytes.data(), 64), 0);
}

// Oracle: a std::set of the bytes written.
TEST_F(StorageTest, KnowsEveryByteWritten) {
  std::mt19937 random(5);
  Storage storage = make(1024);
  std::set<std::uint64_t> written;
  for (int i = 0; i < 60; ++i) {
    const std::uint64_t at = random() % 1000, length = random() % 24;
    storage.mark_written(at, length);
    for (std::uint64_t k = 0; k < length; ++k) written.insert(at + k);
    for (int j = 0; j < 20; ++j) {
      const std::uint64_t from = random() % 900, count = random() % 124;
      std::optional<std::uint64_t> expected;
      for (std::uint64_t k = count; k-- > 0;) {
        if (written.count(from + k) == 0) expected = from + k;
      }
      ASSERT_EQ(storage.first_unwritten(from, count), expected);
    }
  }
}

TEST_F(StorageTest, AReadOfBytesNeverWrittenIsReportedWithTheFirstAddress) {
  Storage storage = make(4096);
  std::array<std::uint8_t, 8> data{};
  ASSERT_TRUE(storage.transport(payload_.write(0x10, data.data(), 6)));
  ASSERT_TRUE(storage.transport(payload_.read(0x10, data.data(), 6)));
  EXPECT_TRUE(context_.diagnostics.messages.empty());
  ASSERT_TRUE(storage.transport(payload_.read(0x10, data.data(), 8)));
  ASSERT_EQ(context_.diagnostics.messages.size(), 1u);
  EXPECT_EQ(context_.diagnostics.messages[0].address, kBase + 0x16);
  EXPECT_THAT(context_.diagnostics.last(), HasSubstr("never written"));
}

TEST_F(StorageTest, ByteEnablesChooseAndMarkBytes) {
  Storage storage = make(64);
  std::array<std::uint8_t, 8> data{1, 2, 3, 4, 5, 6, 7, 8};
  std::array<std::uint8_t, 2> enables{0xff, 0x00};
  const std::uint8_t kept = *storage.data(1, 1);
  tlm::tlm_generic_payload& payload = payload_.write(0, data.data(), 8);
  payload.set_byte_enable_ptr(enables.data());
  payload.set_byte_enable_length(2);
  ASSERT_TRUE(storage.transport(payload));
  EXPECT_THAT(std::vector<int>(storage.data(0, 8), storage.data(0, 8) + 2),
              testing::ElementsAre(1, kept));
  EXPECT_EQ(*storage.data(6, 1), 7);
  EXPECT_EQ(storage.first_unwritten(0, 8), 1u);
  payload.set_read();
  ASSERT_TRUE(storage.transport(payload));  // the disabled bytes are not read
  EXPECT_TRUE(context_.diagnostics.messages.empty());
  payload.set_byte_enable_length(0);
  EXPECT_FALSE(storage.transport(payload));
  EXPECT_EQ(payload.get_response_status(), tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
}

TEST_F(StorageTest, StreamingWrapsAtTheWidth) {
  Storage storage = make(64);
  std::array<std::uint8_t, 6> data{1, 2, 3, 4, 5, 6};
  tlm::tlm_generic_payload& payload = payload_.write(60, data.data(), 6);
  payload.set_streaming_width(4);
  ASSERT_TRUE(storage.transport(payload));  // 60..63, then 60 and 61 again
  EXPECT_THAT(std::vector<int>(storage.data(60, 4), storage.data(60, 4) + 4),
              testing::ElementsAre(5, 6, 3, 4));
  payload.set_streaming_width(0);
  EXPECT_FALSE(storage.transport(payload));
  EXPECT_EQ(payload.get_response_status(), tlm::TLM_BURST_ERROR_RESPONSE);
}

TEST_F(StorageTest, RangesAreChecked) {
  Storage storage = make(100);
  std::array<std::uint8_t, 8> data{};
  for (const std::uint64_t address : {93ull, 100ull, 0x100000000ull, ~0ull, ~0ull - 7}) {
    tlm::tlm_generic_payload& payload = payload_.write(address, data.data(), 8);
    EXPECT_FALSE(storage.transport(payload));
    EXPECT_EQ(payload.get_response_status(), tlm::TLM_ADDRESS_ERROR_RESPONSE) << address;
  }
  EXPECT_TRUE(storage.transport(payload_.write(92, data.data(), 8)));
  EXPECT_EQ(storage.transport_debug(payload_.read(96, data.data(), 8)), 4u);
  EXPECT_EQ(storage.transport_debug(payload_.read(100, data.data(), 8)), 0u);
}

TEST_F(StorageTest, ResetGivesPowerUpContentsAgain) {
  Storage storage = make(3 * Storage::kPageBytes);
  const std::uint64_t at = Storage::kPageBytes - 8;
  const std::vector<std::uint8_t> before(storage.data(at, 16), storage.data(at, 16) + 16);
  for (int round = 0; round < 3; ++round) {
    std::array<std::uint8_t, 16> data{};
    data.fill(static_cast<std::uint8_t>(round));
    ASSERT_TRUE(storage.transport(payload_.write(at, data.data(), 16)));
    EXPECT_EQ(storage.first_unwritten(at, 16), std::nullopt);
    storage.reset();
    EXPECT_EQ(storage.first_unwritten(at, 16), at);
    EXPECT_EQ(std::memcmp(storage.data(at, 16), before.data(), 16), 0) << round;
  }
}

}  // namespace
}  // namespace leyden::memory
