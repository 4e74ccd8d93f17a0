// User mode, PMP, MPRV and counter enables in running programs, against what the privileged
// architecture (1.12) says.
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/cpu/trap.h"
#include "tests/models/cpu/program.h"

namespace leyden::cpu {
namespace {

using test::ProgramRun;

constexpr std::uint32_t kUser = 0;
constexpr std::uint32_t kMachine = 3u << 11;
constexpr std::uint32_t kMprv = 1u << 17;
constexpr std::uint32_t kTw = 1u << 21;
constexpr std::uint32_t kMpie = 1u << 7;
constexpr std::uint32_t kIsPc = 1;  ///< mtval is the pc

struct Expected {
  const char* what;
  std::uint32_t cause;
  std::uint32_t value;
  std::uint32_t status;  ///< mstatus in the handler
};

void expect_traps(ProgramRun& run) {
  ASSERT_EQ(run.run(), RunResult::kStopped);
  ASSERT_TRUE(run.hart.stop_report().no_handler) << describe(run.hart.stop_report());
  const std::uint32_t data = run.symbol("data");
  const std::uint32_t code = run.symbol("code");
  ASSERT_EQ(data, code + 64);
  const std::uint32_t user = kUser | kMpie;  // MIE is set since the second mret
  const std::vector<Expected> expected = {
      {"ecall from machine mode", 11, 0, kMachine},
      {"no region: no fetch", 1, kIsPc, kUser},
      {"csrr mstatus", 2, 0x30002573, user},
      {"csrr mscratch", 2, 0x34002573, user},
      {"csrr cycle", 2, 0xc0002573, user},
      {"csrr hpmcounter5", 2, 0xc0502573, user},
      {"csrr pmpcfg0", 2, 0x3a002573, user},
      {"mret", 2, 0x30200073, user},
      {"sret", 2, 0x10200073, user},
      {"sfence.vma", 2, 0x12000073, user},
      {"ecall", 8, 0, user},
      {"ebreak", 3, kIsPc, user},
      {"lw", 4, data + 1, user},
      {"to machine mode", 8, 0, user},
      {"csrr instret", 2, 0xc0202573, kTw | user},
      {"csrr time", 2, 0xc0102573, kTw | user},
      {"csrw cycle", 2, 0xc0051073, kTw | user},
      {"wfi", 2, 0x10500073, kTw | user},
      {"to machine mode", 8, 0, kTw | user},
      {"sw to read-only", 7, data + 60, user},
      {"sb to read-only", 7, data + 3, user},
      {"amoadd.w", 7, data, user},
      {"sc.w", 7, data, user},
      {"lw from execute-only", 5, code, user},
      {"lbu", 5, code + 1, user},
      {"lr.w", 5, code, user},
      {"amoor.w", 7, code, user},
      {"jump to read-only", 1, data, user},
      {"second half of an instruction", 1, data, user},
      {"to machine mode", 8, 0, user},
      {"sw with MPRV", 7, data + 60, kMprv | kMachine | kMpie},
      {"sw to locked", 7, data + 60, kMachine | kMpie},
      {"sw still locked", 7, data + 60, kMachine | kMpie},
  };
  const std::uint32_t log = run.symbol("log");
  const std::uint32_t end = run.memory.word(run.symbol("end_of_log"));
  ASSERT_EQ((end - log) / 20, expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto at = static_cast<std::uint32_t>(log + 20 * i);
    const std::uint32_t place = run.memory.word(at);
    const std::uint32_t value = expected[i].value == kIsPc ? place : expected[i].value;
    EXPECT_EQ(run.memory.word(at + 4), expected[i].cause) << expected[i].what << ": mcause";
    EXPECT_EQ(run.memory.word(at + 8), place) << expected[i].what << ": mepc";
    EXPECT_EQ(run.memory.word(at + 12), value) << expected[i].what << ": mtval";
    EXPECT_EQ(run.memory.word(at + 16), expected[i].status) << expected[i].what << ": mstatus";
  }
  EXPECT_EQ(run.memory.word(data + 64), 0x1c99u & 0xffu) << "the locked region keeps its setting";
  EXPECT_EQ(run.memory.word(data + 68), (data >> 2) | 7u);
}

TEST(UserMode, TrapsAndRights) {
  ProgramRun run("user");
  expect_traps(run);
}

TEST(UserMode, TheSameFromBusMemory) {
  ProgramRun run("user");
  run.memory.is_direct = false;
  expect_traps(run);
}

TEST(UserMode, TheSameInTheTracedVariant) {
  ProgramRun run("user");
  run.hart.set_trace_hook([](const Retired&) {});
  expect_traps(run);
}

/// A few instructions in user mode, everything permitted, and a handler that is an ebreak.
struct UserCode {
  explicit UserCode(std::initializer_list<std::uint32_t> code) : memory(kBase, 0x1000) {
    memory.load(kBase, std::vector<std::uint32_t>(code).data(), 4 * code.size());
    memory.load(kBase + kHandler, &kEbreak, 4);
    hart.reset(kBase);
    hart.set_csr(kMtvec, kBase + kHandler);
    hart.set_csr(kPmpaddr0, ~0u);
    hart.set_csr(kPmpcfg0, 0x1f);
    hart.set_privilege(Privilege::kUser);
  }
  static constexpr std::uint32_t kBase = 0x80000000u;
  static constexpr std::uint32_t kHandler = 0x100;
  static constexpr std::uint32_t kNop = 0x00000013;
  static constexpr std::uint32_t kWfi = 0x10500073;
  static constexpr std::uint32_t kEbreak = 0x00100073;
  static constexpr std::uint32_t kLoop = 0x0000006f;

