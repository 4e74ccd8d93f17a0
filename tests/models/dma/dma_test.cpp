// The DMA on a real interconnect with stub memories, a protocol checker on every socket.
#include "models/dma/dma.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/base/error.h"
#include "models/base/protocol_checker.h"
#include "models/bus/interconnect.h"
#include "registers/dma.h"
#include "registers/memory_map.h"
#include "tests/support/test_context.h"
#include "tests/support/test_initiator.h"
#include "tests/support/test_target.h"

namespace leyden::dma {
namespace {

namespace reg = registers::dma;
using Bytes = std::vector<std::uint8_t>;

constexpr std::uint32_t kRam = registers::kOffChipBase;
constexpr std::uint32_t kWeights = registers::kCimWeightsBase;
constexpr std::uint32_t kSize = 0x10000;
constexpr unsigned kBurst = 64;
constexpr unsigned kHop = 3;
constexpr unsigned kRamLatency = 20;
constexpr double kPeriodNs = 10;
constexpr std::uint32_t kIrqAndStart = 3, kIrqAndLinked = 6, kStop = 8;
constexpr std::uint32_t kBusy = 1, kDone = 2, kError = 4;

sc_core::sc_time cycles(std::uint64_t count) {
  return {kPeriodNs * static_cast<double>(count), sc_core::SC_NS};
}

/// Remembers when a line rose last.
struct Watch : sc_core::sc_module {
  explicit Watch(const sc_core::sc_module_name& name) : sc_module(name) {
    SC_HAS_PROCESS(Watch);
    SC_METHOD(sample);
    sensitive << line;
  }
  void sample() {
    if (line.read()) rose = sc_core::sc_time_stamp();
  }
  sc_core::sc_in<bool> line{"line"};
  sc_core::sc_time rose;
};

struct Bench {
  Bench(const std::string& name, unsigned width, bool overheads = false)
      : core((name + "_core").c_str()),
        core_checker((name + "_core_checker").c_str()),
        ram((name + "_ram").c_str(), kSize),
        weights((name + "_weights").c_str(), kSize) {
    context.declare("bus", bus::Interconnect::parameters());
    context.declare("dma", Dma::parameters());
    context.set("bus.hop_latency_cycles", kHop);
    context.set("bus.data_width_bytes", width);
    context.set("dma.burst_bytes", kBurst);
    context.set("dma.byte_energy_pj", 0.5);
    if (overheads) {
      context.set("dma.prepare_cycles", 5);
      context.set("dma.access_cycles", 2);
      context.set("dma.boundary_bytes", 4096);
    }
    ram.latency = cycles(kRamLatency);
    interconnect = std::make_unique<bus::Interconnect>((name + "_bus").c_str(), context.context);
    dma = std::make_unique<Dma>((name + "_dma").c_str(), context.context);
    core.socket.bind(core_checker.target_socket);
    core_checker.initiator_socket.bind(dma->socket);
    for (unsigned n = 0; n < 2; ++n) {
      checkers.push_back(
          std::make_unique<base::ProtocolChecker>((name + "_checker" + std::to_string(n)).c_str()));
      irq.push_back(std::make_unique<sc_core::sc_signal<bool>>());
      dma->channels[n].bus.bind(checkers[n]->target_socket);
      checkers[n]->initiator_socket.bind(interconnect->add_master("dma" + std::to_string(n)));
      dma->channels[n].irq.bind(*irq[n]);
      watches.push_back(std::make_unique<Watch>((name + "_watch" + std::to_string(n)).c_str()));
      watches[n]->line.bind(*irq[n]);
    }
    interconnect->add_target("ram", kRam, kSize).bind(ram.socket);
    interconnect->add_target("weights", kWeights, kSize).bind(weights.socket);
  }
  std::uint32_t get(unsigned channel, std::uint32_t offset) {
    return core.get32(channel * reg::kBlockStride + offset);
  }
  void put(unsigned channel, std::uint32_t offset, std::uint32_t value) {
    core.put32(channel * reg::kBlockStride + offset, value);
  }
  void start(unsigned channel, const Job& job) {
    const std::array<std::uint32_t, reg::kJobWords> words{
        job.source,        job.destination,        job.row_bytes, job.rows,
        job.source_stride, job.destination_stride, job.next};
    ASSERT_OK(core.write(channel * reg::kBlockStride + reg::kJobFirst, words.data(), sizeof words));
    put(channel, reg::kCtrl, kIrqAndStart);
  }
  /// Runs until nothing happens any more; @return cycles until the interrupt rose.
  std::uint64_t finish(unsigned channel) {
    const sc_core::sc_time begin = sc_core::sc_time_stamp();
    sc_core::sc_start();
    EXPECT_TRUE(irq[channel]->read());
    return (watches[channel]->rose - begin).value() / cycles(1).value();
  }
  void acknowledge(unsigned channel) {
    put(channel, reg::kStatus, kDone | kError);
    sc_core::sc_start(cycles(1));
    EXPECT_FALSE(irq[channel]->read());
  }

