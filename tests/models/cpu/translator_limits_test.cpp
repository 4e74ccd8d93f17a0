// Where sums could overflow and tables run full in translated code: against closed forms, and
// against the interpreter at every cycle of a loop.
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "models/cpu/csr.h"
#include "models/cpu/hart.h"
#include "models/cpu/trap.h"
#include "tests/models/cpu/array_memory.h"
#include "tests/models/cpu/rv32_assembler.h"

namespace leyden::cpu {
namespace {

using test::ArrayMemory;
using test::Rv32Assembler;

constexpr std::uint32_t kBase = 0x80000000;
constexpr std::uint32_t kBne = 0x1063;

TranslationOptions translation(bool enabled, std::uint32_t after_runs = 1) {
  TranslationOptions options;
  options.enabled = enabled;
  options.after_runs = after_runs;
  return options;
}

/// Bytes of host memory this process holds.
std::uint64_t resident_bytes() {
  std::ifstream status("/proc/self/statm");
  std::uint64_t all = 0;
  std::uint64_t resident = 0;
  status >> all >> resident;
  constexpr std::uint64_t kHostPage = 4096;
  return resident * kHostPage;
}

// A program that only ever jumps to code that is new: tables fill up and are emptied, more than
// once, and what the host gives for them stays bounded.
TEST(TranslatorLimits, EverNewCode) {
  constexpr std::uint32_t kBlocks = 200000;
  static_assert(kBlocks > 3 * HartArena::kMostUnits);
  ArrayMemory memory(kBase, 8 * kBlocks + 64);
  for (std::uint32_t i = 0; i < kBlocks; ++i) {
    Rv32Assembler block(kBase + 8 * i);
    block.addi(10, 10, 1);
    block.jal(0, block.here() + 4);
    memory.load(kBase + 8 * i, block.code.data(), 8);
  }
  const std::uint32_t last = 0x0000006f;  // j 0
  memory.load(kBase + 8 * kBlocks, &last, 4);
  const Timing timing;
  const std::uint64_t cycles =
      std::uint64_t{kBlocks} * (timing.of(TimingClass::kAlu) + timing.of(TimingClass::kJump));
  Hart hart(timing, memory);
  hart.set_translation(translation(true));
  for (int round = 0; round < 2; ++round) {
    hart.reset(kBase);
    const std::uint64_t before = hart.cycles();
    const std::uint64_t retired = hart.instructions();
    const std::uint64_t held = resident_bytes();
    ASSERT_EQ(hart.run(before + cycles), RunResult::kHorizon);
    EXPECT_EQ(hart.pc(), kBase + 8 * kBlocks);
    EXPECT_EQ(hart.cycles(), before + cycles);
    EXPECT_EQ(hart.instructions(), retired + 2 * std::uint64_t{kBlocks});
    EXPECT_EQ(hart.reg(10), kBlocks);
    EXPECT_EQ(hart.take_counts().instructions[static_cast<std::size_t>(TimingClass::kAlu)],
              kBlocks);
    EXPECT_LT(resident_bytes(), held + (400u << 20));
  }
}

// Cycles and instructions share a register; runs of more than 2^32 cycles and blocks as dear as a
// chip file allows.
TEST(TranslatorLimits, MoreCyclesThanAWordHolds) {
  constexpr std::uint32_t kDear = 1000;
  constexpr std::uint32_t kPlain = 150;
  Timing timing;
  timing.base.fill(kDear);
  timing.load_use = timing.taken_branch = timing.fetch_wait = kDear;
  Rv32Assembler code(kBase);
  code.half(0x0001);  // the loop begins off a word
  const std::uint32_t loop = code.here();
  for (std::uint32_t i = 0; i < kPlain; ++i) code.addi(10, 10, 1);
  code.i(0x67, 0, 11, 0);  // jr a1
  ArrayMemory memory(kBase, 0x1000);
  memory.load(kBase, code.code.data(), code.code.size());
  const std::uint64_t round = (kPlain + 2) * std::uint64_t{kDear};  // a fetch wait in each
  constexpr std::uint64_t kRounds = 40000;
  ASSERT_GT(kRounds * round, std::uint64_t{5} << 30);
  for (const bool translated : {false, true}) {
    Hart hart(timing, memory);
    hart.set_translation(translation(translated));
    hart.reset(loop);
    hart.set_reg(11, loop);
    ASSERT_EQ(hart.run(kRounds * round), RunResult::kHorizon);
    EXPECT_EQ(hart.cycles(), kRounds * round);
    EXPECT_EQ(hart.instructions(), kRounds * (kPlain + 1));
    EXPECT_EQ(hart.reg(10), static_cast<std::uint32_t>(kRounds * kPlain));
    EXPECT_EQ(hart.pc(), loop);
    // As few cycles as there are: one instruction begins.
    EXPECT_EQ(hart.run(hart.cycles()), RunResult::kHorizon);
    EXPECT_EQ(hart.instructions(), kRounds * (kPlain + 1));
    EXPECT_EQ(hart.run(hart.cycles() + 1), RunResult::kHorizon);
    EXPECT_EQ(hart.instructions(), kRounds * (kPlain + 1) + 1);
  }
}

// An interrupt at each cycle of a loop of calls, loads, stores, divisions and unaligned targets.
TEST(TranslatorLimits, InterruptsAtEveryCycleOfALoop) {
  Rv32Assembler code(kBase);
  const std::uint32_t over = code.reserve();
  code.half(0x0001);
  const std::uint32_t function = code.here();
  code.lw(12, 13, 0);
  code.addi(12, 12, 3);
  code.sw(12, 13, 0);
  code.i(0x67, 0, 1, 0);  // ret
  code.align(4);
  code.patch_jal(over, 0);
  const std::uint32_t loop = code.here();
  code.jal(1, function);
  code.r(0x02004033, 14, 12, 15);  // div
  code.i(0x7013, 16, 12, 4);       // andi
  const std::uint32_t skip = code.reserve();
  code.addi(17, 17, 1);
  code.patch_branch(skip, kBne, 16, 0);
  code.half(0x0001);
  code.jal(0, loop);
  code.align(4);
  const std::uint32_t handler = code.here();
  code.addi(10, 10, 1);
  code.mret();

  Timing timing;
  timing.divide_early_out = true;
  struct One {
    ArrayMemory memory{kBase, 0x2000};
    Hart hart;
    explicit One(const Timing& timing) : hart(timing, memory) {}
  };
  One plain(timing);
  One fast(timing);
  for (One* one : {&plain, &fast}) {
    one->memory.load(kBase, code.code.data(), code.code.size());
    one->hart.set_translation(translation(one == &fast, 2));
    one->hart.reset(kBase);
    one->hart.set_reg(13, kBase + 0x1000);
    one->hart.set_reg(15, 3);
    one->hart.set_csr(kMtvec, handler);
    one->hart.set_csr(kMie, 1u << kTimerInterrupt);
    one->hart.set_csr(kMstatus, 8);
  }
  constexpr unsigned kOffsets = 250;  // some rounds of the loop
  for (unsigned offset = 0; offset < kOffsets; ++offset) {
    for (One* one : {&plain, &fast}) {
      Hart& hart = one->hart;
      hart.set_interrupts(0);
      while (hart.run(1000 * (offset + 1) + offset) != RunResult::kHorizon) {
      }
      const std::uint32_t interrupted = hart.pc();
      hart.set_interrupts(1u << kTimerInterrupt);
      while (hart.pc() != handler && hart.run(hart.cycles() + 1) != RunResult::kHorizon) {
      }
      EXPECT_EQ(hart.csr(kMepc), interrupted);
      EXPECT_EQ(hart.csr(kMcause), kCauseInterrupt | kTimerInterrupt);
    }
    ASSERT_EQ(plain.hart.cycles(), fast.hart.cycles()) << offset;
    ASSERT_EQ(plain.hart.instructions(), fast.hart.instructions()) << offset;
    ASSERT_EQ(plain.hart.csr(kMepc), fast.hart.csr(kMepc)) << offset;
    for (unsigned i = 1; i < 32; ++i) ASSERT_EQ(plain.hart.reg(i), fast.hart.reg(i)) << "x" << i;
  }
  if (fast.hart.translates()) {
    EXPECT_GT(fast.hart.translated_instructions(), 10000u);
  }
}

}  // namespace
}  // namespace leyden::cpu
