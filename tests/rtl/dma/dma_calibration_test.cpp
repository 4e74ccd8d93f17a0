// Cycles of the DMA's TLM model against its RTL, transfer by transfer, on the chip's memories.
// Prints the table of docs/cosim-dma.md.
#include <array>
#include <cmath>
#include <cstdio>
#include <random>

#include <gtest/gtest.h>

#include "models/memory/local_memory.h"
#include "models/memory/off_chip_memory.h"
#include "models/memory/sram.h"
#include "models/memory/storage.h"
#include "tests/rtl/dma/dma_bench.h"

namespace leyden::cosim {
namespace {

namespace reg = registers::dma;
using dma::Job;

constexpr std::uint32_t kSram = registers::kSramBase;
constexpr std::uint32_t kLmem = registers::kLmemBase;
constexpr std::uint32_t kOffChip = registers::kOffChipBase;
constexpr std::uint32_t kMemoryBytes = 0x40000;
constexpr double kMostPercent = 5;

/// A master beside the DMA, as a core at its data: one access at a time over the bus, the next one
/// `gap` cycles after the answer.
struct Traffic : sc_core::sc_module {
  Traffic(const sc_core::sc_module_name& name, const base::Clock& clock)
      : sc_module(name), payload_(name), clock_(clock) {
    SC_HAS_PROCESS(Traffic);
    SC_THREAD(run);
  }
  void run() {
    for (;;) {
      wait(go);
      for (unsigned n = 0; on; ++n) {
        // Of what happens at one time the core comes last (Core::settle).
        while (sc_core::sc_time_to_pending_activity() == sc_core::SC_ZERO_TIME) {
          wait(sc_core::SC_ZERO_TIME);
        }
        const std::uint32_t at = targets[n % targets.size()] + 0x38000 + 4 * (n % 64);
        std::uint32_t word = n;
        sc_core::sc_time delay;
        tlm::tlm_generic_payload& access =
            n % 3 == 2 ? payload_.write(at, &word, 4) : payload_.read(at, &word, 4);
        socket->b_transport(access, delay);
        EXPECT_TRUE(access.is_response_ok());
        wait(delay + clock_.cycles(gap + n % 5));
        ++accesses;
      }
    }
  }
  tlm_utils::simple_initiator_socket<Traffic, base::kBusBits> socket{"socket"};
  sc_core::sc_event go;
  bool on = false;
  unsigned gap = 0;
  unsigned accesses = 0;
  std::vector<std::uint32_t> targets;

 private:
  base::Payload payload_;
  const base::Clock& clock_;
};

/// Memories with the timing of configs/chips/imagine.yaml at 400 MHz / (2.5 ns / kPeriodNs).
struct MemoryBench : DmaOnBus {
  MemoryBench(const std::string& name, bool rtl, bool rtl_timing)
      : DmaOnBus(name, rtl, 256, rtl_timing) {
    context.declare("system", memory::system_parameters());
    context.declare("sram", memory::Sram::parameters());
    context.declare("lmem", memory::LocalMemory::parameters());
    context.declare("off_chip", memory::OffChipMemory::parameters());
    context.set("sram.bytes", kMemoryBytes);
    context.set("sram.bus_latency_cycles", 1);
    context.set("lmem.bank_bytes", kMemoryBytes / 2);
    context.set("lmem.latency_cycles", 1);
    context.set("off_chip.bytes", kMemoryBytes);
    context.set("off_chip.latency_ns", 24 * kPeriodNs);  // 60 ns at 400 MHz
    context.set("off_chip.bytes_per_cycle", 8);
    sram = std::make_unique<memory::Sram>((name + "_sram").c_str(), context.context);
    lmem = std::make_unique<memory::LocalMemory>((name + "_lmem").c_str(), context.context);
    off_chip = std::make_unique<memory::OffChipMemory>((name + "_off").c_str(), context.context);
    interconnect->add_target("sram", kSram, kMemoryBytes).bind(sram->bus_socket);
    interconnect->add_target("lmem", kLmem, kMemoryBytes).bind(lmem->socket);
    interconnect->add_target("off_chip", kOffChip, kMemoryBytes).bind(off_chip->socket);
    core_port = std::make_unique<test::TestInitiator>((name + "_core_port").c_str());
    core_port->socket.bind(sram->core_socket);
    traffic = std::make_unique<Traffic>((name + "_traffic").c_str(), context.clock);
    traffic->socket.bind(interconnect->add_master("core"));
  }
  /// Cycles from the arrival of START to the interrupt.
  std::uint64_t measure(const std::vector<Job>& jobs) {
    std::uint32_t command = 3;
    if (jobs.size() == 1) {
      put_job(0, jobs.front());
    } else {
      command = 6;
      for (std::size_t n = 0; n < jobs.size(); ++n) {
        Job job = jobs[n];
        const auto at = static_cast<std::uint32_t>(0x30000 + 32 * n);
        job.next = n + 1 < jobs.size() ? kSram + at + 32 : 0;
        core_port->debug_write(at, &job, sizeof job);
      }
      put(0, reg::kDescriptor, kSram + 0x30000);
    }
    start(0, command);
    const std::uint64_t cycles = finish(0);
    EXPECT_EQ(get(0, reg::kStatus), 2u);
    put(0, reg::kStatus, 6);
    return cycles;
  }

