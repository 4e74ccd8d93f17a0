#pragma once

#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include "models/cpu/hart.h"
#include "platform/chip/elf/elf_loader.h"
#include "tests/models/cpu/array_memory.h"

namespace leyden::test {

/// An assembled program of tests/models/cpu/programs on a hart of its own, in 64 KiB at 0x80000000.
struct ProgramRun {
  static constexpr std::uint32_t kBase = 0x80000000u;
  static constexpr std::uint32_t kBytes = 0x10000u;

  explicit ProgramRun(const std::string& name, const cpu::Timing& timing = cpu::Timing())
      : elf(chip::ElfProgram::read(std::string(LEYDEN_TEST_PROGRAMS) + "/" + name + ".elf")),
        memory(kBase, kBytes),
        hart(timing, memory) {
    elf.load({{"memory", kBase, kBytes}},
             [this](std::uint32_t address, const std::uint8_t* data, std::size_t size) {
               memory.load(address, data, size);
             });
    hart.reset(elf.entry());
  }

  std::uint32_t symbol(const std::string& name) const { return elf.find(name).value_or(0); }
  /// Runs until the hart stops or sleeps, at most a million cycles.
  cpu::RunResult run() {
    cpu::RunResult result = cpu::RunResult::kResynchronise;
    while (result == cpu::RunResult::kResynchronise) result = hart.run(hart.cycles() + 1000000);
    return result;
  }

  chip::ElfProgram elf;
  ArrayMemory memory;
  cpu::Hart hart;
};

}  // namespace leyden::test
