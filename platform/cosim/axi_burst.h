#pragma once

#include <cstdint>
#include <string>

namespace leyden::cosim {

/// AxBURST.
enum class BurstType : std::uint32_t { kFixed = 0, kIncr = 1, kWrap = 2, kReserved = 3 };
/// xRESP.
enum class AxiResponse : std::uint32_t { kOkay = 0, kExokay = 1, kSlverr = 2, kDecerr = 3 };

/// A burst as its address channel tells it, and where its bytes are: on the lanes of the data pins,
/// and in one buffer that holds what the burst touches from tlm_address() on.
struct AxiBurst {
  std::uint64_t address = 0;
  unsigned len = 0;   ///< AxLEN: beats - 1
  unsigned size = 0;  ///< AxSIZE: log2 of the bytes of a beat
  BurstType type = BurstType::kIncr;

  unsigned beats() const { return len + 1; }
  unsigned beat_bytes() const { return 1u << size; }
  /// First byte of beat i; of an unaligned burst's first beat the first one that counts.
  std::uint64_t beat_address(unsigned i) const;
  /// Bytes of beat i from beat_address(i) on.
  unsigned bytes_of_beat(unsigned i) const {
    return beat_bytes() - static_cast<unsigned>(beat_address(i) % beat_bytes());
  }
  /// Where the bytes of beat i are in the buffer.
  unsigned buffer_offset(unsigned i) const;

  // The one transaction that does the same.
  std::uint64_t tlm_address() const;
  unsigned tlm_length() const;           ///< bytes of the buffer
  unsigned tlm_streaming_width() const;  ///< less than the length for FIXED only
};

/// What is not allowed of a burst on AXI4. No pin: nothing.
struct BurstFault {
  std::string pin;    ///< "len"
  std::string value;  ///< as the pin has it
  std::string rule;   ///< what AXI wants
};
/// @param bus_bytes  lanes of the data pins
BurstFault find_fault(const AxiBurst& burst, unsigned bus_bytes);

}  // namespace leyden::cosim
