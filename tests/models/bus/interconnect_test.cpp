// The interconnect between test masters and stub targets, a protocol checker on every socket.
#include "models/bus/interconnect.h"

#include <array>
#include <memory>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/base/begun_extension.h"
#include "models/base/error.h"
#include "models/base/protocol_checker.h"
#include "tests/support/test_context.h"
#include "tests/support/test_initiator.h"
#include "tests/support/test_target.h"

namespace leyden::bus {
namespace {

using sc_core::sc_time;
using testing::HasSubstr;

constexpr std::uint64_t kLowBase = 0x1000;
constexpr std::uint64_t kHighBase = 0x80000000;
constexpr std::uint64_t kBytes = 0x1000;
constexpr unsigned kHop = 3;
constexpr double kPeriodNs = 10;
constexpr std::array<unsigned, 3> kOtherWidths{8, 32, 64};

sc_time cycles(std::uint64_t count) {
  return {kPeriodNs * static_cast<double>(count), sc_core::SC_NS};
}

/// Two masters, a bus of the given width, two targets, checkers between all of them.
struct Path {
  explicit Path(unsigned width) {
    context.declare("bus", Interconnect::parameters());
    context.set("bus.hop_latency_cycles", kHop);
    context.set("bus.data_width_bytes", width);
    context.set("bus.beat_energy_pj", 2);
    const std::string suffix = std::to_string(width);
    bus = std::make_unique<Interconnect>(("bus" + suffix).c_str(), context.context);
    for (unsigned i = 0; i < 2; ++i) {
      const std::string number = suffix + "_" + std::to_string(i);
      masters.push_back(std::make_unique<test::TestInitiator>(("master" + number).c_str()));
      targets.push_back(std::make_unique<test::TestTarget>(("target" + number).c_str(), kBytes));
      for (const char* side : {"above", "below"}) {
        checkers.push_back(std::make_unique<base::ProtocolChecker>((side + number).c_str()));
      }
      base::ProtocolChecker& above = *checkers[2 * i];
      base::ProtocolChecker& below = *checkers[2 * i + 1];
      masters[i]->socket.bind(above.target_socket);
      above.initiator_socket.bind(bus->add_master(i == 0 ? "core" : "dma"));
      bus->add_target(i == 0 ? "low" : "high", i == 0 ? kLowBase : kHighBase, kBytes)
          .bind(below.target_socket);
      below.initiator_socket.bind(targets[i]->socket);
    }
  }

  test::TestContext context{1e9 / kPeriodNs};
  std::unique_ptr<Interconnect> bus;
  std::vector<std::unique_ptr<test::TestInitiator>> masters;
  std::vector<std::unique_ptr<test::TestTarget>> targets;
  std::vector<std::unique_ptr<base::ProtocolChecker>> checkers;
};

class InterconnectTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    path_ = std::make_unique<Path>(16);
    for (const unsigned width : kOtherWidths) {
      others_.push_back(std::make_unique<Path>(width));
    }
    refuse_bad_windows();
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
  static void TearDownTestSuite() {
    others_.clear();
    path_.reset();
  }
  void SetUp() override {
    sc_core::sc_start(cycles(10000));  // whatever ran before, the bus is idle and on an edge
    for (const auto& master : path_->masters) {
      master->delay = sc_core::SC_ZERO_TIME;
    }
    path_->context.diagnostics.messages.clear();
  }
  void TearDown() override {
    for (const auto& checker : path_->checkers) {
      EXPECT_EQ(checker->summary(), "");
    }
  }

  static void refuse_bad_windows() {
    const auto message = [](std::uint64_t base, std::uint64_t size) -> std::string {
      try {
        path_->bus->add_target("new", base, size);
      } catch (const base::UsageError& error) {
        return error.what();
      }
      return "";
    };
    bad_windows_ = {message(kLowBase + kBytes - 1, 2), message(kLowBase - 1, 2),
                    message(kLowBase + 16, 16), message(0, ~0ull), message(0x9000, 0)};
  }

  static test::TestInitiator& core() { return *path_->masters[0]; }
  static test::TestInitiator& dma() { return *path_->masters[1]; }

  /// Delay a read adds.
  static sc_time read(test::TestInitiator& master, std::uint64_t address, unsigned bytes) {
    std::vector<std::uint8_t> data(bytes);
    const sc_time before = master.delay;
    EXPECT_EQ(master.read(address, data.data(), bytes), tlm::TLM_OK_RESPONSE);
    return master.delay - before;
  }

