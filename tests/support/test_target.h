#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <tlm_utils/simple_target_socket.h>
#include <systemc>
#include <tlm>

#include "models/base/tlm_helpers.h"

namespace leyden::test {

/// A well-behaved memory that remembers what was asked of it: the stub target of tests.
class TestTarget : public sc_core::sc_module {
 public:
  struct Access {
    tlm::tlm_command command;
    std::uint64_t address;
    unsigned length;
    sc_core::sc_time when;  ///< kernel time + delay at its arrival
    std::string initiator;
  };

  tlm_utils::simple_target_socket<TestTarget, base::kBusBits> socket;

  TestTarget(const sc_core::sc_module_name& name, std::uint64_t bytes);

  std::vector<std::uint8_t> memory;
  sc_core::sc_time latency;  ///< added to the delay of every access
  bool grants_dmi = false;
  /// What accesses are answered with while they lie in the memory.
  tlm::tlm_response_status response = tlm::TLM_OK_RESPONSE;
  std::vector<Access> accesses;

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_dbg(tlm::tlm_generic_payload& payload);
  bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
};

}  // namespace leyden::test
