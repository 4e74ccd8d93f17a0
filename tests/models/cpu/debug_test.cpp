// Breakpoints, watchpoints and single steps on random programs. What must hit is told by a second
// hart that runs the same program one instruction at a time without any of them; how the programs
// go on must not be changed by anything a debugger does.
#include <map>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "models/cpu/hart.h"
#include "tests/models/cpu/array_memory.h"
#include "tests/models/cpu/program.h"
#include "tests/models/cpu/random_program.h"

namespace leyden::cpu {
namespace {

using test::kCodeBase;
using test::kDataBase;
using test::kMemoryBytes;
using test::Program;
using test::RandomProgram;

struct Machine {
  Machine(const Program& program, bool direct) : memory(kCodeBase, kMemoryBytes), hart({}, memory) {
    memory.bytes = program.memory;
    memory.is_direct = direct;
    memory.wait_cycles = direct ? 0 : 3;
    hart.reset(kCodeBase);
    for (unsigned i = 1; i < 32; ++i) hart.set_reg(i, program.registers[i]);
  }
  RunResult run() {
    RunResult result = RunResult::kResynchronise;
    while (result == RunResult::kResynchronise) result = hart.run(hart.cycles() + 1000000);
    return result;
  }
  test::ArrayMemory memory;
  Hart hart;
};

/// One instruction of a program as it ran.
struct Executed {
  std::uint32_t pc = 0;
  std::uint32_t address = 0;  ///< of its access
  unsigned bytes = 0;         ///< 0: none
  WatchKind access = WatchKind::kRead;

