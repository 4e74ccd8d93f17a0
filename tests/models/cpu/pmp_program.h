#pragma once

#include <array>
#include <cstdint>
#include <map>

#include "tests/models/cpu/pmp_rules.h"
#include "tests/models/cpu/trap_program.h"

namespace leyden::test {

/// What an access of a program must do.
struct PmpExpectation {
  bool is_fetch = false;  ///< the instruction jumps to the access
  bool is_allowed = false;
  std::uint32_t cause = 0;  ///< when it is not
  std::uint32_t tval = 0;
};

/// Programs of random PMP configurations with accesses around their boundaries, from machine mode,
/// with MPRV and from user mode.
class PmpProgram {
 public:
  /// @param for_qemu leaves out what QEMU 7.2 gets wrong:
  ///   - pmpcfg keeps reserved bits, and W without R
  ///   - ranges above 32 bits of address wrap around
  ///   - a fetch at an address that is no multiple of 4 is not held to the end of a region
  ///   - without an active entry mret to user mode is illegal
  PmpProgram(std::uint64_t seed, bool for_qemu);

  void fill(unsigned configurations, unsigned accesses);
  VirtProgram finish() { return p_.finish(); }
  /// What must happen, by the pc of the instruction that makes or jumps to the access.
  const std::map<std::uint32_t, PmpExpectation>& expectations() const { return expectations_; }

 private:
  static constexpr unsigned kEntries = 16;
  struct Written {
    std::array<std::uint8_t, kEntries> cfg{};
    std::array<std::uint32_t, kEntries> addr{};
  };
  Written draw_configuration(bool locks);
  std::uint32_t hot() { return hot_[p_.draw(hot_.size())]; }
  static bool frame_works(const PmpRules& pmp);
  void configure(bool locks);
  void access();
  void data_access(std::uint32_t address);
  void fetch(std::uint32_t address);

  bool for_qemu_;
  TrapProgram p_;
  PmpRules pmp_{kEntries};
  std::array<std::uint32_t, 6> hot_{};  ///< addresses at which regions begin and end
  std::map<std::uint32_t, PmpExpectation> expectations_;
};

}  // namespace leyden::test
