// The core in simulated time: a program under timer interrupts, run again and again with another
// quantum, with and without direct memory. Nothing the program or the devices see may change.
#include "models/cpu/core.h"

#include <cstring>
#include <map>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/base/error.h"
#include "models/base/protocol_checker.h"
#include "platform/chip/elf/elf_loader.h"
#include "tests/models/cpu/timer_device.h"
#include "tests/support/test_context.h"
#include "tests/support/test_target.h"

namespace leyden::cpu {
namespace {

using sc_core::sc_time;

constexpr std::uint32_t kSramBase = 0x80000000u;
constexpr std::uint32_t kSramBytes = 0x10000u;
constexpr std::uint32_t kTimerBase = 0x10000000u;
constexpr double kPeriodNs = 10;
const sc_time kSlot(10, sc_core::SC_MS);  // between the starts of runs

/// Passes bus addresses to the timer's registers; nothing else is on the bus.
class Decoder : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<Decoder, base::kBusBits> in{"in"};
  tlm_utils::simple_initiator_socket<Decoder, base::kBusBits> out{"out"};

  explicit Decoder(const sc_core::sc_module_name& name) : sc_module(name) {
    in.register_b_transport(this, &Decoder::b_transport);
  }
  bool waits = false;  ///< lets the kernel's time pass instead of telling a delay

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_time& delay) {
    const std::uint64_t address = payload.get_address();
    if (address - kTimerBase >= 0x100) {
      payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
      return;
    }
    payload.set_address(address - kTimerBase);
    out->b_transport(payload, delay);
    if (!waits || delay == sc_core::SC_ZERO_TIME) return;
    wait(delay);
    delay = sc_core::SC_ZERO_TIME;
  }
};

struct Bench {
  Bench() {
    setup.declare("core", Core::parameters());
    // Different for every class, so that no two can be mistaken for each other.
    for (const auto& [key, value] : std::vector<std::pair<const char*, double>>{{"alu", 1},
                                                                                {"load", 2},
                                                                                {"store", 3},
                                                                                {"branch", 1},
                                                                                {"jump", 2},
                                                                                {"multiply", 4},
                                                                                {"divide", 20},
                                                                                {"csr", 3},
                                                                                {"atomic", 5},
                                                                                {"system", 2}}) {
      setup.set(std::string("core.") + key + "_cycles", value);
      setup.set(std::string("core.") + key + "_energy_pj", value + 0.5);
    }
    setup.set("core.load_use_cycles", 1);
    setup.set("core.taken_branch_cycles", 2);
    setup.set("core.fetch_wait_cycles", 1);
    setup.set("core.trap_cycles", 4);
    setup.set("core.wake_cycles", 3);
    setup.set("core.divider", "early_out");
    setup.set("core.pmp_regions", 16);
    setup.set("core.bit_manipulation", "on");
    core.emplace("core", setup.context);
    read_event = setup.ledger.declare({"sram.read", base::Component::kSram, 1000});
    write_event = setup.ledger.declare({"sram.write", base::Component::kSram, 1000});
    core->set_reset_vector(kSramBase);
    core->set_sram(kSramBase, kSramBytes);
    core->set_sram_events(read_event, write_event);
    core->set_time_source([](const sc_time& when) { return when.value() / 1000 % 1000000000; });
    core->on_stop([this](const StopReport& stop) { report = stop; });
    core->sram.bind(sram_checker.target_socket);
    sram_checker.initiator_socket.bind(sram.socket);
    core->bus.bind(bus_checker.target_socket);
    bus_checker.initiator_socket.bind(decoder.in);
    decoder.out.bind(timer.socket);
    core->irq_timer(timer_line);
    core->irq_external(external_line);
    core->irq_software(software_line);
    timer.irq(timer_line);
  }

  test::TestContext setup{1e9 / kPeriodNs};
  std::optional<Core> core;
  test::TestTarget sram{"sram", kSramBytes};
  test::TimerDevice timer{"timer"};
  Decoder decoder{"decoder"};
  base::ProtocolChecker sram_checker{"sram_checker"};
  base::ProtocolChecker bus_checker{"bus_checker"};
  sc_core::sc_signal<bool> timer_line{"timer_line"};
  sc_core::sc_signal<bool> external_line{"external_line"};
  sc_core::sc_signal<bool> software_line{"software_line"};
  base::EventId read_event = 0;
  base::EventId write_event = 0;
  std::optional<StopReport> report;
};

