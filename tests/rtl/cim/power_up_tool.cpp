// cim_power_up_tool [+verilator+seed+N +verilator+rand+reset+2]: runs a list of random jobs on the
// CIM controller's RTL and prints all that can be seen of it. What registers and memories hold at
// power-up is drawn by Verilator; the text must not depend on it.
#include <cstdlib>
#include <iostream>
#include <random>

#include <verilated.h>

#include "tests/rtl/cim/cim_bench.h"
#include "tests/rtl/cim/random_job.h"

namespace leyden::cosim {
namespace {

constexpr unsigned kJobs = 40;

void run() {
  CimBench bench("cim0", {"capram", "capram", {}}, true);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  std::mt19937 random(5);
  for (auto& byte : bench.lmem.bytes) byte = static_cast<std::uint8_t>(random());
  RandomJobs jobs(bench.macro(), 3);
  for (unsigned i = 0; i < kJobs; ++i) {
    if (i == 2) bench.load_weights(5);  // those before are refused
    const cim::DecodedJob decoded = i % 4 == 3 ? jobs.next_wrong() : jobs.next();
    if (decoded.job.positions() > 5000) continue;
    CimOutcome outcome;
    bench.registers.run([&] { outcome = bench.run(decoded); });
    std::uint64_t sum = 1469598103934665603u;  // FNV-1a
    for (const std::uint8_t byte : bench.lmem.bytes) sum = (sum ^ byte) * 1099511628211u;
    std::cout << "job " << i << " STATUS " << hex(outcome.status) << " ERROR_CODE "
              << outcome.error_code << " JOB_CYCLES " << outcome.cycles << " irq " << outcome.irq
              << " memory " << hex(sum) << " at " << sc_core::sc_time_stamp() << " beats "
              << bench.lmem.read_beats << ' ' << bench.lmem.write_beats << '\n';
  }
}

}  // namespace
}  // namespace leyden::cosim

int sc_main(int argc, char* argv[]) {
  Verilated::commandArgs(argc, argv);
  try {
    leyden::cosim::run();
  } catch (const std::exception& error) {
    std::cout << error.what() << '\n';
    return 4;
  }
  return testing::Test::HasFailure() ? 1 : 0;
}

int main(int argc, char* argv[]) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
  return sc_core::sc_elab_and_sim(argc, argv);
}
