// Random instruction streams, compared with Unicorn after every block of instructions.
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

#include <gtest/gtest.h>
#include <unicorn/unicorn.h>

#include "models/cpu/disassembler.h"
#include "models/cpu/hart.h"
#include "models/cpu/trap.h"
#include "tests/models/cpu/array_memory.h"
#include "tests/models/cpu/random_program.h"

namespace leyden::cpu {
namespace {

using test::kCodeBase;
using test::kDataBase;
using test::kMemoryBytes;
using test::Program;
using test::RandomProgram;

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 0);
}

/// Unicorn on its own copy of the memory.
class Oracle {
 public:
  explicit Oracle(const std::vector<std::uint8_t>& memory) : memory_(memory) {
    check(uc_open(UC_ARCH_RISCV, UC_MODE_RISCV32, &engine_));
    check(uc_mem_map_ptr(engine_, kCodeBase, memory_.size(), UC_PROT_ALL, memory_.data()));
  }
  ~Oracle() { uc_close(engine_); }
  Oracle(const Oracle&) = delete;
  Oracle& operator=(const Oracle&) = delete;

  void set_reg(unsigned index, std::uint32_t value) {
    check(uc_reg_write(engine_, UC_RISCV_REG_X0 + static_cast<int>(index), &value));
  }
  std::uint32_t reg(unsigned index) const {
    std::uint32_t value = 0;
    check(uc_reg_read(engine_, UC_RISCV_REG_X0 + static_cast<int>(index), &value));
    return value;
  }
  std::uint32_t pc() const {
    std::uint32_t value = 0;
    check(uc_reg_read(engine_, UC_RISCV_REG_PC, &value));
    return value;
  }
  /// Runs from `pc` until `until` is reached.
  void run(std::uint32_t pc, std::uint32_t until) { check(uc_emu_start(engine_, pc, until, 0, 0)); }
  const std::vector<std::uint8_t>& memory() const { return memory_; }

 private:
  static void check(uc_err error) {
    if (error != UC_ERR_OK) throw std::runtime_error(uc_strerror(error));
  }
  uc_engine* engine_ = nullptr;
  std::vector<std::uint8_t> memory_;
};

std::string where(const Program& program, std::uint32_t from, std::uint32_t to,
                  const std::vector<std::uint8_t>& memory) {
  std::string text = "seed " + std::to_string(program.seed) +
                     " (replay: LEYDEN_LOCKSTEP_SEED), block from offset " +
                     std::to_string(from - kCodeBase) + ":\n";
  for (std::uint32_t pc = from; pc < to;) {
    std::uint32_t word = 0;
    std::memcpy(&word, memory.data() + (pc - kCodeBase), 4);
    const Decoded decoded = decode(word);
    text += "  " + disassemble(decoded, pc) + "\n";
    pc += decoded.length;
  }
  return text;
}

/// One hart with a program, in its own memory.
struct Machine {
  explicit Machine(const Program& program)
      : memory(kCodeBase, kMemoryBytes), hart(Timing(), memory) {
    memory.bytes = program.memory;
    hart.reset(kCodeBase);
    for (unsigned i = 1; i < 32; ++i) hart.set_reg(i, program.registers[i]);
  }
  /// Runs to the next mark. Every mark is an ebreak, at which the hart stops for want of a handler.
  RunResult run() { return hart.run(hart.cycles() + 1000000); }
  bool stopped_at(std::uint32_t mark) const {
    return hart.pc() == mark && hart.stop_report().cause == kCauseBreakpoint;
  }

  test::ArrayMemory memory;
  Hart hart;
};

/// Runs a program on hart and Unicorn, comparing at each of its marks. @return instructions
/// executed
std::uint64_t compare(const Program& program) {
  Machine machine(program);
  Hart& hart = machine.hart;
  Oracle oracle(program.memory);
  for (unsigned i = 1; i < 32; ++i) oracle.set_reg(i, program.registers[i]);
  std::uint32_t from = kCodeBase;
  for (const std::uint32_t mark : program.marks) {
    EXPECT_EQ(machine.run(), RunResult::kStopped);
    if (!machine.stopped_at(mark)) {
      ADD_FAILURE() << describe(hart.stop_report()) << " "
                    << where(program, from, mark, program.memory);
      return hart.instructions();
    }
    oracle.run(from, mark);
    for (unsigned i = 0; i < 32; ++i) {
      if (hart.reg(i) != oracle.reg(i)) {
        ADD_FAILURE() << register_name(i) << " is " << std::hex << hart.reg(i) << ", Unicorn has "
                      << oracle.reg(i) << std::dec << ", "
                      << where(program, from, mark, program.memory);
        return hart.instructions();
      }
    }
    from = mark + 4;
    hart.go_on_at(from);
  }
  EXPECT_EQ(machine.memory.bytes, oracle.memory()) << "memory differs, seed " << program.seed;
  return hart.instructions();
}

