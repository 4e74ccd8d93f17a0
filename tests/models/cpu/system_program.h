#pragma once

#include <cstdint>
#include <random>

#include "tests/models/cpu/random_program.h"
#include "tests/models/cpu/rv32_assembler.h"

namespace leyden::test {

/// Where a trap goes, and where a hart starts.
inline constexpr std::uint32_t kSystemHandler = kCodeBase + 0xe000;
inline constexpr std::uint32_t kSystemStart = kCodeBase + 0xf000;
/// Pieces of system code lie from here on; random programs are below.
inline constexpr std::uint32_t kSystemPieces = kCodeBase + 0xa000;

/// A random program that never ends, interspersed with everything that changes how code is run:
/// modes, memory protection, counters, interrupts, atomics, stores into code, traps. Its handler
/// goes on at a random place in a random mode. Whatever it does, including its own ruin, is
/// determined by its memory.
class SystemProgram {
 public:
  explicit SystemProgram(std::uint64_t seed) : random_(seed ^ 0x9e3779b97f4a7c15u), seed_(seed) {}
  Program make();

 private:
  std::uint32_t draw(std::uint32_t below) { return static_cast<std::uint32_t>(random_() % below); }
  unsigned work() { return 10 + draw(8); }  ///< a register of the program: a0 to a7
  std::uint32_t place();                    ///< an even address in the code
  void piece();
  void loop();
  void counter();
  void protection();
  void mode();
  void patch_code();
  void share_line();
  void reservation();
  void call();
  void handler(Program& program);

  std::mt19937_64 random_;
  std::uint64_t seed_;
  std::uint32_t code_end_ = 0;
  Rv32Assembler a_{kSystemPieces};
};

}  // namespace leyden::test
