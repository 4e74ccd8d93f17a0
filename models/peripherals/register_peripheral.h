#pragma once

#include <cstdint>
#include <vector>

#include <tlm_utils/simple_target_socket.h>
#include <systemc>

#include "models/base/context.h"
#include "models/base/register_block.h"
#include "models/base/tlm_helpers.h"

namespace leyden::peripherals {

/// What all peripherals are: registers behind one target socket. They add nothing to the delay: the
/// way to them is the bus's time.
class RegisterPeripheral : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<RegisterPeripheral, base::kBusBits> socket{"socket"};

 protected:
  RegisterPeripheral(sc_core::sc_module_name name, base::Context& context,
                     const std::vector<base::RegisterInfo>& table, std::uint64_t base);

  /// Time of the register access under way: kernel time + the delay it came with.
  sc_core::sc_time access_time() const { return sc_core::sc_time_stamp() + access_delay_; }
  void warn(const std::string& text, std::uint32_t offset) const;

  base::Context& context_;
  base::RegisterBlock registers_;

 private:
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_debug(tlm::tlm_generic_payload& payload);

  const std::uint64_t base_;
  sc_core::sc_time access_delay_;
};

}  // namespace leyden::peripherals
