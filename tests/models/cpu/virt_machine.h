#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "models/cpu/hart.h"
#include "tests/models/cpu/virt_memory.h"

namespace leyden::test {

/// A program for QEMU's board `virt`, in RAM from its first byte on. It ends with a write to the
/// finisher.
struct VirtProgram {
  std::string replay;  ///< how to make it again
  std::vector<std::uint8_t> image;
};

/// One hart on a board of its own, at the first instruction of a program.
struct VirtMachine {
  explicit VirtMachine(const VirtProgram& program) : hart(cpu::Timing(), memory) {
    std::copy(program.image.begin(), program.image.end(), memory.ram.begin());
    memory.on_interrupts = [this](std::uint32_t lines) { hart.set_interrupts(lines); };
    hart.reset(kVirtRam);
    hart.set_interrupts(memory.interrupts());
  }
  /// One instruction, or one trap. @return whether it was an instruction that retired
  bool step() {
    const std::uint64_t retired = hart.instructions();
    result = hart.run(hart.cycles() + 1);
    return hart.instructions() != retired;
  }

  VirtMemory memory;
  cpu::Hart hart;
  cpu::RunResult result = cpu::RunResult::kHorizon;
};

}  // namespace leyden::test
