#include "models/memory/region.h"

#include <algorithm>
#include <cstdio>

namespace leyden::memory {
namespace {

using Signed = std::int64_t;

Signed floor_div(Signed a, Signed b) { return a / b - ((a % b != 0 && a < 0) ? 1 : 0); }

/// Regions of a stride common to both: does a whole k exist, -(nb - 1) <= k <= na - 1, with run i
/// of `a` and run j = i - k of `b` overlapping: d - la < k * stride < d + lb, where d = b - a?
bool overlap_equal_strides(const Region& a, const Region& b, Signed stride) {
  const Signed d = static_cast<Signed>(b.address) - static_cast<Signed>(a.address);
  const Signed lowest = floor_div(d - Signed{a.length}, stride) + 1;
  const Signed highest = -floor_div(-(d + Signed{b.length}), stride) - 1;
  return std::max(lowest, 1 - Signed{b.count}) <= std::min(highest, Signed{a.count} - 1);
}

}  // namespace

Region simplified(Region region) {
  if (region.count > 1 && region.length >= region.stride) {
    region.length = static_cast<std::uint32_t>(region.end() - region.address);
    region.count = 1;
  }
  return region;
}

bool overlap(const Region& first, const Region& second) {
  if (bytes(first) == 0 || bytes(second) == 0 || first.address >= second.end() ||
      second.address >= first.end()) {
    return false;
  }
  Region few = simplified(first);
  Region many = simplified(second);
  if (few.count > many.count) {
    std::swap(few, many);
  }
  if (many.count == 1) {
    return true;  // both are one run, and the bounding boxes overlap
  }
  if (few.count == 1 || few.stride == many.stride) {
    return overlap_equal_strides(few, many, Signed{many.stride});
  }
  for (std::uint32_t i = 0; i < few.count; ++i) {
    const Region run{few.address + std::uint64_t{i} * few.stride, few.length, 0, 1};
    if (overlap_equal_strides(run, many, Signed{many.stride})) {
      return true;
    }
  }
  return false;
}

std::uint64_t bytes_below(const Region& region, std::uint64_t limit) {
  if (region.count == 0 || limit <= region.address) {
    return 0;
  }
  const std::uint64_t room = limit - region.address;
  if (region.stride == 0) {
    return std::min<std::uint64_t>(room, region.length) * region.count;
  }
  std::uint64_t total = 0;
  const std::uint64_t started =
      std::min<std::uint64_t>(region.count, (room + region.stride - 1) / region.stride);
  // All runs but those near the limit are whole; runs longer than the stride reach over it too.
  const std::uint64_t whole =
      room < region.length ? 0 : std::min(started, (room - region.length) / region.stride + 1);
  total = whole * region.length;
  for (std::uint64_t i = whole; i < started; ++i) {
    total += room - i * region.stride;
  }
  return total;
}

std::string describe(const Region& region) {
  char text[96];
  if (region.count <= 1) {
    std::snprintf(text, sizeof text, "0x%08llx (%u bytes)",
                  static_cast<unsigned long long>(region.address), region.length);
  } else {
    std::snprintf(text, sizeof text, "0x%08llx (%u runs of %u bytes, %u bytes apart)",
                  static_cast<unsigned long long>(region.address), region.count, region.length,
                  region.stride);
  }
  return text;
}

}  // namespace leyden::memory