  static std::unique_ptr<Path> path_;
  static std::vector<std::unique_ptr<Path>> others_;
  static std::vector<std::string> bad_windows_;
};

std::unique_ptr<Path> InterconnectTest::path_;
std::vector<std::unique_ptr<Path>> InterconnectTest::others_;
std::vector<std::string> InterconnectTest::bad_windows_;

TEST_F(InterconnectTest, MastersSeeBusAddressesTargetsOffsets) {
  core().put32(kHighBase + 0x24, 0x12345678);
  const test::TestTarget::Access& access = path_->targets[1]->accesses.back();
  EXPECT_EQ(access.address, 0x24u);
  EXPECT_EQ(access.initiator, core().name());
  EXPECT_EQ(dma().get32(kHighBase + 0x24), 0x12345678u);
  EXPECT_EQ(path_->targets[1]->memory[0x24], 0x78);
}

TEST_F(InterconnectTest, AnIdleBusTakesHopAndBeats) {
  EXPECT_EQ(read(core(), kLowBase, 64), cycles(kHop + 4));
  sc_core::sc_start(cycles(100));
  core().delay = sc_core::SC_ZERO_TIME;
  EXPECT_EQ(read(core(), kLowBase + 8, 4), cycles(kHop + 1));
  sc_core::sc_start(cycles(100));
  core().delay = sc_core::SC_ZERO_TIME;
  EXPECT_EQ(read(core(), kLowBase + 8, 16), cycles(kHop + 2));  // over a line of 16 bytes
}

TEST_F(InterconnectTest, TransfersBeginOnAClockEdge) {
  core().delay = sc_time(13, sc_core::SC_NS);
  EXPECT_EQ(read(core(), kLowBase, 16), sc_time(7, sc_core::SC_NS) + cycles(kHop + 1));
}

// By hand, hop 3, cycle by cycle from 0 (c: core, d: DMA):
//   c 256 B at 0: data 0..15, back at 19      d 16 B at 0: waits 16, data 16, back at 20
//   c  32 B at 4 (posted): waits 13, data 17..18, back at 22
//   d  64 B at 40: idle, data 40..43, back at 47
TEST_F(InterconnectTest, TwoMastersFollowTheScheduleByHand) {
  const auto before = path_->bus->statistics();
  EXPECT_EQ(read(core(), kLowBase, 256), cycles(19));
  EXPECT_EQ(read(dma(), kHighBase, 16), cycles(20));
  core().delay = cycles(4);
  EXPECT_EQ(read(core(), kLowBase, 32), cycles(22 - 4));
  dma().delay = cycles(40);
  EXPECT_EQ(read(dma(), kHighBase, 64), cycles(47 - 40));
  const auto& after = path_->bus->statistics();
  EXPECT_EQ(after[0].contention_cycles - before[0].contention_cycles, 13u);
  EXPECT_EQ(after[1].contention_cycles - before[1].contention_cycles, 16u);
  EXPECT_EQ(after[0].beats - before[0].beats, 18u);
  EXPECT_EQ(after[1].bytes - before[1].bytes, 80u);
  EXPECT_EQ(after[1].transactions - before[1].transactions, 2u);
}

TEST_F(InterconnectTest, TheTargetsLatencyDoesNotHoldTheBus) {
  path_->targets[0]->latency = cycles(50);
  EXPECT_EQ(read(core(), kLowBase, 16), cycles(kHop + 1 + 50));
  EXPECT_EQ(read(dma(), kHighBase, 16), cycles(1 + kHop + 1));
  path_->targets[0]->latency = sc_core::SC_ZERO_TIME;
}

// Oracle: a table with an entry a cycle that says whether the path is taken.
TEST_F(InterconnectTest, RandomTransfersTakeTheFirstFreeCyclesInOrder) {
  std::mt19937 random(1);
  std::vector<bool> taken(20000);
  std::uint64_t arrival = 0;
  std::size_t after_last = 0;
  for (int i = 0; i < 500; ++i) {
    arrival += random() % 12;
    const std::uint64_t offset = random() % 256;
    const unsigned bytes = 1 + random() % 256;
    std::uint64_t lines = 0;
    for (std::uint64_t line = 0; line < kBytes; line += 16) {
      lines += line < offset + bytes && line + 16 > offset ? 1 : 0;
    }
    std::size_t start = std::max<std::size_t>(arrival, after_last);
    while (taken[start]) ++start;
    for (std::uint64_t line = 0; line < lines; ++line) taken[start + line] = true;
    after_last = start + lines;
    test::TestInitiator& master = *path_->masters[random() % 2];
    master.delay = cycles(arrival);
    ASSERT_EQ(read(master, kLowBase + offset, bytes) + cycles(arrival),
              cycles(start + lines + kHop));
  }
}

// A write of 4 beats is claimed at edge 0 and made at edge 4.
TEST_F(InterconnectTest, AClaimKeepsItsCyclesAndItsTurnAtTheTarget) {
  Interconnect& bus = *path_->bus;
  const sc_time t = sc_core::sc_time_stamp();
  const auto claim = bus.claim(kLowBase, 64, t);
  ASSERT_TRUE(claim.has_value());
  EXPECT_EQ(claim->start, t);
  EXPECT_EQ(claim->beats, 4u);
  const auto next = bus.claim(kLowBase + 64, 16, t);
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(next->start, t + cycles(4));
  EXPECT_TRUE(bus.first(claim->number));
  EXPECT_FALSE(bus.first(next->number));
  bus.end(next->number);  // given up: its cycle is lost
  const auto elsewhere = bus.claim(kHighBase, 16, t);
  ASSERT_TRUE(elsewhere.has_value());
  EXPECT_TRUE(bus.first(elsewhere->number));  // another target
  bus.end(elsewhere->number);
  bus.end(elsewhere->number);
  // One without a claim has the path after these six cycles.
  EXPECT_EQ(read(dma(), kHighBase, 16), cycles(6 + 1 + kHop));
  sc_core::sc_start(cycles(4));
  base::BegunExtension begun;
  begun.claim = claim;
  std::vector<std::uint8_t> data(64, 0x5a);
  base::Payload payload("core");
  tlm::tlm_generic_payload& write = payload.write(kLowBase, data.data(), 64);
  write.set_extension(&begun);
  EXPECT_EQ(core().send(write), tlm::TLM_OK_RESPONSE);
  write.clear_extension<base::BegunExtension>();
  EXPECT_EQ(core().delay, cycles(kHop));  // t + 4 + hop
  EXPECT_EQ(begun.counted, 4u);
  EXPECT_TRUE(bus.first(next->number));
}

TEST_F(InterconnectTest, NoClaimWhereNobodyAnswers) {
  Interconnect& bus = *path_->bus;
  const sc_time t = sc_core::sc_time_stamp();
  EXPECT_FALSE(bus.claim(kLowBase + kBytes, 16, t).has_value());
  EXPECT_FALSE(bus.claim(kLowBase + kBytes - 8, 16, t).has_value());
  EXPECT_FALSE(bus.claim(kLowBase, 0, t).has_value());
  EXPECT_TRUE(path_->context.diagnostics.messages.empty());
}

TEST_F(InterconnectTest, MoreBandwidthIsNeverSlower) {
  std::mt19937 random(2);
  for (int i = 0; i < 300; ++i) {
    const sc_time arrival = cycles(i * 6ull);
    const std::uint64_t offset = random() % 512;
    const unsigned bytes = 1 + random() % 200;
    const auto finish = [&](Path& path) {
      path.masters[0]->delay = arrival;
      return arrival + read(*path.masters[0], kLowBase + offset, bytes);
    };
    const sc_time at_8 = finish(*others_[0]), at_16 = finish(*path_), at_32 = finish(*others_[1]),
                  at_64 = finish(*others_[2]);
    EXPECT_LE(at_16, at_8);
    EXPECT_LE(at_32, at_16);
    EXPECT_LE(at_64, at_32);
  }
}

TEST_F(InterconnectTest, EnergyIsCountedByBeats) {
  const auto before = path_->context.ledger.snapshot();
  read(core(), kLowBase + 8, 100);  // bytes 8 to 107: lines 0 to 6
  auto counts = path_->context.ledger.snapshot();
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] -= before[i];
  const auto energy = path_->context.ledger.energy_fj(counts);
  EXPECT_DOUBLE_EQ(energy[static_cast<std::size_t>(base::Component::kBus)], 7 * 2000.0);
}

