// Axi4ToTlm under a master of pins: bursts of all kinds against AXI's own formulas, byte by byte,
// and the time of bursts against the bus model's.
#include "platform/cosim/axi4_to_tlm.h"

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "models/bus/interconnect.h"
#include "tests/platform/cosim/axi_master.h"
#include "tests/support/test_context.h"
#include "tests/support/test_initiator.h"
#include "tests/support/test_target.h"

namespace leyden::cosim {
namespace {

constexpr unsigned kBytes = AxiMaster::kBytes;
constexpr std::uint64_t kMemoryBytes = 16384;
constexpr unsigned kHopCycles = 3;

AdapterOptions with_flow(TestFlow& flow) {
  AdapterOptions options;
  options.block = "rtl";
  options.flow = flow.pattern();
  return options;
}

struct Bench {
  Bench() {
    context.declare("bus", bus::Interconnect::parameters());
    context.set("bus.hop_latency_cycles", kHopCycles);
    context.set("bus.data_width_bytes", 16);
    bus = std::make_unique<bus::Interconnect>("bus", context.context);
    initiator.socket.bind(bus->add_master("tlm"));
    adapter.socket.bind(bus->add_master("rtl"));
    bus->add_target("memory", 0, kMemoryBytes).bind(target.socket);
  }

  test::TestContext context;
  GatedClock clock{"clock", context.clock};
  Axi4Pins<128> pins{"m_axi_"};
  AxiMaster master{"master", pins, clock};
  TestFlow flow;
  unsigned wanted = ~0u;
  Axi4ToTlm<128> adapter{
      "adapter", pins, clock, with_flow(flow), {"", 4, 0, [this](std::uint64_t, unsigned) {
                                                  return wanted;
                                                }}};
  test::TestInitiator initiator{"initiator"};
  test::TestTarget target{"target", kMemoryBytes};
  std::unique_ptr<bus::Interconnect> bus;
};

/// Elaborates the one bench before the first test.
struct Environment : testing::Environment {
  void SetUp() override { bench = new Bench; }
  // Left to the end of the process: modules must outlive the simulation.
  static Bench* bench;
};
Bench* Environment::bench = nullptr;
const testing::Environment* const kEnvironment = testing::AddGlobalTestEnvironment(new Environment);

/// AXI's formulas (AMBA AXI, "Burst address"), in its own terms: the lanes of a beat and the
/// addresses of their bytes.
struct Lane {
  unsigned lane;
  std::uint64_t address;
};
std::vector<Lane> lanes_of(const AxiBurst& burst, unsigned beat) {
  const std::uint64_t start = burst.address;
  const std::uint64_t number_bytes = 1u << burst.size;
  const std::uint64_t burst_length = burst.len + 1;
  const std::uint64_t aligned = start / number_bytes * number_bytes;
  std::uint64_t address = start;
  if (burst.type == BurstType::kIncr && beat > 0) address = aligned + beat * number_bytes;
  if (burst.type == BurstType::kWrap) {
    const std::uint64_t boundary =
        start / (number_bytes * burst_length) * (number_bytes * burst_length);
    address = start + beat * number_bytes;
    if (address >= boundary + number_bytes * burst_length) address -= number_bytes * burst_length;
  }
  std::vector<Lane> lanes;
  const std::uint64_t end = address / number_bytes * number_bytes + number_bytes;
  for (std::uint64_t byte = address; byte < end; ++byte) {
    lanes.push_back({static_cast<unsigned>(byte % kBytes), byte});
  }
  return lanes;
}

class Axi4ToTlmTest : public testing::Test {
 protected:
  Axi4ToTlmTest() {
    b.master.clear();
    b.master.one_at_a_time = false;
    b.flow.of_eight = 8;
    master_flow.of_eight = 8;
    b.master.flow = master_flow.pattern();
    b.target.response = tlm::TLM_OK_RESPONSE;
    b.target.latency = sc_core::SC_ZERO_TIME;
    b.target.accesses.clear();
    // To an edge of the chip, the bus being free.
    const sc_core::sc_time now = sc_core::sc_time_stamp();
    sc_core::sc_start(b.context.clock.next_edge(now + sc_core::sc_time(10, sc_core::SC_US)) - now,
                      sc_core::SC_RUN_TO_TIME);
  }
  unsigned below(unsigned bound) {
    return std::uniform_int_distribution<unsigned>(0, bound - 1)(random);
  }
  AxiBurst random_burst() {
    AxiBurst burst;
    burst.type = static_cast<BurstType>(below(3));
    burst.size = below(5);
    if (burst.type == BurstType::kFixed) {
      burst.len = below(16);
      burst.address = below(kMemoryBytes - 16);
    } else if (burst.type == BurstType::kWrap) {
      burst.len = (2u << below(4)) - 1;
      burst.address = below(kMemoryBytes) >> burst.size << burst.size;
    } else {
      burst.len = below(4) == 0 ? below(256) : below(20);
      burst.address = below(kMemoryBytes);
      // Legal: not across 4 KiB.
      const std::uint64_t room = 4096 - burst.address % 4096;
      burst.len = std::min<unsigned>(burst.len, static_cast<unsigned>((room - 1) >> burst.size));
      if (burst.address % burst.beat_bytes() + room > 4096) burst.len = 0;
    }
    return burst;
  }
  std::vector<AxiMaster::Beat> random_beats(const AxiBurst& burst, unsigned strobes_of_eight) {
    std::vector<AxiMaster::Beat> beats(burst.len + 1);
    for (unsigned i = 0; i <= burst.len; ++i) {
      for (auto& byte : beats[i].lanes) byte = static_cast<std::uint8_t>(random());
      for (const Lane& lane : lanes_of(burst, i)) {
        if (below(8) < strobes_of_eight) beats[i].strobes |= 1u << lane.lane;
      }
    }
    return beats;
  }
  double cycles(const sc_core::sc_time& time) const { return time / b.context.clock.period(); }

