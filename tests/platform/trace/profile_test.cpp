// A whole chip runs the self-test while everything watches: what is told must add up to what the
// chip itself counts.
#include "platform/trace/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <utility>

#include "models/cpu/core.h"
#include "platform/chip/chip_parameters.h"
#include "platform/trace/commit_log.h"
#include "platform/trace/coverage.h"
#include "platform/trace/energy_table.h"
#include "platform/trace/timeline.h"

namespace leyden::trace {
namespace {

/// Checks that every cycle is told once, in order.
class Continuity : public cpu::Observer {
 public:
  explicit Continuity(std::vector<Tool*> tools) : tools_(std::move(tools)) {}
  void retired(const cpu::Retired& event) override {
    EXPECT_EQ(event.cycle, until);
    until = event.cycle + event.cycles;
    ++instructions;
    EXPECT_GE(event.cycles, 1u);
    EXPECT_LT(event.waited, event.cycles);
    for (Tool* tool : tools_) tool->retired(event);
  }
  void trapped(const cpu::Trapped& event) override {
    EXPECT_EQ(event.cycle, until);
    until = event.cycle + event.cycles;
    ++traps;
    for (Tool* tool : tools_) tool->trapped(event);
  }
  void slept(std::uint64_t from, std::uint64_t to) override {
    EXPECT_EQ(from, until);
    until = to;
    ++sleeps;
    for (Tool* tool : tools_) tool->slept(from, to);
  }
  std::uint64_t until = 0;
  std::uint64_t instructions = 0;
  std::uint64_t traps = 0;
  std::uint64_t sleeps = 0;

 private:
  std::vector<Tool*> tools_;
};

TEST(Profile, AddsUpToWhatTheChipCounts) {
  const std::string program = LEYDEN_SELFTEST_ELF;
  const chip::ChipDescription description =
      chip::load_chip_file(LEYDEN_CHIP_FILE, chip::chip_scopes(), {});
  chip::Log log(chip::Log::silent());
  chip::Chip chip(description, {}, log);
  chip.load_program(program);
  const DebugInfo debug(program, chip.program());
  Profile profile("-", chip, program, debug);
  const std::string folder = ::testing::TempDir() + "leyden-" + std::to_string(getpid()) + "-";
  CommitLog commits(folder + "commits");
  Coverage coverage(folder + "coverage", program, debug);
  Timeline timeline(folder + "timeline", chip.program());
  Continuity watch({&profile, &commits, &coverage, &timeline});
  chip.core().set_observer(&watch);
  EXPECT_EQ(chip.run(10'000'000).status, base::ExitStatus::kGood);

  EXPECT_EQ(watch.until, chip.cycles());
  EXPECT_EQ(watch.instructions, chip.instructions());
  EXPECT_GE(watch.traps, 3u) << "the self-test takes three interrupts";
  EXPECT_GE(watch.sleeps, 1u);
  profile.close(chip.cycles(), chip.core().pc());
  EXPECT_EQ(profile.total().cycles, chip.cycles());
  EXPECT_EQ(profile.total().instructions, chip.instructions());
  // The self-test changes the supply point, so scales are in it too.
  const double told = static_cast<double>(profile.total().energy_aj) / 1000;
  const double counted = EnergyTable(chip.ledger()).counted_fj();
  EXPECT_GT(counted, 1e6);
  EXPECT_NEAR(told / counted, 1, 1e-7);

  Cost self;
  for (const FunctionCost& function : profile.functions()) {
    self += function.self;
    EXPECT_LE(function.inclusive.cycles, profile.total().cycles);
  }
  EXPECT_EQ(self.cycles, profile.total().cycles);
  EXPECT_EQ(self.instructions, profile.total().instructions);
  EXPECT_EQ(self.waited, profile.total().waited);
  EXPECT_EQ(self.energy_aj, profile.total().energy_aj);
  commits.finish();
  timeline.finish();
  EXPECT_THAT(coverage.finish(), testing::HasSubstr("source lines executed"));
  std::ifstream written(folder + "commits");
  const auto lines = std::count(std::istreambuf_iterator<char>(written), {}, '\n');
  EXPECT_EQ(static_cast<std::uint64_t>(lines), chip.instructions());
  for (const char* name : {"commits", "coverage", "timeline"}) {
    EXPECT_EQ(std::remove((folder + name).c_str()), 0);
  }
  // All is called from the start, so nothing is lost on the way up.
  const auto start = profile.code().function_of(chip.program().entry());
  EXPECT_EQ(profile.functions()[start].inclusive.cycles, profile.total().cycles);
}

}  // namespace
}  // namespace leyden::trace