TEST_F(InterconnectTest, UnmappedAddressesAreRefusedAndReported) {
  std::uint32_t word = 0;
  for (const std::uint64_t address :
       {0ull, 0xfffull, 0x2000ull, 0x7fffffffull, 0x80001000ull, 0xffffffffull, ~0ull}) {
    path_->context.diagnostics.messages.clear();
    ASSERT_AE(core().read(address, &word, 1));
    ASSERT_EQ(path_->context.diagnostics.messages.size(), 1u);
    EXPECT_EQ(path_->context.diagnostics.messages[0].address, address);
    EXPECT_THAT(path_->context.diagnostics.last(), HasSubstr("core reads 1 bytes at 0x"));
  }
  EXPECT_EQ(core().delay, sc_core::SC_ZERO_TIME);
}

TEST_F(InterconnectTest, ATransferOverTheEndOfATargetIsRefused) {
  std::uint64_t data = 0;
  ASSERT_OK(core().write(kLowBase + kBytes - 8, &data, 8));
  const std::size_t accesses = path_->targets[0]->accesses.size();
  ASSERT_AE(core().write(kLowBase + kBytes - 4, &data, 8));
  EXPECT_EQ(path_->targets[0]->accesses.size(), accesses);
  EXPECT_THAT(path_->context.diagnostics.last(), HasSubstr("which leaves low"));
}

