// Programs of the project as they are, beside QEMU.
#include <gtest/gtest.h>

#include "platform/chip/elf/elf_loader.h"
#include "tests/models/cpu/qemu_lockstep.h"

namespace leyden::test {
namespace {

/// The bytes of an ELF file in RAM, with zeros between them.
VirtProgram program_of(const std::string& name) {
  VirtProgram program{name, std::vector<std::uint8_t>(kVirtRamBytes / 8)};
  const auto elf = chip::ElfProgram::read(std::string(LEYDEN_FIRMWARE) + "/" + name + ".elf");
  elf.load({{"RAM", kVirtRam, kVirtRamBytes / 8}},
           [&](std::uint32_t address, const std::uint8_t* data, std::size_t size) {
             std::copy_n(data, size, program.image.begin() + (address - kVirtRam));
           });
  EXPECT_EQ(elf.entry(), kVirtRam);
  return program;
}

TEST(QemuFirmware, Hello) {
  const VirtProgram program = program_of("hello");
  expect_equals_qemu(program);
  VirtMachine machine(program);
  while (!machine.memory.finished && machine.result != cpu::RunResult::kStopped) {
    machine.result = machine.hart.run(machine.hart.cycles() + 1000);
  }
  EXPECT_EQ(machine.memory.output, "hello from the chip\n");
}

TEST(QemuFirmware, TrapReport) {
  const Coverage coverage = expect_equals_qemu(program_of("trap"));
  EXPECT_EQ(coverage.traps.at(cpu::kCauseIllegal), 1u);
}

TEST(QemuFirmware, Benches) {
  constexpr std::uint64_t kInstructions = 60000;
  for (const char* name : {"bench_mix", "bench_memory", "bench_interpreter"}) {
    EXPECT_GE(expect_begins_as_in_qemu(program_of(name), kInstructions).instructions,
              kInstructions);
  }
}

}  // namespace
}  // namespace leyden::test