  Bench& b = *Environment::bench;
  TestFlow master_flow;
  std::mt19937 random{7};
};

TEST_F(Axi4ToTlmTest, WritesOfAllKindsDoWhatAxiSays) {
  std::vector<std::uint8_t> expected = b.target.memory;
  for (unsigned round = 0; round < 60; ++round) {
    b.flow.of_eight = 1 + below(8);
    b.flow.seed = round;
    master_flow.of_eight = 1 + below(8);
    master_flow.seed = round + 500;
    b.target.latency = sc_core::sc_time(below(80), sc_core::SC_NS);
    b.master.clear();
    std::vector<AxiMaster::Burst*> bursts;
    for (unsigned i = 0; i < 6; ++i) {
      const AxiBurst shape = random_burst();
      const unsigned strobes[] = {8, 8, 7, 2, 0};
      const auto beats = random_beats(shape, strobes[below(5)]);
      bursts.push_back(&b.master.write(shape, beats, below(16)));
      for (unsigned k = 0; k <= shape.len; ++k) {
        for (const Lane& lane : lanes_of(shape, k)) {
          if ((beats[k].strobes >> lane.lane & 1) != 0) {
            expected[lane.address] = beats[k].lanes[lane.lane];
          }
        }
      }
    }
    b.master.run();
    for (const AxiMaster::Burst* burst : bursts) {
      ASSERT_TRUE(burst->done);
      EXPECT_EQ(burst->ids, std::vector<std::uint32_t>{burst->id});
      EXPECT_EQ(burst->responses, std::vector<std::uint32_t>{0});
    }
    ASSERT_EQ(b.target.memory == expected, true) << "round " << round;
  }
}

TEST_F(Axi4ToTlmTest, ReadsOfAllKindsGiveWhatAxiSays) {
  for (auto& byte : b.target.memory) byte = static_cast<std::uint8_t>(random());
  for (unsigned round = 0; round < 60; ++round) {
    b.flow.of_eight = 1 + below(8);
    b.flow.seed = round;
    master_flow.of_eight = 1 + below(8);
    master_flow.seed = round + 500;
    b.target.latency = sc_core::sc_time(below(80), sc_core::SC_NS);
    b.target.accesses.clear();
    b.master.clear();
    std::vector<AxiMaster::Burst*> bursts;
    for (unsigned i = 0; i < 6; ++i) bursts.push_back(&b.master.read(random_burst(), below(16)));
    b.master.run();
    EXPECT_EQ(b.target.accesses.size(), bursts.size()) << "one burst is one transaction";
    for (const AxiMaster::Burst* burst : bursts) {
      ASSERT_EQ(burst->beats.size(), burst->shape.len + 1);
      for (unsigned k = 0; k <= burst->shape.len; ++k) {
        EXPECT_EQ(burst->ids[k], burst->id);
        EXPECT_EQ(burst->responses[k], 0u);
        EXPECT_EQ(burst->lasts[k], k == burst->shape.len);
        for (const Lane& lane : lanes_of(burst->shape, k)) {
          ASSERT_EQ(burst->beats[k].lanes[lane.lane], b.target.memory[lane.address])
              << "round " << round << ", beat " << k << " at " << burst->shape.address;
        }
      }
    }
  }
}

TEST_F(Axi4ToTlmTest, StrobesThatFormARangeAreAPlainWrite) {
  const AxiBurst shape{0x100, 2, 4, BurstType::kIncr};
  std::vector<AxiMaster::Beat> beats(3);
  beats[0].strobes = 0xfff8;  // from byte 3 on
  beats[1].strobes = 0xffff;
  beats[2].strobes = 0x001f;
  b.master.write(shape, beats);
  const AxiBurst nothing{0x200, 0, 4, BurstType::kIncr};
  AxiMaster::Burst& empty = b.master.write(nothing, {AxiMaster::Beat{}});
  b.master.run();
  ASSERT_EQ(b.target.accesses.size(), 1u);
  EXPECT_EQ(b.target.accesses[0].address, 0x103u);
  EXPECT_EQ(b.target.accesses[0].length, 13u + 16u + 5u);
  EXPECT_EQ(b.target.accesses[0].initiator, "adapter");
  EXPECT_EQ(empty.responses, std::vector<std::uint32_t>{0});
}

TEST_F(Axi4ToTlmTest, BytesThatAreNotWantedAreNotAskedFor) {
  std::fill(b.target.memory.begin(), b.target.memory.end(), std::uint8_t{0xee});
  b.wanted = 20;
  AxiMaster::Burst& read = b.master.read({0x108, 2, 4, BurstType::kIncr});
  b.master.run();
  b.wanted = 0;
  AxiMaster::Burst& nothing = b.master.read({0x200, 1, 4, BurstType::kIncr});
  b.master.run();
  b.wanted = ~0u;
  ASSERT_EQ(b.target.accesses.size(), 1u);
  EXPECT_EQ(b.target.accesses[0].address, 0x108u);
  EXPECT_EQ(b.target.accesses[0].length, 20u);
  ASSERT_EQ(read.beats.size(), 3u);
  for (unsigned byte = 8; byte < 48; ++byte) {
    EXPECT_EQ(read.beats[byte / 16].lanes[byte % 16], byte < 8 + 20 ? 0xee : 0) << byte;
  }
  EXPECT_EQ(nothing.responses, (std::vector<std::uint32_t>{0, 0}));
}

TEST_F(Axi4ToTlmTest, ErrorsAreResponses) {
  b.target.response = tlm::TLM_GENERIC_ERROR_RESPONSE;
  AxiMaster::Burst& read = b.master.read({0, 1, 4, BurstType::kIncr});
  AxiMaster::Burst& write =
      b.master.write({0, 0, 4, BurstType::kIncr}, random_beats({0, 0, 4, BurstType::kIncr}, 8));
  AxiMaster::Burst& outside = b.master.read({kMemoryBytes, 0, 4, BurstType::kIncr});
  b.master.run();
  EXPECT_EQ(read.responses, (std::vector<std::uint32_t>{2, 2}));
  EXPECT_EQ(write.responses, (std::vector<std::uint32_t>{2}));
  EXPECT_EQ(outside.responses, (std::vector<std::uint32_t>{3}));
}

// The claim of the header: an address shown at edge t has its burst end at t + D, D being what the
// bus and the target take for the same transaction of a TLM master.
TEST_F(Axi4ToTlmTest, ABurstTakesWhatItTakesATlmMaster) {
  for (const unsigned latency : {0u, 1u, 7u}) {
    for (const unsigned beats : {1u, 2u, 16u, 256u}) {
      b.target.latency = b.context.clock.cycles(latency);
      std::vector<std::uint8_t> data(beats * kBytes);
      for (const bool writes : {false, true}) {
        b.initiator.delay = sc_core::SC_ZERO_TIME;
        const sc_core::sc_time now = sc_core::sc_time_stamp();
        sc_core::sc_start(
            b.context.clock.next_edge(now + sc_core::sc_time(10, sc_core::SC_US)) - now,
            sc_core::SC_RUN_TO_TIME);
        if (writes) {
          ASSERT_OK(b.initiator.write(0, data.data(), beats * kBytes));
        } else {
          ASSERT_OK(b.initiator.read(0, data.data(), beats * kBytes));
        }
        const double tlm_cycles = cycles(b.initiator.delay);
        EXPECT_EQ(tlm_cycles, beats + kHopCycles + latency);  // the bus model's formula

        b.master.clear();
        const AxiBurst shape{0, beats - 1, 4, BurstType::kIncr};
        sc_core::sc_start(sc_core::sc_time(10, sc_core::SC_US), sc_core::SC_RUN_TO_TIME);
        AxiMaster::Burst& burst =
            writes ? b.master.write(shape, random_beats(shape, 8)) : b.master.read(shape);
        b.master.run();
        EXPECT_EQ(cycles(burst.ended - burst.shown), tlm_cycles)
            << beats << " beats, latency " << latency << (writes ? ", write" : ", read");
      }
    }
  }
}

TEST_F(Axi4ToTlmTest, OutstandingBurstsOverlapAndAnswersStayInOrder) {
  b.target.latency = b.context.clock.cycles(40);
  std::vector<AxiMaster::Burst*> bursts;
  for (unsigned i = 0; i < 4; ++i) {
    bursts.push_back(&b.master.read({i * 64, 3, 4, BurstType::kIncr}, i));
  }
  b.master.run();
  const double all = cycles(bursts.back()->ended - bursts.front()->shown);
  EXPECT_LT(all, 2 * 40);   // one after another: more than 4 x 40
  EXPECT_GE(all, 40 + 16);  // but one beat a cycle
  for (unsigned i = 0; i < 4; ++i) EXPECT_EQ(bursts[i]->ids, std::vector<std::uint32_t>(4, i));
}

TEST_F(Axi4ToTlmTest, IsAtRestAfterwards) {
  sc_core::sc_start(sc_core::sc_time(1, sc_core::SC_US), sc_core::SC_RUN_TO_TIME);
  EXPECT_FALSE(b.adapter.busy());
  EXPECT_FALSE(b.clock.running());
  EXPECT_FALSE(sc_core::sc_pending_activity());
}

}  // namespace
}  // namespace leyden::cosim