Bench* bench = nullptr;

class Environment : public testing::Environment {
 public:
  void SetUp() override { bench = new Bench; }
  // Left to the end of the process: modules must outlive the simulation.
};
const auto* const kEnvironment = testing::AddGlobalTestEnvironment(new Environment);

/// All that can be seen of a run, relative to its start.
struct Outcome {
  std::vector<std::uint32_t> log;       ///< what the handler noted, cycles relative
  std::vector<std::uint8_t> data;       ///< memory at the end
  std::vector<std::uint64_t> accesses;  ///< of the timer, in time units
  std::vector<std::uint64_t> raised;
  std::uint64_t cycles = 0;
  std::uint64_t instructions = 0;
  base::EventCounts events;
  base::CauseCycles activity{};

  bool operator==(const Outcome& o) const {
    return log == o.log && data == o.data && accesses == o.accesses && raised == o.raised &&
           cycles == o.cycles && instructions == o.instructions && events == o.events &&
           activity == o.activity;
  }
};

/// A debugger that halts a program again and again, and marks what does no harm.
class Meddler : public DebugAgent {
 public:
  explicit Meddler(Hart& hart, std::uint32_t code, std::uint32_t data) : hart_(hart) {
    for (std::uint32_t pc = code; pc < code + 64; pc += 2) hart_.set_breakpoint(pc);
    hart_.set_watchpoint({data, 8, WatchKind::kAccess});
    hart_.set_watchpoint({data + 128, 4, WatchKind::kWrite});
    hart_.set_watchpoint({kTimerBase + 8, 4, WatchKind::kRead});
  }
  ~Meddler() override { hart_.clear_debug_points(); }
  bool halts_at_start() override { return true; }
  bool wants_halt() override { return ++asked_ % 7 == 0; }
  Resumption halted(const HaltReason& reason) override {
    ++halts_[reason.kind == HaltReason::Kind::kEvent ? 10 + static_cast<int>(reason.event.reason)
                                                     : static_cast<int>(reason.kind)];
    if (bench_sleeping()) ++asleep_;
    return ++resumed_ % 3 == 0 ? Resumption::kStep : Resumption::kContinue;
  }
  unsigned halts(HaltReason::Kind kind) { return halts_[static_cast<int>(kind)]; }
  unsigned halts(DebugReason reason) { return halts_[10 + static_cast<int>(reason)]; }
  unsigned halts_asleep() const { return asleep_; }

 private:
  static bool bench_sleeping() { return bench->core->sleeping(); }
  Hart& hart_;
  unsigned asked_ = 0;
  unsigned resumed_ = 0;
  unsigned asleep_ = 0;
  std::map<int, unsigned> halts_;
};

struct Variant {
  sc_time quantum{1, sc_core::SC_MS};
  bool direct = true;
  bool withdraw = false;  ///< take direct memory away now and then
  bool traced = false;
  bool interpreted = false;
  bool debugged = false;
};

unsigned runs = 0;

void start(const std::string& name) {
  const auto program =
      chip::ElfProgram::read(std::string(LEYDEN_TEST_PROGRAMS) + "/" + name + ".elf");
  std::fill(bench->sram.memory.begin(), bench->sram.memory.end(), 0);
  program.load({{"SRAM", kSramBase, kSramBytes}},
               [](std::uint32_t address, const std::uint8_t* data, std::size_t size) {
                 std::memcpy(&bench->sram.memory[address - kSramBase], data, size);
               });
  // The same phase for every run.
  sc_core::sc_start(static_cast<double>(++runs) * kSlot - sc_core::sc_time_stamp());
  bench->sram.socket->invalidate_direct_mem_ptr(0, kSramBytes - 1);
  bench->timer.restart();
  bench->sram.accesses.clear();
  bench->report.reset();
  bench->core->reset();
}

