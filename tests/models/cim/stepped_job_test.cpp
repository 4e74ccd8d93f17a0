// Jobs step by step against a loop over cycles that is written apart: alone, and while the bus
// reads the bank they use.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "models/base/protocol_checker.h"
#include "models/base/timing_mode.h"
#include "models/bus/interconnect.h"
#include "models/cim/stepped_job.h"
#include "models/memory/local_memory.h"
#include "models/memory/storage.h"
#include "models/vector/stepped_operation.h"
#include "registers/memory_map.h"
#include "tests/support/phased_initiator.h"
#include "tests/support/test_context.h"

namespace leyden::cim {
namespace {

constexpr unsigned kBankBytes = 0x10000;
constexpr unsigned kHop = 1;
constexpr unsigned kLatency = 2;
constexpr double kPeriodNs = 10;
constexpr std::uint64_t kIn = registers::kLmemBase;
constexpr std::uint64_t kOut = registers::kLmemBase + 0x4000;
constexpr std::uint64_t kFarOut = registers::kLmemBase + kBankBytes;

sc_core::sc_time cycles(std::uint64_t count) {
  return {kPeriodNs * static_cast<double>(count), sc_core::SC_NS};
}

/// Master -> checker -> bus -> LMEM <- a job and a vector operation.
struct Bench {
  Bench() {
    context.declare("bus", bus::Interconnect::parameters());
    context.declare("lmem", memory::LocalMemory::parameters());
    context.declare("system", memory::system_parameters());
    context.declare("system", {base::timing_mode_spec()});
    context.set("system.timing", "approximate");
    context.set("bus.hop_latency_cycles", kHop);
    context.set("bus.data_width_bytes", 16);
    context.set("lmem.bank_bytes", kBankBytes);
    context.set("lmem.latency_cycles", kLatency);
    interconnect = std::make_unique<bus::Interconnect>("bus", context.context);
    lmem = std::make_unique<memory::LocalMemory>("lmem", context.context);
    master.socket.bind(checker.target_socket);
    checker.initiator_socket.bind(interconnect->add_master("dma0"));
    interconnect->add_target("lmem", registers::kLmemBase, lmem->size()).bind(lmem->socket);
    job = std::make_unique<SteppedJob>(
        "job", context.context, 0, 16, [this] { feed_ended = now(); },
        [this](const base::JobSpan& span) {
          done = now();
          told = span;
        });
    operation = std::make_unique<vector::SteppedOperation>(
        "operation", context.context, vector::TimingParameters{},
        [this](std::uint64_t taken) { operation_cycles = taken; });
  }
  std::uint64_t now() const { return (sc_core::sc_time_stamp() - start).value() / 10000; }