TEST(Lockstep, RandomStreamsEqualUnicorn) {
  const std::uint64_t wanted = number_from_environment("LEYDEN_LOCKSTEP_INSTRUCTIONS", 300000);
  std::uint64_t seed = number_from_environment("LEYDEN_LOCKSTEP_SEED", 1);
  std::cout << "first seed " << seed << "\n";
  std::uint64_t executed = 0;
  while (executed < wanted && !HasFailure()) executed += compare(RandomProgram(seed++).make());
  std::cout << executed << " instructions, last seed " << seed - 1 << "\n";
}

TEST(Lockstep, StreamsHoldEveryUnprivilegedInstruction) {
  std::array<std::uint64_t, kInstructionCount + 1> seen{};
  std::array<std::uint64_t, 3> lengths{};
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const Program program = RandomProgram(seed).make();
    Machine machine(program);
    machine.hart.set_trace_hook([&](const Retired& retired) {
      ++seen[static_cast<std::size_t>(retired.id)];
      ++lengths[instruction_length(retired.bits) / 2];
    });
    for (const std::uint32_t mark : program.marks) {
      ASSERT_EQ(machine.run(), RunResult::kStopped);
      ASSERT_TRUE(machine.stopped_at(mark));
      machine.hart.go_on_at(mark + 4);
    }
  }
  for (const InstructionInfo& row : kInstructions) {
    const bool is_compared = row.timing != TimingClass::kCsr &&
                             (row.timing != TimingClass::kSystem || row.id == Id::kFence) &&
                             !is_bit_manipulation(row.id);  // Unicorn refuses them
    if (is_compared) {
      EXPECT_GT(seen[static_cast<std::size_t>(row.id)], 20u) << row.text;
    }
  }
  EXPECT_GT(lengths[1], 10000u) << "compressed";
  EXPECT_GT(lengths[2], 10000u);
}

// Where a run is cut must not be seen in anything: registers, cycles, counts of events.
TEST(Lockstep, HorizonsChangeNothing) {
  std::mt19937_64 random(7);
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const Program program = RandomProgram(seed).make();
    Machine whole(program);
    Machine cut(program);
    for (const std::uint32_t mark : program.marks) {
      ASSERT_EQ(whole.run(), RunResult::kStopped);
      std::uint64_t horizon = cut.hart.cycles();
      RunResult result = RunResult::kHorizon;
      while (result == RunResult::kHorizon) {
        horizon += 1 + random() % (seed % 2 != 0 ? 4 : 60);
        result = cut.hart.run(horizon);
        ASSERT_TRUE(result == RunResult::kStopped || cut.hart.cycles() >= horizon);
      }
      ASSERT_TRUE(cut.stopped_at(mark)) << describe(cut.hart.stop_report());
      ASSERT_EQ(cut.hart.cycles(), whole.hart.cycles()) << "seed " << seed;
      ASSERT_EQ(cut.hart.instructions(), whole.hart.instructions()) << "seed " << seed;
      for (unsigned i = 0; i < 32; ++i) ASSERT_EQ(cut.hart.reg(i), whole.hart.reg(i));
      whole.hart.go_on_at(mark + 4);
      cut.hart.go_on_at(mark + 4);
    }
    const HartCounts a = whole.hart.take_counts();
    const HartCounts b = cut.hart.take_counts();
    EXPECT_EQ(a.instructions, b.instructions);
    EXPECT_EQ(a.fetch_words, b.fetch_words);
    EXPECT_EQ(a.direct_reads, b.direct_reads);
    EXPECT_EQ(a.direct_writes, b.direct_writes);
    EXPECT_EQ(whole.memory.bytes, cut.memory.bytes);
  }
}

// Memory behind a bus gives the same results, one access at a time.
TEST(Lockstep, BusMemoryChangesNothingButTime) {
  for (std::uint64_t seed = 100; seed <= 110; ++seed) {
    const Program program = RandomProgram(seed).make();
    Machine direct(program);
    Machine bus(program);
    bus.memory.is_direct = false;
    for (const std::uint32_t mark : program.marks) {
      ASSERT_EQ(direct.run(), RunResult::kStopped);
      RunResult result = RunResult::kResynchronise;
      while (result == RunResult::kResynchronise) result = bus.run();
      ASSERT_TRUE(bus.stopped_at(mark)) << describe(bus.hart.stop_report());
      ASSERT_EQ(bus.hart.cycles(), direct.hart.cycles()) << "a bus without wait costs nothing";
      for (unsigned i = 0; i < 32; ++i) ASSERT_EQ(bus.hart.reg(i), direct.hart.reg(i));
      direct.hart.go_on_at(mark + 4);
      bus.hart.go_on_at(mark + 4);
    }
    EXPECT_EQ(direct.memory.bytes, bus.memory.bytes);
    EXPECT_EQ(bus.hart.take_counts().direct_reads, 0u);
    EXPECT_EQ(direct.memory.bus_accesses, 0u);
  }
}

}  // namespace
}  // namespace leyden::cpu
