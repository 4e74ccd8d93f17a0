#include "tests/support/test_target.h"

#include <algorithm>

namespace leyden::test {

TestTarget::TestTarget(const sc_core::sc_module_name& name, std::uint64_t bytes)
    : sc_module(name), socket("socket"), memory(bytes) {
  socket.register_b_transport(this, &TestTarget::b_transport);
  socket.register_transport_dbg(this, &TestTarget::transport_dbg);
  socket.register_get_direct_mem_ptr(this, &TestTarget::get_direct_mem_ptr);
}

void TestTarget::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const std::uint64_t address = payload.get_address();
  accesses.push_back({payload.get_command(), address, payload.get_data_length(),
                      sc_core::sc_time_stamp() + delay, base::initiator_name(payload)});
  delay += latency;
  const std::uint64_t bytes = base::touched_bytes(payload);
  if (bytes > memory.size() || address > memory.size() - bytes) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  if (response == tlm::TLM_OK_RESPONSE) base::transfer(payload, memory.data() + address);
  payload.set_dmi_allowed(grants_dmi);
  payload.set_response_status(response);
}

unsigned TestTarget::transport_dbg(tlm::tlm_generic_payload& payload) {
  const std::uint64_t address = payload.get_address();
  if (address >= memory.size()) return 0;
  const auto bytes = static_cast<unsigned>(
      std::min<std::uint64_t>(payload.get_data_length(), memory.size() - address));
  unsigned char* data = payload.get_data_ptr();
  if (payload.is_read()) std::copy_n(&memory[address], bytes, data);
  if (payload.is_write()) std::copy_n(data, bytes, &memory[address]);
  return bytes;
}

bool TestTarget::get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  if (!grants_dmi || payload.get_address() >= memory.size()) {
    base::deny_dmi(dmi, 0, ~std::uint64_t{0});
    return false;
  }
  base::grant_dmi(dmi, memory.data(), 0, memory.size() - 1, latency, latency);
  return true;
}

}  // namespace leyden::test