  test::TestContext context{1e9 / kPeriodNs};
  test::PhasedInitiator master{"master"};
  base::ProtocolChecker checker{"checker"};
  std::unique_ptr<bus::Interconnect> interconnect;
  std::unique_ptr<memory::LocalMemory> lmem;
  std::unique_ptr<SteppedJob> job;
  std::unique_ptr<vector::SteppedOperation> operation;
  sc_core::sc_time start;
  std::uint64_t feed_ended = 0;
  std::uint64_t done = 0;
  std::uint64_t operation_cycles = 0;
  base::JobSpan told;
};

/// What a test varies.
struct Case {
  std::uint64_t positions = 1, feed = 1, write = 1, phases = 1, mvm = 1, convert = 1;
  bool far_output = false;  ///< in the other bank
  bool pipelined = false;
  std::uint64_t accesses = 0, beats = 1, from = 0;  ///< of the bus, in the input's bank
};

struct Found {
  std::uint64_t done = 0;
  std::uint64_t feed_ended = 0;
  std::vector<std::uint64_t> answered;
};

/// The reference: every cycle the stages of the slot ask, a bank serves the unit that waits
/// longest, else the bus.
Found loop_over_cycles(const Case& c) {
  Found found;
  std::uint64_t slot = 0;
  bool begun = false;
  bool running = true;
  std::uint64_t feed_left = 0, write_left = 0, macro_end = 0;
  constexpr std::uint64_t kNot = ~std::uint64_t{0};
  std::uint64_t feed_since = kNot, write_since = kNot;     // waiting for the bank
  std::uint64_t access = 0, asked = c.from, bus_done = 0;  // of the bus
  for (std::uint64_t cycle = 0; running || access < c.accesses; ++cycle) {
    while (running) {
      const auto has = [&](std::uint64_t behind) {
        return slot >= behind && slot - behind < c.positions;
      };
      if (!begun) {
        begun = true;
        feed_left = has(0) ? c.feed : 0;
        const std::uint64_t mvm = has(1) ? c.phases * c.mvm : 0;
        const std::uint64_t adc = has(c.pipelined ? 2 : 1) ? c.phases * c.convert : 0;
        macro_end = cycle + (c.pipelined ? std::max(mvm, adc) : mvm + adc);
        write_left = has(c.pipelined ? 3 : 2) ? c.write : 0;
      }
      if (feed_left != 0 || write_left != 0 || cycle < macro_end) break;
      begun = false;
      if (++slot == c.positions + (c.pipelined ? 3 : 2)) {
        found.done = cycle;
        running = false;
      }
    }
    if (running && feed_left != 0 && feed_since == kNot) feed_since = cycle;
    if (running && write_left != 0 && write_since == kNot) write_since = cycle;
    bool bank_taken = false;  // the input's
    const bool feeder_first = feed_since <= write_since;
    if (feed_since != kNot && (c.far_output || feeder_first)) {
      feed_since = kNot;
      bank_taken = true;
      if (--feed_left == 0 && slot + 1 == c.positions) found.feed_ended = cycle + 1;
    }
    if (write_since != kNot && (c.far_output || !bank_taken)) {
      write_since = kNot;
      --write_left;
      bank_taken = bank_taken || !c.far_output;
    }
    // Beat i of an access is at the bank in cycle asked + hop + i.
    if (access < c.accesses && !bank_taken && asked + kHop + bus_done <= cycle) {
      if (++bus_done == c.beats) {
        asked = cycle + 1 + kLatency;
        found.answered.push_back(asked);
        ++access;
        bus_done = 0;
      }
    }
  }
  return found;
}

class SteppedJobTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    bench_ = std::make_unique<Bench>();
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
  static void TearDownTestSuite() { bench_.reset(); }
  void TearDown() override { EXPECT_EQ(bench_->checker.summary(), ""); }

