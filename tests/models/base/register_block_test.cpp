#include "models/base/register_block.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "models/base/error.h"
#include "models/base/tlm_helpers.h"
#include "tests/support/collecting_diagnostics.h"

namespace leyden::base {
namespace {

using testing::HasSubstr;

// name, offset, bytes, reset, readable, writable, write one clears, write only, count, stride
const std::vector<RegisterInfo> kTable = {
    {"ID", 0x00, 4, 0x4c455944, 0xffffffff, 0, 0, 0, 1, 0},
    // START [0] wo, IRQ_ENABLE [1] rw, [15:8] rw LEVEL, the rest reserved
    {"CTRL", 0x04, 4, 0x00000200, 0x0000ff02, 0x0000ff02, 0, 0x1, 1, 0},
    // BUSY [0] ro, DONE [1] w1c, ERROR [2] w1c
    {"STATUS", 0x08, 4, 0, 0x7, 0, 0x6, 0, 1, 0},
    {"FEED", 0x0c, 4, 0, 0, 0, 0, 0xffffffff, 1, 0},
    {"SCRATCH", 0x20, 4, 0, 0xffffffff, 0xffffffff, 0, 0, 3, 8},
    {"LCR", 0x40, 1, 0x03, 0xff, 0xff, 0, 0, 1, 0},
    {"LSR", 0x41, 1, 0x60, 0xff, 0, 0, 0, 1, 0},
    {"MCR", 0x42, 1, 0, 0xff, 0xff, 0, 0, 1, 0},
};
constexpr std::uint64_t kBase = 0x10030000;

class RegisterBlockTest : public testing::Test {
 protected:
  std::vector<unsigned char> bytes(std::uint32_t offset, unsigned count) {
    std::vector<unsigned char> data(count, 0xee);
    block.transport(payload.read(offset, data.data(), count));
    return data;
  }
  tlm::tlm_response_status write_bytes(std::uint32_t offset, std::vector<unsigned char> data) {
    block.transport(payload.write(offset, data.data(), static_cast<unsigned>(data.size())));
    return status();
  }
  tlm::tlm_response_status status() { return payload.payload().get_response_status(); }

