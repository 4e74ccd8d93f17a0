// Translated code against the interpreter: the same random program in two harts, cut at random
// horizons, interrupted at random instants, changing its own code. All that can be seen must be
// equal whenever a hart comes back.
#include <cstdlib>
#include <iostream>
#include <random>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "models/cpu/counters.h"
#include "models/cpu/csr.h"
#include "models/cpu/hart.h"
#include "models/cpu/trap.h"
#include "tests/models/cpu/changing_memory.h"
#include "tests/models/cpu/random_program.h"

namespace leyden::cpu {
namespace {

using test::kCodeBase;
using test::kDataBase;
using test::kMemoryBytes;
using test::Program;
using test::RandomProgram;

constexpr std::uint32_t kHandler = kCodeBase + 0xf000;
constexpr std::uint32_t kSetup = kCodeBase + 0xf100;
constexpr std::uint32_t kHoleFirst = kDataBase + 0x2000;  // compressed accesses go here
constexpr std::uint32_t kHoleLast = kDataBase + 0x3fff;

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 0);
}

/// A program that goes round for ever, with a handler that steps over what raises an exception and
/// returns from interrupts.
Program endless_program(std::uint64_t seed) {
  Program program =
      seed % 3 == 0 ? RandomProgram(seed).with_surprises().make() : RandomProgram(seed).make();
  const auto put = [&](std::uint32_t address, const std::vector<std::uint32_t>& words) {
    std::memcpy(program.memory.data() + (address - kCodeBase), words.data(), 4 * words.size());
  };
  put(kHandler, {
                    0x340f9ff3,  // csrrw x31, mscratch, x31
                    0x34202ff3,  // csrr x31, mcause
                    0x000fc863,  // bltz x31, 16
                    0x34102ff3,  // csrr x31, mepc
                    0x004f8f93,  // addi x31, x31, 4
                    0x341f9073,  // csrw mepc, x31
                    0x340f9ff3,  // csrrw x31, mscratch, x31
                    0x30200073,  // mret
                });
  put(kSetup, {
                  0x8000ffb7,  // lui x31, 0x8000f
                  0x305f9073,  // csrw mtvec, x31
                  0x88800f93,  // li x31, -0x778: MEI, MTI, MSI and others
                  0x304f9073,  // csrw mie, x31
                  0x30046073,  // csrsi mstatus, MIE
                  0x80000fb7,  // lui x31, 0x80000
                  0x000f8067,  // jr x31
              });
  const std::uint32_t from = program.marks.back() + 4;
  const std::uint32_t back = kCodeBase - from;
  put(from, {0x6fu | (back >> 12 & 255) << 12 | (back >> 11 & 1) << 20 | (back >> 1 & 1023) << 21 |
             (back >> 20 & 1) << 31});
  return program;
}

Timing random_timing(std::mt19937_64& random) {
  Timing timing;
  if (random() % 3 == 0) return timing;
  for (auto& cycles : timing.base) cycles = 1 + random() % 4;
  timing.base[static_cast<std::size_t>(TimingClass::kDivide)] = 5 + random() % 32;
  timing.load_use = random() % 3;
  timing.taken_branch = random() % 4;
  timing.fetch_wait = random() % 3;
  timing.divide_early_out = random() % 2 == 0;
  return timing;
}

struct Machine {
  Machine(const Program& program, const Timing& timing, bool hole, unsigned withdraw_every)
      : memory(kCodeBase, kMemoryBytes), hart(timing, memory) {
    memory.bytes = program.memory;
    memory.hart = &hart;
    memory.first_address = kCodeBase;
    memory.hole_first = hole ? kHoleFirst : kCodeBase + kMemoryBytes - 64;
    memory.hole_last = hole ? kHoleLast : kCodeBase + kMemoryBytes - 1;
    memory.wait_cycles = 3;
    memory.withdraw_every = withdraw_every;
    hart.reset(kSetup);
    for (unsigned i = 1; i < 32; ++i) hart.set_reg(i, program.registers[i]);
  }
  /// Counters of events, user mode under memory protection: what the seed wants.
  void set_up(std::mt19937_64& random) {
    for (unsigned i = 0; i < 8; ++i) {
      hart.set_csr(kMhpmevent3 + i, static_cast<std::uint32_t>(random() % kEventCount));
    }
    hart.set_csr(kMcounteren, static_cast<std::uint32_t>(random()));
    if (random() % 2 == 0) return;
    // Region 0: a part of the memory with fewer rights, code of machine mode only among them;
    // region 1: all memory.
    static constexpr std::uint32_t kParts[] = {kDataBase + 0x4000, kDataBase + 0x1000,
                                               kCodeBase + 0x400};
    const std::uint32_t rights = random() % 4;  // none, R, reserved, RW
    const std::uint32_t part = kParts[random() % 3];
    hart.set_csr(kPmpaddr0,
                 part >> 2 | ((part > kDataBase && random() % 2 == 0 ? 0x1000 : 0x400) / 8 - 1));
    hart.set_csr(kPmpaddr0 + 1, ~0u);
    const std::uint32_t locked =
        part > kDataBase && random() % 2 == 0 ? 0x80 : 0;  // for machine mode too
    hart.set_csr(kPmpcfg0, 0x1f00 | 0x18 | locked | (rights == 2 ? 0 : rights));
    if (random() % 3 != 0) user_mode = true;
  }