  /// A 1 x 1 kernel: a position reads its pixel.
  static StepPlan plan_of(const Case& c) {
    StepPlan plan;
    Job& job = plan.job;
    job.in_width = job.out_width = static_cast<unsigned>(c.positions);
    job.in_height = job.out_height = 1;
    job.in_channels = job.in_pixel_stride = job.window_count = static_cast<unsigned>(16 * c.feed);
    job.outputs = job.out_pixel_stride = static_cast<unsigned>(16 * c.write);
    plan.timing.fill_cycles = plan.timing.next_feed_cycles = c.feed;
    plan.timing.drain_cycles = c.write;
    plan.timing.phases = c.phases;
    plan.timing.phase_mvm_cycles = c.mvm;
    plan.timing.phase_convert_cycles = c.convert;
    plan.pipelined = c.pipelined;
    plan.in_address = kIn;
    plan.out_address = c.far_output ? kFarOut : kOut;
    return plan;
  }
  static Found simulate(const Case& c) {
    Bench& b = *bench_;
    Found found;
    sc_core::sc_start(cycles(100));
    b.start = sc_core::sc_time_stamp();
    b.job->start(plan_of(c), b.start, *b.lmem->beat_port());
    b.master.begin(
        [&] {
          std::vector<std::uint8_t> data(16 * c.beats);
          for (std::uint64_t i = 0; i < c.accesses; ++i) {
            b.master.read(kIn, data.data(), static_cast<unsigned>(data.size()));
            found.answered.push_back(b.now());
          }
        },
        cycles(c.from));
    sc_core::sc_start(cycles(20000));
    EXPECT_TRUE(b.master.done());
    found.done = b.done;
    found.feed_ended = b.feed_ended;
    return found;
  }
  static std::unique_ptr<Bench> bench_;
};

std::unique_ptr<Bench> SteppedJobTest::bench_;

TEST_F(SteppedJobTest, AloneAJobTakesWhatTheClosedFormSays) {
  // feed + positions * max(feed, macro, write) + write, but for the slots at the ends.
  Case c;
  c.positions = 9;
  c.feed = 3;
  c.phases = 2;
  c.mvm = 4;
  c.convert = 1;
  c.write = 2;
  c.far_output = true;
  EXPECT_EQ(simulate(c).done, 3u + 9 * 10 + 2);
  EXPECT_EQ(bench_->told.array_busy, 9u * 2 * 4);
  EXPECT_EQ(bench_->told.adc_busy, 9u * 2);
  EXPECT_EQ(bench_->told.split[static_cast<std::size_t>(base::Cause::kStall)], 0u);
}

TEST_F(SteppedJobTest, RandomJobsBesideTheBusEqualALoopOverCycles) {
  std::mt19937 random(5);
  const auto draw = [&random](std::uint64_t first, std::uint64_t last) {
    return first + random() % (last - first + 1);
  };
  std::uint64_t later = 0;
  std::uint64_t waited = 0;
  for (int i = 0; i < 300; ++i) {
    Case c;
    c.positions = draw(1, 20);
    c.feed = draw(1, 6);
    c.write = draw(1, 4);
    c.phases = draw(1, 3);
    c.mvm = draw(0, 4);
    c.convert = draw(0, 3);
    c.far_output = draw(0, 1) == 0;
    c.pipelined = draw(0, 1) == 0;
    Case alone = c;
    c.accesses = draw(0, 12);
    c.beats = draw(1, 16);
    c.from = draw(0, 60);
    const Found expected = loop_over_cycles(c);
    const Found found = simulate(c);
    ASSERT_EQ(found.done, expected.done) << "case " << i;
    ASSERT_EQ(found.feed_ended, expected.feed_ended) << "case " << i;
    ASSERT_EQ(found.answered, expected.answered) << "case " << i;
    const base::JobSpan& told = bench_->told;
    EXPECT_EQ(told.end() - told.start, found.done);
    EXPECT_EQ(told.feed_busy, c.positions * c.feed);
    EXPECT_EQ(told.write_busy, c.positions * c.write);
    alone.far_output = true;
    later += found.done - loop_over_cycles(alone).done;
    const std::uint64_t apart = c.from + c.accesses * (c.beats + kHop + kLatency);
    if (c.accesses != 0) waited += found.answered.back() - apart;
  }
  // The cases do contend: feeder with writer, and the bus with both.
  EXPECT_GT(later, 0u);
  EXPECT_GT(waited, 0u);
}

TEST_F(SteppedJobTest, AVectorOperationTakesWhatItsClosedFormSays) {
  std::mt19937 random(6);
  Bench& b = *bench_;
  const vector::TimingParameters parameters;
  for (int i = 0; i < 50; ++i) {
    vector::VectorWork work;
    work.read_beats = random() % 40;
    work.write_beats = 1 + random() % 20;
    work.element_operations = random() % 2000;
    const auto dense = [](std::uint64_t address, std::uint64_t beats) {
      const auto bytes = static_cast<std::uint32_t>(16 * beats);
      return memory::Region{address, bytes, bytes, 1};
    };
    const vector::VectorTiming timing = vector::vector_timing(work, parameters);
    b.operation_cycles = 0;
    std::vector<std::uint8_t> data(256);
    // Units come before the bus, whose reads of the same bank change nothing.
    if (i % 2 == 1) b.master.begin([&] { b.master.read(kIn, data.data(), 256); }, cycles(1));
    sc_core::sc_start(cycles(1));
    b.operation->start({{dense(kIn, work.read_beats), work.read_beats, false},
                        {dense(kOut, work.write_beats), work.write_beats, true}},
                       timing, sc_core::sc_time_stamp() + cycles(1), *b.lmem->beat_port(),
                       [](std::uint64_t) {});
    sc_core::sc_start(cycles(1000));
    EXPECT_EQ(b.operation_cycles, timing.total_cycles) << "case " << i;
  }
}

}  // namespace
}  // namespace leyden::cim
