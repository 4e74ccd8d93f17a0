// The approximately timed interconnect: order and cycles against closed forms and a cycle-by-cycle
// reference, phases under a protocol checker at every master.
#include <algorithm>
#include <array>
#include <memory>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "models/base/error.h"
#include "models/base/protocol_checker.h"
#include "models/base/timing_mode.h"
#include "models/bus/interconnect.h"
#include "tests/support/phased_initiator.h"
#include "tests/support/test_context.h"
#include "tests/support/test_initiator.h"
#include "tests/support/test_target.h"

namespace leyden::bus {
namespace {

constexpr std::uint64_t kLowBase = 0x1000;
constexpr std::uint64_t kHighBase = 0x80000000;
constexpr std::uint64_t kFailing = 0x8000;
constexpr std::uint64_t kBytes = 0x1000;
constexpr unsigned kMasters = 3;
constexpr unsigned kHop = 3;
constexpr unsigned kLatency = 7;  // cycles of the high target; the low one has none
constexpr double kPeriodNs = 10;

sc_core::sc_time cycles(std::uint64_t count) {
  return {kPeriodNs * static_cast<double>(count), sc_core::SC_NS};
}

/// A target whose model gives up.
struct Failing : sc_core::sc_module {
  tlm_utils::simple_target_socket<Failing, base::kBusBits> socket{"socket"};
  explicit Failing(const sc_core::sc_module_name& name) : sc_module(name) {
    socket.register_b_transport(this, &Failing::b_transport);
  }
  void b_transport(tlm::tlm_generic_payload&, sc_core::sc_time&) {
    throw base::ModelError("the target gave up");
  }
};

/// Three masters with phases, one without, two targets.
struct Path {
  Path() {
    context.declare("bus", Interconnect::parameters());
    context.declare("system", {base::timing_mode_spec()});
    context.set("system.timing", "approximate");
    context.set("bus.hop_latency_cycles", kHop);
    context.set("bus.data_width_bytes", 16);
    bus = std::make_unique<Interconnect>("bus", context.context);
    for (unsigned n = 0; n < kMasters; ++n) {
      const std::string number = std::to_string(n);
      masters.push_back(std::make_unique<test::PhasedInitiator>(("master" + number).c_str()));
      checkers.push_back(std::make_unique<base::ProtocolChecker>(("checker" + number).c_str()));
      masters[n]->socket.bind(checkers[n]->target_socket);
      checkers[n]->initiator_socket.bind(bus->add_master("master" + number));
    }
    blocking.socket.bind(bus->add_master("blocking"));
    bus->add_target("low", kLowBase, kBytes).bind(low.socket);
    bus->add_target("high", kHighBase, kBytes).bind(high.socket);
    bus->add_target("failing", kFailing, 16).bind(failing.socket);
    high.latency = cycles(kLatency);
  }

  test::TestContext context{1e9 / kPeriodNs};
  std::unique_ptr<Interconnect> bus;
  std::vector<std::unique_ptr<test::PhasedInitiator>> masters;
  std::vector<std::unique_ptr<base::ProtocolChecker>> checkers;
  test::TestInitiator blocking{"blocking_master"};
  test::TestTarget low{"low", kBytes};
  test::TestTarget high{"high", kBytes};
  Failing failing{"failing"};
};

class PhasedPathTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    path_ = std::make_unique<Path>();
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
  static void TearDownTestSuite() { path_.reset(); }
  void SetUp() override {
    sc_core::sc_start(cycles(1000));
    start_ = sc_core::sc_time_stamp();
    path_->low.accesses.clear();
    path_->high.accesses.clear();
    for (const auto& checker : path_->checkers) checker->clear();
  }
  void TearDown() override {
    for (const auto& checker : path_->checkers) {
      EXPECT_EQ(checker->summary(), "");
      EXPECT_TRUE(failed_ || checker->open_transactions() == 0);
    }
  }
  /// Cycles since the test began; the time is on an edge.
  std::uint64_t now() const {
    const sc_core::sc_time passed = sc_core::sc_time_stamp() - start_;
    EXPECT_EQ(passed.value() % cycles(1).value(), 0u);
    return passed.value() / cycles(1).value();
  }
  void run() {
    sc_core::sc_start(cycles(20000));
    for (const auto& master : path_->masters) EXPECT_TRUE(master->done());
  }

