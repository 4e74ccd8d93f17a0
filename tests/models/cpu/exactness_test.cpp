// One program in several harts that must not differ: interpreted, translated early, late and
// without BMI2, always observed, and one that is observed, saved, restored, translated and cut at
// will. Everything that can be done to a hart between two runs is done to all of them.
#include <cstdlib>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "models/cpu/csr.h"
#include "models/cpu/trap.h"
#include "tests/models/cpu/compared_machine.h"

namespace leyden::cpu {
namespace {

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 0);
}

constexpr unsigned kMachines = 6;
constexpr unsigned kAtWill = 5;  ///< the machine with which anything is done that must not matter

/// What the programs have met.
struct Seen {
  std::uint64_t executed = 0;
  std::uint64_t translated = 0;
  std::uint64_t interrupts = 0;
  std::uint64_t traps = 0;
  std::uint64_t waits = 0;
  std::uint64_t stops = 0;
  std::uint64_t debug_events = 0;
  std::uint64_t user_mode = 0;
};

class Comparison {
 public:
  Comparison(std::uint64_t seed, Seen& seen)
      : random_(seed), seen_(seen), program_(test::SystemProgram(seed).make()) {
    const Timing timing = random_timing(random_);
    const std::uint64_t machine_seed = random_();
    for (unsigned i = 0; i < kMachines; ++i) {
      machines_.push_back(std::make_unique<Machine>(program_, timing, i, machine_seed));
    }
    debugged_ = random_() % 3 == 0;
    stale_ = !debugged_ && random_() % 2 == 0;
    static constexpr std::uint64_t kLongest[] = {2, 60, 600, 20000};
    longest_ = kLongest[random_() % 4] * (1 + timing.base[0] / 8);
  }

  void run(unsigned rounds) {
    std::uint64_t last = 0;
    for (unsigned round = 0; round < rounds && !testing::Test::HasFatalFailure(); ++round) {
      if (round % 400 == 0 || stopped_) {
        for (auto& m : machines_) m->start(program_);
        stopped_ = false;
      }
      act();
      step();
      const Hart& first = *machines_[0]->hart;
      seen_.user_mode += first.privilege() == Privilege::kUser ? 1 : 0;
      last = first.instructions();
    }
    seen_.executed += last;
    for (auto& m : machines_) seen_.translated += m->hart->translated_instructions();
  }

 private:
  Hart& first() { return *machines_[0]->hart; }
  template <typename Action>
  void all(Action action) {
    for (auto& m : machines_) action(*m->hart);
  }
  std::uint32_t draw(std::uint32_t below) { return static_cast<std::uint32_t>(random_() % below); }
  std::uint32_t some_code() {
    const std::uint32_t near = first().pc() + 2 * draw(40);
    if (near >= kCodeBase && near < kMemoryLast - 4 && draw(2) == 0) return near;
    return (draw(2) == 0 ? kCodeBase : test::kSystemPieces) + 2 * draw(0x400);
  }

  /// One thing that all harts see, now and then.
  void act() {
    if (draw(4) != 0) return;
    const auto value = static_cast<std::uint32_t>(random_());
    switch (draw(12)) {
      case 0: {
        const std::uint32_t pc = some_code();
        all([&](Hart& hart) { hart.set_pc(pc); });
        break;
      }
      case 1: {
        const unsigned index = 10 + draw(8);
        all([&](Hart& hart) { hart.set_reg(index, value); });
        break;
      }
      case 2: {
        static constexpr std::uint32_t kNumbers[] = {
            kMcountinhibit, kMhpmevent3, kMhpmcounter3, kMcycle, kMinstret, kMepc, kMscratch};
        const std::uint32_t number = kNumbers[draw(7)];
        all([&](Hart& hart) { hart.set_csr(number, value); });
        break;
      }
      case 3: {
        const Privilege mode = draw(2) == 0 ? Privilege::kMachine : Privilege::kUser;
        all([&](Hart& hart) { hart.set_privilege(mode); });
        break;
      }
      case 4: {  // code or data written by another master
        const std::uint32_t at = draw(2) == 0 ? some_code() & ~3u : kDataBase + 4 * draw(0x1800);
        const std::uint32_t word = draw(2) == 0 ? value : 0x00150513;
        for (auto& m : machines_) {
          m->memory.load(at, &word, 4);
          m->hart->lose_reservation(at, at + 3);
          // Only where all harts decode anew at the same instants is stale code the same.
          if (!stale_) m->hart->memory_changed();
        }
        break;
      }
      case 5: {
        const std::uint32_t at = some_code();
        all([&](Hart& hart) { hart.invalidate_direct(at, at + 1); });
        break;
      }
      case 6:
        all([&](Hart& hart) { hart.memory_changed(); });
        break;
      default:
        if (debugged_) debug();
    }
    at_will();
  }

