#pragma once

#include <cstdint>

#include <tlm_utils/simple_initiator_socket.h>
#include <systemc>

#include "models/base/tlm_helpers.h"

namespace leyden::chip {

/// The host's view of the bus, through debug transport: no time, no side effects.
class DebugPort : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket<DebugPort, base::kBusBits> bus{"bus"};

  explicit DebugPort(sc_core::sc_module_name name) : sc_module(name) {}

  /// @return bytes read
  unsigned read(std::uint64_t address, void* data, unsigned length) {
    return bus->transport_dbg(payload_.read(address, data, length));
  }
  /// @return bytes written
  unsigned write(std::uint64_t address, const void* data, unsigned length) {
    return bus->transport_dbg(payload_.write(address, data, length));
  }
  /// A fault: flips the bits of a register that are 1 in `mask`.
  /// @return false when nothing is stored there
  bool flip(std::uint64_t address, std::uint32_t mask) {
    tlm::tlm_generic_payload& payload = payload_.write(address, &mask, sizeof mask);
    payload.set_command(tlm::TLM_IGNORE_COMMAND);
    return bus->transport_dbg(payload) != 0;
  }
  std::uint32_t word(std::uint64_t address) {
    std::uint32_t value = 0;
    read(address, &value, sizeof value);
    return value;
  }

 private:
  base::Payload payload_{"host"};
};

}  // namespace leyden::chip