Outcome run(const Variant& variant) {
  start("core_run");
  const sc_time began = sc_core::sc_time_stamp();
  const std::uint64_t first_cycle = bench->setup.clock.cycles_at(began);
  const std::uint64_t first_instruction = bench->core->instructions();
  bench->core->set_quantum(variant.quantum);
  bench->sram.grants_dmi = variant.direct;
  std::uint64_t traced = 0;
  TranslationOptions translation;
  translation.enabled = !variant.interpreted;
  translation.after_runs = 2;  // most of a short program
  bench->core->hart().set_translation(translation);
  bench->core->set_trace_hook(variant.traced ? [&](const Retired&) { ++traced; }
                                             : Hart::TraceHook());
  const auto program = chip::ElfProgram::read(std::string(LEYDEN_TEST_PROGRAMS) + "/core_run.elf");
  std::optional<Meddler> meddler;
  if (variant.debugged) {
    meddler.emplace(bench->core->hart(), program.find("work").value_or(0),
                    program.find("data").value_or(0));
    bench->core->set_debug_agent(&*meddler);
  }
  const base::EventCounts before = bench->setup.ledger.snapshot();
  for (unsigned slice = 0; slice < 50; ++slice) {
    sc_core::sc_start(sc_time(3217, sc_core::SC_NS));
    if (variant.withdraw) {
      bench->sram.grants_dmi = slice % 3 != 0;
      bench->sram.socket->invalidate_direct_mem_ptr(0, kSramBytes - 1);
    }
    if (variant.debugged) bench->core->attend_asleep();
  }
  bench->core->set_debug_agent(nullptr);
  if (meddler) {
    EXPECT_GT(meddler->halts(HaltReason::Kind::kRequest), 50u);
    EXPECT_EQ(meddler->halts(HaltReason::Kind::kStop), 1u);
    EXPECT_GT(meddler->halts(DebugReason::kBreakpoint), 500u);
    EXPECT_GT(meddler->halts(DebugReason::kWatchpoint), 50u);
    EXPECT_GT(meddler->halts(DebugReason::kStep), 200u);
    EXPECT_GT(meddler->halts_asleep(), 0u);
  }
  Outcome outcome;
  EXPECT_TRUE(bench->report) << "the program has not ended";
  if (!bench->report) return outcome;
  EXPECT_TRUE(bench->report->no_handler && bench->report->cause == 3) << describe(*bench->report);
  outcome.data = bench->sram.memory;
  const std::uint32_t log = program.find("log").value_or(0) - kSramBase;
  for (unsigned i = 0; i < 46 * 4; ++i) {
    std::uint32_t word = 0;
    std::memcpy(&word, &outcome.data[log + 4 * i], 4);
    // mcycle counts from reset of the simulation, minstret too; time is in ns.
    if (i % 4 == 0) word -= static_cast<std::uint32_t>(first_cycle);
    if (i % 4 == 1) word -= static_cast<std::uint32_t>(first_instruction);
    if (i % 4 == 3) word -= static_cast<std::uint32_t>(began.value() / 1000 % 1000000000);
    outcome.log.push_back(word);
  }
  std::memset(&outcome.data[log], 0, 46 * 16);
  // stalls, bus waits, taken branches, loads, stores, traps, interrupts, sleep: part of the memory
  // compared.
  std::uint32_t counted[8];
  std::memcpy(counted, &outcome.data[program.find("counted").value_or(0) - kSramBase],
              sizeof counted);
  EXPECT_GT(counted[0], counted[1]);
  for (const std::uint32_t count : counted) EXPECT_GT(count, 10u);
  EXPECT_EQ(counted[5], 46u);
  EXPECT_EQ(counted[6], 46u);
  for (const sc_time& when : bench->timer.accesses) {
    outcome.accesses.push_back((when - began).value());
  }
  for (const sc_time& when : bench->timer.raised) outcome.raised.push_back((when - began).value());
  outcome.cycles = bench->report->cycles - first_cycle;
  outcome.instructions = bench->report->instructions - first_instruction;
  if (variant.traced) {
    EXPECT_EQ(traced, outcome.instructions);
  }
  outcome.events = bench->setup.ledger.snapshot();
  for (std::size_t i = 0; i < before.size(); ++i) outcome.events[i] -= before[i];
  outcome.activity = bench->setup.activity.close(
      first_cycle, bench->setup.clock.cycles_at(began + sc_time(150, sc_core::SC_US)));
  return outcome;
}

const Outcome& reference() {
  Variant variant;
  variant.interpreted = true;
  static const Outcome outcome = run(variant);
  return outcome;
}

