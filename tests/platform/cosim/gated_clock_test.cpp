#include "platform/cosim/gated_clock.h"

#include <vector>

#include <gtest/gtest.h>

#include "models/base/error.h"

namespace leyden::cosim {
namespace {

using sc_core::sc_time;

sc_time ns(double value) { return {value, sc_core::SC_NS}; }

/// Writes down the edges of a clock, and what rst_n was before each.
class EdgeLog : public sc_core::sc_module {
 public:
  struct Edge {
    sc_time when;
    bool reset;
    bool rose_now;
  };
  EdgeLog(const sc_core::sc_module_name& name, GatedClock& clock) : sc_module(name), clock_(clock) {
    SC_HAS_PROCESS(EdgeLog);
    SC_METHOD(note);
    sensitive << clock.clk.posedge_event();
    dont_initialize();
    SC_METHOD(note_fall);
    sensitive << clock.clk.negedge_event();
    dont_initialize();
  }
  std::vector<Edge> edges;
  std::vector<sc_time> falls;

 private:
  void note() {
    edges.push_back({sc_core::sc_time_stamp(), !clock_.rst_n.read(), clock_.rose_now()});
  }
  void note_fall() { falls.push_back(sc_core::sc_time_stamp()); }

  GatedClock& clock_;
};

struct Bench {
  base::Clock chip{100e6};
  GatedClock clock{"clock", chip, {GatedClock::Reset::kAtStart, 3, 2, false}};
  GatedClock lazy{"lazy", chip, {GatedClock::Reset::kAtFirstUse, 3, 2, false}};
  EdgeLog log{"log", clock};
  EdgeLog lazy_log{"lazy_log", lazy};
};
/// Elaborates the one bench before the first test.
struct Environment : testing::Environment {
  void SetUp() override { bench = new Bench; }
  // Left to the end of the process: modules must outlive the simulation.
  static Bench* bench;
};
Bench* Environment::bench = nullptr;
const testing::Environment* const kEnvironment = testing::AddGlobalTestEnvironment(new Environment);

void run_for(const sc_time& time) { sc_core::sc_start(time, sc_core::SC_RUN_TO_TIME); }

class GatedClockTest : public testing::Test {
 protected:
  GatedClockTest() {
    // At rest, whatever was before, and at an edge.
    const sc_time now = sc_core::sc_time_stamp();
    run_for(b.chip.next_edge(now + ns(1000)) - now);
    b.log.edges.clear();
    b.log.falls.clear();
  }
  ~GatedClockTest() override {
    for (GatedClock* clock : {&b.clock, &b.lazy}) {
      const std::vector<std::string> all = clock->holders();
      for (const std::string& who : all) clock->release(who);
    }
  }
  std::vector<double> edge_times_ns(const sc_time& since) const {
    std::vector<double> times;
    for (const auto& edge : b.log.edges) times.push_back((edge.when - since) / ns(1));
    return times;
  }
  Bench& b = *Environment::bench;
};

// The first test: the others run after the reset.
TEST_F(GatedClockTest, ResetAtTheStartCostsNoTimeAndLeavesNothingPending) {
  EXPECT_TRUE(b.clock.rst_n.read());
  EXPECT_FALSE(b.clock.clk.read());
  EXPECT_FALSE(b.clock.running());
  EXPECT_EQ(b.clock.edges(), 0u);
  EXPECT_FALSE(sc_core::sc_pending_activity());
  // One that is reset when it is first used has not been.
  EXPECT_FALSE(b.lazy.rst_n.read());
  EXPECT_TRUE(b.lazy_log.edges.empty());
}

TEST_F(GatedClockTest, ResetOnFirstUseIsLowForItsEdgesBeforeTheFirstOneThatCounts) {
  const sc_time start = sc_core::sc_time_stamp();
  b.lazy.run("test");
  run_for(ns(65));
  ASSERT_EQ(b.lazy_log.edges.size(), 7u);
  for (unsigned i = 0; i < 7; ++i) {
    EXPECT_EQ(b.lazy_log.edges[i].reset, i < 3) << i;
    EXPECT_EQ(b.lazy_log.edges[i].when - start, ns(10.0 * i)) << i;
  }
  b.lazy.release("test");
  run_for(ns(200));
  b.lazy_log.edges.clear();
  b.lazy.run("test");  // not again
  run_for(ns(16));
  ASSERT_EQ(b.lazy_log.edges.size(), 2u);
  EXPECT_FALSE(b.lazy_log.edges[0].reset);
}

TEST_F(GatedClockTest, EdgesAreTheChipsFromTheRequestOnAndStopAfterTheRelease) {
  run_for(ns(3));  // between two edges
  const sc_time start = sc_core::sc_time_stamp() - ns(3);
  b.clock.run("a");
  b.clock.run("a");
  b.clock.run("b");
  run_for(ns(30));
  EXPECT_EQ(edge_times_ns(start), (std::vector<double>{10, 20, 30}));
  for (const auto& edge : b.log.edges) EXPECT_TRUE(edge.rose_now);
  b.clock.release("a");
  run_for(ns(20));
  EXPECT_EQ(b.log.edges.size(), 5u);  // b still holds it
  b.clock.release("b");
  run_for(ns(500));
  EXPECT_EQ(b.log.edges.size(), 7u);  // two idle ones
  EXPECT_EQ(b.log.falls.size(), 7u);
  EXPECT_FALSE(b.clock.clk.read());
  EXPECT_FALSE(b.clock.running());
  EXPECT_FALSE(sc_core::sc_pending_activity());
}

TEST_F(GatedClockTest, ARequestAtAnEdgeGetsThatEdge) {
  const sc_time start = sc_core::sc_time_stamp();
  b.clock.run("test");
  run_for(ns(1));
  EXPECT_EQ(edge_times_ns(start), (std::vector<double>{0}));
}

// Against edges written down by hand: 100 MHz, then 400 MHz, then 50 MHz.
TEST_F(GatedClockTest, EdgesFollowTheFrequency) {
  const sc_time start = sc_core::sc_time_stamp();
  b.clock.run("test");
  run_for(ns(20));
  run_for(sc_core::SC_ZERO_TIME);
  ASSERT_TRUE(b.clock.rose_now());
  b.chip.set_frequency(400e6, sc_core::sc_time_stamp());  // at an edge, clk being high
  run_for(ns(6));
  b.chip.set_frequency(50e6, sc_core::sc_time_stamp());  // between edges: from 27.5 ns on
  run_for(ns(50));
  EXPECT_EQ(edge_times_ns(start), (std::vector<double>{0, 10, 20, 22.5, 25, 27.5, 47.5, 67.5}));
  ASSERT_EQ(b.log.falls.size(), b.log.edges.size() - (b.clock.clk.read() ? 1 : 0));
  for (std::size_t i = 0; i < b.log.falls.size(); ++i) {
    EXPECT_GT(b.log.falls[i], b.log.edges[i].when);
    if (i + 1 < b.log.edges.size()) {
      EXPECT_LT(b.log.falls[i], b.log.edges[i + 1].when);
    }
  }
  b.clock.release("test");
  run_for(ns(500));
  b.chip.set_frequency(100e6, sc_core::sc_time_stamp());
  run_for(ns(100));
  EXPECT_FALSE(sc_core::sc_pending_activity());
}

TEST_F(GatedClockTest, AResetRunsTheClockByItself) {
  b.clock.reset();
  run_for(ns(300));
  ASSERT_GE(b.log.edges.size(), 3u);
  for (unsigned i = 0; i < 3; ++i) EXPECT_TRUE(b.log.edges[i].reset) << i;
  EXPECT_TRUE(b.clock.rst_n.read());
  EXPECT_FALSE(sc_core::sc_pending_activity());
}

TEST_F(GatedClockTest, ReleasingWithoutARequestIsNothing) {
  b.clock.release("nobody");
  run_for(ns(100));
  EXPECT_TRUE(b.log.edges.empty());
}

}  // namespace
}  // namespace leyden::cosim
