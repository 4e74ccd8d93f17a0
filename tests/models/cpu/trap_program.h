#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "tests/models/cpu/qemu_lockstep.h"
#include "tests/models/cpu/rv32_assembler.h"
#include "tests/models/cpu/virt_memory.h"

namespace leyden::test {

// What the frame around a program keeps for itself. Random instructions write x0 to x22 only.
inline constexpr unsigned kData = 26;     ///< x26: address of 8 KiB of data
inline constexpr unsigned kResume = 27;   ///< x27: where to go on after an exception that says so
inline constexpr unsigned kAlways = 25;   ///< x25: not 0: every exception goes on at x27, in M mode
inline constexpr unsigned kScratch = 28;  ///< x28 to x31: clobbered by the trap handler
inline constexpr std::uint32_t kVirtData = 0x80100000u;
inline constexpr std::uint32_t kVirtDataBytes = 0x2000;
inline constexpr unsigned kLoop = 23;     ///< x23: counts a loop down
inline constexpr unsigned kTrapSum = 24;  ///< x24: changed by every exception while x25 is not 0
/// Memory where accesses are probed, full of ecall: in every word, and from the middle on in the
/// upper half of every word and the lower half of the next.
inline constexpr std::uint32_t kProbeArea = 0x80104000;
inline constexpr std::uint32_t kProbeMiddle = 0x80108000;
inline constexpr std::uint32_t kProbeEnd = 0x8010c000;

/// Makes programs for expect_equals_qemu from a seed, out of pieces. The frame sets up a trap
/// handler that skips the instruction that trapped; after a fetch fault and an ecall of user mode
/// it goes on at x27, in machine mode; an interrupt it takes away.
class TrapProgram {
 public:
  explicit TrapProgram(std::uint64_t seed, std::string what);
  /// Ends the program. Call once.
  VirtProgram finish();
  bool full() const { return as.here() > kVirtData - 0x4000; }
  unsigned size() const { return as.here() - kVirtRam; }

  std::uint32_t draw(std::uint32_t below) { return static_cast<std::uint32_t>(random() % below); }
  std::uint32_t bits(unsigned count) { return draw(1u << count); }
  bool one_in(unsigned n) { return draw(n) == 0; }
  unsigned target() { return draw(23); }
  unsigned nonzero() { return 1 + draw(22); }  ///< a target that is not x0
  unsigned source() { return draw(32); }
  std::uint32_t corner();  ///< values where arithmetic changes its behaviour

  // One or a few instructions that run to the next.
  void arithmetic();
  void bit_manipulation();
  void data_access();
  void branch_over();
  // Each traps at most once and goes on behind, in the mode it was in.
  void access_fault();
  void misaligned_atomic();
  void illegal_word();
  void illegal_half();
  void call_or_break();  ///< ecall in machine mode, ebreak, c.ebreak
  void csr_of_number(std::uint32_t number);
  void csr_of_any_number() { csr_of_number(bits(12)); }
  void refused_csr_write();
  // Machine mode only.
  void jump_to_nowhere();
  void csr_values();
  void return_to_next();  ///< mret into machine mode
  void toggle_vectors();
  void interrupt();
  void wait_with_pending();
  /// User mode for a while: pieces of what may trap there, then back.
  void user_mode();

  /// A few rounds of what `body` emits: straight code of at most 4 KiB.
  template <typename Body>
  void loop(Body body) {
    as.addi(kLoop, 0, 2 + draw(4));
    const std::uint32_t top = as.here();
    body();
    as.addi(kLoop, kLoop, ~0u);
    const std::uint32_t out = as.reserve();
    as.jal(0, top);
    as.patch_branch(out, 0x63, kLoop, 0);
  }
  /// Writes an instruction that is about to run, then fence.i.
  void self_modifying();

  void illegal_encoding(std::uint32_t word);  ///< as it stands: 2 or 4 bytes

  Rv32Assembler as;
  std::mt19937_64 random;

 private:
  void handler();
  /// QEMU 7.2 leaves mstatus.MPRV as it is in an mret to user mode, which is to clear it.
  void clear_mprv();
  void enter_user_mode();
  /// A reservation ends with its sc. Whether it outlives a trap or a store of its own hart is left
  /// open by the specification, and differs.
  void reservation(unsigned pointer);
  void csr_value(std::uint32_t number, std::uint32_t writable);

  std::string replay_;
  std::uint32_t vectors_ = 0;  ///< address of the trap handlers
};

}  // namespace leyden::test
