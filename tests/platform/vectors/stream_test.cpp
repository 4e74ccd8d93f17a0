#include "platform/vectors/stream.h"

#include <gtest/gtest.h>

#include <random>

#include "models/base/error.h"

namespace leyden::vectors {
namespace {

constexpr const char* kHeader =
    "kind,direction,time_ps,delay_ps,delta,cycle,layer,job,address,name,bytes,data,response,"
    "latency_ps,stride,count,wait_cycles\n";

Stream random_stream(std::mt19937_64& random) {
  Stream stream;
  stream.unit = "cim0";
  const EventKind kinds[] = {EventKind::kRegister, EventKind::kWeights, EventKind::kPowerOff,
                             EventKind::kLmemRead, EventKind::kBus,     EventKind::kLmemWrite,
                             EventKind::kInterrupt};
  for (int i = 0; i < 40; ++i) {
    Event event;
    event.kind = kinds[random() % 7];
    event.write = random() % 2 != 0;
    event.time_ps = random() % 1'000'000'000'000;
    event.delay_ps = random() % 10'000;
    event.delta = random() % 10;
    event.cycle = random();
    if (random() % 2 != 0) event.layer = static_cast<std::uint32_t>(random());
    if (random() % 2 != 0) event.job = random() % 1000;
    event.address = random() % (std::uint64_t{1} << 32);
    event.count = event.kind == EventKind::kLmemRead ? 1 + random() % 5 : 1;
    event.stride = static_cast<std::uint32_t>(random() % 100);
    event.data.resize(event.kind == EventKind::kInterrupt ? 1 : event.count * (random() % 20));
    for (std::uint8_t& byte : event.data) {
      byte = static_cast<std::uint8_t>(event.kind == EventKind::kInterrupt ? random() % 2
                                                                           : random() % 256);
    }
    event.response = static_cast<Response>(random() % 3);
    event.latency_ps = random() % 100'000;
    event.wait_cycles = random() % 50;
    stream.events.push_back(event);
  }
  return stream;
}

void expect_equal(const Event& a, const Event& b) {
  EXPECT_EQ(a.kind, b.kind);
  EXPECT_EQ(a.write, b.write);
  EXPECT_EQ(a.time_ps, b.time_ps);
  EXPECT_EQ(a.delay_ps, b.delay_ps);
  EXPECT_EQ(a.delta, b.delta);
  EXPECT_EQ(a.cycle, b.cycle);
  EXPECT_EQ(a.layer, b.layer);
  EXPECT_EQ(a.job, b.job);
  EXPECT_EQ(a.address, b.address);
  EXPECT_EQ(a.data, b.data);
  EXPECT_EQ(a.response, b.response);
  EXPECT_EQ(a.latency_ps, b.latency_ps);
  EXPECT_EQ(a.stride, b.stride);
  EXPECT_EQ(a.count, b.count);
  EXPECT_EQ(a.wait_cycles, b.wait_cycles);
}

std::string refusal(const std::string& text) {
  try {
    from_csv(text, "dma0", "s.csv");
  } catch (const base::UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(Stream, ComesBackFromCsv) {
  std::mt19937_64 random(1);
  for (int run = 0; run < 20; ++run) {
    const Stream stream = random_stream(random);
    const Stream back = from_csv(to_csv(stream), stream.unit, "s.csv");
    ASSERT_EQ(back.events.size(), stream.events.size());
    for (std::size_t i = 0; i < stream.events.size(); ++i) {
      expect_equal(stream.events[i], back.events[i]);
    }
  }
}

TEST(Stream, IsWrittenForPeople) {
  Stream stream;
  stream.unit = "dma1";
  Event event;
  event.write = true;
  event.time_ps = 5000;
  event.delay_ps = 2500;
  event.cycle = 3;
  event.layer = 2;
  event.job = 7;
  event.address = 0x04;
  event.set_word(0x00000003);
  stream.events.push_back(event);
  event.kind = EventKind::kBus;
  event.address = 0x20000010;
  event.data = {0x01, 0xab, 0x00};
  event.latency_ps = 10;
  stream.events.push_back(event);
  EXPECT_EQ(to_csv(stream),
            std::string(kHeader) +
                "register,write,5000,2500,0,3,2,7,0x00000004,CTRL,4,0x00000003,ok,0,0,1,0\n"
                "bus,write,5000,2500,0,3,2,7,0x20000010,,3,01ab00,ok,10,0,1,0\n");
}

TEST(Stream, RefusesLinesWithPathAndNumber) {
  const std::string good = "bus,write,5000,2500,0,3,2,7,0x20000010,,3,01ab00,ok,10,0,1,0\n";
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string line = good;
    line.replace(line.find(from), from.size(), to);
    return refusal(kHeader + good + line);
  };
  EXPECT_EQ(refusal(kHeader + good), "");
  EXPECT_EQ(refusal("a,b\n"),
            "s.csv, line 1: the first line does not name the columns of a stream of this version.");
  EXPECT_EQ(refusal(""),
            "s.csv, line 0: the first line does not name the columns of a stream of this version.");
  EXPECT_EQ(
      with("bus,", "bass,"),
      "s.csv, line 3: the kind is 'bass', but one of register, weights, power_off, lmem_read, "
      "bus, lmem_write, interrupt is right.");
  EXPECT_EQ(with("01ab00", "01ag00"),
            "s.csv, line 3: data is '01ag00', but two hexadecimal digits a byte are right.");
  EXPECT_EQ(with("01ab00", "01ab0"),
            "s.csv, line 3: data is '01ab0', but two hexadecimal digits a byte are right.");
  EXPECT_EQ(with("01ab00", "01ab"), "s.csv, line 3: data has 2 bytes, but bytes says 3.");
  EXPECT_EQ(with("5000", "-1"),
            "s.csv, line 3: time_ps is '-1', but a number from 0 to 4611686018427387903 is right.");
  EXPECT_EQ(with(",0,1,0\n", "\n"), "s.csv, line 3: it has 14 fields, but 17 are right.");
  EXPECT_EQ(with("0,1,0\n", "0,2,0\n"),
            "s.csv, line 3: count is 2, which does not divide 3 bytes of data into runs.");
  EXPECT_EQ(with("0x20000010", "0x120000010"),
            "s.csv, line 3: address is '0x120000010', but a number from 0 to 4294967295 is right.");
  EXPECT_EQ(refusal(kHeader + std::string("interrupt,write,0,0,0,0,,,0,,1,02,ok,0,0,1,0\n")),
            "s.csv, line 2: data of an interrupt is its level, 00 or 01.");
}

TEST(Stream, NothingInAFileIsFatal) {
  std::mt19937_64 random(2);
  std::size_t refused = 0;
  for (int run = 0; run < 1000; ++run) {
    std::string text = to_csv(random_stream(random));
    for (int change = 0; change < 3 && !text.empty(); ++change) {
      switch (random() % 3) {
        case 0:
          text[random() % text.size()] = static_cast<char>(random() % 256);
          break;
        case 1:
          text.erase(random() % text.size(), 1 + random() % 20);
          break;
        default:
          text.resize(1 + random() % text.size());
      }
    }
    if (!refusal(text).empty()) ++refused;
  }
  EXPECT_GT(refused, 300u);
}

TEST(Stream, KnowsUnits) {
  for (const std::string name : {"dma0", "dma1", "cim0", "cim15", "vector"}) {
    EXPECT_TRUE(parse_unit(name)) << name;
  }
  for (const std::string name : {"", "dma", "dma2", "dma00", "cim16", "cim-1", "vector0", "core"}) {
    EXPECT_FALSE(parse_unit(name)) << name;
  }
}

TEST(Stream, CountsCyclesFromStartToTheLastResponse) {
  Stream stream;
  stream.unit = "dma0";
  Event start;
  start.write = true;
  start.address = 0x04;
  start.time_ps = 10'000;
  start.delay_ps = 1'000;  // the next edge is at 12,500
  start.set_word(1);
  Event bus;
  bus.kind = EventKind::kBus;
  bus.time_ps = 12'500;
  bus.latency_ps = 25'000;
  bus.data = {1};
  stream.events = {start, bus, start};
  stream.events[2].set_word(2);  // IRQ_ENABLE alone
  const std::vector<JobCycles> jobs = job_cycles(stream, 2'500);
  ASSERT_EQ(jobs.size(), 1u);
  EXPECT_EQ(jobs[0].cycles, 10u);
}

}  // namespace
}  // namespace leyden::vectors
