#include "platform/cosim/axi_burst.h"

#include "platform/cosim/pin_types.h"

namespace leyden::cosim {

std::uint64_t AxiBurst::beat_address(unsigned i) const {
  const std::uint64_t bytes = beat_bytes();
  if (i == 0 || type == BurstType::kFixed) return address;
  if (type == BurstType::kWrap) {
    const std::uint64_t total = bytes * beats();
    const std::uint64_t base = address / total * total;
    return base + (address - base + i * bytes) % total;
  }
  return address / bytes * bytes + i * bytes;
}

unsigned AxiBurst::buffer_offset(unsigned i) const {
  if (type == BurstType::kFixed) return i * bytes_of_beat(0);
  return static_cast<unsigned>(beat_address(i) - tlm_address());
}

std::uint64_t AxiBurst::tlm_address() const {
  if (type != BurstType::kWrap) return address;
  const std::uint64_t total = std::uint64_t{beat_bytes()} * beats();
  return address / total * total;
}

unsigned AxiBurst::tlm_length() const {
  if (type == BurstType::kWrap) return beat_bytes() * beats();
  if (type == BurstType::kFixed) return bytes_of_beat(0) * beats();
  return beat_bytes() * beats() - static_cast<unsigned>(address % beat_bytes());
}

unsigned AxiBurst::tlm_streaming_width() const {
  return type == BurstType::kFixed ? bytes_of_beat(0) : tlm_length();
}

BurstFault find_fault(const AxiBurst& burst, unsigned bus_bytes) {
  constexpr std::uint64_t kBoundary = 4096;
  constexpr unsigned kMostFixed = 16;
  const unsigned beats = burst.beats();
  if (burst.beat_bytes() > bus_bytes) {
    return {"size", hex(burst.size), "AXI has no beats wider than the data pins"};
  }
  if (burst.type == BurstType::kReserved) {
    return {"burst", "0x3", "AXI knows FIXED (0), INCR (1) and WRAP (2)"};
  }
  if (burst.type == BurstType::kFixed && beats > kMostFixed) {
    return {"len", hex(burst.len), "AXI has FIXED bursts of 16 beats at most"};
  }
  if (burst.type == BurstType::kWrap) {
    if (beats != 2 && beats != 4 && beats != 8 && beats != 16) {
      return {"len", hex(burst.len), "AXI has WRAP bursts of 2, 4, 8 or 16 beats"};
    }
    if (burst.address % burst.beat_bytes() != 0) {
      return {"addr", hex(burst.address), "AXI has WRAP bursts aligned to their beats"};
    }
  }
  if (burst.type == BurstType::kIncr &&
      burst.address / kBoundary != (burst.address + burst.tlm_length() - 1) / kBoundary) {
    return {"addr", hex(burst.address), "AXI has no bursts across a boundary of 4 KiB"};
  }
  return {};
}

}  // namespace leyden::cosim