TEST(Core, SleepsAndStops) {
  // The power-up run: memory is empty, so the first fetch is an illegal instruction.
  sc_core::sc_start(sc_time(1, sc_core::SC_US));
  ASSERT_TRUE(bench->report);
  EXPECT_EQ(bench->report->cause, 2u);
  EXPECT_TRUE(bench->core->stopped());
}

TEST(Core, InterruptsComeInTime) {
  const Outcome& outcome = reference();
  ASSERT_EQ(outcome.raised.size(), 47u) << "46 handled, one more while the program ends";
  constexpr std::uint64_t kPicosecondsPerCycle = 10000;
  constexpr std::uint64_t kTrap = 4;
  // Longest: a bus read (2 + 7 wait) or a division (20 + nothing); then the trap; mcycle is read by
  // the handler's first instruction.
  constexpr std::uint64_t kLongest = 20 + kTrap;
  for (std::size_t i = 0; i < 40; ++i) {
    const std::uint64_t raised =
        (outcome.raised[i] + kPicosecondsPerCycle - 1) / kPicosecondsPerCycle;
    const std::uint64_t taken = outcome.log[4 * i];
    EXPECT_GE(taken, raised + kTrap) << "interrupt " << i << " before its line rose";
    // Within the handler of the one before, it waits for mret.
    const bool waits = i > 0 && raised < outcome.log[4 * (i - 1)] + 60;
    if (!waits) {
      EXPECT_LE(taken, raised + kLongest) << "interrupt " << i;
    }
  }
  // Out of wfi: next edge, 3 cycles to wake, csrsi (3), trap (4).
  const std::size_t long_sleep = 41;  // 10000 ns, much longer than a handler
  const std::uint64_t raised =
      (outcome.raised[long_sleep] + kPicosecondsPerCycle - 1) / kPicosecondsPerCycle;
  EXPECT_EQ(outcome.log[4 * long_sleep], raised + 3 + 3 + kTrap);
  // The time CSR tells the same as mcycle, whatever the kernel's time is.
  for (std::size_t i = 0; i < 46; ++i) {
    const std::uint64_t later = 3 * 3;  // three csrr and three sw later
    EXPECT_EQ(outcome.log[4 * i + 3] / 10, outcome.log[4 * i] + later + 3 * 3) << i;
  }
}

TEST(Core, QuantumChangesNothing) {
  const Outcome& expected = reference();
  ASSERT_GT(expected.instructions, 1000u);
  for (const double ns : {10.0, 20.0, 37.0, 100.0, 1000.0, 1001.0, 3333.0, 100000.0, 1000000.0}) {
    for (const bool interpreted : {false, true}) {
      Variant variant;
      variant.quantum = sc_time(ns, sc_core::SC_NS);
      variant.interpreted = interpreted;
      const Outcome outcome = run(variant);
      EXPECT_EQ(outcome.log, expected.log) << ns << " ns";
      EXPECT_EQ(outcome.events, expected.events) << ns << " ns";
      EXPECT_EQ(outcome.activity, expected.activity) << ns << " ns";
      EXPECT_TRUE(outcome == expected) << ns << " ns";
    }
  }
}

TEST(Core, DirectMemoryChangesTheSpeedOnly) {
  const Outcome& expected = reference();
  for (const bool withdraw : {false, true}) {
    Variant variant;
    variant.direct = withdraw;
    variant.withdraw = withdraw;
    const Outcome outcome = run(variant);
    EXPECT_GT(bench->sram.accesses.size(), 500u) << "without a pointer it goes over the socket";
    EXPECT_EQ(outcome.log, expected.log);
    EXPECT_EQ(outcome.data, expected.data);
    EXPECT_EQ(outcome.accesses, expected.accesses);
    EXPECT_EQ(outcome.cycles, expected.cycles);
    EXPECT_EQ(outcome.activity, expected.activity);
  }
  run({});
  EXPECT_LT(bench->sram.accesses.size(), 10u) << "with one it does not";
}

TEST(Core, TraceChangesNothing) {
  Variant variant;
  variant.traced = true;
  EXPECT_TRUE(run(variant) == reference());
}