  static std::unique_ptr<Path> path_;
  sc_core::sc_time start_;
  bool failed_ = false;
};

std::unique_ptr<Path> PhasedPathTest::path_;

TEST_F(PhasedPathTest, ATransactionTakesItsBeatsTheHopAndTheTargetsDelay) {
  std::array<std::uint8_t, 64> data{};
  path_->high.memory[5] = 77;
  std::uint64_t answered = 0;
  path_->masters[0]->begin(
      [&] {
        EXPECT_EQ(path_->masters[0]->read(kHighBase + 4, data.data(), 64), tlm::TLM_OK_RESPONSE);
        answered = now();
      },
      cycles(10));
  run();
  // 64 bytes from offset 4 touch 5 lines of 16 bytes.
  EXPECT_EQ(answered, 10u + 5 + kHop + kLatency);
  ASSERT_EQ(path_->high.accesses.size(), 1u);
  EXPECT_EQ(path_->high.accesses[0].when, start_ + cycles(10 + 5 + kHop));
  EXPECT_EQ(path_->high.accesses[0].initiator, "master0");
  EXPECT_EQ(data[1], 77);
  EXPECT_EQ(path_->checkers[0]->phased_transactions(), 1u);
}

TEST_F(PhasedPathTest, OfTwoAtOnceTheLowerMasterComesFirstWhoeverRanFirst) {
  for (const bool turned : {false, true}) {
    start_ = sc_core::sc_time_stamp();
    std::array<std::uint64_t, 2> answered{};
    std::array<std::array<std::uint8_t, 32>, 2> data{};
    for (const unsigned n : {turned ? 1u : 0u, turned ? 0u : 1u}) {
      path_->masters[n]->begin(
          [&, n] {
            path_->masters[n]->read(kLowBase + 64 * n, data[n].data(), 32);
            answered[n] = now();
          },
          cycles(4));
    }
    run();
    EXPECT_EQ(answered[0], 4u + 2 + kHop);
    EXPECT_EQ(answered[1], 4u + 2 + 2 + kHop);
  }
}

TEST_F(PhasedPathTest, AnEarlierRequestComesFirst) {
  std::array<std::uint64_t, 3> answered{};
  std::array<std::uint8_t, 160> data{};
  const auto reads = [&](unsigned n, unsigned bytes) {
    return [&, n, bytes] {
      path_->masters[n]->read(kLowBase, data.data(), bytes);
      answered[n] = now();
    };
  };
  path_->masters[2]->begin(reads(2, 160), cycles(0));  // 10 beats: the others wait
  path_->masters[1]->begin(reads(1, 16), cycles(2));
  path_->masters[0]->begin(reads(0, 16), cycles(3));
  run();
  EXPECT_EQ(answered[2], 10u + kHop);
  EXPECT_EQ(answered[1], 11u + kHop);
  EXPECT_EQ(answered[0], 12u + kHop);
}

TEST_F(PhasedPathTest, AnAddressThatNothingAnswersCostsNoTime) {
  std::uint32_t word = 0;
  path_->masters[1]->begin([&] {
    const std::uint64_t before = now();
    EXPECT_EQ(path_->masters[1]->read(0x10, &word, 4), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    EXPECT_EQ(path_->masters[1]->read(kLowBase + kBytes - 2, &word, 4),
              tlm::TLM_ADDRESS_ERROR_RESPONSE);
    EXPECT_EQ(now(), before);
  });
  run();
  EXPECT_EQ(path_->checkers[1]->phased_transactions(), 2u);
}

TEST_F(PhasedPathTest, NobodyComesBetweenALockedReadAndItsWrite) {
  std::uint32_t word = 0;
  std::uint32_t sum = 0;
  path_->low.memory.assign(kBytes, 0);
  path_->masters[2]->begin([&] {  // the master of the lowest priority
    path_->masters[2]->read(kLowBase, &sum, 4, true);
    ++sum;
    path_->masters[2]->write(kLowBase, &sum, 4);
  });
  const std::uint32_t seven = 7;
  path_->masters[0]->begin([&] { path_->masters[0]->write(kLowBase, &seven, 4); }, cycles(1));
  run();
  path_->masters[1]->begin([&] { path_->masters[1]->read(kLowBase, &word, 4); });
  run();
  EXPECT_EQ(word, 7u);
  ASSERT_EQ(path_->low.accesses.size(), 4u);
  EXPECT_EQ(path_->low.accesses[1].initiator, "master2");
  EXPECT_EQ(path_->low.accesses[2].initiator, "master0");
}

TEST_F(PhasedPathTest, ALockEndsWithAnErrorOfItsRead) {
  std::uint32_t word = 0;
  bool answered = false;
  path_->low.response = tlm::TLM_GENERIC_ERROR_RESPONSE;
  path_->masters[2]->begin([&] {
    EXPECT_EQ(path_->masters[2]->read(kLowBase, &word, 4, true), tlm::TLM_GENERIC_ERROR_RESPONSE);
  });
  path_->masters[0]->begin(
      [&] { answered = path_->masters[0]->read(kHighBase, &word, 4) == tlm::TLM_OK_RESPONSE; },
      cycles(1));
  run();
  path_->low.response = tlm::TLM_OK_RESPONSE;
  EXPECT_TRUE(answered);
}

TEST_F(PhasedPathTest, ABlockingMasterWaitsAsLong) {
  std::array<std::uint8_t, 48> data{};
  path_->blocking.run([&] {
    path_->blocking.delay = cycles(2);  // of its own, before the request
    const std::uint64_t before = now();
    EXPECT_EQ(path_->blocking.read(kHighBase, data.data(), 48), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(path_->blocking.delay, sc_core::SC_ZERO_TIME);
    EXPECT_EQ(now() - before, 2u + 3 + kHop + kLatency);
  });
}

// A loop over cycles: of those that wait the one that asked first has the path, then the lowest.
TEST_F(PhasedPathTest, RandomTrafficEqualsALoopOverCycles) {
  struct Request {
    unsigned gap, bytes;
    bool high;
  };
  std::mt19937 random(11);
  std::vector<std::vector<Request>> scripts(kMasters);
  for (auto& script : scripts) {
    for (int i = 0; i < 60; ++i) {
      script.push_back({static_cast<unsigned>(random() % 12),
                        static_cast<unsigned>(1 + random() % 120), random() % 2 == 0});
    }
  }
  std::vector<std::vector<std::uint64_t>> answered(kMasters);
  for (unsigned n = 0; n < kMasters; ++n) {
    path_->masters[n]->begin([&, n] {
      std::vector<std::uint8_t> data(120);
      for (const Request& request : scripts[n]) {
        if (request.gap != 0) sc_core::wait(cycles(request.gap));
        path_->masters[n]->read(request.high ? kHighBase : kLowBase, data.data(), request.bytes);
        answered[n].push_back(now());
      }
    });
  }
  run();

  std::vector<std::vector<std::uint64_t>> expected(kMasters);
  std::vector<std::uint64_t> asks(kMasters);
  std::vector<std::size_t> next(kMasters, 0);
  for (unsigned n = 0; n < kMasters; ++n) asks[n] = scripts[n][0].gap;
  std::uint64_t busy = 0;  // beats still to come
  for (std::uint64_t cycle = 0; cycle < 20000; ++cycle) {
    if (busy > 0) --busy;
    if (busy > 0) continue;
    unsigned chosen = kMasters;
    for (unsigned n = 0; n < kMasters; ++n) {
      if (next[n] == scripts[n].size() || asks[n] > cycle) continue;
      if (chosen == kMasters || asks[n] < asks[chosen]) chosen = n;
    }
    if (chosen == kMasters) continue;
    const Request& request = scripts[chosen][next[chosen]];
    busy = (request.bytes + 15) / 16;
    const std::uint64_t end = cycle + busy + kHop + (request.high ? kLatency : 0);
    expected[chosen].push_back(end);
    if (++next[chosen] < scripts[chosen].size()) {
      asks[chosen] = end + scripts[chosen][next[chosen]].gap;
    }
  }
  EXPECT_EQ(answered, expected);
}

// The last one: the kernel does not go on after it.
TEST_F(PhasedPathTest, ZAnErrorOfATargetsModelEndsTheRunWithItsSentence) {
  std::uint32_t word = 0;
  failed_ = true;
  path_->masters[0]->begin([&] { path_->masters[0]->read(kFailing, &word, 4); });
  try {
    sc_core::sc_start(cycles(100));
    FAIL() << "the error was lost";
  } catch (const sc_core::sc_report& report) {
    EXPECT_STREQ(report.get_msg(), "the target gave up");
  }
}

}  // namespace
}  // namespace leyden::bus