TEST_F(InterconnectTest, DebugTransportIsCutAtTheEndAndTakesNoTime) {
  path_->targets[0]->memory[kBytes - 1] = 0x5a;
  std::array<std::uint8_t, 8> data{};
  EXPECT_EQ(core().debug_read(kLowBase + kBytes - 4, data.data(), 8), 4u);
  EXPECT_EQ(data[3], 0x5a);
  EXPECT_EQ(core().debug_read(0x10, data.data(), 8), 0u);
  EXPECT_EQ(core().delay, sc_core::SC_ZERO_TIME);
  EXPECT_TRUE(path_->context.diagnostics.messages.empty());
}

TEST_F(InterconnectTest, DirectAccessIsTranslatedBothWays) {
  path_->targets[1]->grants_dmi = true;
  tlm::tlm_dmi dmi;
  ASSERT_TRUE(core().request_dmi(tlm::TLM_READ_COMMAND, kHighBase + 0x80, dmi));
  EXPECT_EQ(dmi.get_start_address(), kHighBase);
  EXPECT_EQ(dmi.get_end_address(), kHighBase + kBytes - 1);
  EXPECT_EQ(dmi.get_dmi_ptr(), path_->targets[1]->memory.data());
  core().invalidated.clear();
  dma().invalidated.clear();
  path_->targets[1]->socket->invalidate_direct_mem_ptr(0x10, ~0ull);
  const std::vector<std::pair<std::uint64_t, std::uint64_t>> expected{
      {kHighBase + 0x10, kHighBase + kBytes - 1}};
  EXPECT_EQ(core().invalidated, expected);
  EXPECT_EQ(dma().invalidated, expected);
}

TEST_F(InterconnectTest, DirectAccessIsDeniedForTheWholeGap) {
  tlm::tlm_dmi dmi;
  EXPECT_FALSE(core().request_dmi(tlm::TLM_READ_COMMAND, 0x5000, dmi));
  EXPECT_EQ(dmi.get_start_address(), kLowBase + kBytes);
  EXPECT_EQ(dmi.get_end_address(), kHighBase - 1);
  EXPECT_FALSE(core().request_dmi(tlm::TLM_READ_COMMAND, kLowBase, dmi));  // target denies
}

TEST_F(InterconnectTest, OverlappingAndEmptyWindowsAreRefused) {
  ASSERT_EQ(bad_windows_.size(), 5u);
  for (int i = 0; i < 4; ++i) {
    EXPECT_THAT(bad_windows_[i], HasSubstr("overlaps low at 0x00001000"));
  }
  EXPECT_THAT(bad_windows_[4], HasSubstr("window of 0 bytes"));
}

TEST_F(InterconnectTest, NothingIsAddedAfterElaboration) {
  EXPECT_THROW(path_->bus->add_target("late", 0x4000, 16), base::ModelError);
  EXPECT_THROW(path_->bus->add_master("late"), base::ModelError);
}

}  // namespace
}  // namespace leyden::bus