  test::ChangingMemory memory;
  Hart hart;
  bool user_mode = false;  ///< once the handler is set up
};

void expect_equal(Machine& a, Machine& b) {
  ASSERT_EQ(a.hart.cycles(), b.hart.cycles());
  ASSERT_EQ(a.hart.instructions(), b.hart.instructions());
  ASSERT_EQ(a.hart.pc(), b.hart.pc());
  for (unsigned i = 0; i < 32; ++i) ASSERT_EQ(a.hart.reg(i), b.hart.reg(i)) << "x" << i;
  for (const std::uint32_t csr : {kMepc, kMcause, kMtval, kMstatus, kMcycle, kMinstret}) {
    ASSERT_EQ(a.hart.csr(csr), b.hart.csr(csr)) << csr_name(csr);
  }
  for (unsigned i = 0; i < 8; ++i) {
    ASSERT_EQ(a.hart.csr(kMhpmcounter3 + i), b.hart.csr(kMhpmcounter3 + i))
        << kEvents[*a.hart.csr(kMhpmevent3 + i)].name;
  }
  ASSERT_EQ(a.hart.privilege(), b.hart.privilege());
  const HartCounts x = a.hart.take_counts();
  const HartCounts y = b.hart.take_counts();
  ASSERT_EQ(x.instructions, y.instructions);
  ASSERT_EQ(x.fetch_words, y.fetch_words);
  ASSERT_EQ(x.direct_reads, y.direct_reads);
  ASSERT_EQ(x.direct_writes, y.direct_writes);
  ASSERT_EQ(a.memory.bus_accesses, b.memory.bus_accesses);
  ASSERT_EQ(a.memory.cycle_sum, b.memory.cycle_sum) << "cycle or pc of a bus access";
  ASSERT_EQ(a.memory.count_sum, b.memory.count_sum) << "counts in a bus access";
}

/// What the programs have met.
struct Seen {
  std::uint64_t executed = 0;
  std::uint64_t translated = 0;
  std::uint64_t interrupts = 0;
  std::uint64_t bus_accesses = 0;
  std::uint64_t debug_events = 0;
};

/// Sets or clears a breakpoint near where the harts are, or a watchpoint in the data.
void change_debug_points(Hart& a, Hart& b, std::mt19937_64& random) {
  const std::uint32_t pc = a.pc() + 2 * static_cast<std::uint32_t>(random() % 64);
  const Watchpoint watch{kDataBase + 0x4000 + static_cast<std::uint32_t>(random() % 4096), 4,
                         random() % 2 == 0 ? WatchKind::kRead : WatchKind::kAccess};
  const unsigned what = random() % 4;
  for (Hart* hart : {&a, &b}) {
    if (what == 0) hart->set_breakpoint(pc);
    if (what == 1) hart->set_watchpoint(watch);
    if (what >= 2) hart->clear_debug_points();
  }
}

