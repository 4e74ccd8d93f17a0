// Performance counters against events counted by hand in programs/counters.S.
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "models/cpu/trap.h"
#include "tests/models/cpu/prime_timing.h"
#include "tests/models/cpu/program.h"

namespace leyden::cpu {
namespace {

using test::primes;
using test::ProgramRun;

struct Line {
  const char* what;
  std::uint64_t value;
};

void expect_log(const ProgramRun& run, std::uint64_t bus_wait) {
  // The handler's branch on mcause is never taken for exceptions: two traps, two branches.
  const std::uint64_t load_use = 5 * 100;
  const std::uint64_t refill = 2 * 1000;
  const std::uint64_t fetch_wait = 3 * 10000;
  const std::vector<Line> lines = {
      {"stall_cycles", load_use + refill + fetch_wait + bus_wait},
      {"load_use_cycles", load_use},
      {"refill_cycles", refill},
      {"fetch_wait_cycles", fetch_wait},
      {"bus_wait_cycles", bus_wait},
      {"branches", 3 + 1 + 2},
      {"taken_branches", 2},
      {"jumps", 3},
      {"loads", 5},
      {"stores", 2},
      {"atomics", 3},
      {"multiplies", 2},
      {"divides", 3},
      {"traps", 2},
      {"interrupts", 0},
      {"sleep_cycles", 0},
      {"interrupt: loads", 0},
      {"interrupt: stores", 0},
      {"interrupt: atomics", 0},
      {"interrupt: multiplies", 0},
      {"interrupt: divides", 0},
      {"interrupt: traps", 1},
      {"interrupt: interrupts", 1},
      {"interrupt: sleep_cycles", 0},
      {"one load before", 1},
      {"two loads before", 2},
      {"written -1, then one more", 0},
      {"which the high half has", 1},
      {"and keeps without an event", 1},
      {"no such event", 0},
      {"no such selector", 0},
      {"no such counter", 0},
      {"nothing inhibited", 0},
      {"all inhibited", 0x7fd},
  };
  const std::uint32_t log = run.symbol("log");
  for (std::size_t i = 0; i < lines.size(); ++i) {
    EXPECT_EQ(run.memory.word(static_cast<std::uint32_t>(log + 4 * i)), lines[i].value)
        << lines[i].what;
  }
}

void finish(ProgramRun& run, std::uint64_t slice) {
  run.hart.set_interrupts(1u << kSoftwareInterrupt);
  RunResult result = RunResult::kHorizon;
  while (result != RunResult::kStopped) {
    result = run.hart.run(run.hart.cycles() + slice);
    ASSERT_NE(result, RunResult::kWaiting);
  }
  ASSERT_TRUE(run.hart.stop_report().no_handler) << describe(run.hart.stop_report());
}

TEST(Counters, EventsCountedByHand) {
  ProgramRun run("counters", primes());
  finish(run, 1000000000);
  expect_log(run, 0);
}

TEST(Counters, DoNotDependOnHorizons) {
  for (const std::uint64_t slice : {1u, 7u, 50u, 12345u}) {
    ProgramRun run("counters", primes());
    finish(run, slice);
    expect_log(run, 0);
  }
}

TEST(Counters, DoNotDependOnTracing) {
  ProgramRun run("counters", primes());
  run.hart.set_trace_hook([](const Retired&) {});
  finish(run, 1000000000);
  expect_log(run, 0);
}

/// A bus that waits costs just what the counter of bus waits says.
TEST(Counters, BusWaitsAreTheCyclesTheyCost) {
  const auto run_with = [](std::uint64_t wait_cycles, std::uint64_t* cycles) {
    ProgramRun run("traps");
    run.memory.is_direct = false;
    run.memory.wait_cycles = wait_cycles;
    EXPECT_TRUE(run.hart.set_csr(kMhpmevent3, static_cast<std::uint32_t>(Event::kBusWaitCycles)));
    EXPECT_EQ(run.run(), RunResult::kStopped);
    *cycles = run.hart.cycles();
    return run.hart.csr(kMhpmcounter3).value_or(0);
  };
  std::uint64_t without = 0;
  std::uint64_t with = 0;
  EXPECT_EQ(run_with(0, &without), 0u);
  const std::uint64_t waited = run_with(5, &with);
  EXPECT_EQ(waited, with - without);
  EXPECT_GT(waited, 1000u);
}

TEST(Counters, SleepIsTold) {
  ProgramRun run("counters");
  ASSERT_TRUE(run.hart.set_csr(kMhpmevent3, static_cast<std::uint32_t>(Event::kSleepCycles)));
  run.hart.sleep_until(run.hart.cycles() + 100);
  run.hart.advance_to(run.hart.cycles() + 1000);
  EXPECT_EQ(run.hart.csr(kMhpmcounter3), 100u);
  EXPECT_EQ(run.hart.csr(kHpmcounter3), 100u);
}

/// The table of docs/models/cpu.md is the one of counters.h.
TEST(Counters, EveryEventIsDocumented) {
  std::ifstream file(LEYDEN_CPU_DOCUMENT);
  std::ostringstream text;
  text << file.rdbuf();
  for (std::size_t i = 0; i < kEventCount; ++i) {
    std::ostringstream row;
    row << "| " << i << " | `" << kEvents[i].name << "` | " << kEvents[i].text << " |\n";
    EXPECT_NE(text.str().find(row.str()), std::string::npos) << row.str();
  }
}

}  // namespace
}  // namespace leyden::cpu
