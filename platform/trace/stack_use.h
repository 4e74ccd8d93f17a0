#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "platform/chip/chip.h"

namespace leyden::trace {

/// How much of the stacks a program used, from what is in memory afterwards: bytes that differ from
/// what was there when it was loaded. It costs nothing while the chip runs and changes nothing. A
/// frame whose lowest bytes were reserved but never written is not seen whole.
class StackUse {
 public:
  /// Remembers the stacks of leyden.ld: from __heap_end to __stack_top, and from there to
  /// __trap_stack_top. @throws base::UsageError when the program has no such symbols
  StackUse(chip::Chip& chip, const std::string& program);

  /// One line a stack.
  std::string told();
  /// Bytes used of the stack that main runs on.
  std::uint32_t used_bytes();

 private:
  struct Region {
    std::string name;
    std::uint32_t first = 0;
    std::vector<std::uint8_t> before;
  };
  std::uint32_t used(const Region& region);

  chip::Chip& chip_;
  std::vector<Region> regions_;
};

}  // namespace leyden::trace