/// Runs one program in both ways.
void compare(std::uint64_t seed, std::uint64_t instructions, Seen& seen) {
  std::mt19937_64 random(seed);
  const Program program = endless_program(seed);
  const Timing timing = random_timing(random);
  const bool hole = random() % 2 == 0;
  const unsigned withdraw_every = random() % 3 == 0 ? 5 + random() % 40 : 0;
  Machine reference(program, timing, hole, withdraw_every);
  Machine machine(program, timing, hole, withdraw_every);
  TranslationOptions off;
  off.enabled = false;
  reference.hart.set_translation(off);
  TranslationOptions on;
  on.after_runs = 1 + random() % 3;
  on.use_bmi2 = random() % 4 != 0;
  if (random() % 4 == 0) on.most_units = 8;  // all forgotten again and again
  machine.hart.set_translation(on);
  static constexpr std::uint64_t kLongest[] = {60, 600, 20000};
  for (Machine* m : {&reference, &machine}) {
    std::mt19937_64 choice(seed);
    m->set_up(choice);
    m->hart.run(m->hart.cycles() + 40);  // past the setup
    if (m->user_mode) m->hart.set_privilege(Privilege::kUser);
  }
  const bool debugged = random() % 4 == 0;
  const std::uint64_t longest = kLongest[random() % 3];
  while (machine.hart.instructions() < instructions) {
    std::uint32_t lines = 0;
    if (random() % 8 == 0) lines = 1u << (random() % 3 == 0 ? kTimerInterrupt : kExternalInterrupt);
    const std::uint64_t horizon =
        machine.hart.cycles() + 1 + random() % (lines != 0 ? 60 : longest);
    if (debugged && random() % 16 == 0) change_debug_points(reference.hart, machine.hart, random);
    const bool in_handler = reference.hart.pc() - kHandler < 0x100;
    if (reference.user_mode && !in_handler && random() % 8 == 0) {
      const Privilege mode = random() % 2 == 0 ? Privilege::kMachine : Privilege::kUser;
      reference.hart.set_privilege(mode);
      machine.hart.set_privilege(mode);
    }
    reference.hart.set_interrupts(lines);
    machine.hart.set_interrupts(lines);
    seen.interrupts += lines != 0 && machine.hart.interrupt_pending() ? 1 : 0;
    const RunResult expected = reference.hart.run(horizon);
    EXPECT_EQ(machine.hart.run(horizon), expected) << "seed " << seed;
    expect_equal(reference, machine);
    if (testing::Test::HasFailure()) {
      ADD_FAILURE() << "seed " << seed << " (LEYDEN_LOCKSTEP_SEED) at instruction "
                    << machine.hart.instructions();
      return;
    }
    if (expected == RunResult::kDebug) {
      ++seen.debug_events;
      EXPECT_EQ(machine.hart.debug_event().reason, reference.hart.debug_event().reason);
      EXPECT_EQ(machine.hart.debug_event().address, reference.hart.debug_event().address);
      const bool one_step = random() % 4 == 0;
      reference.hart.go_on(one_step);
      machine.hart.go_on(one_step);
    }
    if (expected == RunResult::kStopped) {
      ADD_FAILURE() << "seed " << seed << ": " << describe(machine.hart.stop_report());
      return;
    }
  }
  EXPECT_EQ(reference.memory.bytes, machine.memory.bytes) << "seed " << seed;
  seen.executed += machine.hart.instructions();
  seen.translated += machine.hart.translated_instructions();
  seen.bus_accesses += machine.memory.bus_accesses;
  EXPECT_EQ(reference.hart.translated_instructions(), 0u);
}

class Translation : public testing::Test {
 protected:
  void SetUp() override {
    test::ArrayMemory memory(kCodeBase, kMemoryBytes);
    if (!Hart(Timing(), memory).translates()) GTEST_SKIP() << "this build does not translate";
  }
};

// The wait for a load that ends a block cut for its length is paid by the block behind it.
TEST_F(Translation, LoadAtTheEndOfACutBlock) {
  test::ArrayMemory memory(kCodeBase, kMemoryBytes);
  std::vector<std::uint32_t> code(kMaxBlockLength - 1, 0x00150513);  // addi a0, a0, 1
  code.push_back(0x0005a603);                                        // lw a2, 0(a1)
  code.push_back(0x00c50533);                                        // add a0, a0, a2
  const std::uint32_t back = 0u - 4 * static_cast<std::uint32_t>(code.size());
  code.push_back(0x6fu | (back >> 12 & 255) << 12 | (back >> 11 & 1) << 20 |
                 (back >> 1 & 1023) << 21 | (back >> 20 & 1) << 31);  // j
  memory.load(kCodeBase, code.data(), 4 * code.size());
  Timing timing;
  timing.load_use = 7;
  // Translated alone, and as one path with the block behind it.
  for (const std::uint32_t after_runs : {1u, 5u}) {
    Hart hart(timing, memory);
    TranslationOptions options;
    options.after_runs = after_runs;
    hart.set_translation(options);
    hart.reset(kCodeBase);
    hart.set_reg(11, kDataBase);
    hart.set_csr(kMhpmevent3, static_cast<std::uint32_t>(Event::kLoadUseCycles));
    const std::uint64_t round =
        kMaxBlockLength - 1 + timing.of(TimingClass::kLoad) + 7 + 1 + timing.of(TimingClass::kJump);
    hart.run(1000 * round);
    EXPECT_EQ(hart.instructions(), 1000 * (kMaxBlockLength + 2));
    EXPECT_EQ(hart.csr(kMhpmcounter3), 7000u);
    EXPECT_GT(hart.translated_instructions(), 900 * (kMaxBlockLength + 2));
  }
}

