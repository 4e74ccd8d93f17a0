#pragma once

#include <cstdint>
#include <string>

#include "models/memory/lmem_port.h"

namespace leyden::memory {

/// True when some byte lies in both regions; exact for any strides.
bool overlap(const Region& a, const Region& b);

/// The same bytes with one run where runs touch or repeat.
Region simplified(Region region);

/// Bytes of a region (runs that overlap each other are counted each).
inline std::uint64_t bytes(const Region& region) {
  return std::uint64_t{region.length} * region.count;
}
/// Bytes of a region below `limit`, counted as bytes() does.
std::uint64_t bytes_below(const Region& region, std::uint64_t limit);

/// "0x20000000 (4 runs of 16 bytes, 64 bytes apart)", for messages.
std::string describe(const Region& region);

}  // namespace leyden::memory
