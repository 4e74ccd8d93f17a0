#pragma once

#include <cstdint>
#include <vector>

#include "models/base/register_info.h"
#include "platform/coverage/cover_points.h"

namespace leyden::trace {

/// Which values of which register fields were written and read over the bus.
///
/// A field of one bit has the bins 0 and 1, a wider one 0, 1, "low" (2 to half of its range) and
/// "high" (its top bit set), for each direction that its access allows; what is write-only has no
/// bins of reading, read-only none of writing, and of a field that a 1 clears only the 1 counts.
class RegisterCoverage {
 public:
  /// Declares one group a unit: "registers of cim". Instances and blocks of a unit count together.
  explicit RegisterCoverage(coverage::Coverage& coverage);

  /// An access over the bus, at its bus address; bytes outside of registers are not looked at.
  void access(std::uint64_t address, bool write, const std::uint8_t* data, unsigned length);

 private:
  struct Direction {
    bool counts = false;
    coverage::PointId point;
  };
  struct Entry {
    const base::FieldInfo* field;
    Direction written;
    Direction read;
  };
  struct UnitFields {
    std::uint64_t base;
    std::uint64_t end;
    std::uint64_t size;  ///< of an instance
    std::uint32_t block_stride;
    unsigned blocks;
    std::vector<Entry> entries;
  };
  void look(const UnitFields& unit, std::uint64_t offset, bool write, std::uint32_t word,
            unsigned bytes);

  coverage::Coverage& coverage_;
  std::vector<UnitFields> units_;  ///< by base
};

}  // namespace leyden::trace
