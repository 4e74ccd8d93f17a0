// Cycles of the DMA's TLM model against its RTL, transfer by transfer, on the chip's memories.
// Prints the table of docs/cosim-dma.md.
#include <cmath>
#include <cstdio>

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

  std::unique_ptr<memory::Sram> sram;
  std::unique_ptr<memory::LocalMemory> lmem;
  std::unique_ptr<memory::OffChipMemory> off_chip;
  std::unique_ptr<test::TestInitiator> core_port;
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

TEST(DmaCalibrationTest, CyclesOfTheModelAreThoseOfTheRtl) {
  MemoryBench plain("plain", false, false);
  MemoryBench model("model", false, true);
  MemoryBench rtl("rtl", true, true);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  std::printf("%-40s %9s %9s %9s %8s %8s\n", "transfer", "default", "model", "RTL", "def. %", "%");
  double worst = 0;
  for (const Transfer& transfer : transfers()) {
    const auto before = static_cast<double>(plain.measure(transfer.jobs));
    const auto modelled = static_cast<double>(model.measure(transfer.jobs));
    const auto measured = static_cast<double>(rtl.measure(transfer.jobs));
    ASSERT_GT(measured, 0);
    const double error = 100 * (modelled / measured - 1);
    std::printf("%-40s %9.0f %9.0f %9.0f %8.2f %8.2f\n", transfer.name.c_str(), before, modelled,
                measured, 100 * (before / measured - 1), error);
    worst = std::max(worst, std::fabs(error));
    EXPECT_LE(std::fabs(error), kMostPercent) << transfer.name;
  }
  std::printf("worst: %.2f %%\n", worst);
}

}  // namespace
}  // namespace leyden::cosim