  void debug() {
    const std::uint32_t pc = some_code();
    const std::uint32_t bytes = 1u << draw(3);
    const Watchpoint watch{kDataBase + 0x4000 + bytes * draw(256 / bytes), bytes,
                           static_cast<WatchKind>(draw(3))};
    switch (draw(6)) {
      case 0:
      case 1:
        all([&](Hart& hart) { hart.set_breakpoint(pc); });
        break;
      case 2:
        all([&](Hart& hart) { hart.set_watchpoint(watch); });
        break;
      case 3:
        if (first().debug_event().reason != DebugReason::kNone) break;
        all([&](Hart& hart) { hart.go_on(true); });
        break;
      default:
        all([&](Hart& hart) { hart.clear_debug_points(); });
    }
  }

  /// What must make no difference.
  void at_will() {
    Machine& machine = *machines_[kAtWill];
    switch (draw(5)) {
      case 0:
        machine.hart->set_observer(&machine.sums);
        break;
      case 1:
        machine.hart->set_observer(nullptr);
        break;
      case 2:
        machine.translation.enabled = draw(3) != 0;
        machine.translation.after_runs = 1 + draw(60);
        machine.translation.use_bmi2 = draw(2) == 0;
        machine.hart->set_translation(machine.translation);
        break;
      case 3:
        if (debugged_ || stopped_) break;
        // Direct memory is found again by accesses; so it is taken from all.
        all([&](Hart& hart) { hart.invalidate_direct(kCodeBase, kMemoryLast); });
        machine.replace();
        break;
      default:
        break;
    }
  }

  void step() {
    const std::uint32_t lines =
        draw(6) == 0 ? 1u << (draw(2) == 0 ? kTimerInterrupt : kExternalInterrupt) : 0;
    const std::uint64_t horizon =
        first().cycles() + draw(static_cast<std::uint32_t>(lines != 0 ? 60 : longest_));
    all([&](Hart& hart) { hart.set_interrupts(lines); });
    seen_.interrupts += lines != 0 && first().interrupt_pending() ? 1 : 0;
    const RunResult expected = first().run(horizon);
    for (unsigned i = 1; i < kMachines; ++i) {
      Hart& hart = *machines_[i]->hart;
      if (i == kAtWill) {
        while (hart.cycles() < horizon && draw(3) == 0) {
          const std::uint64_t sooner =
              hart.cycles() + draw(static_cast<std::uint32_t>(horizon - hart.cycles() + 1));
          const RunResult early = hart.run(sooner);
          if (early == RunResult::kHorizon) continue;
          ASSERT_EQ(early, expected) << "machine " << i;
          compare(i);
          goto next;
        }
      }
      ASSERT_EQ(hart.run(horizon), expected)
          << "machine " << i << " at " << std::hex << hart.pc() << ", not " << first().pc() << "; "
          << describe(hart.stop_report());
      compare(i);
    next:
      if (testing::Test::HasFatalFailure()) return;
    }
    after(expected);
  }

  void after(RunResult result) {
    if (result == RunResult::kStopped) {
      ++seen_.stops;
      stopped_ = true;
    } else if (result == RunResult::kWaiting) {
      ++seen_.waits;
      const std::uint64_t until = first().cycles() + draw(50);
      all([&](Hart& hart) {
        const std::uint64_t from = hart.cycles();
        hart.sleep_until(until);
        hart.observe_sleep(from);
      });
    } else if (result == RunResult::kDebug) {
      ++seen_.debug_events;
      const bool one_step = draw(4) == 0;
      if (draw(3) == 0) debug();
      if (draw(3) == 0) debug();
      const bool moved = draw(8) == 0;
      const std::uint32_t pc = some_code();
      all([&](Hart& hart) {
        if (moved) hart.set_pc(pc);
        hart.go_on(one_step);
      });
    }
  }

