#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "models/cpu/instruction.h"
#include "tests/models/cpu/virt_machine.h"

namespace leyden::test {

/// What a run in lockstep has exercised.
struct Coverage {
  std::uint64_t instructions = 0;                              ///< retired
  std::array<std::uint64_t, cpu::kInstructionCount + 1> of{};  ///< index = cpu::Id
  std::map<std::uint32_t, std::uint64_t> traps;                ///< by mcause
  std::map<std::uint32_t, std::uint64_t> csr_differences;      ///< legal ones met, by CSR

  void add(const Coverage& other);
};

/// Bits of a CSR that may read differently, both being right.
struct LegalDifference {
  std::uint32_t first;  ///< CSR numbers
  std::uint32_t last;
  std::uint32_t bits;
  const char* reason;
};
const std::vector<LegalDifference>& legal_differences();

/// Runs the program on QEMU and on a hart, and compares them before every instruction: pc, all
/// registers, mstatus, mip, mie, mtvec, mepc, mcause, mtval, mscratch; and at every trap its cause,
/// epc and tval. Then runs it on a second hart by whole blocks, which must end in the same state.
/// Differences are test failures.
Coverage expect_equals_qemu(const VirtProgram& program);

/// The same for the first `instructions` of a program made elsewhere, without the second hart.
Coverage expect_begins_as_in_qemu(const VirtProgram& program, std::uint64_t instructions);

}  // namespace leyden::test