  test::CollectingDiagnostics diagnostics;
  RegisterBlock block{"unit", kTable, kBase, diagnostics};
  Payload payload{"test"};
};

TEST_F(RegisterBlockTest, ResetGivesTheValuesOfTheTable) {
  EXPECT_EQ(block.read(0x00), 0x4c455944U);
  EXPECT_EQ(block.read(0x04), 0x200U);
  block.write(0x20, 5);
  block.reset();
  EXPECT_EQ(block.read(0x20), 0U);
  EXPECT_EQ(block.read(0x41), 0x60U);
  EXPECT_TRUE(diagnostics.messages.empty());
}

TEST_F(RegisterBlockTest, AReadOnlyRegisterKeepsItsValueAndReports) {
  block.write(0x00, 7);
  EXPECT_EQ(block.read(0x00), 0x4c455944U);
  ASSERT_EQ(diagnostics.messages.size(), 1U);
  EXPECT_EQ(diagnostics.last(), "write of 0x7 to read-only register ID is ignored");
  EXPECT_EQ(diagnostics.messages[0].origin, "unit");
  EXPECT_EQ(diagnostics.messages[0].severity, Severity::kWarning);
  EXPECT_EQ(diagnostics.messages[0].address, kBase);
}

TEST_F(RegisterBlockTest, ReservedBitsStayZeroAndReport) {
  block.write(0x04, 0xffff0002);
  EXPECT_EQ(block.read(0x04), 0x2U);
  EXPECT_EQ(diagnostics.last(),
            "write of 0xffff0002 to CTRL sets the reserved bits 0xffff0000, which is ignored");
  EXPECT_EQ(diagnostics.messages.back().address, kBase + 4);
}

TEST_F(RegisterBlockTest, AReadOnlyBitBesideOthersReportsOnlyWhenSet) {
  block.poke(0x08, 0x6);
  block.write(0x08, 0x2);  // acknowledges DONE; BUSY reads 0 and is written 0
  EXPECT_EQ(block.peek(0x08), 0x4U);
  block.poke(0x08, 0x7);
  block.write(0x08, 0x7);  // writes back what it read
  EXPECT_EQ(block.peek(0x08), 0x1U);
  block.write(0x08, 0x0);
  EXPECT_EQ(block.peek(0x08), 0x1U);
  EXPECT_TRUE(diagnostics.messages.empty());
  block.poke(0x08, 0x0);
  block.write(0x08, 0x1);
  EXPECT_EQ(block.peek(0x08), 0x0U);
  EXPECT_THAT(diagnostics.last(), HasSubstr("sets the read-only bits 0x1"));
}

TEST_F(RegisterBlockTest, CommandBitsReachTheCallbackAndAreNotKept) {
  std::vector<std::uint32_t> written;
  block.on_write(0x04, [&](std::uint32_t value, unsigned) {
    written.push_back(value);
    EXPECT_EQ(block.peek(0x04), 0x302U) << "the callback comes after the write";
  });
  block.write(0x04, 0x303);
  EXPECT_EQ(written, std::vector<std::uint32_t>{0x303});
  EXPECT_EQ(block.read(0x04), 0x302U);
  EXPECT_TRUE(diagnostics.messages.empty());
}

TEST_F(RegisterBlockTest, AWriteOnlyRegisterReadsZeroAndReports) {
  std::uint32_t fed = 0;
  block.on_write(0x0c, [&](std::uint32_t value, unsigned) { fed = value; });
  block.write(0x0c, 0x5afe);
  EXPECT_EQ(fed, 0x5afeU);
  EXPECT_EQ(block.read(0x0c), 0U);
  EXPECT_EQ(diagnostics.last(), "read of write-only register FEED gives 0");
}

TEST_F(RegisterBlockTest, ReadsCanBeComputedButOnlyOfReadableBits) {
  block.on_read(0x08, [](unsigned) { return 0xffffffffU; });
  EXPECT_EQ(block.read(0x08), 0x7U);
  EXPECT_EQ(block.peek(0x08), 0x0U);
}

TEST_F(RegisterBlockTest, ArraysAreIndexedByTheirStride) {
  std::vector<std::pair<std::uint32_t, unsigned>> written;
  block.on_write(0x20,
                 [&](std::uint32_t value, unsigned index) { written.emplace_back(value, index); });
  block.write(0x20, 10);
  block.write(0x28, 11);
  block.write(0x30, 12);
  EXPECT_EQ(written, (std::vector<std::pair<std::uint32_t, unsigned>>{{10, 0}, {11, 1}, {12, 2}}));
  EXPECT_EQ(block.peek(0x28), 11U);
  block.write(0x24, 1);
  EXPECT_THAT(diagnostics.last(), HasSubstr("offset 0x24, where no register is"));
}

TEST_F(RegisterBlockTest, FieldsAreReadAndSet) {
  constexpr Field kLevel{8, 8};
  block.set_field(0x04, kLevel, 0xab);
  EXPECT_EQ(block.field(0x04, kLevel), 0xabU);
  EXPECT_EQ(block.peek(0x04), 0xab00U);
  constexpr Field kWhole{0, 32};
  EXPECT_EQ(kWhole.set(1, 0xdeadbeef), 0xdeadbeefU);
}

TEST_F(RegisterBlockTest, PayloadsAreLittleEndianBytes) {
  EXPECT_EQ(bytes(0x00, 4), (std::vector<unsigned char>{0x44, 0x59, 0x45, 0x4c}));
  EXPECT_EQ(bytes(0x02, 2), (std::vector<unsigned char>{0x45, 0x4c}));
  EXPECT_EQ(bytes(0x03, 1), (std::vector<unsigned char>{0x4c}));
  EXPECT_EQ(bytes(0x00, 8), (std::vector<unsigned char>{0x44, 0x59, 0x45, 0x4c, 0x00, 0x02, 0, 0}));
  EXPECT_EQ(status(), tlm::TLM_OK_RESPONSE);
}

TEST_F(RegisterBlockTest, APartOfARegisterCanBeWritten) {
  std::uint32_t seen = 0;
  block.on_write(0x04, [&](std::uint32_t value, unsigned) { seen = value; });
  block.poke(0x04, 0x0002);
  ASSERT_EQ(write_bytes(0x05, {0x77}), tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(block.peek(0x04), 0x7702U);
  EXPECT_EQ(seen, 0x7702U);
  ASSERT_EQ(write_bytes(0x04, {0x01}), tlm::TLM_OK_RESPONSE);  // command, clears IRQ_ENABLE
  EXPECT_EQ(block.peek(0x04), 0x7700U);
  EXPECT_EQ(seen, 0x7701U);
  // A byte that is not written acknowledges nothing.
  block.poke(0x08, 0x6);
  ASSERT_EQ(write_bytes(0x09, {0x00}), tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(block.peek(0x08), 0x6U);
}

TEST_F(RegisterBlockTest, AJobIsWrittenAsOneBlockOfWords) {
  const std::vector<RegisterInfo> words = {{"JOB", 0x40, 4, 0, 0xffffffff, 0xffffffff, 0, 0, 3, 4}};
  RegisterBlock job("job", words, 0, diagnostics);
  std::vector<unsigned char> data = {1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 3, 0};
  job.transport(payload.write(0x40, data.data(), 12));
  ASSERT_EQ(status(), tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(job.peek(0x40), 1U);
  EXPECT_EQ(job.peek(0x44), 0x200U);
  EXPECT_EQ(job.peek(0x48), 0x30000U);
}

TEST_F(RegisterBlockTest, ByteRegistersStandApart) {
  EXPECT_EQ(bytes(0x41, 1), (std::vector<unsigned char>{0x60}));
  ASSERT_EQ(write_bytes(0x40, {0x80}), tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(block.peek(0x40), 0x80U);
  EXPECT_EQ(block.peek(0x42), 0x00U);
  bytes(0x40, 4);
  EXPECT_EQ(status(), tlm::TLM_BURST_ERROR_RESPONSE);
  bytes(0x40, 2);
  EXPECT_EQ(status(), tlm::TLM_BURST_ERROR_RESPONSE);
}

TEST_F(RegisterBlockTest, WrongShapesAreRefused) {
  for (const auto& [offset, length] : std::vector<std::pair<unsigned, unsigned>>{
           {0x02, 4}, {0x01, 2}, {0x00, 3}, {0x00, 6}, {0x02, 8}, {0x3c, 8}}) {
    bytes(offset, length);
    EXPECT_EQ(status(), tlm::TLM_BURST_ERROR_RESPONSE) << length << " bytes at " << offset;
  }
  std::uint32_t word = 0;
  unsigned char enables = 0xff;
  tlm::tlm_generic_payload& enabled = payload.read(0, &word, 4);
  enabled.set_byte_enable_ptr(&enables);
  enabled.set_byte_enable_length(1);
  block.transport(enabled);
  EXPECT_EQ(status(), tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
  tlm::tlm_generic_payload& streaming = payload.read(0, &word, 4);
  streaming.set_streaming_width(2);
  block.transport(streaming);
  EXPECT_EQ(status(), tlm::TLM_BURST_ERROR_RESPONSE);
  EXPECT_EQ(word, 0U);
}

TEST_F(RegisterBlockTest, AnOffsetWithoutRegisterReportsItsAddress) {
  EXPECT_EQ(bytes(0x10, 4), (std::vector<unsigned char>{0, 0, 0, 0}));
  EXPECT_EQ(status(), tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(diagnostics.last(), "read of offset 0x10, where no register is, gives 0");
  EXPECT_EQ(diagnostics.messages.back().address, kBase + 0x10);
  write_bytes(0x12, {1, 2});
  EXPECT_EQ(diagnostics.last(), "write of 0x201 to offset 0x12, where no register is, is ignored");
  EXPECT_THROW(block.peek(0x10), ModelError);
  EXPECT_THROW(block.poke(0x02, 1), ModelError);
  EXPECT_THROW(block.on_write(0x10, [](std::uint32_t, unsigned) {}), ModelError);
}

TEST_F(RegisterBlockTest, DebugHasNoSideEffects) {
  int calls = 0;
  block.on_read(0x08, [&](unsigned) { return static_cast<std::uint32_t>(++calls); });
  block.on_write(0x04, [&](std::uint32_t, unsigned) { ++calls; });
  block.poke(0x08, 0x6);
  unsigned char data[12] = {};
  EXPECT_EQ(block.transport_debug(payload.read(0x04, data, 12)), 12U);
  EXPECT_EQ(data[1], 0x02);  // CTRL
  EXPECT_EQ(data[4], 0x06);  // STATUS
  EXPECT_EQ(data[8], 0x00);  // FEED
  const unsigned char all[4] = {0xff, 0xff, 0xff, 0xff};
  EXPECT_EQ(block.transport_debug(payload.write(0x04, all, 4)), 4U);
  EXPECT_EQ(block.peek(0x04), 0xff02U);
  EXPECT_EQ(block.transport_debug(payload.write(0x00, all, 4)), 4U);
  EXPECT_EQ(block.peek(0x00), 0x4c455944U);
  EXPECT_EQ(block.transport_debug(payload.read(0x1000, data, 4)), 0U);
  EXPECT_EQ(calls, 0);
  EXPECT_TRUE(diagnostics.messages.empty());
}

}  // namespace
}  // namespace leyden::base
