// Cycles of short programs against the equations of docs/models/cpu.md, worked out by hand, and
// what stores to code, fence.i and the withdrawal of direct memory do to decoded blocks.
#include <gtest/gtest.h>

#include "models/cpu/disassembler.h"
#include "models/cpu/hart.h"
#include "models/cpu/trap.h"
#include "tests/models/cpu/array_memory.h"
#include "tests/models/cpu/prime_timing.h"

namespace leyden::cpu {
namespace {

using test::primes;

constexpr std::uint32_t kBase = 0x80000000u;
constexpr std::uint32_t kEbreak = 0x00100073;

struct Machine {
  explicit Machine(const std::vector<std::uint16_t>& halves, const Timing& timing = primes())
      : memory(kBase, 0x10000), hart(timing, memory) {
    memory.load(kBase, halves.data(), halves.size() * 2);
    hart.reset(kBase);
    hart.set_reg(8, kBase + 0x1000);  // s0: data
  }
  RunResult run() {
    RunResult result = RunResult::kResynchronise;
    while (result == RunResult::kResynchronise) result = hart.run(hart.cycles() + 10000000);
    return result;
  }
  test::ArrayMemory memory;
  Hart hart;
};

std::vector<std::uint16_t> halves_of(const std::vector<std::uint32_t>& words) {
  std::vector<std::uint16_t> halves;
  for (const std::uint32_t word : words) {
    halves.push_back(static_cast<std::uint16_t>(word));
    if (instruction_length(word) == 4) halves.push_back(static_cast<std::uint16_t>(word >> 16));
  }
  return halves;
}

/// Cycles until the ebreak (not included), and the same in steps of one cycle.
std::uint64_t cycles_of(const std::vector<std::uint32_t>& words, const Timing& timing = primes(),
                        std::uint64_t wait_cycles = 0) {
  Machine machine(halves_of(words), timing);
  machine.memory.wait_cycles = wait_cycles;
  EXPECT_EQ(machine.run(), RunResult::kStopped);
  EXPECT_EQ(machine.hart.stop_report().cause, kCauseBreakpoint);
  Machine stepped(halves_of(words), timing);
  stepped.memory.wait_cycles = wait_cycles;
  RunResult result = RunResult::kHorizon;
  while (result != RunResult::kStopped) result = stepped.hart.run(stepped.hart.cycles() + 1);
  EXPECT_EQ(stepped.hart.cycles(), machine.hart.cycles());
  return machine.hart.cycles();
}

constexpr std::uint32_t kAddi = 0x00150513;   // addi a0, a0, 1
constexpr std::uint32_t kLw = 0x00042583;     // lw a1, 0(s0)
constexpr std::uint32_t kUseA1 = 0x00158613;  // addi a2, a1, 1
constexpr std::uint32_t kSwA1 = 0x00b42223;   // sw a1, 4(s0)

TEST(Timing, EveryClass) {
  EXPECT_EQ(cycles_of({kAddi, kEbreak}), 1u);
  EXPECT_EQ(cycles_of({kLw, kEbreak}), 7u);
  EXPECT_EQ(cycles_of({kSwA1, kEbreak}), 11u);
  EXPECT_EQ(cycles_of({0x00051463 /* bne a0, zero, 8 */, kEbreak}), 13u) << "not taken";
  EXPECT_EQ(cycles_of({0x00050463 /* beq a0, zero, 8 */, kAddi, kEbreak}), 13u + 1000) << "taken";
  EXPECT_EQ(cycles_of({0x0080006f /* j 8 */, kAddi, kEbreak}), 17u);
  EXPECT_EQ(cycles_of({0x02a50533 /* mul a0, a0, a0 */, kEbreak}), 19u);
  EXPECT_EQ(cycles_of({0x02a54533 /* div a0, a0, a0 */, kEbreak}), 40u);
  EXPECT_EQ(cycles_of({0x34051073 /* csrw mscratch, a0 */, kEbreak}), 23u);
  EXPECT_EQ(cycles_of({0x00a4252f /* amoadd.w a0, a0, (s0) */, kEbreak}), 29u);
  EXPECT_EQ(cycles_of({0x0ff0000f /* fence */, kEbreak}), 31u);
  EXPECT_EQ(cycles_of({0x0000100f /* fence.i */, kEbreak}), 31u);
}

TEST(Timing, LoadUse) {
  EXPECT_EQ(cycles_of({kLw, kUseA1, kEbreak}), 7u + 100 + 1);
  EXPECT_EQ(cycles_of({kLw, kAddi, kUseA1, kEbreak}), 7u + 1 + 1) << "one in between";
  EXPECT_EQ(cycles_of({kLw, kSwA1, kEbreak}), 7u + 100 + 11) << "as the data of a store";
  EXPECT_EQ(cycles_of({0x00042003 /* lw zero, 0(s0) */, 0x00100613 /* li a2, 1 */, kEbreak}), 8u);
  EXPECT_EQ(cycles_of({0x00a425af /* amoadd.w a1, a0, (s0) */, kUseA1, kEbreak}), 29u + 100 + 1);
}

TEST(Timing, AnExceptionComesAfterTheWaitForItsOperands) {
  constexpr std::uint32_t kLwMisaligned = 0x0015a603;  // lw a2, 1(a1)
  for (const bool at_start : {false, true}) {
    // A load that leaves the block at its end, or goes on in it.
    std::vector<std::uint32_t> words(at_start ? kMaxBlockLength - 1 : 0, kAddi);
    words.insert(words.end(), {kLw, kLwMisaligned});
    Machine machine(halves_of(words));
    EXPECT_EQ(machine.run(), RunResult::kStopped);
    EXPECT_EQ(machine.hart.stop_report().cause, kCauseLoadMisaligned);
    EXPECT_EQ(machine.hart.cycles(), words.size() - 2 + 7u + 100);
  }
}

TEST(Timing, LoadUseAcrossTheEndOfALongBlock) {
  for (unsigned before = kMaxBlockLength - 3; before <= kMaxBlockLength + 1; ++before) {
    std::vector<std::uint32_t> words(before, kAddi);
    words.insert(words.end(), {kLw, kUseA1, kEbreak});
    EXPECT_EQ(cycles_of(words), before + 7u + 100 + 1) << before;
  }
}

TEST(Timing, DivideEarlyOut) {
  Timing timing = primes();
  timing.divide_early_out = true;
  // lui a0, x; (div) a1, a0, a0: saves the leading zeros of the dividend's magnitude.
  EXPECT_EQ(cycles_of({0x00001537 /* lui a0, 1: bit 12 */, 0x02a545b3, kEbreak}, timing),
            1u + 40 - 19);
  EXPECT_EQ(cycles_of({0xfffff537 /* lui a0, -4096 */, 0x02a545b3, kEbreak}, timing), 1u + 40 - 19)
      << "div: of the magnitude";
  EXPECT_EQ(cycles_of({0xfffff537, 0x02a555b3 /* divu */, kEbreak}, timing), 1u + 40);
  EXPECT_EQ(cycles_of({0x02a545b3 /* 0 / 0 */, kEbreak}, timing), 40u - 31);
  timing.base[static_cast<std::size_t>(TimingClass::kDivide)] = 8;
  EXPECT_EQ(cycles_of({0x02a545b3, kEbreak}, timing), 2u) << "never below two";
}

TEST(Timing, FetchWaitAtUnalignedTargets) {
  constexpr std::uint32_t kNop16 = 0x0001;
  // j to offset 6, over a 2-byte instruction: a 4-byte instruction there is in two words.
  EXPECT_EQ(cycles_of({0x0060006f, kNop16, kAddi, kEbreak}), 17u + 10000 + 1);
  EXPECT_EQ(cycles_of({0x0060006f, kNop16, kNop16, kEbreak}), 17u + 1) << "a 2-byte one is in one";
  EXPECT_EQ(cycles_of({kNop16, kAddi, kEbreak}), 1u + 1) << "running into one costs nothing";
}

TEST(Timing, TrapsAndBusWaits) {
  // la handler (auipc t0; addi), csrw mtvec, ecall at 12; handler at 16.
  EXPECT_EQ(cycles_of({0x00000297, 0x01028293, 0x30529073, 0x00000073,
                       0x30501073 /* handler: csrw mtvec, zero */, kEbreak}),
            1u + 1 + 23 + 100000 + 23);
  Machine machine(halves_of({0x40000537 /* lui a0, 0x40000 */, kLw, kSwA1, kEbreak}));
  machine.memory.is_direct = false;
  machine.memory.wait_cycles = 5;
  machine.run();
  // Four fetches and two accesses wait. The ebreak is fetched but does not retire.
  EXPECT_EQ(machine.hart.cycles(), 1u + 7 + 100 + 11 + 6 * 5);
}

TEST(Counts, WordsFetchedOnce) {
  constexpr std::uint32_t kNop16 = 0x0001;
  // Offsets 0 (2), 2 (4), 6 (2), 8 (4): words 0, 4, 8 once each.
  Machine machine(halves_of({kNop16, kAddi, kNop16, kAddi, kEbreak}));
  machine.run();
  EXPECT_EQ(machine.hart.take_counts().fetch_words, 3u);
  // j at 0 to 6: word 0, then at the target word 4 again and 8 for its second half.
  Machine jump(halves_of({0x0060006f, kNop16, kAddi, kEbreak}));
  jump.run();
  EXPECT_EQ(jump.hart.take_counts().fetch_words, 3u);
}

TEST(Code, AStoreToCodeIsSeenByTheNextInstruction) {
  for (const std::uint64_t slice : {1u, 1000000u}) {
    // Loop twice: the second time `addi a0, a0, 1` at offset 16 has become `addi a0, a0, 16`.
    Machine machine(halves_of({
        0x00000297,  // 0:  auipc t0, 0
        0x00000013,  // 4:  nop
        0x00200393,  // 8:  li t2, 2
        0x00000013,  // 12: nop                 <- addi a0, a0, 16, set below
        0x00150513,  // 16: addi a0, a0, 1      <- changed
        0x00c2a303,  // 20: lw t1, 12(t0)
        0xfff38393,  // 24: addi t2, t2, -1
        0x0062a823,  // 28: sw t1, 16(t0)
        0xfe0398e3,  // 32: bnez t2, -16 (to 16)
        kEbreak,
    }));
    const std::uint32_t changed = 0x01050513;
    machine.memory.load(kBase + 12, &changed, 4);  // run once itself: a0 = 16
    RunResult result = RunResult::kHorizon;
    while (result != RunResult::kStopped) {
      result = machine.hart.run(machine.hart.cycles() + slice);
    }
    EXPECT_EQ(machine.hart.reg(10), 16u + 1 + 16) << slice;
  }
}

TEST(Code, AStoreJustAheadInTheSameBlock) {
  Machine machine(halves_of({
      0x00000297,  // 0:  auipc t0, 0
      0x0142a303,  // 4:  lw t1, 20(t0)
      0x0062a623,  // 8:  sw t1, 12(t0)
      0x00150513,  // 12: addi a0, a0, 1   <- becomes addi a0, a0, 16 before it runs
      kEbreak,     // 16
      0x01050513,  // 20
  }));
  machine.run();
  EXPECT_EQ(machine.hart.reg(10), 16u);
}

TEST(Code, DataBesideCodeIsNoCode) {
  // A store to the same line of 64 bytes as the loop, one word behind it, leaves the block as it
  // is.
  Machine machine(
      halves_of({0x00000297, 0x3e800393 /* li t2, 1000 */, 0x0272a023 /* 8: sw t2, 32(t0) */,
                 0xfff38393 /* addi t2, t2, -1 */, 0xfe039ce3 /* bnez t2, -8 */, kEbreak}));
  ASSERT_EQ(machine.run(), RunResult::kStopped);
  EXPECT_EQ(machine.hart.stop_report().cause, kCauseBreakpoint);
  EXPECT_EQ(machine.memory.word(kBase + 32), 1u);
}

TEST(Code, FenceIShowsWhatOthersWrote) {
  // Code changed from outside (DMA) is stale until fence.i, and fresh behind it.
  const std::vector<std::uint32_t> words = {0x00150513 /* 0: addi a0, a0, 1 */,
                                            0x0000100f /* 4: fence.i */, 0xff9ff06f /* 8: j 0 */};
  Machine machine(halves_of(words));
  machine.hart.run(200);
  const std::uint32_t before = machine.hart.reg(10);
  EXPECT_GT(before, 0u);
  const std::uint32_t changed = 0x01050513;
  machine.memory.load(kBase, &changed, 4);
  machine.hart.run(machine.hart.cycles() + 49 * 2);
  EXPECT_EQ((machine.hart.reg(10) - before) / 16, 2u);
}

TEST(Code, WithdrawnMemoryIsNotTouched) {
  Machine machine(halves_of({kLw, kSwA1, 0x00150513, 0xff5ff06f /* j -12 */}));
  machine.hart.run(1000);
  EXPECT_EQ(machine.memory.bus_accesses, 0u);
  machine.memory.is_direct = false;
  machine.hart.invalidate_direct(kBase + 0x1000, kBase + 0x1003);
  // The memory is a new one now, as after a power gate: other code, other data.
  const std::uint32_t changed = 0x00001537;  // lui a0, 1
  machine.memory.load(kBase + 8, &changed, 4);
  RunResult result = RunResult::kResynchronise;
  for (unsigned i = 0; i < 40; ++i) result = machine.hart.run(machine.hart.cycles() + 1000);
  EXPECT_EQ(result, RunResult::kResynchronise);
  EXPECT_EQ(machine.hart.reg(10), 0x1000u);
  EXPECT_GT(machine.memory.bus_accesses, 20u);
}

TEST(Code, EndOfMemoryInTheMiddleOfAnInstruction) {
  // The last halfword of memory begins a 4-byte instruction: its second half cannot be fetched.
  Machine machine({});
  const std::uint16_t half = 0x0013;
  machine.memory.load(kBase + 0xfffe, &half, 2);
  machine.hart.set_pc(kBase + 0xfffe);
  ASSERT_EQ(machine.run(), RunResult::kStopped);
  EXPECT_EQ(machine.hart.stop_report().cause, kCauseFetchAccess);
  EXPECT_EQ(machine.hart.stop_report().pc, kBase + 0xfffe);
  EXPECT_EQ(machine.hart.stop_report().tval, kBase + 0x10000) << "the part that failed";
}

}  // namespace
}  // namespace leyden::cpu
