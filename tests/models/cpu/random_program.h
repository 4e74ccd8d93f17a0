#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <vector>

namespace leyden::test {

inline constexpr std::uint32_t kCodeBase = 0x80000000u;
inline constexpr std::uint32_t kDataBase = 0x80010000u;
inline constexpr std::uint32_t kMemoryBytes = 0x20000u;

/// A program that ends, touches its own data only and raises no trap but the ebreak at each mark.
struct Program {
  std::uint64_t seed = 0;
  std::vector<std::uint8_t> memory;  ///< code at kCodeBase, data at kDataBase
  std::array<std::uint32_t, 32> registers{};
  std::vector<std::uint32_t> marks;  ///< addresses of the ebreaks, in order
};

/// Makes programs from a seed: RV32IMAC without system instructions, encoded from the formats of
/// the specification, independently of the decoder under test.
class RandomProgram {
 public:
  explicit RandomProgram(std::uint64_t seed) : seed_(seed), random_(seed) {}
  /// Programs also store into their own code, with and without a fence.i behind it, make misaligned
  /// accesses, which trap, read counters and use Zba, Zbb and Zbs.
  RandomProgram& with_surprises() {
    surprises_ = true;
    return *this;
  }
  Program make();

 private:
  std::uint32_t draw(std::uint32_t below) { return static_cast<std::uint32_t>(random_() % below); }
  std::uint32_t bits(unsigned count) { return draw(1u << count); }
  unsigned target();  ///< a register that may be written
  unsigned source() { return draw(32); }
  std::uint32_t corner();  ///< values where arithmetic changes its behaviour
  void emit(std::uint32_t word);
  void emit_half(std::uint32_t half);
  std::uint32_t here() const { return static_cast<std::uint32_t>(code_.size()); }

  void block();
  void instruction();
  void register_operation();
  void bit_manipulation();
  void counter_read();
  void immediate_operation();
  void upper_immediate();
  void memory_access();
  void atomic();
  void reservation();
  void forward_branch();
  void forward_jump();
  void loop();
  void code_change();
  void compressed();
  void compressed_memory();
  void compressed_branch();
  void straight(unsigned count);  ///< instructions without control flow

  std::uint64_t seed_;
  bool surprises_ = false;
  std::mt19937_64 random_;
  std::vector<std::uint8_t> code_;
};

}  // namespace leyden::test