class ThrowingMemory : public test::ArrayMemory {
 public:
  using ArrayMemory::ArrayMemory;
  BusResult read(std::uint32_t address, void* data, unsigned size, AccessKind kind,
                 std::uint64_t cycle) override {
    if (bus_accesses == 20) throw std::runtime_error("broken");
    return ArrayMemory::read(address, data, size, kind, cycle);
  }
};

// What a model throws in an access passes through translated code.
TEST_F(Translation, LetsExceptionsPass) {
  ThrowingMemory memory(kCodeBase, kMemoryBytes);
  const std::vector<std::uint32_t> loop = {0x0005a603,   // lw a2, 0(a1)
                                           0xffdff06f};  // j -4
  memory.load(kCodeBase, loop.data(), 4 * loop.size());
  Hart hart(Timing(), memory);
  TranslationOptions options;
  options.after_runs = 1;
  hart.set_translation(options);
  hart.reset(kCodeBase);
  hart.set_reg(11, kDataBase);
  hart.run(1000);
  EXPECT_GT(hart.translated_instructions(), 500u);
  hart.set_reg(11, 0x1000);  // nothing there: a bus access, which faults
  memory.bus_accesses = 20;
  EXPECT_THROW(hart.run(2000), std::runtime_error);
  // The hart can be used again.
  hart.reset(kCodeBase);
  hart.set_reg(11, kDataBase);
  EXPECT_EQ(hart.run(3000), RunResult::kHorizon);
}

// An indirect jump in user mode finds no code that was translated for machine mode only.
TEST_F(Translation, ModesHaveCodeOfTheirOwn) {
  constexpr std::uint32_t kFunction = kCodeBase + 0x400;
  test::ArrayMemory memory(kCodeBase, kMemoryBytes);
  const std::vector<std::uint32_t> loop = {0x000500e7,       // jalr ra, a0
                                           0xffdff06f};      // j -4
  const std::vector<std::uint32_t> function = {0x00158593,   // addi a1, a1, 1
                                               0x00008067};  // ret
  memory.load(kCodeBase, loop.data(), 4 * loop.size());
  memory.load(kFunction, function.data(), 4 * function.size());
  Hart hart(Timing(), memory);
  TranslationOptions options;
  options.after_runs = 1;
  hart.set_translation(options);
  hart.reset(kCodeBase);
  hart.set_reg(10, kFunction);
  hart.set_csr(kPmpaddr0, kFunction >> 2 | (64 / 8 - 1));
  hart.set_csr(kPmpaddr0 + 1, ~0u);
  hart.set_csr(kPmpcfg0, 0x1f00 | 0x19);  // 64 bytes r--, all rwx
  for (std::uint64_t horizon = 100; horizon <= 1000; horizon += 100) {
    ASSERT_EQ(hart.run(horizon), RunResult::kHorizon);
  }
  EXPECT_GT(hart.translated_instructions(), 400u);
  // The loop is translated for user mode too, up to where it faults.
  for (int i = 0; i < 3; ++i) {
    hart.set_privilege(Privilege::kUser);
    hart.go_on_at(kCodeBase);
    ASSERT_EQ(hart.run(hart.cycles() + 1000), RunResult::kStopped);
    EXPECT_EQ(hart.stop_report().cause, kCauseFetchAccess);
    EXPECT_EQ(hart.pc(), kFunction);
  }
}

TEST_F(Translation, EqualsTheInterpreter) {
  const std::uint64_t wanted = number_from_environment("LEYDEN_LOCKSTEP_INSTRUCTIONS", 2000000);
  std::uint64_t seed = number_from_environment("LEYDEN_LOCKSTEP_SEED", 1);
  Seen seen;
  while (seen.executed < wanted && !HasFailure()) compare(seed++, 20000, seen);
  std::cout << seen.executed << " instructions, " << seen.translated << " of them translated, "
            << seen.interrupts << " interrupts, " << seen.bus_accesses << " bus accesses, "
            << seen.debug_events << " debug events, last seed " << seed - 1 << "\n";
  // Every access over the bus, every system instruction and every horizon interrupts translation.
  EXPECT_GT(seen.translated, seen.executed / 6);
  EXPECT_GT(seen.interrupts, wanted / 5000);
  EXPECT_GT(seen.bus_accesses, wanted / 200);
}

}  // namespace
}  // namespace leyden::cpu
