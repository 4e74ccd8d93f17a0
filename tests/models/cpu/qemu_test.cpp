// Traps, privilege, CSRs and bit manipulation against QEMU, instruction by instruction.
#include <cstdlib>
#include <iostream>

#include <gtest/gtest.h>

#include "models/cpu/hart.h"
#include "tests/models/cpu/trap_program.h"

namespace leyden::test {
namespace {

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 0);
}

/// Runs LEYDEN_QEMU_PROGRAMS programs from LEYDEN_QEMU_SEED on.
template <typename Fill>
Coverage run_programs(const char* what, Fill fill) {
  const std::uint64_t first = number_from_environment("LEYDEN_QEMU_SEED", 1);
  const std::uint64_t programs = number_from_environment("LEYDEN_QEMU_PROGRAMS", 1);
  Coverage total;
  for (std::uint64_t seed = first; seed < first + programs; ++seed) {
    TrapProgram program(seed, std::string(what) + ": replay with LEYDEN_QEMU_SEED,");
    fill(program);
    total.add(expect_equals_qemu(program.finish()));
    if (testing::Test::HasFailure()) break;
  }
  std::cout << what << ": seeds from " << first << ", " << total.instructions
            << " instructions, traps";
  for (const auto& [cause, count] : total.traps) {
    std::cout << " " << cpu::cause_text(cause) << " " << count << ",";
  }
  std::cout << "\n";
  for (const auto& [csr, count] : total.csr_differences) {
    std::cout << "  legal difference of CSR 0x" << std::hex << csr << std::dec << ": " << count
              << " times\n";
  }
  return total;
}

TEST(Qemu, MachineModeTraps) {
  run_programs("machine mode traps", [](TrapProgram& p) {
    for (unsigned k = 0; k < 1500; ++k) {
      switch (p.draw(14)) {
        case 0: p.access_fault(); break;
        case 1: p.misaligned_atomic(); break;
        case 2: p.illegal_word(); break;
        case 3: p.illegal_half(); break;
        case 4: p.call_or_break(); break;
        case 5: p.csr_of_any_number(); break;
        case 6: p.refused_csr_write(); break;
        case 7: p.jump_to_nowhere(); break;
        case 8: p.data_access(); break;
        case 9: p.csr_values(); break;
        case 10: p.return_to_next(); break;
        case 11: p.toggle_vectors(); break;
        case 12: p.interrupt(); break;
        default: p.wait_with_pending(); break;
      }
      p.arithmetic();
    }
  });
}

TEST(Qemu, UserMode) {
  run_programs("user mode", [](TrapProgram& p) {
    for (unsigned k = 0; k < 200; ++k) {
      p.user_mode();
      if (p.one_in(4)) p.interrupt();
      if (p.one_in(4)) p.csr_values();
      p.arithmetic();
    }
  });
}

// Every CSR number, read in machine mode; what exists is read by both, what does not traps in both.
TEST(Qemu, EveryCsrNumber) {
  run_programs("CSR numbers", [](TrapProgram& p) {
    for (std::uint32_t number = 0; number < 4096; ++number) {
      p.csr_of_number(number);
    }
  });
}

// Every 16-bit word that is no instruction, one of eight of them in a program.
TEST(Qemu, IllegalHalfwords) {
  run_programs("illegal halfwords", [](TrapProgram& p) {
    for (std::uint32_t word = p.draw(8); word < 0x10000; word += 8) {
      if ((word & 3) != 3 && cpu::decode(word).id == cpu::Id::kIllegal) p.illegal_encoding(word);
    }
  });
}

TEST(Qemu, IllegalWords) {
  run_programs("illegal words", [](TrapProgram& p) {
    for (unsigned k = 0; k < 2000; ++k) p.illegal_word();
  });
}

}  // namespace
}  // namespace leyden::test
