// A whole chip runs the self-test while everything watches: what is told must add up to what the
// chip itself counts.
#include "platform/trace/profile.h"

#include <gtest/gtest.h>

#include "models/cpu/core.h"
#include "platform/chip/chip_parameters.h"
#include "platform/trace/energy_table.h"

namespace leyden::trace {
namespace {

/// Checks that every cycle is told once, in order.
class Continuity : public cpu::Observer {
 public:
  explicit Continuity(Profile& profile) : profile_(profile) {}
  void retired(const cpu::Retired& event) override {
    EXPECT_EQ(event.cycle, until);
    until = event.cycle + event.cycles;
    ++instructions;
    EXPECT_GE(event.cycles, 1u);
    EXPECT_LT(event.waited, event.cycles);
    profile_.retired(event);
  }
  void trapped(const cpu::Trapped& event) override {
    EXPECT_EQ(event.cycle, until);
    until = event.cycle + event.cycles;
    ++traps;
    profile_.trapped(event);
  }
  void slept(std::uint64_t from, std::uint64_t to) override {
    EXPECT_EQ(from, until);
    until = to;
    ++sleeps;
    profile_.slept(from, to);
  }
  std::uint64_t until = 0;
  std::uint64_t instructions = 0;
  std::uint64_t traps = 0;
  std::uint64_t sleeps = 0;

 private:
  Profile& profile_;
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
  Continuity watch(profile);
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
  // All is called from the start, so nothing is lost on the way up.
  const auto start = profile.code().function_of(chip.program().entry());
  EXPECT_EQ(profile.functions()[start].inclusive.cycles, profile.total().cycles);
}

}  // namespace
}  // namespace leyden::trace