TEST(Core, ADebuggerChangesNothing) {
  for (const bool withdraw : {false, true}) {
    Variant variant;
    variant.debugged = true;
    variant.withdraw = withdraw;
    const Outcome outcome = run(variant);
    EXPECT_EQ(outcome.log, reference().log);
    EXPECT_EQ(outcome.activity, reference().activity);
    if (!withdraw) {
      EXPECT_TRUE(outcome == reference());
    }
  }
}

TEST(Core, CountsEventsAndActivity) {
  const Outcome& outcome = reference();
  std::uint64_t instructions = 0;
  for (std::size_t i = 0; i < kTimingClassCount; ++i) instructions += outcome.events[i];
  EXPECT_EQ(instructions, outcome.instructions) << "every instruction has one class";
  const auto classes = [&](TimingClass timing) {
    return outcome.events[static_cast<std::size_t>(timing)];
  };
  // 46 interrupts: mret, and 46 - 40 wfi at most.
  EXPECT_GE(classes(TimingClass::kSystem), 46u);
  EXPECT_EQ(outcome.events[bench->write_event],
            classes(TimingClass::kStore) + classes(TimingClass::kAtomic) - (1 + 46 + 46))
      << "stores to the timer are not stores to the SRAM";
  EXPECT_GT(outcome.events[bench->read_event], outcome.instructions / 2);
  const std::uint64_t awake = outcome.activity[static_cast<std::size_t>(base::Cause::kCore)];
  EXPECT_LT(awake, outcome.cycles) << "it slept";
  EXPECT_GT(awake, outcome.cycles / 4);
}

TEST(Core, LimitsAreExact) {
  for (const std::uint64_t limit : {1u, 2u, 3u, 100u, 1001u}) {
    start("core_run");
    const std::uint64_t before = bench->core->instructions();
    bench->core->set_quantum(sc_time(1, sc_core::SC_MS));
    bench->core->set_instruction_limit(before + limit);
    sc_core::sc_start(sc_time(150, sc_core::SC_US));
    bench->core->set_instruction_limit(~std::uint64_t{0});
    ASSERT_TRUE(bench->report);
    EXPECT_EQ(bench->report->reason, StopReason::kInstructionLimit);
    EXPECT_EQ(bench->report->instructions, before + limit);
  }
  start("core_run");
  const std::uint64_t cycle = bench->setup.clock.cycles_at(sc_core::sc_time_stamp());
  bench->core->set_cycle_limit(cycle + 500);
  sc_core::sc_start(sc_time(150, sc_core::SC_US));
  bench->core->set_cycle_limit(~std::uint64_t{0});
  ASSERT_TRUE(bench->report);
  EXPECT_EQ(bench->report->reason, StopReason::kCycleLimit);
  EXPECT_GE(bench->report->cycles, cycle + 500);
  EXPECT_LE(bench->report->cycles, cycle + 500 + 30) << "the instruction under way ends";
  EXPECT_THAT(describe(*bench->report), testing::HasSubstr("limit of cycles was reached"));
}

TEST(Core, RefusesAQuantumOfNothing) {
  EXPECT_THROW(bench->core->set_quantum(sc_core::SC_ZERO_TIME), base::UsageError);
}

TEST(Core, KeepsToTheProtocol) {
  EXPECT_GT(bench->sram_checker.calls(), 1000u);
  EXPECT_GT(bench->bus_checker.calls(), 1000u);
  EXPECT_EQ(bench->sram_checker.summary(), "");
  EXPECT_EQ(bench->bus_checker.summary(), "");
}

// The last one: the checks of the protocol tell of every wait.
TEST(Core, ATargetThatWaitsIsOneThatTellsADelay) {
  const Outcome& expected = reference();
  bench->decoder.waits = true;
  for (const double ns : {10.0, 37.0, 1000.0}) {
    Variant variant;
    variant.quantum = sc_time(ns, sc_core::SC_NS);
    const Outcome outcome = run(variant);
    EXPECT_EQ(outcome.log, expected.log);
    EXPECT_EQ(outcome.accesses, expected.accesses);
    EXPECT_EQ(outcome.raised, expected.raised);
    EXPECT_EQ(outcome.cycles, expected.cycles);
    EXPECT_EQ(outcome.events, expected.events);
    EXPECT_EQ(outcome.activity, expected.activity);
    EXPECT_TRUE(outcome == expected) << ns << " ns";
  }
  bench->decoder.waits = false;
}

}  // namespace
}  // namespace leyden::cpu
