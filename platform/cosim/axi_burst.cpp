#include "platform/cosim/axi_burst.h"

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

}  // namespace leyden::cosim
