// Exceptions, interrupts and CSRs against what the privileged architecture (1.12) says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/cpu/trap.h"
#include "tests/models/cpu/array_memory.h"
#include "tests/models/cpu/program.h"

namespace leyden::cpu {
namespace {

using test::ProgramRun;
using testing::HasSubstr;

struct Expected {
  const char* what;
  std::uint32_t cause;
  std::uint32_t value;
};

void expect_traps(ProgramRun& run) {
  ASSERT_EQ(run.run(), RunResult::kStopped);
  ASSERT_TRUE(run.hart.stop_report().no_handler) << describe(run.hart.stop_report());
  const std::uint32_t data = run.symbol("data");
  constexpr std::uint32_t kNowhere = 0x40000000;
  const std::vector<Expected> expected = {
      {"lw", 4, data + 1},
      {"lh", 4, data + 3},
      {"sw", 6, data + 2},
      {"sh", 6, data + 1},
      {"lr.w", 4, data + 2},
      {"sc.w", 6, data + 2},
      {"amoadd.w", 6, data + 2},
      {"lbu", 5, kNowhere + 8},
      {"sb", 7, kNowhere + 12},
      {"amoswap.w", 7, kNowhere},
      {"lr.w", 5, kNowhere},
      {"all ones", 2, 0xffffffff},
      {"csrr a0, 0x123", 2, 0x12302573},
      {"csrw mvendorid", 2, 0xf1151073},
      {"csrw cycle", 2, 0xc0051073},
      {"sret", 2, 0x10200073},
      {"ecall", 11, 0},
      {"ebreak", 3, 0 /* pc */},
      {"c.ebreak", 3, 0 /* pc */},
      {"zeros", 2, 0x0000},
      {"c.subw", 2, 0x9c61},
      {"jump to nowhere", 1, kNowhere + 16},
  };
  const std::uint32_t log = run.symbol("log");
  const std::uint32_t end = run.memory.word(run.symbol("end_of_log"));
  ASSERT_EQ((end - log) / 16, expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto at = static_cast<std::uint32_t>(log + 16 * i);
    const std::uint32_t place = run.memory.word(at);
    const std::uint32_t value = expected[i].cause == 3 ? place : expected[i].value;
    EXPECT_EQ(run.memory.word(at + 4), expected[i].cause) << expected[i].what << ": mcause";
    EXPECT_EQ(run.memory.word(at + 8), place) << expected[i].what << ": mepc";
    EXPECT_EQ(run.memory.word(at + 12), value) << expected[i].what << ": mtval";
  }
  EXPECT_EQ(run.memory.word(data), 0x11223344u) << "a trapped store changes nothing";
  EXPECT_EQ(run.memory.word(data + 4), 0x55667788u);
}

TEST(Traps, CauseAddressAndValue) {
  ProgramRun run("traps");
  expect_traps(run);
}

TEST(Traps, TheSameFromBusMemory) {
  ProgramRun run("traps");
  run.memory.is_direct = false;
  expect_traps(run);
}

TEST(Traps, TheSameInTheTracedVariant) {
  ProgramRun run("traps");
  std::uint64_t retired = 0;
  run.hart.set_trace_hook([&](const Retired&) { ++retired; });
  expect_traps(run);
  EXPECT_EQ(retired, run.hart.instructions()) << "what trapped has not retired";
}

// QEMU 7.2 ends with an assertion here.
TEST(Traps, FetchAcrossTheEndOfMemory) {
  for (const bool direct : {true, false}) {
    test::ArrayMemory memory(0x80000000, 0x1000);
    memory.is_direct = direct;
    const std::uint16_t lower_half_of_add = 0x0033;
    memory.load(0x80000ffe, &lower_half_of_add, 2);
    Hart hart(Timing(), memory);
    hart.reset(0x80000ffe);
    ASSERT_EQ(hart.run(100), RunResult::kStopped);
    EXPECT_EQ(hart.stop_report().cause, kCauseFetchAccess);
    EXPECT_EQ(hart.stop_report().pc, 0x80000ffeu);
    EXPECT_EQ(hart.stop_report().tval, 0x80001000u) << "the part that could not be fetched";
  }
}

TEST(Csr, ReadsAndWrites) {
  ProgramRun run("csr");
  run.hart.set_time_source([](std::uint64_t) { return std::uint64_t{0x123456789}; });
  ASSERT_EQ(run.run(), RunResult::kStopped);
  ASSERT_EQ(run.hart.stop_report().cause, kCauseBreakpoint) << describe(run.hart.stop_report());
  const std::uint32_t log = run.symbol("log");
  const std::vector<std::pair<const char*, std::uint32_t>> expected = {
      {"misa: RV32 with A, C, I, M, U", 0x40101105},
      {"mstatus: TW, MPRV, MPP, MPIE, MIE", 0x221888},
      {"mstatus: all cleared", 0},
      {"mie", 0x888},
      {"mip", 0},
      {"mtvec keeps direct mode", 0x80000100},
      {"mtvec vectored", 0x80000101},
      {"mepc", 0xfffffffe},
      {"csrrci returns the old value", 0xffffffff},
      {"csrrci clears", 0xfffffffa},
      {"csrrc clears", 0xffffff0a},
      {"csrrsi sets", 0xffffff0b},
      {"csrrwi writes", 17},
      {"mhpmcounter3", 0},
      {"minstret counts from read to read", 4},
      {"minstret written", 1000},
      {"mcycleh written", 7},
      {"cycleh shows mcycleh", 7},
      {"mcycle inhibited", 0},
      {"minstret inhibited", 0},
      {"mcountinhibit", 5},
      {"time", 0x23456789},
      {"mstatush", 0},
  };
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(run.memory.word(static_cast<std::uint32_t>(log + 4 * i)), expected[i].second)
        << i << ": " << expected[i].first;
  }
}

/// Interrupt by interrupt, with all lines up: highest priority first.
TEST(Interrupts, PriorityAndVectors) {
  for (const bool vectored : {false, true}) {
    ProgramRun run("interrupts");
    run.hart.set_reg(10, vectored ? 1 : 0);
    const std::uint32_t all = 1u << 3 | 1u << 7 | 1u << 11;
    run.hart.set_interrupts(all);
    // The program enables all three, and its handler disables the one it was called for.
    ASSERT_EQ(run.run(), RunResult::kStopped);
    const std::uint32_t log = run.symbol("log");
    const std::vector<std::uint32_t> order = {11, 3, 7};
    for (std::size_t i = 0; i < order.size(); ++i) {
      const auto at = static_cast<std::uint32_t>(log + 16 * i);
      EXPECT_EQ(run.memory.word(at), 0x80000000u | order[i]) << "mcause";
      EXPECT_EQ(run.memory.word(at + 4), 0u) << "mtval";
      EXPECT_EQ(run.memory.word(at + 8), vectored ? order[i] : 0u) << "entry";
      EXPECT_EQ(run.memory.word(at + 12), 0x1880u) << "mstatus: MPP, MPIE, not MIE";
    }
    EXPECT_EQ(run.memory.word(log + 48), 0u) << "each is taken once";
    // All after the instruction that set mstatus.MIE: nothing was skipped or run twice.
    EXPECT_EQ(run.hart.reg(9), 5u);
  }
}

TEST(Interrupts, WaitWakesWithInterruptsDisabled) {
  ProgramRun run("wait");
  ASSERT_EQ(run.run(), RunResult::kWaiting);
  EXPECT_EQ(run.hart.reg(9), 1u);
  run.hart.set_interrupts(1u << kTimerInterrupt);  // not enabled in mie: still no reason
  EXPECT_FALSE(run.hart.interrupt_pending());
  run.hart.set_interrupts(1u << kSoftwareInterrupt);
  EXPECT_TRUE(run.hart.interrupt_pending());
  ASSERT_EQ(run.run(), RunResult::kStopped);
  EXPECT_EQ(run.hart.reg(9), 3u) << "goes on behind both wfi: the second finds it pending";
  EXPECT_EQ(run.hart.csr(kMcause), 0u) << "no trap was taken";
}

TEST(Stops, TrapWithoutHandler) {
  ProgramRun run("no_handler");
  ASSERT_EQ(run.run(), RunResult::kStopped);
  const StopReport& report = run.hart.stop_report();
  EXPECT_EQ(report.reason, StopReason::kUnhandledTrap);
  EXPECT_EQ(report.cause, kCauseLoadAccess);
  EXPECT_EQ(report.pc, run.symbol("fault"));
  const auto symbol = [&](std::uint32_t pc) { return run.elf.describe(pc); };
  EXPECT_EQ(
      describe(report, symbol),
      "The firmware was stopped by a trap it cannot handle: load access fault (mcause 0x5) at "
      "pc 0x80000004 (fault), mtval 0x40000000, with no trap handler set in mtvec.");
  EXPECT_EQ(run.run(), RunResult::kStopped) << "and it stays so";
}

TEST(Stops, HandlerThatIsNowhere) {
  ProgramRun run("lost_handler");
  ASSERT_EQ(run.run(), RunResult::kStopped);
  EXPECT_THAT(describe(run.hart.stop_report()),
              HasSubstr("instruction access fault (mcause 0x1) at pc 0x40000000, mtval 0x40000000, "
                        "while the handler of the environment call at pc 0x80000008 was running"));
}

TEST(Stops, HandlerThatFaultsOverAndOver) {
  ProgramRun run("bad_handler");
  ASSERT_EQ(run.run(), RunResult::kStopped);
  const StopReport& report = run.hart.stop_report();
  EXPECT_EQ(report.cause, kCauseStoreAccess);
  EXPECT_EQ(report.pc, run.symbol("push"));
  EXPECT_TRUE(report.nested);
  EXPECT_EQ(report.outer_cause, kCauseMachineCall);
}

TEST(Stops, ManyHandledTrapsAreNoReason) {
  ProgramRun run("many_traps");
  ASSERT_EQ(run.run(), RunResult::kStopped);
  EXPECT_EQ(run.hart.stop_report().cause, kCauseBreakpoint);
  EXPECT_EQ(run.hart.reg(9), 2000u);
}

// A fetch that stopped a hart says nothing about what is run when it is sent elsewhere.
TEST(FetchFaults, AreForgottenWithTheStop) {
  constexpr std::uint32_t kBase = 0x80000000;
  test::ArrayMemory memory(kBase, 0x1000);
  const std::uint32_t loop = 0x0000006f;  // j 0
  memory.load(kBase, &loop, 4);
  Hart hart(Timing(), memory);
  hart.reset(0x1000);  // nothing there, and no handler
  ASSERT_EQ(hart.run(100), RunResult::kStopped);
  hart.go_on_at(kBase);
  EXPECT_EQ(hart.run(200), RunResult::kHorizon);
  hart.go_on_at(0x1000);
  ASSERT_EQ(hart.run(300), RunResult::kStopped);
  hart.reset(kBase);
  EXPECT_EQ(hart.run(300), RunResult::kHorizon);
}

}  // namespace
}  // namespace leyden::cpu
