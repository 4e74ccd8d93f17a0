#include "platform/vectors/expectations.h"

#include <gtest/gtest.h>

namespace leyden::vectors {
namespace {

Event bus(bool write, std::uint64_t address, std::vector<std::uint8_t> data) {
  Event event;
  event.kind = EventKind::kBus;
  event.write = write;
  event.address = address;
  event.data = std::move(data);
  event.latency_ps = 100;
  return event;
}

Stream two_bursts() {
  Stream stream;
  stream.unit = "dma0";
  stream.events = {bus(false, 0x100, {1, 2, 3, 4}), bus(true, 0x200, {1, 2, 3, 4}),
                   bus(false, 0x104, {5, 6, 7, 8}), bus(true, 0x204, {5, 6, 7, 8})};
  return stream;
}

TEST(Expectations, AnswerReadsAsTheMemoryDid) {
  const Stream stream = two_bursts();
  Expectations expectations(stream, true);
  std::uint8_t data[4] = {};
  const Expectations::Answer answer = expectations.access(false, 0x100, data, 4);
  EXPECT_FALSE(answer.mismatch);
  EXPECT_EQ(answer.latency_ps, 100u);
  EXPECT_EQ(data[3], 4);
  EXPECT_TRUE(expectations.pending_before(2));
  EXPECT_EQ(expectations.first_pending(), 1u);
}

TEST(Expectations, TakeOtherCutsUnlessTheyMustBeExact) {
  const Stream stream = two_bursts();
  Expectations expectations(stream, false);
  std::uint8_t data[8] = {};
  EXPECT_FALSE(expectations.access(false, 0x100, data, 8).mismatch);
  EXPECT_EQ(data[7], 8);
  std::uint8_t written[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  for (unsigned at = 0; at < 8; at += 2) {
    EXPECT_FALSE(expectations.access(true, 0x200 + at, written + at, 2).mismatch);
  }
  EXPECT_EQ(expectations.first_pending(), 4u);
  Expectations exact(stream, true);
  const auto mismatch = exact.access(false, 0x100, data, 8).mismatch;
  ASSERT_TRUE(mismatch);
  EXPECT_EQ(mismatch->where, "bus read of 8 bytes at 0x00000100");
  EXPECT_EQ(mismatch->expected, "bus read of 4 bytes at 0x00000100");
}

TEST(Expectations, FindTheFirstWrongByte) {
  const Stream stream = two_bursts();
  Expectations expectations(stream, false);
  std::uint8_t written[4] = {1, 2, 9, 9};
  const auto mismatch = expectations.access(true, 0x200, written, 4).mismatch;
  ASSERT_TRUE(mismatch);
  EXPECT_EQ(mismatch->where, "bus write of 4 bytes at 0x00000200, byte at 0x00000202");
  EXPECT_EQ(mismatch->expected, "0x03");
  EXPECT_EQ(mismatch->found, "0x09");
}

TEST(Expectations, FindWrongAddressesAndMore) {
  const Stream stream = two_bursts();
  Expectations expectations(stream, false);
  std::uint8_t data[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  EXPECT_EQ(expectations.access(true, 0x210, data, 4).mismatch->expected,
            "bus write of 4 bytes at 0x00000200");
  EXPECT_FALSE(expectations.access(true, 0x200, data, 8).mismatch);
  EXPECT_EQ(expectations.access(true, 0x208, data, 4).mismatch->expected, "none");
}

TEST(Expectations, FollowLmemByteByByte) {
  Stream stream;
  stream.unit = "cim0";
  Event write;
  write.kind = EventKind::kLmemWrite;
  write.address = 0x20000000;
  write.data = {1, 2, 3, 4};
  write.count = 2;  // two runs of two bytes, 16 apart
  write.stride = 16;
  stream.events = {write};
  Expectations expectations(stream, false);
  const std::uint8_t second[] = {3, 4};
  const std::uint8_t first[] = {1, 2};
  EXPECT_FALSE(expectations.written(0x20000010, second, 2));
  EXPECT_TRUE(expectations.take_completed().empty());
  EXPECT_EQ(expectations.missing(0, "within 5 cycles").where, "LMEM byte at 0x20000000");
  EXPECT_EQ(expectations.missing(0, "within 5 cycles").expected, "0x01 within 5 cycles");
  EXPECT_FALSE(expectations.written(0x20000000, first, 2));
  EXPECT_EQ(expectations.take_completed(), std::vector<std::size_t>{0});
  EXPECT_EQ(expectations.written(0x20000000, first, 2)->expected, "no write");
  Expectations again(stream, false);
  EXPECT_EQ(again.written(0x20000008, first, 2)->expected, "no write");  // between the runs
  EXPECT_EQ(again.written(0x20000000, second, 2)->found, "0x03");
}

TEST(Expectations, FollowTheInterrupt) {
  Stream stream;
  stream.unit = "dma0";
  Event edge;
  edge.kind = EventKind::kInterrupt;
  edge.data = {1};
  stream.events = {edge};
  Expectations expectations(stream, false);
  EXPECT_EQ(expectations.interrupt(false)->expected, "1");
  EXPECT_FALSE(expectations.interrupt(true));
  EXPECT_EQ(expectations.interrupt(false)->expected, "no change");
}

}  // namespace
}  // namespace leyden::vectors
