// Traps, privilege, CSRs and bit manipulation against QEMU, instruction by instruction.
#include <cstdlib>
#include <iostream>

#include <gtest/gtest.h>

#include "models/cpu/trap.h"
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

void machine_mode_piece(TrapProgram& p) {
  using Piece = void (TrapProgram::*)();
  static constexpr Piece kPieces[] = {
      &TrapProgram::access_fault,      &TrapProgram::misaligned_atomic,
      &TrapProgram::illegal_word,      &TrapProgram::illegal_half,
      &TrapProgram::call_or_break,     &TrapProgram::csr_of_any_number,
      &TrapProgram::refused_csr_write, &TrapProgram::jump_to_nowhere,
      &TrapProgram::data_access,       &TrapProgram::csr_values,
      &TrapProgram::return_to_next,    &TrapProgram::toggle_vectors,
      &TrapProgram::interrupt,         &TrapProgram::wait_with_pending};
  (p.*kPieces[p.draw(std::size(kPieces))])();
}

TEST(Qemu, MachineModeTraps) {
  const Coverage total = run_programs("machine mode traps", [](TrapProgram& p) {
    for (unsigned k = 0; k < 1500; ++k) {
      machine_mode_piece(p);
      p.arithmetic();
    }
  });
  for (const std::uint32_t cause : {1u, 2u, 3u, 4u, 5u, 6u, 7u, 11u, 0x80000003u, 0x80000007u}) {
    EXPECT_GT(total.traps.count(cause), 0u) << cpu::cause_text(cause);
  }
}

TEST(Qemu, BitManipulation) {
  const Coverage total = run_programs("bit manipulation", [](TrapProgram& p) {
    for (unsigned k = 0; k < 6000; ++k) {
      if (p.one_in(6)) p.as.li(p.target(), p.corner());
      p.bit_manipulation();
    }
  });
  for (const cpu::InstructionInfo& row : cpu::kInstructions) {
    if (cpu::is_bit_manipulation(row.id)) {
      EXPECT_GT(total.of[static_cast<std::size_t>(row.id)], 100u) << row.text;
    }
  }
}

// All of it: loops around pieces, in and out of user mode, code that changes itself.
TEST(Qemu, Mixed) {
  run_programs("mixed", [](TrapProgram& p) {
    const auto piece = [&p] {
      switch (p.draw(9)) {
        case 0:
          return machine_mode_piece(p);
        case 1:
          return p.bit_manipulation();
        case 2:
          return p.branch_over();
        case 3:
          return p.self_modifying();
        case 4:
          return p.one_in(3) ? p.user_mode() : p.data_access();
        case 5:
          return p.data_access();
        default:
          return p.arithmetic();
      }
    };
    for (unsigned k = 0; k < 150; ++k) {
      for (unsigned n = p.draw(10); n > 0; --n) piece();
      p.loop([&] {
        for (unsigned n = 1 + p.draw(30); n > 0; --n) piece();
      });
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