  void begin_traffic(const std::vector<std::uint32_t>& targets, unsigned gap) const {
    traffic->targets = targets;
    traffic->gap = gap;
    traffic->on = true;
    traffic->go.notify(sc_core::SC_ZERO_TIME);
  }

  std::unique_ptr<memory::Sram> sram;
  std::unique_ptr<memory::LocalMemory> lmem;
  std::unique_ptr<memory::OffChipMemory> off_chip;
  std::unique_ptr<test::TestInitiator> core_port;
  std::unique_ptr<Traffic> traffic;
};

struct Transfer {
  std::string name;
  std::vector<Job> jobs;
};

std::vector<Transfer> transfers() {
  std::vector<Transfer> list;
  const std::pair<const char*, std::uint32_t> memories[] = {
      {"SRAM", kSram}, {"LMEM", kLmem}, {"off-chip", kOffChip}};
  for (const auto& [source, from] : memories) {
    for (const auto& [destination, to] : memories) {
      for (const std::uint32_t bytes : {1u, 16u, 100u, 256u, 4096u, 65536u}) {
        list.push_back(
            {std::string(source) + " to " + destination + ", " + std::to_string(bytes) + " B",
             {{from, to + 0x10000, bytes, 1, 0, 0, 0}}});
      }
      const std::string pair = std::string(source) + " to " + destination;
      list.push_back(
          {pair + ", 1000 B, lanes 3 to 9", {{from + 3, to + 0x10009, 1000, 1, 0, 0, 0}}});
      list.push_back(
          {pair + ", 1000 B, lanes 9 to 3", {{from + 9, to + 0x10003, 1000, 1, 0, 0, 0}}});
      list.push_back({pair + ", 32 x 40 B of 100 B", {{from, to + 0x10000, 40, 32, 100, 40, 0}}});
      list.push_back({pair + ", 300 x 1 B dense", {{from, to + 0x10000, 1, 300, 1, 1, 0}}});
      list.push_back({pair + ", 300 x 16 B dense", {{from, to + 0x10000, 16, 300, 16, 16, 0}}});
    }
  }
  std::vector<Job> chain;
  for (std::uint32_t n = 0; n < 8; ++n) {
    chain.push_back({kOffChip + 300 * n, kLmem + 0x10000 + 200 * n, 100 + 30 * n, 1, 0, 0, 0});
  }
  list.push_back({"chain of 8, off-chip to LMEM", chain});
  chain.resize(2);
  list.push_back({"chain of 2, off-chip to LMEM", chain});
  return list;
}

class DmaCalibrationTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    plain_ = std::make_unique<MemoryBench>("plain", false, false);
    model_ = std::make_unique<MemoryBench>("model", false, true);
    rtl_ = std::make_unique<MemoryBench>("rtl", true, true);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
  static void TearDownTestSuite() {
    plain_.reset();
    model_.reset();
    rtl_.reset();
  }
  static std::unique_ptr<MemoryBench> plain_, model_, rtl_;
};

std::unique_ptr<MemoryBench> DmaCalibrationTest::plain_;
std::unique_ptr<MemoryBench> DmaCalibrationTest::model_;
std::unique_ptr<MemoryBench> DmaCalibrationTest::rtl_;

TEST_F(DmaCalibrationTest, CyclesOfTheModelAreThoseOfTheRtl) {
  std::printf("%-40s %9s %9s %9s %8s %8s\n", "transfer", "default", "model", "RTL", "def. %", "%");
  double worst = 0;
  for (const Transfer& transfer : transfers()) {
    const auto before = static_cast<double>(plain_->measure(transfer.jobs));
    const auto modelled = static_cast<double>(model_->measure(transfer.jobs));
    const auto measured = static_cast<double>(rtl_->measure(transfer.jobs));
    ASSERT_GT(measured, 0);
    const double error = 100 * (modelled / measured - 1);
    std::printf("%-40s %9.0f %9.0f %9.0f %8.2f %8.2f\n", transfer.name.c_str(), before, modelled,
                measured, 100 * (before / measured - 1), error);
    worst = std::max(worst, std::fabs(error));
    EXPECT_LE(std::fabs(error), kMostPercent) << transfer.name;
  }
  std::printf("worst: %.2f %%\n", worst);
}

/// Both channels, started `apart` cycles after each other, and perhaps a core.
struct Contention {
  std::string name;
  std::array<Job, 2> jobs;
  unsigned apart = 2;
  std::vector<std::uint32_t> core = {};  ///< memories it uses; none: it is silent
  unsigned core_gap = 0;
};

Job job_of(std::uint32_t source, std::uint32_t destination, std::uint32_t bytes,
           std::uint32_t rows = 1, std::uint32_t stride = 0) {
  return {source, destination, bytes, rows, stride, bytes, 0};
}

std::vector<Contention> contentions() {
  const Job image = job_of(kOffChip, kLmem, 784);
  const Job weights = job_of(kOffChip + 0x4000, kLmem + 0x20000, 16384);
  const Job copy = job_of(kSram, kSram + 0x10000, 4096);
  const Job short_copy = job_of(kSram + 0x2000, kLmem + 0x10000, 256);
  const Job out = job_of(kLmem + 0x20000, kOffChip + 0x10000, 4096);
  const Job rows = job_of(kOffChip, kLmem, 40, 32, 100);
  std::vector<Contention> list{
      {"image in beside weights in", {image, weights}},
      {"weights in beside image in", {weights, image}, 100},
      {"SRAM to SRAM twice", {copy, job_of(kSram + 0x4000, kSram + 0x20000, 4096)}},
      {"short copy beside long one", {short_copy, copy}},
      {"long copy, short one in the middle", {copy, short_copy}, 50},
      {"in and out of off-chip", {image, out}},
      {"LMEM to SRAM, SRAM to LMEM",
       {job_of(kLmem, kSram, 4096), job_of(kSram + 0x8000, kLmem + 0x20000, 4096)}},
      {"rows of 40 B beside weights in", {rows, weights}},
      {"odd lanes beside odd lanes",
       {job_of(kSram + 3, kLmem + 0x10009, 1000), job_of(kSram + 0x4009, kLmem + 0x20003, 1000)}},
  };
  const std::vector<std::uint32_t> all{kSram, kLmem, kOffChip};
  list.push_back({"core at SRAM beside a copy each", {copy, short_copy}, 2, {kSram}, 3});
  list.push_back({"core at all, image and weights in", {image, weights}, 2, all, 5});
  list.push_back({"core at LMEM, in and out", {image, out}, 2, {kLmem}, 0});
  list.push_back({"core at off-chip, weights in", {weights, image}, 2, {kOffChip}, 10});
  return list;
}

/// @return cycles of the two transfers, each from the arrival of its START to its interrupt
std::array<double, 2> measure(MemoryBench& bench, const Contention& contention) {
  std::array<sc_core::sc_time, 2> began;
  for (unsigned c = 0; c < 2; ++c) bench.put_job(c, contention.jobs[c]);
  bench.core.run([&] { bench.align(); });
  if (!contention.core.empty()) bench.begin_traffic(contention.core, contention.core_gap);
  bench.start(0, 3);
  began[0] = bench.began;
  bench.core.run([&] { sc_core::wait(bench.context.clock.cycles(contention.apart)); });
  bench.start(1, 3);
  began[1] = bench.began;
  EXPECT_EQ(began[1] - began[0], bench.context.clock.cycles(contention.apart + 2));
  while (bench.dma->busy()) {
    sc_core::sc_start(bench.context.clock.cycles(100), sc_core::SC_RUN_TO_TIME);
  }
  bench.traffic->on = false;
  sc_core::sc_start();
  std::array<double, 2> cycles{};
  for (unsigned c = 0; c < 2; ++c) {
    EXPECT_EQ(bench.get(c, reg::kStatus), 2u);
    bench.put(c, reg::kStatus, 6);
    cycles[c] = (bench.irq[c]->rose - began[c]) / bench.context.clock.period();
  }
  return cycles;
}

TEST_F(DmaCalibrationTest, CyclesAreThoseOfTheRtlWhereTransfersContend) {
  std::printf("%-36s %9s %9s %9s %8s\n", "transfers", "alone", "model", "RTL", "%");
  double worst = 0;
  for (const Contention& contention : contentions()) {
    const std::array<double, 2> modelled = measure(*model_, contention);
    const std::array<double, 2> measured = measure(*rtl_, contention);
    double slowest = 0;
    for (unsigned c = 0; c < 2; ++c) {
      const auto alone = static_cast<double>(model_->measure({contention.jobs[c]}));
      ASSERT_GT(measured[c], 0);
      const double error = 100 * (modelled[c] / measured[c] - 1);
      std::printf("%-36s %9.0f %9.0f %9.0f %8.2f\n", c == 0 ? contention.name.c_str() : "", alone,
                  modelled[c], measured[c], error);
      worst = std::max(worst, std::fabs(error));
      slowest = std::max(slowest, measured[c] / alone);
      EXPECT_LE(std::fabs(error), kMostPercent) << contention.name << ", channel " << c;
    }
    EXPECT_GT(slowest, 1) << contention.name << ": no contention";
    EXPECT_EQ(contention.core.empty(), model_->traffic->accesses == 0);
    model_->traffic->accesses = rtl_->traffic->accesses = 0;
  }
  std::printf("worst: %.2f %%\n", worst);
}

TEST_F(DmaCalibrationTest, CyclesAreThoseOfTheRtlForRandomPairsOfTransfers) {
  std::mt19937 random(21);
  constexpr unsigned kPairs = 300;
  constexpr std::array<std::uint32_t, 3> kMemories{kSram, kLmem, kOffChip};
  unsigned equal = 0;
  double worst = 0;
  for (unsigned n = 0; n < kPairs; ++n) {
    Contention contention;
    for (unsigned c = 0; c < 2; ++c) {
      const std::uint32_t half = 0x10000 * c;
      contention.jobs[c] =
          job_of(kMemories[random() % 3] + half + random() % 0x2000,
                 kMemories[random() % 3] + 0x20000 + half / 2 + random() % 0x2000,
                 1 + random() % (random() % 3 == 0 ? 4000 : 300), 1 + random() % 4, random() % 500);
    }
    contention.apart = random() % 40;
    if (n % 3 == 2) {
      contention.core = {kMemories[random() % 3], kMemories[random() % 3]};
      contention.core_gap = random() % 20;
    }
    const std::array<double, 2> modelled = measure(*model_, contention);
    const std::array<double, 2> measured = measure(*rtl_, contention);
    for (unsigned c = 0; c < 2; ++c) {
      const double error = 100 * (modelled[c] / measured[c] - 1);
      worst = std::max(worst, std::fabs(error));
      if (modelled[c] == measured[c]) ++equal;
      EXPECT_LE(std::fabs(error), kMostPercent)
          << n << ", channel " << c << ": " << modelled[c] << " for " << measured[c];
    }
  }
  std::printf("%u of %u transfers equal, worst: %.2f %%\n", equal, 2 * kPairs, worst);
}

}  // namespace
}  // namespace leyden::cosim
