// dma_power_up_tool [+verilator+seed+N +verilator+rand+reset+2]: runs a list of random jobs on the
// DMA's RTL and prints all that can be seen of it. What registers and memories hold at power-up is
// drawn by Verilator; the text must not depend on it.
#include <cstdlib>
#include <iostream>
#include <random>

#include <verilated.h>

#include "tests/rtl/dma/dma_bench.h"

namespace leyden::cosim {
namespace {

namespace reg = registers::dma;

constexpr std::uint32_t kDescriptors = 0xe000;
constexpr unsigned kJobs = 40;
constexpr std::uint32_t kIrqEnable = 2, kStart = 1, kLinked = 4, kClear = 6;

void print_registers(DmaBench& bench) {
  for (unsigned channel = 0; channel < 2; ++channel) {
    for (const base::RegisterInfo& info : reg::table()) {
      std::cout << ' ' << info.name << ' ' << hex(bench.get(channel, info.offset));
    }
    std::cout << " irq " << bench.irq[channel]->line.read() << " changes "
              << bench.irq[channel]->changes << '\n';
  }
}

void print_accesses(test::TestTarget& target) {
  for (const auto& access : target.accesses) {
    std::cout << (access.command == tlm::TLM_READ_COMMAND ? "r " : "w ") << hex(access.address)
              << ' ' << access.length << " at " << access.when << '\n';
  }
  target.accesses.clear();
}

void print_memory(const std::vector<std::uint8_t>& memory) {
  std::uint64_t sum = 1469598103934665603u;  // FNV-1a
  for (const std::uint8_t byte : memory) sum = (sum ^ byte) * 1099511628211u;
  std::cout << "memory " << hex(sum) << '\n';
}

dma::Job random_job(std::mt19937& random) {
  dma::Job job{};
  job.rows = random() % 6;  // none is an error
  job.row_bytes = 1 + random() % 300;
  job.source_stride = random() % 2 == 0 ? job.row_bytes : random() % 500;
  job.destination_stride = random() % 2 == 0 ? job.row_bytes : 0u - random() % 500;
  job.source = kRam + 0x4000 + random() % 0x1000;
  job.destination = (random() % 2 == 0 ? kWeights : kRam) + 0x8000 + random() % 0x1000;
  if (random() % 8 == 0) job.source = kRam + kWindow - 100;  // an error, half the way
  return job;
}

void run() {
  DmaBench bench("bench", true, 64);
  std::mt19937 random(5);
  for (auto& byte : bench.ram.memory) byte = static_cast<std::uint8_t>(random());
  print_registers(bench);
  for (unsigned i = 0; i < kJobs; ++i) {
    const unsigned channel = random() % 2;
    dma::Job job = random_job(random);
    if (random() % 2 == 0) {
      bench.put_job(channel, job);
      bench.start(channel, kIrqEnable | kStart);
    } else {
      for (unsigned link = 0; link < 3; ++link) {
        job = random_job(random);
        job.next = link < 2 ? kRam + kDescriptors + 36 * (link + 1) : 0;
        std::memcpy(&bench.ram.memory[kDescriptors + 36 * link], &job, sizeof job);
      }
      bench.put(channel, reg::kDescriptor, kRam + kDescriptors);
      bench.start(channel, kIrqEnable | kLinked);
    }
    std::cout << "job " << i << ": " << bench.finish(channel) << " cycles\n";
    print_registers(bench);
    bench.put(channel, reg::kStatus, kClear);
    print_accesses(bench.ram);
    print_accesses(bench.weights);
    print_memory(bench.ram.memory);
    print_memory(bench.weights.memory);
  }
}

}  // namespace
}  // namespace leyden::cosim

int sc_main(int argc, char* argv[]) {
  Verilated::commandArgs(argc, argv);
  leyden::cosim::run();
  return testing::Test::HasFailure() ? 1 : 0;
}

int main(int argc, char* argv[]) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
  return sc_core::sc_elab_and_sim(argc, argv);
}