  void compare(unsigned i) {
    Machine& a = *machines_[0];
    Machine& b = *machines_[i];
    const std::string who = "machine " + std::to_string(i);
    ASSERT_EQ(a.hart->pc(), b.hart->pc()) << who;
    ASSERT_EQ(a.hart->cycles(), b.hart->cycles()) << who << std::hex << " pc " << a.hart->pc();
    ASSERT_EQ(a.hart->instructions(), b.hart->instructions()) << who;
    ASSERT_EQ(a.memory.bus_accesses, b.memory.bus_accesses) << who;
    ASSERT_EQ(a.memory.cycle_sum, b.memory.cycle_sum) << who << ": cycle or pc of an access";
    ASSERT_EQ(a.memory.count_sum, b.memory.count_sum) << who << ": counts in an access";
    ASSERT_EQ(a.hart->debug_event().reason, b.hart->debug_event().reason) << who;
    ASSERT_EQ(a.hart->debug_event().address, b.hart->debug_event().address) << who;
    if (a.state() != b.state()) explain(i);
    ASSERT_TRUE(a.memory.bytes == b.memory.bytes) << who << ": memory";
  }

  void explain(unsigned i) {
    const std::vector<std::uint8_t> one = machines_[0]->state();
    const std::vector<std::uint8_t> other = machines_[i]->state();
    const auto at = std::mismatch(one.begin(), one.end(), other.begin()).first;
    EXPECT_EQ(at, one.end()) << "the archive differs at byte " << at - one.begin();
    Hart& a = *machines_[0]->hart;
    Hart& b = *machines_[i]->hart;
    for (unsigned k = 0; k < 32; ++k) EXPECT_EQ(a.reg(k), b.reg(k)) << "x" << k;
    for (const NamedCsr& csr : a.csrs()) {
      EXPECT_EQ(a.csr(csr.number), b.csr(csr.number)) << csr.name;
    }
    const HartCounts x = a.take_counts();
    const HartCounts y = b.take_counts();
    EXPECT_EQ(x.instructions, y.instructions);
    EXPECT_EQ(x.fetch_words, y.fetch_words);
    EXPECT_EQ(x.direct_reads, y.direct_reads);
    EXPECT_EQ(x.direct_writes, y.direct_writes);
    FAIL() << "machine " << i << ": another state at " << std::hex << a.pc();
  }

  std::mt19937_64 random_;
  Seen& seen_;
  Program program_;
  std::vector<std::unique_ptr<Machine>> machines_;
  bool debugged_ = false;
  bool stale_ = false;  ///< code is changed behind the harts' backs
  bool stopped_ = true;
  std::uint64_t longest_ = 0;
};

TEST(Exactness, AllVariantsAreEqual) {
  const std::uint64_t wanted = number_from_environment("LEYDEN_LOCKSTEP_INSTRUCTIONS", 3000000);
  std::uint64_t seed = number_from_environment("LEYDEN_LOCKSTEP_SEED", 1);
  Seen seen;
  std::uint64_t programs = 0;
  while (seen.executed < wanted && !HasFailure()) {
    Comparison(seed, seen).run(1000);
    if (HasFailure()) ADD_FAILURE() << "LEYDEN_LOCKSTEP_SEED=" << seed;
    ++seed;
    ++programs;
  }
  std::cout << programs << " programs, " << seen.executed << " instructions, " << seen.translated
            << " translated (of " << kMachines << " machines), " << seen.interrupts
            << " interrupts, " << seen.waits << " waits, " << seen.stops << " stops, "
            << seen.debug_events << " debug events, " << seen.user_mode << " ends in user mode\n";
  EXPECT_GT(seen.translated, seen.executed);
  EXPECT_GT(seen.interrupts, programs * 20);
  EXPECT_GT(seen.user_mode, programs);
}

}  // namespace
}  // namespace leyden::cpu