  test::TestContext context{1e9 / kPeriodNs};
  test::TestInitiator core;
  base::ProtocolChecker core_checker;
  test::TestTarget ram, weights;
  std::unique_ptr<bus::Interconnect> interconnect;
  std::unique_ptr<Dma> dma;
  std::vector<std::unique_ptr<base::ProtocolChecker>> checkers;
  std::vector<std::unique_ptr<sc_core::sc_signal<bool>>> irq;
  std::vector<std::unique_ptr<Watch>> watches;
};

class DmaTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    bench_ = std::make_unique<Bench>("narrow", 16);
    wide_ = std::make_unique<Bench>("wide", 32);
    slow_ = std::make_unique<Bench>("slow", 16, true);
    refuse_boundaries();
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
  /// dma.boundary_bytes must be a power of two; modules are made before the simulation starts.
  static void refuse_boundaries() {
    for (const double bytes : {8.0, 48.0, 4095.0}) {
      test::TestContext context;
      context.declare("dma", Dma::parameters());
      context.set("dma.burst_bytes", kBurst);
      context.set("dma.boundary_bytes", bytes);
      EXPECT_THROW(DmaChannel("refused", context.context, 0), base::UsageError) << bytes;
    }
  }
  static void TearDownTestSuite() {
    bench_.reset();
    wide_.reset();
    slow_.reset();
  }
  void SetUp() override {
    sc_core::sc_start(cycles(1000));
    fill(*bench_);
    for (unsigned channel = 0; channel < 2; ++channel) bench_->acknowledge(channel);
  }
  void TearDown() override {
    EXPECT_EQ(bench_->core_checker.summary(), "");
    for (const auto& checker : bench_->checkers) {
      EXPECT_EQ(checker->summary(), "");
      EXPECT_GT(checker->calls(), 0u);
    }
  }
  static void fill(Bench& bench) {
    std::mt19937 random(7);
    for (auto& byte : bench.ram.memory) byte = static_cast<std::uint8_t>(random());
    for (auto& byte : bench.weights.memory) byte = static_cast<std::uint8_t>(random());
    bench.ram.accesses.clear();
  }
  /// Reads from the lower half of RAM, writes into the upper half or the weights.
  static Job random_job(std::mt19937& random) {
    Job job{};
    job.rows = 1 + random() % 12;
    job.row_bytes = 1 + random() % 200;
    job.source_stride = random() % 3 == 0 ? job.row_bytes : job.row_bytes + random() % 50;
    job.destination_stride = random() % 3 == 0 ? job.row_bytes : job.row_bytes + random() % 50;
    job.source = kRam + random() % 0x4000;
    job.destination = (random() % 2 == 0 ? kWeights : kRam + 0x8000) + random() % 0x4000;
    return job;
  }
  /// The transfer as a loop of memcpy, on copies of the memories.
  static void reference(const Job& job, Bytes& ram, Bytes& weights) {
    for (std::uint32_t row = 0; row < job.rows; ++row) {
      const std::uint32_t to = job.destination + row * job.destination_stride;
      std::uint8_t* target = to >= kRam ? &ram[to - kRam] : &weights[to - kWeights];
      std::memcpy(target, &ram[job.source + row * job.source_stride - kRam], job.row_bytes);
    }
  }
  /// Runs a job that fails; @return {code, address}.
  static std::pair<std::uint32_t, std::uint32_t> failure(unsigned channel) {
    bench_->finish(channel);
    EXPECT_EQ(bench_->get(channel, reg::kStatus), kError);
    return {bench_->get(channel, reg::kErrorCode), bench_->get(channel, reg::kErrorAddr)};
  }
  static std::unique_ptr<Bench> bench_, wide_, slow_;
};

std::unique_ptr<Bench> DmaTest::bench_, DmaTest::wide_, DmaTest::slow_;

TEST_F(DmaTest, RandomTransfersEqualALoopOfCopies) {
  std::mt19937 random(8);
  for (int i = 0; i < 200; ++i) {
    const unsigned channel = random() % 2;
    const Job job = random_job(random);
    Bytes ram = bench_->ram.memory, weights = bench_->weights.memory;
    reference(job, ram, weights);
    bench_->start(channel, job);
    EXPECT_EQ(bench_->get(channel, reg::kStatus), kBusy);
    bench_->finish(channel);
    ASSERT_EQ(bench_->get(channel, reg::kStatus), kDone);
    ASSERT_EQ(bench_->get(channel, reg::kMoved), job.rows * job.row_bytes);
    ASSERT_TRUE(bench_->ram.memory == ram && bench_->weights.memory == weights) << "job " << i;
    bench_->acknowledge(channel);
  }
}

TEST_F(DmaTest, ANegativeStrideTurnsRowsOver) {
  bench_->start(0, {kRam + 3 * 32, kRam + 0x8000, 32, 4, 0u - 32u, 32, 0});
  bench_->finish(0);
  const Bytes& ram = bench_->ram.memory;
  for (unsigned row = 0; row < 4; ++row) {
    EXPECT_TRUE(
        std::equal(&ram[0x8000 + 32 * row], &ram[0x8000 + 32 * row + 32], &ram[32 * (3 - row)]));
  }
}

TEST_F(DmaTest, RandomChainsEqualALoopOfCopies) {
  std::mt19937 random(9);
  for (int i = 0; i < 50; ++i) {
    const unsigned length = 1 + random() % 8;
    std::vector<Job> jobs;
    Bytes& memory = bench_->ram.memory;
    for (unsigned n = 0; n < length; ++n) {
      jobs.push_back(random_job(random));
      jobs.back().next = n + 1 < length ? kRam + 0xf000 + 32 * ((n + 1) * 5 % 8) : 0;
      std::memcpy(&memory[0xf000 + 32 * (n * 5 % 8)], &jobs.back(), sizeof(Job));
    }
    Bytes ram = memory, weights = bench_->weights.memory;
    std::uint32_t moved = 0;
    for (const Job& job : jobs) {
      reference(job, ram, weights);
      moved += job.rows * job.row_bytes;
    }
    bench_->put(1, reg::kDescriptor, kRam + 0xf000);
    bench_->put(1, reg::kCtrl, kIrqAndLinked);
    bench_->finish(1);
    ASSERT_EQ(bench_->get(1, reg::kStatus), kDone);
    ASSERT_EQ(bench_->get(1, reg::kMoved), moved);
    ASSERT_TRUE(memory == ram && bench_->weights.memory == weights) << "chain " << i;
    bench_->acknowledge(1);
  }
}

// A burst of b beats: read hop + b + RAM, write hop + b (the weights answer at once).
TEST_F(DmaTest, TimeIsTheSumOfReadsAndWrites) {
  bench_->start(0, {kRam, kWeights, 256, 1, 0, 0, 0});
  EXPECT_EQ(bench_->finish(0), 4u * (kHop + 4 + kRamLatency + kHop + 4));
  bench_->acknowledge(0);
  // Dense rows are one row: 8 x 32 bytes take as long as 256.
  bench_->start(0, {kRam, kWeights, 32, 8, 32, 32, 0});
  EXPECT_EQ(bench_->finish(0), 4u * (kHop + 4 + kRamLatency + kHop + 4));
  bench_->acknowledge(0);
  // An odd start costs a short burst: 48 + 64 + 16 bytes of source.
  bench_->start(0, {kRam + 16, kWeights, 128, 1, 0, 0, 0});
  EXPECT_EQ(bench_->finish(0), (2 * (3 + 4 + 1)) + 3u * (2 * kHop + kRamLatency));
  bench_->acknowledge(0);
  // A descriptor: 32 bytes from RAM.
  const Job job{kRam, kWeights, 64, 1, 0, 0, 0};
  std::memcpy(&bench_->ram.memory[0xf000], &job, sizeof job);
  bench_->put(0, reg::kDescriptor, kRam + 0xf000);
  bench_->put(0, reg::kCtrl, kIrqAndLinked);
  EXPECT_EQ(bench_->finish(0), (kHop + 2 + kRamLatency) + (2 * kHop + 8 + kRamLatency));
}

TEST_F(DmaTest, OverheadsComeBeforeAJobAndItsAccesses) {
  // As above, and 5 cycles for the job, 2 for each of its accesses.
  slow_->start(0, {kRam, kWeights, 256, 1, 0, 0, 0});
  EXPECT_EQ(slow_->finish(0), 5 + 4u * (kHop + 4 + kRamLatency + kHop + 4 + 2 * 2));
  slow_->acknowledge(0);
  // A write over a boundary is two.
  slow_->weights.accesses.clear();
  slow_->start(0, {kRam, kWeights + 4096 - 16, 64, 1, 0, 0, 0});
  EXPECT_EQ(slow_->finish(0), 5 + (2 + kHop + 4 + kRamLatency) + (2 + kHop + 1) + (2 + kHop + 3));
  slow_->acknowledge(0);
  ASSERT_EQ(slow_->weights.accesses.size(), 2u);
  EXPECT_EQ(slow_->weights.accesses[0].length, 16u);
  EXPECT_EQ(slow_->weights.accesses[1].address, 4096u);
  EXPECT_EQ(slow_->weights.accesses[1].length, 48u);
}

TEST_F(DmaTest, ATransferStartsAtTheNextClockEdge) {
  sc_core::sc_start(sc_core::sc_time(3, sc_core::SC_NS));
  bench_->start(0, {kRam, kWeights, 16, 1, 0, 0, 0});
  sc_core::sc_start(sc_core::sc_time(kPeriodNs - 3, sc_core::SC_NS));
  EXPECT_EQ(bench_->finish(0), 2u * (kHop + 1) + kRamLatency);
}

TEST_F(DmaTest, MoreBandwidthIsNeverSlower) {
  std::mt19937 random(10);
  for (int i = 0; i < 100; ++i) {
    const Job job = random_job(random);
    bench_->start(0, job);
    const std::uint64_t narrow = bench_->finish(0);
    bench_->acknowledge(0);
    wide_->start(0, job);
    EXPECT_LE(wide_->finish(0), narrow);
    wide_->acknowledge(0);
  }
}

TEST_F(DmaTest, ChannelsRunSideBySide) {
  const Job first{kRam, kWeights, 1024, 1, 0, 0, 0};
  bench_->start(0, first);
  const std::uint64_t alone = bench_->finish(0);
  bench_->acknowledge(0);
  Bytes ram = bench_->ram.memory, weights = bench_->weights.memory;
  const Job second{kRam + 0x1000, kWeights + 0x1000, 1024, 1, 0, 0, 0};
  reference(first, ram, weights);
  reference(second, ram, weights);
  bench_->start(0, first);
  bench_->start(1, second);
  const sc_core::sc_time begin = sc_core::sc_time_stamp();
  sc_core::sc_start();
  const sc_core::sc_time end = std::max(bench_->watches[0]->rose, bench_->watches[1]->rose);
  const std::uint64_t together = (end - begin).value() / cycles(1).value();
  EXPECT_GT(together, alone);
  EXPECT_LT(together, 2 * alone);  // one fills the gaps of the other
  EXPECT_TRUE(bench_->ram.memory == ram && bench_->weights.memory == weights);
}

TEST_F(DmaTest, ErrorsTellCodeAndAddress) {
  using Error = std::pair<std::uint32_t, std::uint32_t>;
  bench_->start(0, {kRam + kSize - 32, kWeights, 64, 1, 0, 0, 0});
  EXPECT_EQ(failure(0), Error(2, kRam + kSize));  // the burst after the last that fits
  EXPECT_EQ(bench_->get(0, reg::kMoved), 32u);
  bench_->start(0, {kRam, 0x50, 64, 1, 0, 0, 0});
  EXPECT_EQ(failure(0), Error(3, 0x50));
  EXPECT_EQ(bench_->get(0, reg::kMoved), 0u);
  bench_->start(0, {kRam, kWeights, 0, 1, 0, 0, 0});
  EXPECT_EQ(failure(0), Error(5, 0));
  bench_->start(0, {kRam, kWeights, 16, 0, 0, 0, 0});
  EXPECT_EQ(failure(0), Error(5, 0));
  for (const std::uint32_t bad : {0x60000000u, kRam + 2}) {
    bench_->put(0, reg::kDescriptor, bad);
    bench_->put(0, reg::kCtrl, kIrqAndLinked);
    EXPECT_EQ(failure(0), Error(4, bad));
  }
  // A descriptor that names itself.
  const Job job{kRam, kWeights, 1, 1, 0, 0, kRam + 0xf000};
  std::memcpy(&bench_->ram.memory[0xf000], &job, sizeof job);
  bench_->ram.latency = sc_core::SC_ZERO_TIME;
  bench_->put(0, reg::kDescriptor, kRam + 0xf000);
  bench_->put(0, reg::kCtrl, kIrqAndLinked);
  EXPECT_EQ(failure(0), Error(6, kRam + 0xf000));
  EXPECT_EQ(bench_->get(0, reg::kMoved), 65536u);
  bench_->ram.latency = cycles(kRamLatency);
  bench_->ram.accesses.clear();
}

TEST_F(DmaTest, AnErrorRaisesTheInterruptAndANewStartClearsIt) {
  bench_->start(0, {kRam, 0x50, 64, 1, 0, 0, 0});
  bench_->finish(0);
  EXPECT_TRUE(bench_->irq[0]->read());
  EXPECT_FALSE(bench_->irq[1]->read());
  bench_->start(0, {kRam, kWeights, 64, 1, 0, 0, 0});
  sc_core::sc_start(cycles(1));
  EXPECT_FALSE(bench_->irq[0]->read());
  bench_->finish(0);
  EXPECT_EQ(bench_->get(0, reg::kStatus), kDone);
  EXPECT_EQ(bench_->get(0, reg::kErrorCode), 0u);
  bench_->put(0, reg::kCtrl, 0);  // the line follows IRQ_ENABLE
  sc_core::sc_start(cycles(1));
  EXPECT_FALSE(bench_->irq[0]->read());
}

TEST_F(DmaTest, StartedWhileBusyIsAnErrorAndTheTransferGoesOn) {
  Bytes ram = bench_->ram.memory, weights = bench_->weights.memory;
  const Job job{kRam, kWeights, 256, 1, 0, 0, 0};
  reference(job, ram, weights);
  bench_->start(0, job);
  sc_core::sc_start(cycles(10));
  bench_->put(0, reg::kCtrl, kIrqAndStart);
  EXPECT_EQ(bench_->get(0, reg::kStatus), kBusy | kError);
  EXPECT_EQ(bench_->get(0, reg::kErrorCode), 1u);
  sc_core::sc_start(cycles(1000));
  EXPECT_EQ(bench_->get(0, reg::kStatus), kDone | kError);
  EXPECT_TRUE(bench_->weights.memory == weights);
}

TEST_F(DmaTest, StopEndsAfterTheBurstUnderWay) {
  bench_->start(0, {kRam, kWeights, 640, 1, 0, 0, 0});
  constexpr unsigned kBurstCycles = 2 * (kHop + 4) + kRamLatency;
  sc_core::sc_start(cycles(2 * kBurstCycles + 5));  // in the third
  bench_->put(0, reg::kCtrl, 2 | kStop);
  EXPECT_EQ(bench_->finish(0), kBurstCycles - 5);
  EXPECT_EQ(bench_->get(0, reg::kStatus), kDone);
  EXPECT_EQ(bench_->get(0, reg::kMoved), 3 * kBurst);
}

TEST_F(DmaTest, ActivityAndEnergyAreTold) {
  const auto counts = bench_->context.ledger.snapshot();
  const auto cycle = [&] { return bench_->context.clock.cycles_at(sc_core::sc_time_stamp()); };
  const std::uint64_t begin = cycle();
  bench_->start(0, {kRam, kWeights, 100, 1, 0, 0, 0});
  const std::uint64_t load = bench_->finish(0);
  bench_->acknowledge(0);
  bench_->start(0, {kRam, kRam + 0x8000, 100, 1, 0, 0, 0});
  const std::uint64_t copy = bench_->finish(0);
  const auto causes = bench_->context.activity.close(begin, cycle());
  EXPECT_EQ(causes[static_cast<std::size_t>(base::Cause::kWeightLoad)], load);
  EXPECT_EQ(causes[static_cast<std::size_t>(base::Cause::kDma)], copy);
  auto after = bench_->context.ledger.snapshot();
  for (std::size_t i = 0; i < after.size(); ++i) after[i] -= counts[i];
  const auto energy = bench_->context.ledger.energy_fj(after);
  EXPECT_DOUBLE_EQ(energy[static_cast<std::size_t>(base::Component::kDma)], 200 * 500.0);
}

TEST_F(DmaTest, IdentityAndBadOffsets) {
  EXPECT_EQ(bench_->get(0, reg::kId), 0x4c444d41u);
  EXPECT_EQ(bench_->get(1, reg::kId), 0x4c444d41u);
  std::uint32_t word = 0;
  ASSERT_AE(bench_->core.read(2 * reg::kBlockStride, &word, 4));
  bench_->context.diagnostics.messages.clear();
  bench_->put(1, reg::kMoved, 5);
  EXPECT_EQ(bench_->context.diagnostics.messages.at(0).address,
            reg::kBase + reg::kBlockStride + reg::kMoved);
}

}  // namespace
}  // namespace leyden::dma
