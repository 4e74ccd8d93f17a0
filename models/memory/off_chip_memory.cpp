#include "models/memory/off_chip_memory.h"

#include <algorithm>
#include <cstring>

#include "models/memory/beats.h"
#include "registers/memory_map.h"

namespace leyden::memory {

std::vector<base::ParameterSpec> OffChipMemory::parameters() {
  return {
      {"bytes", "B", 4096, 1073741824.0, true, {}, "Size of the off-chip memory"},
      {"latency_ns", "ns", 0, 10000, false, {}, "Time from the last byte to the response"},
      {"bytes_per_cycle", "B/cycle", 1, 64, true, {}, "Bandwidth of the channel"},
      {"read_energy_pj", "pJ", 0, 10000, false, {}, "Reading one byte, interface included"},
      {"write_energy_pj", "pJ", 0, 10000, false, {}, "Writing one byte, interface included"},
  };
}

OffChipMemory::OffChipMemory(sc_core::sc_module_name name, base::Context& context)
    : sc_module(name),
      context_(context),
      storage_(this->name(),
               static_cast<std::uint64_t>(context.parameters.integer("off_chip.bytes")),
               registers::kOffChipBase, context),
      latency_ns_(context.parameters.real("off_chip.latency_ns")),
      bytes_per_cycle_(
          static_cast<std::uint64_t>(context.parameters.integer("off_chip.bytes_per_cycle"))),
      read_event_(declare_event(context, std::string(this->name()) + ".byte_read",
                                base::Component::kOffChip, "off_chip.read_energy_pj", true)),
      write_event_(declare_event(context, std::string(this->name()) + ".byte_write",
                                 base::Component::kOffChip, "off_chip.write_energy_pj", true)) {
  socket.register_b_transport(this, &OffChipMemory::transport);
  socket.register_transport_dbg(this, &OffChipMemory::transport_debug);
}

void OffChipMemory::transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  if (!storage_.transport(payload)) {
    return;
  }
  const std::uint64_t length = payload.get_data_length();
  context_.ledger.count(payload.is_write() ? write_event_ : read_event_, length);
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  const sc_core::sc_time start = std::max(now + delay, busy_until_);
  busy_until_ = start + context_.clock.cycles((length + bytes_per_cycle_ - 1) / bytes_per_cycle_);
  delay = busy_until_ + context_.clock.cycles(context_.clock.cycles_for_ns(latency_ns_)) - now;
}

unsigned OffChipMemory::transport_debug(tlm::tlm_generic_payload& payload) {
  return storage_.transport_debug(payload);
}

std::uint8_t* OffChipMemory::host_range(std::uint64_t offset, std::uint64_t length) {
  if (!storage_.contains(offset, length)) {
    throw base::ModelError(std::string(name()) + ": host access to " + std::to_string(length) +
                           " bytes at offset " + std::to_string(offset) + " leaves its " +
                           std::to_string(storage_.size()) + " bytes");
  }
  return storage_.data(offset, length);
}

void OffChipMemory::host_write(std::uint64_t offset, const void* data, std::uint64_t length) {
  std::memcpy(host_range(offset, length), data, length);
  storage_.wrote(offset, length, "host");
}

void OffChipMemory::host_read(std::uint64_t offset, void* data, std::uint64_t length) {
  std::memcpy(data, host_range(offset, length), length);
}

}  // namespace leyden::memory