  test::ArrayMemory memory;
  Hart hart{Timing(), memory};
};

/// What mstatus holds when an interrupt has come from user mode.
void expect_interrupted(const Hart& hart, unsigned number, std::uint32_t pc, std::uint32_t status) {
  EXPECT_EQ(hart.csr(kMcause), kCauseInterrupt | number);
  EXPECT_EQ(hart.csr(kMepc), pc);
  EXPECT_EQ(hart.csr(kMstatus), status);
  EXPECT_EQ(hart.privilege(), Privilege::kMachine);
  EXPECT_EQ(hart.pc(), UserCode::kBase + UserCode::kHandler);
}

TEST(UserMode, InterruptsAreAlwaysEnabled) {
  for (const bool enabled : {false, true}) {
    UserCode code({UserCode::kNop, UserCode::kLoop});
    Hart& hart = code.hart;
    hart.set_csr(kMstatus, enabled ? 1u << 3 : 0);
    hart.set_csr(kMie, 1u << kTimerInterrupt);
    hart.set_interrupts(1u << kSoftwareInterrupt);  // not enabled: user mode goes on
    EXPECT_EQ(hart.run(hart.cycles() + 50), RunResult::kHorizon);
    EXPECT_EQ(hart.privilege(), Privilege::kUser);
    hart.set_interrupts(1u << kTimerInterrupt);
    EXPECT_EQ(hart.run(hart.cycles() + 1), RunResult::kHorizon);
    expect_interrupted(hart, kTimerInterrupt, UserCode::kBase + 4, enabled ? kMpie : 0);
  }
}

TEST(UserMode, SleepsInWfi) {
  UserCode code({UserCode::kWfi, UserCode::kLoop});
  code.hart.set_csr(kMie, 1u << kExternalInterrupt);
  EXPECT_EQ(code.hart.run(1000), RunResult::kWaiting);
  code.hart.set_interrupts(1u << kExternalInterrupt);
  EXPECT_EQ(code.hart.run(code.hart.cycles() + 1), RunResult::kHorizon);
  expect_interrupted(code.hart, kExternalInterrupt, UserCode::kBase + 4, 0);
}

std::string report_of(const ProgramRun& run, const StopReport& report) {
  return describe(report, [&](std::uint32_t pc) { return run.elf.describe(pc); });
}

TEST(Reports, InterruptThatIsNeverCleared) {
  ProgramRun run("storm");
  run.hart.set_interrupts(1u << kTimerInterrupt);
  ASSERT_EQ(run.hart.run(100000), RunResult::kHorizon) << "a storm has no end by itself";
  const StopReport report = run.hart.report(StopReason::kCycleLimit);
  EXPECT_EQ(report.storm_cause, kCauseInterrupt | kTimerInterrupt);
  EXPECT_NEAR(static_cast<double>(report.storm_entries), run.hart.reg(9), 1);
  EXPECT_GT(report.storm_entries, 10000u);
  EXPECT_THAT(report_of(run, report),
              testing::HasSubstr(
                  " interrupts came without an instruction of the program in between, at the end "
                  "the machine timer interrupt: its handler does not clear what raises it."));
  // When the line falls after all, the program goes on and nothing is told.
  run.hart.set_interrupts(0);
  ASSERT_EQ(run.hart.run(run.hart.cycles() + 8), RunResult::kHorizon);
  EXPECT_EQ(run.hart.report(StopReason::kCycleLimit).storm_entries, 0u);
}

TEST(Reports, HandlerThatReturnsToTheFault) {
  ProgramRun run("returns");
  const RunResult result = run.hart.run(~std::uint64_t{0} / 2);
  ASSERT_TRUE(result == RunResult::kStopped || result == RunResult::kResynchronise);
  while (run.hart.run(~std::uint64_t{0} / 2) == RunResult::kResynchronise) {
  }
  const StopReport& report = run.hart.stop_report();
  EXPECT_EQ(report.returns, 1000000u);
  EXPECT_EQ(run.hart.reg(18), 1000000u);
  EXPECT_EQ(report.pc, run.symbol("fault"));
  EXPECT_EQ(
      report_of(run, report),
      "The firmware was stopped by a trap it cannot handle: load access fault (mcause 0x5) at "
      "pc 0x80000010 (fault), mtval 0x40000000, after its handler had returned to it 1000000 "
      "times without an instruction in between.");
}

TEST(Reports, StackOverflowIntoAGuardRegion) {
  ProgramRun run("stack");
  ASSERT_EQ(run.run(), RunResult::kStopped);
  const StopReport& report = run.hart.stop_report();
  EXPECT_EQ(report.pc, run.symbol("push")) << "the handler's own push ends it";
  EXPECT_EQ(report.outer_cause, kCauseStoreAccess);
  EXPECT_EQ(report.outer_pc, run.symbol("recurse") + 2) << "behind a compressed addi";
  const std::string text = report_of(run, report);
  EXPECT_THAT(text, testing::HasSubstr("because PMP region 0 (0x80000100 to 0x800001ff, ---, "
                                       "locked) denies it"));
  EXPECT_THAT(text, testing::HasSubstr("while the handler of the store or atomic access fault at "
                                       "pc"));
  EXPECT_THAT(text, testing::HasSubstr("(recurse+0x"));
}

TEST(Reports, AStackOfItsOwnTellsTheHandler) {
  ProgramRun run("stack");
  run.hart.set_reg(10, 1);
  ASSERT_EQ(run.run(), RunResult::kStopped);
  EXPECT_EQ(run.hart.stop_report().cause, kCauseBreakpoint);
  EXPECT_EQ(run.hart.reg(11), kCauseStoreAccess);
  EXPECT_EQ(run.hart.reg(12), run.symbol("guard") + 256 - 4);
}

TEST(Reports, UserModeWithoutRegions) {
  ProgramRun run("no_handler");
  run.hart.set_privilege(Privilege::kUser);
  ASSERT_EQ(run.run(), RunResult::kStopped);
  EXPECT_EQ(
      describe(run.hart.stop_report()),
      "The firmware was stopped by a trap it cannot handle: instruction access fault (mcause "
      "0x1) at pc 0x80000000 in user mode, mtval 0x80000000, because no PMP region allows it, "
      "with no trap handler set in mtvec.");
}

/// What a debugger reads and writes.
TEST(Debugger, CsrsByNumber) {
  ProgramRun run("csr");
  Hart& hart = run.hart;
  std::set<std::string_view> names;
  for (const NamedCsr& row : hart.csrs()) {
    EXPECT_EQ(csr_name(row.number), row.name);
    EXPECT_TRUE(hart.csr(row.number).has_value()) << row.name;
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    // Writing back what was read changes nothing; bits 11:10 tell what cannot be written.
    const std::uint32_t before = *hart.csr(row.number);
    EXPECT_EQ(hart.set_csr(row.number, before), (row.number >> 10 & 3) != 3) << row.name;
    EXPECT_EQ(hart.csr(row.number), before) << row.name;
  }
  EXPECT_EQ(names.count("pmpaddr15") + names.count("mhpmcounter31h") + names.count("hpmcounter3"),
            3u);
  EXPECT_FALSE(hart.csr(0x123).has_value());
  EXPECT_FALSE(hart.set_csr(0x123, 0));
  EXPECT_FALSE(hart.csr(0x302).has_value()) << "medeleg must not exist without supervisor mode";

  EXPECT_EQ(hart.privilege(), Privilege::kMachine);
  hart.set_privilege(Privilege::kUser);
  EXPECT_EQ(hart.privilege(), Privilege::kUser);
  EXPECT_TRUE(hart.set_csr(kMscratch, 42)) << "whatever the mode";
  EXPECT_EQ(hart.csr(kMscratch), 42u);
  EXPECT_TRUE(hart.set_csr(kMcycle, 1000));
  EXPECT_EQ(hart.csr(kCycle), 1000u);
}

TEST(Debugger, WithoutRegionsThereAreNoPmpRegisters) {
  test::ArrayMemory memory(0x80000000u, 0x1000);
  const Hart hart(Timing(), memory, HartOptions{0});
  for (const NamedCsr& row : hart.csrs()) EXPECT_NE(row.name.substr(0, 3), "pmp");
  EXPECT_FALSE(hart.csr(kPmpcfg0).has_value());
}

}  // namespace
}  // namespace leyden::cpu
