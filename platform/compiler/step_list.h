#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "firmware/include/leyden/image.h"

namespace leyden::compiler {

/// Bytes that a step reads or writes: `count` runs of `length` bytes, `stride` apart.
struct Region {
  std::uint32_t space = LEYDEN_SPACE_BUS;
  std::uint64_t first = 0;
  std::uint64_t length = 0;
  std::uint64_t count = 1;
  std::uint64_t stride = 0;

  std::uint64_t end() const { return first + (count - 1) * stride + length; }
};
/// Whether two regions may share a byte; exact for runs of one stride.
bool may_overlap(const Region& a, const Region& b);

struct Use {
  Region region;
  bool writes = false;
};

/// Steps in the order in which firmware starts them, with the waits they need: a step waits for
/// every unit that may still be at work on bytes it writes, or writing bytes it reads.
class StepList {
 public:
  /// From here on steps go to `steps`, and every unit is idle, as between the phases of an image.
  void begin(std::vector<leyden_step>& steps);
  /// Sets the step's wait mask and appends it.
  void add(leyden_step step, const std::vector<Use>& uses);
  /// Units that may still be at work on what a step with these uses would touch.
  std::uint32_t in_the_way(const std::vector<Use>& uses) const;

 private:
  std::vector<leyden_step>* steps_ = nullptr;
  std::array<std::vector<Use>, 32> running_;  ///< by bit of a wait mask
};

}  // namespace leyden::compiler
