#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "models/base/archive.h"
#include "models/cpu/privilege.h"

namespace leyden::cpu {

/// Physical memory protection (privileged architecture 1.12, section 3.7): which memory a mode may
/// read, write and execute. Grain of 4 bytes; addresses are 34 bits as in the registers.
class Pmp {
 public:
  static constexpr unsigned kMostRegions = 16;
  static constexpr unsigned kRegionsPerWord = 4;  ///< in a pmpcfg register

  /// @param regions 0 to kMostRegions; those above read 0. With 0 there is no protection.
  explicit Pmp(unsigned regions = kMostRegions) : regions_(regions) {}

  unsigned regions() const { return regions_; }
  /// All off and unlocked.
  void reset();
  void archive(base::Archive& a);

  /// pmpcfg0 to pmpcfg3, pmpaddr0 to pmpaddr15.
  std::uint32_t configuration(unsigned word) const;
  std::uint32_t address(unsigned index) const { return address_[index]; }
  /// Writes what is not locked. R=0 with W=1 is reserved: W is then written as 0.
  void write_configuration(unsigned word, std::uint32_t value);
  void write_address(unsigned index, std::uint32_t value);
  /// Grows with every change of a register, so that what was derived from them can be renewed.
  std::uint32_t generation() const { return generation_; }

  /// Rights of one access to [first, first + bytes): those of the lowest region that holds any byte
  /// of it, none when that does not hold all of it. So for a range of any size, what is granted
  /// here is granted for every access inside.
  std::uint8_t rights(std::uint32_t first, std::uint64_t bytes, Privilege mode) const;
  /// First address at or above `first` (even) and below `end` that may not be executed, or `end`.
  std::uint64_t executable_end(std::uint32_t first, std::uint64_t end, Privilege mode) const;
  /// Who denies an access to an address, in words: "PMP region 2 (0x80001000 to 0x80001fff, r--,
  /// locked) denies it" or "no PMP region allows it".
  std::string describe(std::uint32_t address) const;

 private:
  /// A region that is on and not empty, in order of priority.
  struct Active {
    std::uint64_t first;
    std::uint64_t last;
    std::uint8_t rights;
    bool locked;
    std::uint8_t index;
  };
  bool is_locked(unsigned index) const;
  void changed();

  unsigned regions_;
  std::array<std::uint8_t, kMostRegions> configuration_{};
  std::array<std::uint32_t, kMostRegions> address_{};
  std::vector<Active> active_;
  std::uint32_t generation_ = 0;
};

}  // namespace leyden::cpu
