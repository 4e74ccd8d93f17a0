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
#include "tests/models/cpu/rv32_assembler.h"

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
  /// @param translate_after runs of a block; 0: never
  explicit Machine(const Program& program, std::uint32_t translate_after = 1)
      : memory(kCodeBase, kMemoryBytes), hart(Timing(), memory) {
    TranslationOptions options;
    options.enabled = translate_after != 0;
    options.after_runs = translate_after;
    hart.set_translation(options);
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
std::uint64_t compare(const Program& program, std::uint32_t translate_after) {
  Machine machine(program, translate_after);
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
  const std::uint64_t wanted = number_from_environment("LEYDEN_LOCKSTEP_INSTRUCTIONS", 1000000);
  std::uint64_t seed = number_from_environment("LEYDEN_LOCKSTEP_SEED", 1);
  std::cout << "first seed " << seed << "\n";
  std::uint64_t executed = 0;
  while (executed < wanted && !HasFailure()) {
    // Interpreted, or translated before the first run, or in the middle of loops.
    const auto translate_after = static_cast<std::uint32_t>(seed % 4);
    executed += compare(RandomProgram(seed++).make(), translate_after);
  }
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

// The forms of RV32C (unprivileged architecture, chapter "C"), the narrower before the wider.
struct CompressedForm {
  const char* text;
  std::uint32_t match;
  std::uint32_t mask;
};
constexpr CompressedForm kCompressedForms[] = {
    {"c.addi4spn", 0x0000, 0xe003}, {"c.lw", 0x4000, 0xe003},       {"c.sw", 0xc000, 0xe003},
    {"c.nop", 0x0001, 0xffff},      {"c.addi", 0x0001, 0xe003},     {"c.jal", 0x2001, 0xe003},
    {"c.li", 0x4001, 0xe003},       {"c.addi16sp", 0x6101, 0xef83}, {"c.lui", 0x6001, 0xe003},
    {"c.srli", 0x8001, 0xfc03},     {"c.srai", 0x8401, 0xfc03},     {"c.andi", 0x8801, 0xec03},
    {"c.sub", 0x8c01, 0xfc63},      {"c.xor", 0x8c21, 0xfc63},      {"c.or", 0x8c41, 0xfc63},
    {"c.and", 0x8c61, 0xfc63},      {"c.j", 0xa001, 0xe003},        {"c.beqz", 0xc001, 0xe003},
    {"c.bnez", 0xe001, 0xe003},     {"c.slli", 0x0002, 0xf003},     {"c.lwsp", 0x4002, 0xe003},
    {"c.jr", 0x8002, 0xf07f},       {"c.mv", 0x8002, 0xf003},       {"c.jalr", 0x9002, 0xf07f},
    {"c.add", 0x9002, 0xf003},      {"c.swsp", 0xc002, 0xe003}};

TEST(Lockstep, StreamsHoldEveryCompressedForm) {
  std::array<std::uint64_t, std::size(kCompressedForms)> seen{};
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const Program program = RandomProgram(seed).make();
    Machine machine(program);
    machine.hart.set_trace_hook([&](const Retired& retired) {
      if (instruction_length(retired.bits) != 2) return;
      std::size_t i = 0;
      while (i < seen.size() &&
             (retired.bits & kCompressedForms[i].mask) != kCompressedForms[i].match) {
        ++i;
      }
      ASSERT_LT(i, seen.size()) << std::hex << retired.bits;
      ++seen[i];
    });
    for (const std::uint32_t mark : program.marks) {
      ASSERT_EQ(machine.run(), RunResult::kStopped);
      machine.hart.go_on_at(mark + 4);
    }
  }
  for (std::size_t i = 0; i < seen.size(); ++i) {
    EXPECT_GT(seen[i], 100u) << kCompressedForms[i].text;
  }
}

// Every operation of two registers on every pair of corner values: overflow of a division, division
// by 0, signs of a high product, amounts of a shift.
TEST(Lockstep, CornerOperandsEqualUnicorn) {
  static constexpr std::uint32_t kCorners[] = {
      0,          1,          2,  0xffffffff, 0x80000000, 0x7fffffff, 0xfffffffe,
      0x80000001, 0x40000000, 31, 32,         0xffff,     0x10000,    0x55555555};
  static constexpr std::uint32_t kOperations[] = {
      0x00000033, 0x40000033, 0x00001033, 0x00002033, 0x00003033, 0x00004033,
      0x00005033, 0x40005033, 0x00006033, 0x00007033, 0x02000033, 0x02001033,
      0x02002033, 0x02003033, 0x02004033, 0x02005033, 0x02006033, 0x02007033};
  constexpr unsigned kA = 1;
  constexpr unsigned kB = 2;
  constexpr unsigned kFirstResult = 3;
  test::Rv32Assembler as(kCodeBase);
  Program program;
  for (const std::uint32_t a : kCorners) {
    for (const std::uint32_t b : kCorners) {
      as.li(kA, a);
      as.li(kB, b);
      unsigned rd = kFirstResult;
      for (const std::uint32_t operation : kOperations) as.r(operation, rd++, kA, kB);
      program.marks.push_back(as.here());
      as.ebreak();
    }
  }
  program.memory = std::move(as.code);
  program.memory.resize(kMemoryBytes);
  const std::size_t instructions = std::size(kCorners) * std::size(kCorners) * (4 + 18);
  EXPECT_EQ(compare(program, 0), instructions);
  EXPECT_EQ(compare(program, 1), instructions);
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