  bool touches(const Watchpoint& point) const {
    if (bytes == 0) return false;
    if (point.kind != WatchKind::kAccess && access != WatchKind::kAccess && point.kind != access) {
      return false;
    }
    return std::uint64_t{address} + bytes > point.address &&
           address < std::uint64_t{point.address} + point.bytes;
  }
};

/// What the instruction at the pc is about to access, from the manual's words for it.
Executed look_ahead(const Machine& machine, bool holds_reservation) {
  Executed next;
  next.pc = machine.hart.pc();
  std::uint32_t word = 0;
  std::memcpy(&word, machine.memory.bytes.data() + (next.pc - kCodeBase), 4);
  const Decoded decoded = decode(word);
  const std::uint32_t base = machine.hart.reg(decoded.rs1);
  const InstructionInfo& row = info(decoded.id);
  next.address = base + static_cast<std::uint32_t>(decoded.immediate);
  switch (decoded.id) {
    case Id::kLb:
    case Id::kLbu:
      next.bytes = 1;
      break;
    case Id::kLh:
    case Id::kLhu:
      next.bytes = 2;
      break;
    case Id::kLw:
      next.bytes = 4;
      break;
    case Id::kSb:
    case Id::kSh:
    case Id::kSw:
      next.bytes = decoded.id == Id::kSb ? 1 : decoded.id == Id::kSh ? 2 : 4;
      next.access = WatchKind::kWrite;
      break;
    case Id::kLrW:
      next.address = base;
      next.bytes = 4;
      break;
    case Id::kScW:
      next.address = base;
      next.bytes = holds_reservation ? 4 : 0;
      next.access = WatchKind::kWrite;
      break;
    default:
      if (row.timing == TimingClass::kAtomic) {
        next.address = base;
        next.bytes = 4;
        next.access = WatchKind::kAccess;
      }
  }
  return next;
}

/// Runs to the next ebreak, one instruction at a time.
void follow(Machine& machine, std::vector<Executed>& executed) {
  // A reservation stands from an lr.w to the next sc.w; random programs pair them by address.
  std::optional<std::uint32_t> reservation;
  for (;;) {
    const Executed next = look_ahead(machine, false);
    std::uint32_t word = 0;
    std::memcpy(&word, machine.memory.bytes.data() + (next.pc - kCodeBase), 4);
    const Decoded decoded = decode(word);
    const bool holds = reservation && *reservation == machine.hart.reg(decoded.rs1);
    const Executed known = look_ahead(machine, holds);
    if (decoded.id == Id::kLrW) reservation = machine.hart.reg(decoded.rs1);
    if (decoded.id == Id::kScW) reservation.reset();
    const std::uint64_t before = machine.hart.instructions();
    RunResult result = RunResult::kResynchronise;
    while (machine.hart.instructions() == before && result != RunResult::kStopped) {
      result = machine.hart.run(machine.hart.cycles() + 1);
    }
    if (result == RunResult::kStopped) return;
    ASSERT_EQ(machine.hart.instructions(), before + 1);
    executed.push_back(known);
  }
}

void expect_equal(Machine& a, Machine& b, std::uint64_t seed) {
  EXPECT_EQ(a.hart.cycles(), b.hart.cycles()) << "seed " << seed;
  EXPECT_EQ(a.hart.instructions(), b.hart.instructions()) << "seed " << seed;
  for (unsigned i = 0; i < 32; ++i) EXPECT_EQ(a.hart.reg(i), b.hart.reg(i)) << "seed " << seed;
  EXPECT_EQ(a.memory.bytes, b.memory.bytes) << "seed " << seed;
  const HartCounts one = a.hart.take_counts();
  const HartCounts two = b.hart.take_counts();
  EXPECT_EQ(one.instructions, two.instructions);
  EXPECT_EQ(one.fetch_words, two.fetch_words);
  EXPECT_EQ(one.direct_reads, two.direct_reads);
  EXPECT_EQ(one.direct_writes, two.direct_writes);
}

/// What a debugger has marked, and what it saw.
struct Session {
  std::vector<std::uint32_t> breakpoints;
  std::vector<Watchpoint> watchpoints;
  bool steps = false;  ///< one instruction at a time
  std::vector<DebugEvent> events;
  std::vector<std::uint32_t> pcs;
};

/// Runs to the next ebreak under a debugger that goes on after each event.
void debug(Machine& machine, Session& session, std::mt19937_64& random) {
  for (;;) {
    const RunResult result = machine.run();
    if (result == RunResult::kStopped) return;
    ASSERT_EQ(result, RunResult::kDebug);
    ASSERT_EQ(machine.run(), RunResult::kDebug) << "it waits for go_on()";
    session.events.push_back(machine.hart.debug_event());
    session.pcs.push_back(machine.hart.pc());
    // As a debugger does: marks go and come while the program is held.
    if (random() % 2 == 0) {
      machine.hart.clear_debug_points();
      for (const std::uint32_t pc : session.breakpoints) machine.hart.set_breakpoint(pc);
      for (const Watchpoint& point : session.watchpoints) machine.hart.set_watchpoint(point);
    }
    machine.hart.go_on(session.steps);
  }
}

struct Case {
  bool direct;
  bool steps;
};

class Debug : public testing::TestWithParam<Case> {};

TEST_P(Debug, HitsAreExactAndNothingElseChanges) {
  std::mt19937_64 random(11);
  std::uint64_t breakpoint_hits = 0;
  std::uint64_t watch_hits = 0;
  for (std::uint64_t seed = 1; seed <= 80; ++seed) {
    const Program program = RandomProgram(seed).make();
    Machine plain(program, GetParam().direct);
    Machine debugged(program, GetParam().direct);
    for (const std::uint32_t mark : program.marks) {
      std::vector<Executed> executed;
      follow(plain, executed);
      ASSERT_FALSE(HasFatalFailure());
      Session session;
      session.steps = GetParam().steps;
      for (unsigned i = 0; i < 3 && !executed.empty(); ++i) {
        session.breakpoints.push_back(executed[random() % executed.size()].pc);
        const Executed& any = executed[random() % executed.size()];
        if (any.bytes == 0) continue;
        session.watchpoints.push_back({any.address + static_cast<std::uint32_t>(random() % 3),
                                       static_cast<std::uint32_t>(1 + random() % 6),
                                       static_cast<WatchKind>(random() % 3)});
      }
      debugged.hart.clear_debug_points();
      for (const std::uint32_t pc : session.breakpoints) debugged.hart.set_breakpoint(pc);
      for (const Watchpoint& point : session.watchpoints) debugged.hart.set_watchpoint(point);
      debug(debugged, session, random);
      ASSERT_FALSE(HasFatalFailure());
      ASSERT_EQ(debugged.hart.pc(), mark);

      // 1. Every instruction with a mark was seen, before it ran, and no other.
      std::vector<std::pair<DebugReason, std::uint32_t>> expected;
      bool first = true;
      for (const Executed& instruction : executed) {
        const bool has_breakpoint =
            std::count(session.breakpoints.begin(), session.breakpoints.end(), instruction.pc) != 0;
        const bool is_watched =
            std::any_of(session.watchpoints.begin(), session.watchpoints.end(),
                        [&](const Watchpoint& point) { return instruction.touches(point); });
        // A step comes back before each instruction, whose breakpoint is then known already.
        if (session.steps && !first) {
          expected.emplace_back(DebugReason::kStep, instruction.pc);
        } else if (has_breakpoint) {
          expected.emplace_back(DebugReason::kBreakpoint, instruction.pc);
        }
        if (is_watched) expected.emplace_back(DebugReason::kWatchpoint, instruction.pc);
        if (has_breakpoint || is_watched) first = false;
        breakpoint_hits += has_breakpoint ? 1 : 0;
        watch_hits += is_watched ? 1 : 0;
      }
      if (session.steps && !first) expected.emplace_back(DebugReason::kStep, mark);
      std::vector<std::pair<DebugReason, std::uint32_t>> seen;
      for (std::size_t i = 0; i < session.events.size(); ++i) {
        seen.emplace_back(session.events[i].reason, session.pcs[i]);
      }
      ASSERT_EQ(seen, expected) << "seed " << seed;
      // 2. The next part.
      plain.hart.go_on_at(mark + 4);
      debugged.hart.go_on_at(mark + 4);
      debugged.hart.go_on(false);
    }
    expect_equal(debugged, plain, seed);
    if (HasFailure()) return;
  }
  EXPECT_GT(breakpoint_hits, 500u);
  EXPECT_GT(watch_hits, 800u);
}

INSTANTIATE_TEST_SUITE_P(Memory, Debug,
                         testing::Values(Case{true, false}, Case{true, true}, Case{false, false},
                                         Case{false, true}));

TEST(DebugPointsTest, WatchedAccessesByHand) {
  DebugPoints points;
  points.set_watchpoint({0x1004, 4, WatchKind::kWrite});
  points.set_watchpoint({0x1ffe, 4, WatchKind::kRead});
  points.set_watchpoint({0xfffffffe, 2, WatchKind::kAccess});
  EXPECT_FALSE(points.watched(0x1000, 4, WatchKind::kWrite));
  EXPECT_FALSE(points.watched(0x1008, 4, WatchKind::kWrite));
  EXPECT_FALSE(points.watched(0x1004, 4, WatchKind::kRead));
  ASSERT_TRUE(points.watched(0x1006, 1, WatchKind::kWrite));
  EXPECT_EQ(points.watched(0x1006, 1, WatchKind::kWrite)->address, 0x1006u);
  EXPECT_EQ(points.watched(0x1ffc, 4, WatchKind::kAccess)->address, 0x1ffeu);
  EXPECT_EQ(points.watched(0x1ffc, 4, WatchKind::kAccess)->kind, WatchKind::kRead);
  EXPECT_EQ(points.watched(0xfffffffc, 4, WatchKind::kRead)->address, 0xfffffffeu);
  EXPECT_TRUE(points.is_page_watched(0x1abc));
  EXPECT_TRUE(points.is_page_watched(0x2000)) << "the range goes over the end of its page";
  EXPECT_FALSE(points.is_page_watched(0x3000));
  EXPECT_TRUE(points.is_page_watched(0xfffff000));
  EXPECT_FALSE(points.is_page_watched(0));
  EXPECT_TRUE(points.clear_watchpoint({0x1004, 4, WatchKind::kWrite}));
  EXPECT_FALSE(points.clear_watchpoint({0x1004, 4, WatchKind::kWrite}));
  EXPECT_FALSE(points.watched(0x1006, 1, WatchKind::kWrite));
}

// One step is one instruction, one exception taken, or one interrupt taken.
TEST(DebugSteps, TrapsAndInterruptsAreStepsOfTheirOwn) {
  test::ProgramRun run("interrupts");
  const std::uint32_t vectors = run.symbol("vectors");
  run.hart.set_breakpoint(run.symbol("enter"));
  run.hart.set_interrupts(1u << 3 | 1u << 7);
  ASSERT_EQ(run.run(), RunResult::kDebug);
  EXPECT_EQ(run.hart.debug_event().reason, DebugReason::kBreakpoint);
  EXPECT_EQ(run.hart.csr(kMcause), 0x80000003u);
  // The handler disables its interrupt and returns: the next one is taken by a step of its own,
  // and the breakpoint is hit again.
  std::uint32_t before = 0;
  std::vector<std::uint32_t> steps;
  for (unsigned i = 0; i < 40 && before != vectors; ++i) {
    run.hart.go_on(true);
    ASSERT_EQ(run.run(), RunResult::kDebug);
    ASSERT_EQ(run.hart.debug_event().reason, DebugReason::kStep);
    before = run.hart.pc();
    steps.push_back(before);
  }
  ASSERT_EQ(before, vectors);
  EXPECT_EQ(run.hart.csr(kMcause), 0x80000007u);
  run.hart.go_on(false);
  ASSERT_EQ(run.run(), RunResult::kDebug);
  EXPECT_EQ(run.hart.pc(), run.symbol("enter"));
}

TEST(DebugSteps, AStepOverWfiEndsAfterTheSleep) {
  test::ProgramRun run("wait");
  run.hart.go_on(true);
  unsigned sleeps = 0;
  for (unsigned i = 0; i < 4; ++i) {
    RunResult result = run.run();
    if (result == RunResult::kWaiting) {
      ++sleeps;
      run.hart.set_interrupts(1u << 3);
      result = run.run();
    }
    ASSERT_EQ(result, RunResult::kDebug);
    EXPECT_EQ(run.hart.debug_event().reason, DebugReason::kStep);
    EXPECT_EQ(run.hart.instructions(), i + 1u);
    run.hart.go_on(true);
  }
  EXPECT_EQ(sleeps, 1u);
}

TEST(DebugPlaces, WhoIsSentToABreakpointStopsThere) {
  test::ProgramRun run("wait");
  const std::uint32_t start = run.hart.pc();
  run.hart.set_breakpoint(start + 2);
  ASSERT_EQ(run.run(), RunResult::kDebug);
  run.hart.set_pc(start + 2);
  run.hart.go_on(false);
  ASSERT_EQ(run.run(), RunResult::kDebug);
  EXPECT_EQ(run.hart.pc(), start + 2);
  EXPECT_EQ(run.hart.instructions(), 1u);
  EXPECT_TRUE(run.hart.clear_breakpoint(start + 2));
  EXPECT_FALSE(run.hart.clear_breakpoint(start + 2));
}

TEST(DebugPlaces, CodeWrittenFromOutsideIsRun) {
  for (const bool direct : {true, false}) {
    test::ProgramRun run("wait");
    run.memory.is_direct = direct;
    const std::uint32_t start = run.hart.pc();
    run.hart.set_breakpoint(start);
    ASSERT_EQ(run.run(), RunResult::kDebug);
    const std::uint16_t c_li_a0_5 = 0x4515;
    run.memory.load(start, &c_li_a0_5, 2);
    run.hart.memory_changed();
    run.hart.go_on(true);
    ASSERT_EQ(run.run(), RunResult::kDebug);
    EXPECT_EQ(run.hart.reg(10), 5u);
    EXPECT_EQ(run.hart.pc(), start + 2);
  }
}

// What the entry of a block costs is paid once, also when its first instruction is held, forgotten
// and run again, and in the middle of translated code.
TEST(DebugPlaces, AHeldInstructionPaysForItsEntryOnce) {
  constexpr unsigned kRounds = 40;
  Timing timing;
  timing.fetch_wait = 7;
  std::vector<std::uint64_t> cycles;
  for (const bool translated : {false, true}) {
    test::ArrayMemory memory(kCodeBase, kMemoryBytes);
    const std::vector<std::uint16_t> loop = {0x8593, 0x0045,  // addi a1, a1, 4
                                             0x006f, 0x0060,  // j 6
                                             0x0001,          // not run
                                             0xa603, 0x0005,  // lw a2, 0(a1), not on a word
                                             0xbfcd};         // c.j -14
    memory.load(kCodeBase, loop.data(), 2 * loop.size());
    Hart hart(timing, memory);
    TranslationOptions options;
    options.enabled = translated;
    options.after_runs = 3;
    hart.set_translation(options);
    hart.reset(kCodeBase);
    hart.set_reg(11, kDataBase);
    const Watchpoint watch{kDataBase + 4 * kRounds, 4, WatchKind::kRead};
    hart.set_watchpoint(watch);
    RunResult result = RunResult::kResynchronise;
    while (result == RunResult::kResynchronise) result = hart.run(10000);
    ASSERT_EQ(result, RunResult::kDebug);
    EXPECT_EQ(hart.translated_instructions() > 0, translated && hart.translates());
    hart.clear_watchpoint(watch);
    hart.set_breakpoint(kCodeBase);
    hart.go_on(false);
    while ((result = hart.run(10000)) == RunResult::kResynchronise) {
    }
    ASSERT_EQ(result, RunResult::kDebug);
    EXPECT_EQ(hart.pc(), kCodeBase);
    EXPECT_EQ(hart.instructions(), 4 * kRounds);
    cycles.push_back(hart.cycles());
  }
  EXPECT_EQ(cycles[0], cycles[1]);
}

}  // namespace
}  // namespace leyden::cpu
