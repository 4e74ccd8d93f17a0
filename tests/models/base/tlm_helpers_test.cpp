#include "models/base/tlm_helpers.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>
#include <vector>

namespace leyden::base {
namespace {

TEST(Payload, ResetsEveryAttributeOnReuse) {
  Payload payload("core");
  unsigned char data[16] = {};
  unsigned char enables[2] = {0xff, 0x00};
  tlm::tlm_generic_payload& used = payload.read(0x100, data, 16);
  used.set_byte_enable_ptr(enables);
  used.set_byte_enable_length(2);
  used.set_streaming_width(4);
  used.set_dmi_allowed(true);
  used.set_response_status(tlm::TLM_OK_RESPONSE);
  used.set_gp_option(tlm::TLM_FULL_PAYLOAD);
  const tlm::tlm_generic_payload& again = payload.write(0x200, data + 4, 8);
  EXPECT_EQ(&again, &used);
  EXPECT_TRUE(again.is_write());
  EXPECT_EQ(again.get_address(), 0x200U);
  EXPECT_EQ(again.get_data_ptr(), data + 4);
  EXPECT_EQ(again.get_data_length(), 8U);
  EXPECT_EQ(again.get_byte_enable_ptr(), nullptr);
  EXPECT_EQ(again.get_byte_enable_length(), 0U);
  EXPECT_EQ(again.get_streaming_width(), 8U);
  EXPECT_FALSE(again.is_dmi_allowed());
  EXPECT_EQ(again.get_response_status(), tlm::TLM_INCOMPLETE_RESPONSE);
  EXPECT_EQ(again.get_gp_option(), tlm::TLM_MIN_PAYLOAD);
}

TEST(InitiatorExtension, NamesTheMasterAndOutlivesCopies) {
  unsigned char data[4] = {};
  Payload payload("chip.dma");
  tlm::tlm_generic_payload& original = payload.read(0, data, 4);
  EXPECT_STREQ(initiator_name(original), "chip.dma");
  {
    tlm::tlm_generic_payload copy;
    unsigned char other[4] = {};
    copy.set_data_ptr(other);
    copy.set_data_length(4);
    copy.deep_copy_from(original);  // clones the extension, which the copy frees
    EXPECT_STREQ(initiator_name(copy), "chip.dma");
  }
  EXPECT_STREQ(initiator_name(original), "chip.dma");
  EXPECT_STREQ(initiator_name(tlm::tlm_generic_payload()), "?");
}

/// The standard's words, byte by byte: byte i of the data is at address + i % streaming width, and
/// is transferred when its byte enable, i % length of the enables, is 0xff.
TEST(Transfer, HonoursByteEnablesAndStreamingWidth) {
  std::mt19937 random(11);
  for (int trial = 0; trial < 500; ++trial) {
    const unsigned length = 1 + random() % 40;
    const unsigned width = random() % 2 == 0 ? length : 1 + random() % length;
    std::vector<unsigned char> enables(random() % 6);
    for (auto& enable : enables) enable = random() % 2 == 0 ? 0xff : 0x00;
    std::vector<unsigned char> data(length);
    std::iota(data.begin(), data.end(), static_cast<unsigned char>(100));
    std::vector<std::uint8_t> memory(width);
    std::iota(memory.begin(), memory.end(), static_cast<std::uint8_t>(1));
    auto expected_data = data;
    auto expected_memory = memory;
    const bool reads = random() % 2 == 0;
    for (unsigned i = 0; i < length; ++i) {
      if (!enables.empty() && enables[i % enables.size()] == 0) continue;
      if (reads) {
        expected_data[i] = expected_memory[i % width];
      } else {
        expected_memory[i % width] = expected_data[i];
      }
    }
    Payload payload("test");
    tlm::tlm_generic_payload& call =
        reads ? payload.read(0, data.data(), length) : payload.write(0, data.data(), length);
    call.set_streaming_width(width);
    call.set_byte_enable_ptr(enables.empty() ? nullptr : enables.data());
    call.set_byte_enable_length(static_cast<unsigned>(enables.size()));
    EXPECT_EQ(touched_bytes(call), width);
    transfer(call, memory.data());
    ASSERT_EQ(data, expected_data);
    ASSERT_EQ(memory, expected_memory);
  }
}

TEST(Transfer, IgnoresTheIgnoreCommand) {
  unsigned char data[2] = {1, 2};
  std::uint8_t memory[2] = {3, 4};
  Payload payload("test");
  transfer(payload.request(tlm::TLM_IGNORE_COMMAND, 0), memory);
  EXPECT_EQ(data[0], 1);
  EXPECT_EQ(memory[0], 3);
}

TEST(Refuse, TellsWhichFeatureIsNotSupported) {
  unsigned char data[8] = {};
  unsigned char enable = 0xff;
  Payload payload("test");
  tlm::tlm_generic_payload& call = payload.read(0, data, 8);
  EXPECT_EQ(refuse_byte_enables_and_streaming(call), tlm::TLM_OK_RESPONSE);
  call.set_streaming_width(16);  // wider than the data: no wrap
  EXPECT_EQ(refuse_byte_enables_and_streaming(call), tlm::TLM_OK_RESPONSE);
  call.set_streaming_width(4);
  EXPECT_EQ(refuse_byte_enables_and_streaming(call), tlm::TLM_BURST_ERROR_RESPONSE);
  call.set_byte_enable_ptr(&enable);
  call.set_byte_enable_length(1);
  EXPECT_EQ(refuse_byte_enables_and_streaming(call), tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
}

TEST(Dmi, EndsAreInclusiveAndWindowsCut) {
  std::uint8_t memory[256] = {};
  const sc_core::sc_time read(2, sc_core::SC_NS);
  const sc_core::sc_time write(3, sc_core::SC_NS);
  tlm::tlm_dmi dmi;
  grant_dmi(dmi, memory, 0, 255, read, write);
  EXPECT_TRUE(dmi.is_read_write_allowed());
  EXPECT_EQ(dmi.get_dmi_ptr(), memory);
  EXPECT_EQ(dmi.get_read_latency(), read);
  EXPECT_EQ(dmi.get_write_latency(), write);
  translate_dmi(dmi, 0x80000000, 0x1000);
  EXPECT_EQ(dmi.get_start_address(), 0x80000000U);
  EXPECT_EQ(dmi.get_end_address(), 0x800000ffU);
  deny_dmi(dmi, 0, ~std::uint64_t{0});
  EXPECT_TRUE(dmi.is_none_allowed());
  EXPECT_EQ(dmi.get_dmi_ptr(), nullptr);
  translate_dmi(dmi, 0x80000000, 0x1000);
  EXPECT_EQ(dmi.get_start_address(), 0x80000000U);
  EXPECT_EQ(dmi.get_end_address(), 0x80000fffU);
}

TEST(ResponseName, IsTheOneOfTheStandard) {
  EXPECT_EQ(response_name(tlm::TLM_BURST_ERROR_RESPONSE), "TLM_BURST_ERROR_RESPONSE");
}

}  // namespace
}  // namespace leyden::base
