// Physical memory protection against QEMU and against the specification, byte by byte.
#include <cstdlib>
#include <iostream>

#include <gtest/gtest.h>

#include "models/cpu/trap.h"
#include "tests/models/cpu/pmp_program.h"

namespace leyden::test {
namespace {

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 0);
}

struct Counts {
  std::uint64_t allowed = 0;
  std::uint64_t refused = 0;
};

/// Runs a program on a hart alone and looks at each of its accesses.
void expect_as_specified(const VirtProgram& program,
                         const std::map<std::uint32_t, PmpExpectation>& expectations,
                         Counts& counts) {
  VirtMachine machine(program);
  while (!machine.memory.finished) {
    const auto found = expectations.find(machine.hart.pc());
    const std::uint32_t pc = machine.hart.pc();
    bool retired = machine.step();
    ASSERT_NE(machine.result, cpu::RunResult::kStopped)
        << cpu::describe(machine.hart.stop_report()) << " " << program.replay;
    if (found == expectations.end()) continue;
    const PmpExpectation& expected = found->second;
    if (expected.is_fetch) {
      ASSERT_TRUE(retired);
      retired = machine.step() || machine.hart.csr(cpu::kMcause) != cpu::kCauseFetchAccess;
    }
    ASSERT_EQ(retired, expected.is_allowed)
        << std::hex << "access at pc 0x" << pc << ", address 0x" << expected.tval << std::dec
        << (expected.is_fetch ? ", fetch; " : "; ") << program.replay;
    if (!retired) {
      ASSERT_EQ(machine.hart.csr(cpu::kMcause), expected.cause) << program.replay;
      ASSERT_EQ(machine.hart.csr(cpu::kMtval), expected.tval) << program.replay;
    }
    ++(expected.is_allowed ? counts.allowed : counts.refused);
  }
}

void run(bool for_qemu, std::uint64_t programs, unsigned configurations, unsigned accesses) {
  const std::uint64_t first = number_from_environment("LEYDEN_QEMU_SEED", 1);
  Counts counts;
  Coverage total;
  for (std::uint64_t seed = first; seed < first + programs; ++seed) {
    PmpProgram maker(seed, for_qemu);
    maker.fill(configurations, accesses);
    const VirtProgram program = maker.finish();
    expect_as_specified(program, maker.expectations(), counts);
    if (for_qemu) total.add(expect_equals_qemu(program));
    if (testing::Test::HasFailure()) break;
  }
  std::cout << "seeds from " << first << ": " << counts.allowed << " accesses allowed, "
            << counts.refused << " refused, " << total.instructions << " instructions with QEMU\n";
  EXPECT_GT(counts.allowed, programs * accesses / 4);
  EXPECT_GT(counts.refused, programs * accesses / 4);
}

TEST(QemuPmp, AccessesEqualQemu) {
  run(true, number_from_environment("LEYDEN_QEMU_PROGRAMS", 12), 12, 30);
}

// With all that QEMU is spared: see PmpProgram.
TEST(QemuPmp, AccessesAreAsSpecified) {
  run(false, number_from_environment("LEYDEN_QEMU_PROGRAMS", 12) * 4, 24, 30);
}

}  // namespace
}  // namespace leyden::test
